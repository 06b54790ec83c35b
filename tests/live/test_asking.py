"""A client that is asked: its answer is taken, and nothing of it is left running."""

from __future__ import annotations

import time
from pathlib import Path

from tracker.live import asking


def test_an_answer_is_taken_as_soon_as_it_is_there_and_the_client_ended(monkeypatch):
    monkeypatch.setenv("METER_SECONDS", "20")
    began = time.monotonic()
    lines = asking.answer(
        ("sh", "-c", "read -r q; echo answer to $q; echo $$; exec sleep 60"), b"answer", b"me\n"
    )
    assert lines[0] == b"answer to me"
    assert time.monotonic() - began < 10


def test_a_client_that_says_nothing_is_given_up_after_its_time(monkeypatch, tmp_path):
    monkeypatch.setenv("METER_SECONDS", "0.5")
    told = tmp_path / "pid"
    assert asking.answer(("sh", "-c", f"echo $$ >{told}; sleep 60 & wait"), b"never") == []
    pid = int(told.read_text())
    until = time.monotonic() + 5
    while Path(f"/proc/{pid}").exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert not Path(f"/proc/{pid}").exists()


def test_it_runs_in_an_empty_folder_without_what_hides_the_plan(monkeypatch):
    monkeypatch.setenv("ANTHROPIC_API_KEY", "made-up")
    lines = asking.answer(
        ("sh", "-c", "ls -A; echo key=$ANTHROPIC_API_KEY"), b"key=", without=["ANTHROPIC_API_KEY"]
    )
    assert lines == [b"key="]


def test_a_program_that_is_not_there_gives_nothing():
    assert asking.answer(("/no/such/client",), b"x") == []


def test_a_time_that_is_no_number_is_the_usual_one(monkeypatch):
    monkeypatch.setenv("METER_SECONDS", "soon")
    assert asking.patience() == 20
