"""Codex's /status card."""

from __future__ import annotations

import pytest

from meter_texts import name_of, parsed, reads_as_noted, texts
from tracker.meters import codex_status


@pytest.mark.parametrize("path", texts("codex-status", "codex-app_status"), ids=name_of)
def test_a_text_reads_as_the_file_beside_it_says(path):
    reads_as_noted(path)


def test_a_card_says_the_plan_and_the_credits_that_are_left():
    card = "Account: someone@example.com (Pro Lite)\n5h limit: 9% used\nWeekly limit: 3% used\nCredits: 1,038 credits\n"
    reading = parsed(codex_status, card)
    assert (reading.plan, reading.credits) == ("Pro Lite", 1038)
