"""The rate-limit headers of one reply."""

from __future__ import annotations

import pytest

from meter_texts import name_of, parsed, reads_as_noted, texts
from tracker.meters import Refusal, claude_headers


@pytest.mark.parametrize("path", texts("claude-headers"), ids=name_of)
def test_a_text_reads_as_the_file_beside_it_says(path):
    reads_as_noted(path)


def test_a_share_beyond_what_a_plan_can_show_is_refused():
    with pytest.raises(Refusal, match="garbled: 'unified-5h' of 177237714000 %"):
        parsed(claude_headers, "anthropic-ratelimit-unified-5h-utilization: 1772377140")
