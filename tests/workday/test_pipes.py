"""Pipes of tools: each step only after the one before it went well."""

import pytest

from tracker.workday import pipes


def test_a_pipe_is_shown_and_carries_rows(capfd):
    status, said = pipes.run(
        [["ledger-cat", "--data-dir", "/nowhere"], ["preview"]], "do this", answers=(66,)
    )
    assert (status, said) == (66, b"")
    assert capfd.readouterr().err.startswith("$ ledger-cat --data-dir /nowhere | preview\n")


def test_a_step_that_fails_ends_the_pipe_with_its_status(capfd):
    with pytest.raises(pipes.StepFailed, match="window-audit ended with 66") as failed:
        pipes.run([["window-audit", "--window", "W"], ["ledger-append"]], "do this")
    assert failed.value.status == 66
    assert "ledger-append:" not in capfd.readouterr().err
