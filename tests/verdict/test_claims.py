"""What may be said: never more than the tests allow."""

from __future__ import annotations

import pytest

from task_rows import played, wild
from tracker.evidence.facts import facts_of
from tracker.verdict import card, judging, notes, overview
from verdict_rows import A, B, blocks, plan, window


def claims(some):
    return overview.preview(facts_of(some))["claims"]


def test_a_rejected_test_may_be_claimed_and_a_silent_one_may_not():
    assert any("may be claimed: mitm_offload" in one for one in claims([plan(), *blocks(12)]))
    assert "may not be claimed: that either arm is better (3 blocks; the first look is at 5)" in claims(
        [plan(), *blocks(3)]
    )
    assert "may not be claimed yet: that mitm_offload is better (6 of 12 blocks)" in claims(
        [plan(), *blocks(6, cb=40.0)]
    )


def test_what_may_be_claimed_stands_before_that_an_arm_drifts():
    """The first one is the sentence below a report's headline."""
    steeper = [window(f"A{i}", A, points=30.0 + 4 * i, day=i, block=i) for i in range(12)]
    said = claims([plan(), *steeper, *(one for one in blocks(12) if one.methodology == B)])
    assert said[0].startswith("may be claimed") and any("drift in time" in one for one in said[1:])


@pytest.mark.parametrize(
    ("some", "words"),
    [
        ([window(f"W{i}", A) for i in range(3)], "no usable window of mitm_offload"),
        (
            [window("W", A), window("X", B, points=0.0)],
            "used no points",
        ),
        ([window("W", A), window("X", B, provider="codex")], "belong to different providers' plans"),
    ],
)
def test_arms_that_cannot_be_compared_are_not(some, words):
    assert any(words in one for one in claims(some))


def test_what_hangs_on_one_block_of_unequal_windows_may_not_be_claimed():
    used = [1.0, 39.0, 40.0, 40.5, 39.0, 38.0]
    some = [window(f"A{i}", A, points=40.0 + i % 3, day=i, block=i) for i in range(6)]
    some += [window(f"B{i}", B, points=points, day=i, block=i) for i, points in enumerate(used)]
    said = claims([plan(n_blocks=6), *some])
    assert any(
        one.startswith("may not be claimed: that mitm_offload is better (the test rejects") for one in said
    )


def test_an_interval_of_one_arm_says_what_it_leans_on():
    assert any(
        one.startswith("an arm's interval is pointwise")
        for one in claims([window(f"W{i}", A) for i in range(3)])
    )
    assert not any("pointwise" in one for one in claims([window(f"W{i}", A) for i in range(2)]))


def test_windows_that_drift_in_time_are_said_whatever_the_order_of_their_rows():
    falling = [window(f"W{day}", A, features=7 - day, points=40 + day % 2, day=day) for day in range(6)]
    said = "its windows drift in time (p < 0.001); its interval takes them for alike"
    for some in (falling, falling[::2] + falling[1::2]):
        assert any(said in one for one in claims(some))
    mixed = [window(f"W{day}", A, features=3 + (day % 3), points=40 + day % 2, day=day) for day in range(6)]
    assert not any("drift in time" in one for one in claims(mixed))
    assert not any("drift in time" in one for one in claims(falling[:4])), (
        "four windows have no order to speak of"
    )


def test_a_claim_by_task_says_what_no_exchange_of_arms_sees():
    some = played(15, ratio=2.5, quality=1.0, errors=0)
    said = claims(some)
    assert any(one.startswith("may be claimed: for a typical task") for one in said)
    assert notes.unseen_by_task() in said
    assert notes.unseen_by_task() in card.card(facts_of(some))["notes"]


def test_a_candidate_whose_dearest_runs_make_up_for_its_cheap_ones_may_not_be_claimed():
    some = wild(played(15, ratio=2.5, quality=1.0, errors=0))
    assert any(
        one.startswith("may not be claimed: that mitm_offload takes less") and "the points' sum not" in one
        for one in claims(some)
    )
    made = card.card(facts_of(some))
    assert made["verdict"] != judging.GO and "the points' sum not" in made["gates"][0]["why"]
