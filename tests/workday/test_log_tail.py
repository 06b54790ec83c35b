"""The end of a log: what is newer, without reading what is older."""

from datetime import UTC, datetime, timedelta

import pytest

from tracker.workday import log_tail

START = datetime(2026, 11, 20, 9, tzinfo=UTC)


def line(at):
    return (
        f'{{"kind":"usage","ts":"{at.isoformat()}","model":"m","lane":"anthropic","status":200,"latency_ms":1,'
        '"decision":"kept","op":"stream"}\n'
    )


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "usage.jsonl"
    path.write_text("".join(line(START + timedelta(minutes=n)) for n in range(-5000, 200)))
    return path


@pytest.mark.parametrize("block", [64, 1000, 1 << 20])
def test_every_newer_row_comes_once_and_in_order(log, monkeypatch, block):
    monkeypatch.setattr(log_tail, "BLOCK", block)
    found = log_tail.since(log, START)
    assert [row.ts for row in found] == [START + timedelta(minutes=n) for n in range(200)]


def test_lines_that_are_no_rows_are_passed_over(log):
    with log.open("a") as file:
        file.write('{"kind":"usage","ts":\n\x00\nplain\n' + line(START + timedelta(hours=9)))
    assert log_tail.since(log, START + timedelta(hours=8))[0].ts == START + timedelta(hours=9)


def test_no_log_and_no_window_give_no_requests(tmp_path, log):
    assert log_tail.since(tmp_path / "none.jsonl", START) == []
    assert log_tail.since(log, None) == []
