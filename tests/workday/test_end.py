"""What ends a window: which one, with what delivered."""

import io
from datetime import UTC, datetime, timedelta

import pytest

from tracker import cli, rows
from tracker.windows.feature_ends import Delivered
from tracker.workday import end

DAY = datetime(2026, 11, 20, 9, tzinfo=UTC)


def begun(window, minute=0):
    five = rows.Meter(meter="five_hour", used_pct=3, resets_at=DAY + timedelta(hours=4))
    at = DAY + timedelta(minutes=minute)
    return rows.Snapshot(
        ts=at, provider="claude", surface="print", meters=[five], window=window, phase="before"
    )


def dealt(task):
    return rows.Feature(ts=DAY, feature_id=task, state="assigned", window="W1")


def test_of_several_open_windows_one_has_to_be_named():
    there = [begun("W1"), begun("W2", 9)]
    with pytest.raises(cli.Stop, match="W1, W2") as stop:
        end.choose(there, None, "main")
    assert stop.value.status == cli.TRY_LATER
    assert end.choose(there, "W2", "main").window == "W2"


def test_names_and_a_count_of_features_are_not_both_taken():
    one = [Delivered("F-1", None, "delivered")]
    with pytest.raises(cli.Stop, match="one of the two"):
        end.asked(one, {"claude": 2.0}, False, [], "W1")
    assert end.asked(one, {"claude": None}, False, [], "W1") == one
    assert end.asked([], {"claude": 0.0, "glm": None}, False, [], "W1") == {"claude": 0.0}


def test_the_end_of_input_keeps_the_window_open_and_an_empty_line_says_nothing_was_delivered(
    monkeypatch, capsys
):
    monkeypatch.setattr("sys.stdin", io.StringIO("F-1=0.9\n"))
    with pytest.raises(cli.Stop, match="stays open") as stop:
        end.asked([], {}, True, [dealt("F-1"), dealt("F-2")], "W1")
    assert stop.value.status == cli.TRY_LATER
    assert "(dealt: F-1, F-2)" in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin", io.StringIO("F-1=0.9\n\n"))
    assert end.asked([], {}, True, [begun("W1")], "W1") == [Delivered("F-1", 0.9, "delivered")]
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    assert end.asked([], {}, True, [begun("W1")], "W1") == {"claude": 0.0}


def test_the_after_waits_behind_the_work_and_the_reset():
    one = end.choose([begun("W1")], None, "main")
    stopped = DAY + timedelta(hours=3, minutes=56)
    found = end.after_time([begun("W1")], one, stopped, stopped, 300)
    assert found == DAY + timedelta(hours=4, minutes=5)  # the buffer would end just after the reset


def test_waiting_says_how_long(capsys):
    end.wait(0.05)
    assert "AFTER in 0:01, as meters lag behind the work" in capsys.readouterr().err
    end.wait(-1.0)
    assert capsys.readouterr().err == ""
