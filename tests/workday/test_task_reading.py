"""A reading at a task's end, from a text of one's own."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tracker import cli
from tracker.workday import task_reading

AT = datetime(2026, 11, 20, 10, tzinfo=UTC)


def test_a_text_is_read_by_the_tool_that_a_person_would_type(tmp_path, capfd):
    text = tmp_path / "usage"
    text.write_text("Current session: 22% used · resets Nov 20, 3pm (UTC)\n")
    (row,) = task_reading.reading("claude", AT, False, text)
    assert (row.ts, row.meters[0].used_pct) == (AT, 22.0)
    assert "$ capture claude --at" in capfd.readouterr().err
    assert task_reading.reading("claude", AT, False, None) == []


def test_what_cannot_be_read_is_refused(tmp_path):
    with pytest.raises(cli.Stop, match="leave one out"):
        task_reading.reading("claude", AT, True, tmp_path)
    with pytest.raises(cli.Stop, match="give the file of a usage text"):
        task_reading.reading("claude", AT, False, tmp_path / "none")
