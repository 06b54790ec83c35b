"""What a window may count: claimed against recorded, for the candidate."""

from __future__ import annotations

import pytest

from tracker.evidence.delivered import claim, counted
from verdict_rows import A, B, feature, window


@pytest.mark.parametrize(
    ("states", "outcome", "recorded", "count"),
    [
        ([], "pass", None, 3),
        ([None, None, None], "pass", 3, 3),
        (["delivered", "blocked", "failed"], "pass", 1, 1),
        (["delivered"] * 5, "pass", 5, 3),
        (["assigned", "reserved"], "pass", None, 3),
        (["priced"], "pass", None, 3),
        (["delivered"] * 3, "fail", 3, 0),
    ],
)
def test_the_candidate_counts_what_its_rows_say_it_delivered(states, outcome, recorded, count):
    its = [feature(f"T{i}", "W", B, state=state) for i, state in enumerate(states)]
    found = claim(window("W", B, outcome=outcome), its, judged=True)
    assert (found.claimed, found.recorded, found.counted) == (3, recorded, count)


def test_the_baseline_counts_what_it_claims():
    made, claims = counted(
        [window("W", A, outcome="fail")], {("W", A): [feature("T", "W", A, state="blocked")]}, B
    )
    assert made[0].features == 3 and claims[0].recorded == 0


@pytest.mark.parametrize(("n", "count"), [(1, 3), (3, 3), (5, 5)])
def test_the_baseline_counts_no_fewer_than_its_rows_delivered(n, count):
    its = [feature(f"T{i}", "W", A) for i in range(n)]
    assert claim(window("W", A), its, judged=False).counted == count


def test_a_feature_blocked_first_and_delivered_later_was_delivered():
    its = [feature("T", "W", B, state="blocked"), feature("T", "W", B, state="delivered")]
    assert claim(window("W", B, 1.0), its, judged=True).counted == 1
