"""What a status line command is handed."""

from __future__ import annotations

import pytest

from meter_texts import name_of, parsed, reads_as_noted, texts
from tracker.meters import claude_statusline


@pytest.mark.parametrize("path", texts("claude-statusline"), ids=name_of)
def test_a_text_reads_as_the_file_beside_it_says(path):
    reads_as_noted(path)


def test_an_older_line_counts_when_the_last_has_no_numbers():
    lines = '{"rate_limits":{"five_hour":{"used_percentage":3}}}\n{"rate_limits":{}}\n'
    assert parsed(claude_statusline, lines).meters[0]["used_pct"] == 3
