"""What a person is told of a quota, and that each thing is told once."""

import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from tracker import cli
from tracker.outlook import notices_due
from tracker.outlook.quota_outlook import Ahead, QuotaOutlook

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
RESET = NOW + timedelta(hours=3)


def quota(used=50.0, resets_at=RESET, reset_at=None, full_at=None):
    ahead = Ahead(0.9, full_at, full_at, None, 0, 0, 9) if full_at else None
    return QuotaOutlook(
        "claude", None, "five_hour", "default", used, None, NOW, "wire", resets_at, reset_at, 9, 1.0, None,
        ahead, None,
    )  # fmt: skip


@pytest.fixture
def told(tmp_path):
    """`told(quota)` runs a program for what is due, and returns what it has been told so far."""
    log = tmp_path / "told"
    script = tmp_path / "tell.py"
    script.write_text("import sys\nopen(sys.argv[1], 'a').write(sys.argv[2] + '\\n')\n")

    def tell(*found, marks=None):
        command = f"{sys.executable} {script} {log}"
        notices_due.tell(command, found, marks, tmp_path / "state" / "said.json", NOW)
        return log.read_text().splitlines() if log.exists() else []

    return tell


def test_a_mark_is_told_once_a_window_however_often_one_looks(told):
    assert told(quota(79.0)) == []
    assert told(quota(81.0)) == ["claude five_hour is 81 % used"]
    assert len(told(quota(85.0, RESET + timedelta(minutes=1)))) == 1  # resets jitter
    assert told(quota(96.0))[1:] == ["claude five_hour is 96 % used"]
    assert len(told(quota(82.0, RESET + timedelta(hours=5)))) == 3


def test_marks_of_ones_own(told):
    assert told(quota(42.0), marks=[40.0]) == ["claude five_hour is 42 % used"]


def test_a_reset_and_a_pace_are_told_once(told):
    told(quota(full_at=NOW + timedelta(hours=1)))
    assert told(quota(full_at=NOW + timedelta(hours=2)))[0].startswith(
        "claude five_hour will be full at about"
    )
    over = quota(None, None, NOW - timedelta(minutes=1))
    assert told(over)[1:] == ["claude five_hour was reset"]
    assert len(told(over)) == 2


def test_what_the_command_failed_at_is_told_again(tmp_path, capsys):
    path = tmp_path / "said.json"
    for _ in range(2):
        notices_due.tell("false", [quota(90.0)], None, path, NOW)
    assert capsys.readouterr().err.count("--notify ended with 1 on at-80") == 2
    assert not path.exists()


@pytest.mark.parametrize("command", ["/no/such/program", "'", "", "  "])
def test_a_command_that_is_none_is_a_wrong_option(tmp_path, command):
    with pytest.raises(cli.Stop) as stop:
        notices_due.tell(command, [quota(90.0)], None, tmp_path / "said.json", NOW)
    assert stop.value.status == cli.USAGE


def test_a_file_that_is_no_longer_whole_costs_nothing(tmp_path):
    (tmp_path / "said.json").write_text("[{")
    notices_due.tell("true", [quota(90.0)], None, tmp_path / "said.json", NOW)
    assert notices_due.NoticesSaid(tmp_path / "said.json").said[0].event == "at-80"


def test_a_command_that_hangs_is_ended_with_all_that_it_started_and_told_again(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(notices_due, "PATIENCE", 0.3)
    begun = time.monotonic()
    notices_due.tell("sh -c 'sleep 60 & wait'", [quota(90.0)], [80.0], tmp_path / "said.json", NOW)
    assert time.monotonic() - begun < 20
    assert "took more than 0.3 s on at-80 and was ended" in capsys.readouterr().err
    assert not (tmp_path / "said.json").exists()


def test_where_nothing_can_be_kept_it_is_told_and_said(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    notices_due.tell("true", [quota(90.0)], [80.0], tmp_path / "file" / "said.json", NOW)
    assert "it will be told again" in capsys.readouterr().err
