"""Closed, restarted, asleep: told from two moments of a machine, and from this one as it is."""

from __future__ import annotations

import subprocess

import msgspec

from tracker.workday import interruptions
from tracker.workday.interruptions import Moment


def test_nothing_happens_between_two_looks():
    then = interruptions.here()
    assert interruptions.happened(then, interruptions.here(then.shell)) == []
    assert interruptions.since(None) == []


def test_a_moment_is_read_as_it_was_written_and_nothing_else_is():
    then = interruptions.here()
    assert interruptions.read(then.as_plain()) == then
    assert interruptions.read(None) is None
    assert interruptions.read({"at": "noon"}) is None


def test_a_shell_that_ended_is_told_from_one_that_runs():
    shell = subprocess.Popen(["sleep", "30"])
    try:
        then = interruptions.here(shell.pid)
        assert then.shell_began
        assert interruptions.since(then) == []
    finally:
        shell.kill()
        shell.wait()
    assert interruptions.since(then) == ["the shell that it was begun in is closed"]


def test_a_shell_in_another_zone_or_language_is_the_same(monkeypatch):
    """As on the night of summer time: ps tells when a process began in the zone that it runs in."""
    monkeypatch.setenv("TZ", "UTC")
    then = interruptions.here()
    monkeypatch.setenv("TZ", "America/New_York")
    monkeypatch.setenv("LANG", "tr_TR.UTF-8")
    assert interruptions.since(then) == []


def test_a_process_id_that_was_given_out_again_is_another_shell():
    then = interruptions.here()
    other = msgspec.structs.replace(then, shell_began="Thu Jan  1 00:00:01 1970")
    assert interruptions.since(other) == ["the shell that it was begun in is closed"]


def test_a_clock_that_was_set_right_is_no_restart():
    then = Moment(1000.0, 500.0, 500.0, 0, "")
    assert interruptions.happened(then, Moment(1100.0, 570.0, 570.0, 0, "")) == []
