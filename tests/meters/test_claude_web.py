"""The usage page of claude.ai."""

from __future__ import annotations

import pytest

from meter_texts import name_of, parsed, reads_as_noted, texts
from tracker.meters import claude_web


@pytest.mark.parametrize("path", texts("claude-web"), ids=name_of)
def test_a_text_reads_as_the_file_beside_it_says(path):
    reads_as_noted(path)


def test_extra_usage_without_a_limit_shows_no_meter():
    page = "Current session\n4% used\nResets in 3 hr\nExtra usage\nTurn on extra usage. Learn more\n"
    assert [one["meter"] for one in parsed(claude_web, page).meters] == ["five_hour"]
