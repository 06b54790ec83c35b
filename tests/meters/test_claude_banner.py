"""Claude's banners that a quota is used up."""

from __future__ import annotations

import pytest

from meter_texts import name_of, parsed, reads_as_noted, texts
from tracker.meters import Refusal, claude_banner


@pytest.mark.parametrize("path", texts("claude-banner"), ids=name_of)
def test_a_text_reads_as_the_file_beside_it_says(path):
    reads_as_noted(path)


def test_the_refusal_names_the_quota_and_its_reset():
    with pytest.raises(Refusal, match="weekly quota is used up until 2026-03-04T08:00:00Z"):
        parsed(claude_banner, "You've hit your weekly limit · resets Mar 4, 8am (UTC)")
    with pytest.raises(Refusal, match="extra usage is used up until 2026-03-02T06:00:00Z"):
        parsed(claude_banner, "You're out of extra usage · resets 10pm (America/Los_Angeles)")
