"""The literature's dynamic pricing example: regret grows as the theorems say."""

from __future__ import annotations

import pytest

from tracker import cli
from tracker.replay import reference


def test_pricing_regret_grows_like_the_root_for_the_learners_and_in_proportion_for_greedy():
    table, _ = reference.pricing(sizes=(250, 800, 2500), seeds=15)
    by_name = {line["policy"]: line for line in table["policies"]}
    for name in ("bwk", "ucb-bwk"):
        assert 0.35 <= by_name[name]["slope"] <= 0.65
        assert by_name[name]["lp_pct"] >= 88
    assert by_name["greedy"]["slope"] >= 0.85
    assert by_name["greedy"]["lp_pct"] < 60


def test_every_step_is_shown_and_every_size_has_its_regret():
    shown = []
    table, curves = reference.pricing(
        sizes=(100, 200), seeds=10, steps=lambda steps: (shown.append(step) or step for step in steps)
    )
    assert shown == [(name, size) for name in reference.TARGETS for size in (100, 200)]
    for line in table["policies"]:
        assert curves[line["policy"]] == ([100.0, 200.0], line["regret"])


@pytest.mark.parametrize(("seeds", "seed"), [(9, 1), (100_001, 1), (10, -1)])
def test_too_few_seeds_are_refused_before_anything_is_played(seeds, seed):
    with pytest.raises(cli.Stop, match="10 seeds and seed 0 are the least") as stop:
        reference.pricing(seeds=seeds, seed=seed)
    assert stop.value.status == cli.USAGE
