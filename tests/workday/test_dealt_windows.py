"""The deal: order, progress, and what is open."""

from datetime import UTC, datetime, timedelta

from tracker import rows
from tracker.workday import dealt_windows

DAY = datetime(2026, 11, 20, 9, tzinfo=UTC)


def dealt(window, block, turn, arm="a"):
    return rows.Feature(
        ts=DAY,
        feature_id=f"F-{block}",
        window=window,
        methodology=arm,
        state="assigned",
        block=block,
        turn=turn,
    )


def reading(window, phase, at=DAY, agent="main"):
    five = rows.Meter(meter="five_hour", used_pct=3)
    return rows.Snapshot(
        ts=at, provider="claude", surface="print", meters=[five], window=window, phase=phase, agent_id=agent
    )


def finished(window):
    return rows.Window(ts=DAY, window=window, methodology="a", provider="claude", features=1)


def test_windows_come_in_the_order_of_the_coins_however_the_rows_lie():
    there = [dealt("B2", 2, 2), dealt("A1", 1, 2), dealt("B1", 1, 1), dealt("A2", 2, 1)]
    assert [turn.window for turn in dealt_windows.turns(there)] == ["B1", "A1", "A2", "B2"]
    assert dealt_windows.next_turn(dealt_windows.turns(there)).window == "B1"


def test_a_window_goes_from_to_do_over_open_and_read_to_finished():
    plan = [dealt("A1", 1, 1)]
    before, after = reading("A1", "before"), reading("A1", "after", DAY + timedelta(hours=2))
    stories = [plan, [*plan, before], [*plan, before, after], [*plan, before, after, finished("A1")]]
    assert [dealt_windows.turns(there)[0].state for there in stories] == ["to do", "open", "read", "finished"]


def test_tasks_of_one_window_stand_together():
    there = [
        dealt("A1", 1, 1),
        rows.Feature(ts=DAY, feature_id="F-9", window="A1", state="assigned", block=1, turn=1),
    ]
    assert dealt_windows.turns(there)[0].tasks == ["F-1", "F-9"]


def test_a_reservation_without_a_block_is_no_deal():
    assert dealt_windows.turns([rows.Feature(ts=DAY, feature_id="F", window="W", state="reserved")]) == []


def test_another_agents_window_is_not_open_here():
    there = [reading("A1", "before", agent="zork"), reading("A2", "before")]
    assert [one.window for one in dealt_windows.open_windows(there, "main")] == ["A2"]
