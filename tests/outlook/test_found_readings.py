"""Readings on a machine: which files are read, what in them is a reading, and what is left alone."""

import json
import os
from datetime import UTC, datetime, timedelta

from history.transcripts import claude, codex, limit, tokens
from tracker.outlook import found_readings

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
SINCE = NOW - found_readings.BACK
RESET = int((NOW + timedelta(hours=2)).timestamp())


def status(minute, used, session="s1", **more):
    limits = {"five_hour": {"used_percentage": used, "resets_at": RESET}}
    said = {"captured_at": f"2026-03-02T10:{minute:02}:00Z", "session_id": session, "version": "2.1.300"}
    return json.dumps(said | more | {"rate_limits": limits}, separators=(",", ":")) + "\n"


def pairs(found):
    return [(one.quota.meter, one.used_pct) for one in found]


def test_a_session_that_is_left_open_says_nothing_new(tmp_path):
    log = tmp_path / "statusline.jsonl"
    lines = [status(1, 5), status(2, 5), status(3, 9, "s2"), status(4, 5), status(5, 10, "s2"), '{"cut']
    log.write_text("".join(lines))
    found = found_readings.status_lines(log, SINCE)
    assert [(one.used_pct, one.ts.minute, one.source) for one in found] == [
        (5, 1, "statusline"),
        (9, 3, "statusline"),
        (10, 5, "statusline"),
    ]


def test_a_status_lines_account_is_the_folder_of_its_transcript(tmp_path):
    log = tmp_path / "statusline.jsonl"
    paths = ("/srv/me/.claude/projects/-a/s.jsonl", "/srv/me/.claude-work/projects/-a/s.jsonl")
    log.write_text("".join(status(n, n, f"s{n}", transcript_path=path) for n, path in enumerate(paths)))
    assert [one.quota.account for one in found_readings.status_lines(log, SINCE)] == [None, ".claude-work"]


def test_the_routers_log_is_read_where_a_gauge_moved_and_at_its_end(tmp_path):
    log = tmp_path / "usage.jsonl"
    row = {"kind": "usage", "model": "claude-opus-5-5", "lane": "anthropic", "status": 200, "latency_ms": 1.0,
           "decision": "kept", "op": "stream"}  # fmt: skip
    made = []
    for minute, share in enumerate((0.1, 0.1, 0.1, 0.12, 0.12, 0.12)):
        limits = {"5h_utilization": share, "5h_reset": RESET}
        line = row | {"ts": f"2026-03-02T10:0{minute}:00Z", "rate_limits": limits}
        made.append(json.dumps(line, separators=(",", ":")))
    log.write_text("\n".join([*made[:2], '{"rate_limits":{"x', *made[2:], ""]))
    found = found_readings.router_log(log, SINCE)
    assert [(one.used_pct, one.ts.minute) for one in found] == [(10, 0), (10, 2), (12, 3), (12, 5)]


def test_rollouts_are_the_only_files_of_a_client_that_are_opened(tmp_path):
    day = tmp_path / ".codex" / "sessions" / "2026" / "03" / "02"
    day.mkdir(parents=True)
    for name in ("auth.json", "config.toml"):
        secret = tmp_path / ".codex" / name
        secret.write_text("{}")
        secret.chmod(0)
    limits = {"primary": {"used_percent": 12.5, "window_minutes": 300, "resets_at": RESET}}
    lines = [
        codex("session_meta", id="t"),
        codex("event_msg", "2026-03-02T10:00:00Z", type="token_count", info=tokens(1, 1), rate_limits=limits),
        codex("event_msg", "2026-03-02T10:01:00Z", type="token_count", info=tokens(2, 1), rate_limits=None),
    ]
    (day / "rollout-2026-03-02T10-00-00-a.jsonl").write_text("".join(lines))
    old = day / "rollout-2025-01-02T10-00-00-b.jsonl"
    old.write_text("".join(lines))
    os.utime(old, (1, 1))
    assert pairs(found_readings.rollouts(tmp_path, {}, SINCE)) == [("five_hour", 12.5)]


