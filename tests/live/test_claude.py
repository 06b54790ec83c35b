"""Claude's answer: where the limits stand in it, and whether the client had kept them.

tests/meters/test_read_meter.py asks clients that answer as the real ones do.
"""

from __future__ import annotations

import json

from tracker.live import claude

FIVE = {"utilization": 21.5, "resets_at": "2026-03-01T14:59:00+00:00"}
LINE = json.dumps(
    {"type": "control_response", "response": {"response": {"rate_limits": {"five_hour": FIVE}}}}
).encode()


def test_limits_are_found_wherever_they_stand():
    assert claude._limits(LINE) == {"five_hour": FIVE}
    assert claude._limits(b'{"type":"control_response","response":{"error":"no"}}') is None
    assert claude._limits(b"[]") is None
    assert claude._limits(b"oops") is None


def test_an_answer_like_the_one_kept_before_is_said_to_be_kept(capsys):
    note = json.loads(claude._note("2.1.329", LINE, (1772362800000, FIVE), (1772362800000, FIVE)))
    assert (note["cached"], note["fetched_at_ms"]) == (True, 1772362800000)
    assert "the client kept them" in capsys.readouterr().err


def test_an_answer_fetched_anew_says_when():
    note = json.loads(claude._note("2.1.329", LINE, (1, FIVE), (2, FIVE)))
    assert (note["cached"], note["fetched_at_ms"]) == (False, 2)


def test_of_the_clients_own_file_only_time_and_session_quota_are_read(tmp_path, monkeypatch):
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path))
    assert claude._kept() == (None, None)
    (tmp_path / ".claude.json").write_text(
        json.dumps({"cachedUsageUtilization": {"fetchedAtMs": 5, "utilization": {"five_hour": FIVE}}})
    )
    assert claude._kept() == (5, FIVE)
    (tmp_path / ".claude.json").write_text("[]")
    assert claude._kept() == (None, None)
