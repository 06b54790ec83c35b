"""A slice of `make simulate`: coverage and error rates on fresh seeds, within what chance explains."""

from __future__ import annotations

import sys
from importlib import import_module

import pytest

from conftest import ROOT

sys.path.append(str(ROOT / "bench" / "statistics"))
cells = import_module("cells")
few_features = import_module("few_features")
in_time = import_module("in_time")
pooled = import_module("pooled")
worlds = import_module("worlds")

REPS = 1500
SEED = 424242


def slack(share, reps):
    return 4 * (share * (1 - share) / reps) ** 0.5


@pytest.mark.parametrize("n", [3, 6])
@pytest.mark.parametrize("family", ["poisson-50", "over-4", "planned", "probes"])
def test_the_interval_of_one_arm_holds_the_truth(family, n):
    found = cells.one_arm(family, n, REPS, SEED)
    assert found["coverage"] >= 0.943 - slack(0.943, REPS)
    assert found["bootstrap"] < 0.93  # what people use does not


def test_windows_in_no_order_are_seldom_said_to_drift_and_a_steep_trend_is_seen():
    still = in_time.cell(cells.BY_NAME["over-4"], 8, REPS)
    steep = next(family for family in in_time.MOVING if family.name == "planned, 3x as hard at the end")
    assert still["said"] <= 0.055 + slack(0.055, REPS) and in_time.cell(steep, 8, REPS)["said"] > 0.7


def test_the_interval_by_both_arms_dispersion_holds_where_they_scatter_alike_and_is_narrower():
    alike = pooled.cell(pooled.ALIKE[0], pooled.ALIKE[0], 3, REPS)
    assert min(alike["pooled a"], alike["pooled b"]) >= 0.95 - slack(0.95, REPS)
    assert alike["refused"] <= 0.1 + slack(0.1, REPS) and alike["width"] < 0.7
    unlike = pooled.cell(*pooled.UNLIKE[-1], 8, REPS)
    assert unlike["refused"] > 0.8


@pytest.mark.parametrize("paired", [False, True])
def test_the_interval_of_the_ratio_holds_the_truth(paired):
    found = cells.two_arms("over-2", 6, REPS, SEED, paired, 1.5)
    assert found["coverage"] >= 0.935 - slack(0.935, REPS)


@pytest.mark.parametrize("family", ["over-4", "tiny-meter"])
def test_looking_after_every_block_does_not_raise_false_go(family):
    flip = cells.sign_flip(family, 8, REPS, SEED)
    anytime = cells.e_process(family, 50, REPS, SEED)
    habits = cells.peeking(family, 12, REPS, SEED)
    assert flip["rejects"] <= 0.055 + slack(0.055, REPS)
    assert anytime["rejects"] <= 0.05 + slack(0.05, REPS)
    assert habits["separation"] > 0.2


def test_a_real_difference_is_found():
    assert cells.sign_flip("planned", 12, 200, SEED, 2.0)["rejects"] > 0.95


@pytest.mark.parametrize(
    "world",
    [
        "efficiency: a factor a window",
        "efficiency: drift",
        "errors: bursts",
        "quality: ten tasks",
        "p95: a factor a block",
        "cost: heavy tasks",
    ],
)
def test_a_card_looked_at_after_every_block_rarely_says_go_with_one_gate_at_its_margin(world):
    reps = 1000
    found = worlds.at_margin(world, 8, reps, SEED)
    assert found["GO"] <= 0.055 + slack(0.055, reps)
    assert found["soft"] <= 0.25 + slack(0.25, reps)


def test_what_few_blocks_do_not_show_is_a_known_miss_and_not_a_pass():
    found = worlds.at_margin("errors: outages in 8 %", 8, 300, SEED)
    assert (
        found["GO"] > 0.3
    )  # docs/statistics.md says so; a card that refused it would refuse every quiet candidate


def test_a_card_finds_what_is_truly_better_and_what_is_truly_worse():
    assert worlds.truly("truly better", 12, 300, SEED)["GO"] > 0.8
    worse = worlds.truly("efficiency 0.6x, planned", 8, 500, SEED)
    assert worse["NO-GO"] >= 0.7 - slack(0.7, 500) and worse["GO"] == 0


def test_looking_has_its_price_in_every_gate_of_bounds():
    found = worlds.at_margin("cost: one task", 12, 1000, SEED)
    assert found["GO"] < found["unpaid"]


def test_few_features_at_one_rate_are_no_evidence():
    assert few_features.false_claims(30, 20, 0.0, 20, SEED)["rejects"] == 0
    assert few_features.false_claims(40, 10, 0.1, 300, SEED)["rejects"] <= 0.05 + slack(0.05, 300)