def test_json_with_blanks_is_read_as_json_without(tmp_path):
    """Clients, `jq .` and copies differ in blanks; `ingest-history` reads both."""
    folder = tmp_path / ".codex" / "sessions"
    folder.mkdir(parents=True)
    limits = {"primary": {"used_percent": 12.5, "window_minutes": 300, "resets_at": RESET}}
    rollout = codex(
        "event_msg", "2026-03-02T10:00:00Z", type="token_count", info=tokens(1, 1), rate_limits=limits
    )
    row = {"kind": "usage", "model": "claude-opus-5-5", "lane": "anthropic", "status": 200, "latency_ms": 1.0,
           "decision": "kept", "op": "stream", "ts": "2026-03-02T10:00:00Z",
           "rate_limits": {"5h_utilization": 0.1, "5h_reset": RESET}}  # fmt: skip

    def spaced(line):
        made = json.dumps(json.loads(line), separators=(" , ", " : "))
        assert '"rate_limits" : {"' in made
        return made + "\n"

    (folder / "rollout-a.jsonl").write_text(spaced(rollout))
    (tmp_path / "statusline.jsonl").write_text(spaced(status(1, 5)) + spaced(status(2, 5)))
    (tmp_path / "usage.jsonl").write_text(spaced(json.dumps(row)))
    assert pairs(found_readings.rollouts(tmp_path, {}, SINCE)) == [("five_hour", 12.5)]
    assert pairs(found_readings.status_lines(tmp_path / "statusline.jsonl", SINCE)) == [("five_hour", 5)]
    assert pairs(found_readings.router_log(tmp_path / "usage.jsonl", SINCE)) == [("five_hour", 10)]


def test_gauges_with_fractions_are_looked_at_now_and_then_and_at_the_end(tmp_path):
    folder = tmp_path / ".codex" / "sessions"
    folder.mkdir(parents=True)
    lines = [
        codex(
            "event_msg",
            f"2026-03-02T10:{n:02}:00Z",
            type="token_count",
            info=tokens(n, 1),
            rate_limits={"primary": {"used_percent": n / 4, "window_minutes": 300, "resets_at": RESET}},
        )
        for n in range(12)
    ]
    (folder / "rollout-a.jsonl").write_text("".join(lines))
    found = found_readings.rollouts(tmp_path, {}, SINCE)
    assert [one.ts.minute for one in found] == [0, 5, 10, 11]


def test_what_claude_code_kept_is_one_reading_and_nothing_else_is_taken_from_that_file(tmp_path):
    kept = {
        "cachedUsageUtilization": {
            "fetchedAtMs": int((NOW - timedelta(hours=1)).timestamp() * 1000),
            "utilization": {
                "five_hour": {"utilization": 21.5, "resets_at": "2026-03-02T14:00:00+00:00"},
                "seven_day": {"utilization": 4.0, "resets_at": "2026-03-06T14:00:00+00:00"},
            },
        },
        "oauthAccount": {"emailAddress": "someone@example.com"},
    }
    (tmp_path / ".claude.json").write_text(json.dumps(kept))
    found = found_readings.kept_by_claude(tmp_path, {}, SINCE)
    assert pairs(found) == [("five_hour", 21.5), ("weekly_all", 4.0)]
    assert "someone" not in str(found)
    (tmp_path / ".claude.json").write_text(
        '{"cachedUsageUtilization":{"fetchedAtMs":"x","utilization":null}}'
    )
    assert found_readings.kept_by_claude(tmp_path, {}, SINCE) == []


def test_files_that_are_not_there_are_no_readings(tmp_path):
    gone = tmp_path / "gone"
    assert found_readings.everything(gone, gone, gone, tmp_path, {}, NOW) == []


