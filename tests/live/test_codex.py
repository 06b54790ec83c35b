"""Codex's limits when its app server gives none: the last session's log, or a word what to do."""

from __future__ import annotations

import pytest

from tracker import cli
from tracker.live import codex


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("CODEX_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", "/nowhere")
    return tmp_path


def test_the_newest_sessions_last_limits_are_read(home):
    for day, used in (("01", 1), ("02", 2)):
        folder = home / "sessions" / "2026" / "03" / day
        folder.mkdir(parents=True)
        line = f'{{"payload":{{"type":"token_count","rate_limits":{{"primary":{{"used_percent":{used}}}}}}}}}'
        (folder / f"rollout-{day}.jsonl").write_text(f'{{"type":"other"}}\n{line}\n' * 30)
    lines = list(codex.read())
    assert len(lines) == codex.LINES
    assert b'"used_percent":2' in lines[-1]


def test_without_client_and_log_one_is_told_to_paste(home):
    with pytest.raises(cli.Stop) as stop:
        list(codex.read())
    assert stop.value.status == cli.TRY_LATER
    assert "paste the card" in str(stop.value)
