"""Readings of windows that nobody has finished yet."""

from __future__ import annotations

from tracker import rows
from tracker.verdict.readings import readings
from verdict_rows import START


def reading(name, phase, used):
    meters = [rows.Meter(meter="five_hour", used_pct=used)]
    return rows.Snapshot(
        ts=START, provider="claude", surface="print", window=name, phase=phase, meters=meters, source="alias"
    )


def test_windows_that_wait_are_told_with_what_was_seen():
    made = readings(
        [reading("W1", "before", 3), reading("W2", "before", 3), reading("W2", "after", 9)], {"W3": "x"}
    )
    assert made["sources"] == {"alias": 3}
    assert [(one["window"], one["complete"]) for one in made["waiting"]] == [("W1", False), ("W2", True)]
    assert made["waiting"][0]["seen"] == "only its before: five_hour 3 %"
    assert readings([reading("W1", "before", 3)], {"W1": "x"})["waiting"] == []