def test_a_provider_whose_client_works_here_and_that_was_not_read_is_named(tmp_path):
    """A HOME with Claude's transcripts and Codex' readings must not look like one without Claude."""
    for name in (".claude/projects/-x/s.jsonl", ".codex/sessions/2026/11/20/rollout-1.jsonl"):
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_text("{}\n")
    assert found_readings.without_reading(tmp_path, {}, {"codex"}) == ["claude"]
    assert found_readings.without_reading(tmp_path, {}, {"codex", "claude"}) == []
    assert found_readings.without_reading(tmp_path / "nobody", {}, set()) == []


def transcript(home, *lines, name=".claude"):
    path = home / name / "projects" / "-p" / "s.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(lines))
    return path


def test_claudes_transcripts_of_the_last_week_tell_the_limits_that_were_reached(tmp_path):
    lines = [
        claude("a", "2026-03-02T09:00:00Z"),
        limit("b", "You've hit your session limit · resets 1pm (UTC)", "2026-03-02T10:00:00Z"),
        limit("c", "You've hit your limit · resets 1pm (UTC)", "2026-03-02T10:30:00Z"),
        limit("d", "You've hit your weekly limit · resets Feb 20, 1pm (UTC)", "2026-02-20T10:00:00Z"),
    ]
    path = transcript(tmp_path, *lines)
    found = found_readings.limits_reached(tmp_path, {}, NOW - found_readings.WEEK)
    assert [one.found.quota for one in found] == [("five_hour", "default"), None]
    ledger, log = tmp_path / "ledger", tmp_path / "log"
    ticks = found_readings.everything(ledger, log, log, tmp_path, {}, NOW)
    assert [(one.quota.meter, one.quota.account, one.used_pct, one.source) for one in ticks] == [
        ("five_hour", None, 100.0, "banner")
    ]
    os.utime(path, (1, 1))
    assert found_readings.limits_reached(tmp_path, {}, NOW - found_readings.WEEK) == []


def test_a_limit_that_was_not_named_holds_until_its_reset_or_for_five_hours(tmp_path):
    words = "You've hit your limit{}"
    transcript(
        tmp_path,
        limit("a", words.format(" · resets 1pm (UTC)"), "2026-03-02T10:00:00Z"),
        limit("b", words.format(""), "2026-03-02T10:30:00Z"),
    )
    for hours, said in ((0, ["10:30"]), (3, ["10:30"]), (4, [])):
        found = found_readings.limits_not_named(tmp_path, {}, NOW + timedelta(hours=hours))
        assert [f"{one.ts:%H:%M}" for one in found] == said


def test_an_idle_sessions_old_showing_is_no_reading_and_its_next_reply_is(tmp_path):
    """Given 60 % of a session that works, one that was left open with 12 % of the same window says nothing new."""
    log = tmp_path / "statusline.jsonl"
    log.write_text("".join([status(1, 60, "a"), status(2, 12, "b"), status(3, 61, "b"), status(4, 5, "b")]))
    found = found_readings.status_lines(log, SINCE)
    assert [(one.used_pct, one.ts.minute) for one in found] == [(60, 1), (61, 3), (5, 4)]


def test_what_a_forked_rollout_copied_is_no_reading(tmp_path):
    day = tmp_path / ".codex" / "sessions" / "2026" / "03" / "02"
    day.mkdir(parents=True)

    def count(at, used):
        limits = {"primary": {"used_percent": used, "window_minutes": 300, "resets_at": RESET}}
        return codex("event_msg", at, type="token_count", info=tokens(1, 1), rate_limits=limits)

    head = codex("session_meta", "2026-03-02T11:00:00.000Z", id="b", forked_from_id="a", cwd="/x")
    lines = [
        head,
        count("2026-03-02T11:00:00.020Z", 10.0),
        count("2026-03-02T11:00:00.040Z", 20.0),
        count("2026-03-02T11:09:00Z", 60.0),
    ]
    (day / "rollout-b.jsonl").write_text("".join(lines))
    assert pairs(found_readings.rollouts(tmp_path, {}, SINCE)) == [("five_hour", 60.0)]
