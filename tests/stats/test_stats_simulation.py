"""A slice of `make simulate`: coverage and error rates on fresh seeds, within what chance explains."""

from __future__ import annotations

import sys

import pytest

from conftest import ROOT

sys.path.append(str(ROOT / "bench" / "statistics"))
cells = pytest.importorskip("cells")
cards = pytest.importorskip("cards")

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


def test_one_gate_at_its_margin_is_rarely_go():
    reps = 120
    for scene in ("null efficiency", "null reliability_p95"):
        assert cards.cards("planned", 12, reps, SEED, scene)["GO"] <= 0.055 + slack(0.055, reps)
    assert cards.cards("planned", 12, 60, SEED, "truly better")["GO"] > 0.6
    assert cards.cards("planned", 12, 60, SEED, "truly worse")["NO-GO"] > 0.9


looks = pytest.importorskip("looks")


def test_looking_is_paid_for_in_the_cost_gate():
    reps = 300
    found = looks.looked("cost, a factor a window", 12, reps, SEED)
    assert found["strict"] <= 0.055 + slack(0.055, reps) and found["soft"] <= 0.25 + slack(0.25, reps)
    assert found["strict"] < found["each look as the only one"]


def test_few_features_at_one_rate_are_no_evidence():
    assert looks.sparse(30, 20, 0.0, 20, SEED)["rejects"] == 0
    assert looks.sparse(40, 10, 0.1, 300, SEED)["rejects"] <= 0.05 + slack(0.05, 300)
