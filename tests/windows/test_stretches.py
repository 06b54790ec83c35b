"""When a window was open and whose it was, as the ledger's readings say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tracker import rows
from tracker.windows import stretches

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


def at(hours):
    return NINE + timedelta(hours=hours)


def reading(window, phase, hours, provider="claude", agent="main", used=5.0, **more):
    meter = rows.Meter(meter="five_hour", used_pct=used, resets_at=at(5))
    return rows.Snapshot(
        ts=at(hours),
        provider=provider,
        surface="print",
        meters=[meter],
        window=window,
        phase=phase,
        agent_id=agent,
        **more,
    )


def test_a_window_is_open_from_its_before_to_its_after():
    [one] = stretches.stretches([reading("W1", "before", 0), reading("W1", "after", 3, account="a")])
    assert (one.window, one.agent_id, one.since, one.until) == ("W1", "main", at(0), at(3))
    assert (one.accounts, one.resets) == (frozenset({"a"}), (at(5), at(5)))
    assert one.holds(at(0))
    assert not one.holds(at(3))


def test_claudes_readings_date_a_window_that_has_glms_too():
    rows_of = [
        reading("W1", "before", 0.5, "glm"),
        reading("W1", "before", 0),
        reading("W1", "after", 3),
        reading("W1", "after", 2, "glm"),
    ]
    [one] = stretches.stretches(rows_of)
    assert (one.since, one.until) == (at(0), at(3))


def test_a_codex_window_says_nothing_about_the_router():
    assert stretches.stretches([reading("W1", "before", 0, "codex")]) == []


def test_a_window_without_an_after_ends_where_its_agents_next_one_begins():
    one, two, other = stretches.stretches(
        [
            reading("W1", "before", 0),
            reading("W2", "before", 6),
            reading("Z1", "before", 7, agent="zork"),
        ]
    )
    assert (one.until, two.until, other.until) == (at(6), None, None)


def test_without_readings_the_requests_that_were_summed_before_say_when():
    row = rows.ProxyTelemetry(ts=at(2), window="W1", total_prompts=2, first_ts=at(1), last_ts=at(2))
    [one] = stretches.stretches([row])
    assert one.agent_id is None
    assert one.holds(at(2))
    assert not one.holds(at(2.1))


def test_an_arm_means_what_the_registration_says():
    plan = rows.Experiment(ts=at(0), baseline="plain", candidate="cheap")
    assert stretches.arm([plan], "W1", "cheap") == ("cheap", True, False)
    assert stretches.arm([plan], "W1", "plain") == ("plain", False, False)
    assert stretches.arm([plan], "W1", "mitm_offload") == ("mitm_offload", None, False)
    assigned = rows.Feature(ts=at(0), feature_id="F", window="W1", methodology="stock_anthropic")
    assert stretches.arm([assigned], "W1", None) == ("stock_anthropic", False, False)
    assert stretches.arm([], "W1", None) == (None, None, None)
