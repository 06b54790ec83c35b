"""Points that readings leave open: typed beside read ones, and read otherwise before."""

from __future__ import annotations

from tracker import rows
from tracker.evidence.in_force import TakenOut
from tracker.verdict.open_points import READ_OTHERWISE, TYPED, open_points, said
from verdict_rows import START, A, B, window


def seen(name, phase, used):
    meters = [rows.Meter(meter="five_hour", used_pct=used)]
    return rows.Snapshot(
        ts=START, provider="claude", surface="print", window=name, phase=phase, meters=meters
    )


def gone(*some):
    return [TakenOut(row, rows.Undo(ts=START, undoes="x")) for row in some]


WINDOWS = [window("a", A, points=40.0), window("b", B, points=20.0)]
READINGS = [seen("a", "before", 0), seen("a", "after", 40), seen("b", "before", 0), seen("b", "after", 20)]


def test_windows_that_were_all_typed_or_all_read_leave_nothing_open():
    assert open_points(WINDOWS, [], [], B) == {} == open_points(WINDOWS, READINGS, [], B)


def test_a_window_typed_beside_read_ones_used_anything():
    assert open_points(WINDOWS, READINGS[:2], [], B) == {"b": (0.0, 100.0, TYPED)}
    of_ann = [WINDOWS[0], window("b", B, points=20.0, person="ann")]
    assert open_points(of_ann, READINGS[:2], [], B) == {}  # whose ledger has no reading at all
    assert open_points(WINDOWS, [], gone(READINGS[3]), B) == {"b": (0.0, 100.0, TYPED)}


def test_a_reading_taken_back_counts_where_it_is_worse_for_the_candidate():
    more, less = gone(seen("b", "after", 60)), gone(seen("b", "after", 5))
    assert open_points(WINDOWS, READINGS, more, B) == {"b": (20.0, 60.0, READ_OTHERWISE)}
    assert open_points(WINDOWS, READINGS, less, B) == {}
    assert open_points(WINDOWS, READINGS, gone(seen("a", "after", 70)), B) == {}
    assert open_points(WINDOWS, READINGS, gone(seen("a", "after", 25)), B) == {
        "a": (25.0, 40.0, READ_OTHERWISE)
    }
    assert open_points(WINDOWS, READINGS, gone(seen("b", "after", 21)), B) == {}  # rounding


def test_what_is_open_is_said_by_reason():
    some = open_points(WINDOWS, READINGS[:2], [], B)
    assert said(some) == ["points typed, where other windows have readings: 1 (b)"]
