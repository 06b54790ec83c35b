"""The /usage screen and its printed form."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from meter_texts import name_of, reads_as_noted, texts
from tracker.meters import Refusal, claude_usage, reset_times


@pytest.mark.parametrize("path", texts("claude-tui", "claude-print"), ids=name_of)
def test_a_text_reads_as_the_file_beside_it_says(path):
    reads_as_noted(path)


def test_two_weeks_of_one_account_that_differ_are_no_reading():
    screen = (
        "Current session: 22% used\nCurrent week (all models): {}% used\nCurrent week (all models): {}% used"
    )
    at = reset_times.Clock(datetime(2026, 6, 28, 8, tzinfo=UTC), UTC)
    assert [made["used_pct"] for made in claude_usage.parse(screen.format(31, 31), at).meters] == [22, 31]
    with pytest.raises(Refusal, match="two rows of the same quota"):
        claude_usage.parse(screen.format(31, 44), at)
