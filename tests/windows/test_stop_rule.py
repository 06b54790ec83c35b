"""When to stop: more than one fall of the meter in three windows."""

from __future__ import annotations

import json

from readings import at, lines, parsed, reading, rows_of, text
from tracker import rows
from tracker.windows import stop_rule


def fallen(tool, record, complete, window: str, hour: int, last: float) -> None:
    record(reading(window, at(f"{hour:02}:00"), 30.0, resets=at("20:00"), phase="before"), "--force")
    record(reading(window, at(f"{hour:02}:30"), last, resets=at("20:00"), phase="after"), "--force")
    complete(window, "--claude-features", "1")


def test_more_than_one_fall_in_three_windows_stops_the_next_before(tool, record, complete):
    fallen(tool, record, complete, "W1", 9, 20.0)
    fallen(tool, record, complete, "W2", 10, 35.0)
    assert record(reading("W9", at("10:50"), 5.0, phase="before"))[0] == 0
    fallen(tool, record, complete, "W3", 11, 10.0)
    status, said = record(reading("W4", at("12:00"), 5.0, phase="before"))
    assert status == 75
    assert "stop: negative-delta in 2 of the last 3 claude windows (W1, W3)" in said
    audited = tool("window-audit", "--window", "W3", "--json", stdin=tool("ledger-cat").out)
    assert "negative-delta in 2 of the last 3" in json.loads(audited.out)["stop"]
    assert record(reading("W4", at("12:00"), 5.0, phase="before", provider="codex"))[0] == 0
    assert record(reading("W4", at("12:00"), 5.0, phase="before"), "--force")[0] == 0
    (row,) = [
        row for row in parsed(tool("ledger-cat", "--kind", "anomaly").out) if row["anomaly"] == "stop-rule"
    ]
    assert row["window"] == "W4"


def window(name: str, hour: int, *errors: str) -> rows.Window:
    made = {"kind": "window", "ts": text(at(f"{hour:02}:00")), "window": name, "methodology": "m"}
    (row,) = rows_of({**made, "provider": "claude", "features": 1, "errors": list(errors)})
    return row


def test_the_last_three_windows_count_by_their_end_and_each_provider_alone():
    fell = [window("W1", 9, "negative-delta"), window("W2", 10), window("W3", 11, "negative-delta")]
    assert "(W1, W3)" in stop_rule.broken(fell, "claude")
    assert stop_rule.broken(fell, "codex") is None
    assert stop_rule.broken([window("W4", 12), *fell], "claude") is None
    assert stop_rule.broken(fell[:1], "claude") is None


def test_a_meter_that_never_moves_is_a_stop_and_the_preview_says_it(tool):
    still = [
        {"kind": "window", "ts": text(at(f"{hour:02}:00")), "window": f"W{hour}", "methodology": "m"}
        | {"provider": "claude", "features": 1, "capacity_pp": 0}
        for hour in (9, 10, 11)
    ]
    assert "moved in none of the 3 windows of m" in stop_rule.broken(rows_of(*still), "claude")
    assert stop_rule.broken(rows_of(*still[:2], still[2] | {"capacity_pp": 1}), "claude") is None
    assert stop_rule.broken(rows_of(*still[:2], still[2] | {"capacity_pp": None}), "claude") is None
    ran = tool("preview", stdin=lines(*still))
    assert ran.out.startswith("STOP: the claude meter moved in none")
    fell = [row | {"capacity_pp": None, "errors": ["negative-delta"]} for row in still]
    assert "STOP: negative-delta in 3 of the last 3" in tool("preview", stdin=lines(*fell)).out
