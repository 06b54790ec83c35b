"""What a window delivered, as it is typed."""

from datetime import UTC, datetime

import pytest

from tracker import cli, rows
from tracker.windows import feature_ends
from tracker.windows.feature_ends import Delivered

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["", "=0.9", "F-1=x", "F-1=1.1", "F-1=-0.1", "F-1=nan", "F-1=0.9,lost", "F,failed,blocked", "0.9", "nan"],
)
def test_what_is_no_feature_is_refused(text):
    with pytest.raises(cli.WrongValue):
        feature_ends.parse(text)


def test_a_name_may_hold_an_equals_sign():
    assert feature_ends.parse("a=b=0.5") == Delivered("a=b", 0.5, "delivered")


@pytest.mark.parametrize(
    ("states", "count", "outcome"),
    [(["delivered"], 1, "pass"), (["delivered", "failed"], 1, "partial"), (["failed", "blocked"], 0, "fail")],
)
def test_failed_and_blocked_tasks_count_for_nothing(states, count, outcome):
    some = [Delivered(str(at), None, state) for at, state in enumerate(states)]
    assert (feature_ends.count(some), feature_ends.outcome(some)) == (count, outcome)


def test_a_reservation_is_closed_and_a_deal_is_not():
    there = [
        rows.Feature(ts=NOW, feature_id="F-1", state="reserved", capability="c", row_id="r1"),
        rows.Feature(ts=NOW, feature_id="F-2", state="assigned", window="W", block=1, turn=1, row_id="r2"),
    ]
    some = [Delivered("F-1", 0.9, "delivered"), Delivered("F-2", None, "failed")]
    first, second = feature_ends.feature_rows(some, there, "W", "arm", NOW)
    assert (first.supersedes, first.capability, first.state) == ("r1", "c", "delivered")
    assert (second.supersedes, second.block, second.quality_score) == (None, None, None)


def test_complete_window_makes_the_features_rows(tool):
    readings = "".join(
        f'{{"kind":"snapshot","ts":"2026-03-02T{at}:00Z","provider":"codex","surface":"status","window":"W","phase":"{phase}",'
        f'"meters":[{{"meter":"five_hour","used_pct":{used},"resets_at":"2026-03-02T14:00:00Z"}}]}}\n'
        for at, phase, used in (("09:10", "before", 4), ("13:00", "after", 31))
    )
    ran = tool(
        "complete-window",
        "--window",
        "W",
        "--feature",
        "F-1=0.9",
        "--feature",
        "F-2=0.5,failed",
        stdin=readings,
    )
    assert ran.status == 0, ran.err
    assert '"features_by_provider":{"codex":1' in ran.out.replace(".0", "")
    assert ran.out.count('"kind":"feature"') == 2
