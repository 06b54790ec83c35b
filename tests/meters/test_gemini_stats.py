"""Gemini CLI's /stats card and /model dialog."""

from __future__ import annotations

import pytest

from meter_texts import FIXTURES, name_of, parsed, reads_as_noted, texts
from tracker.meters import Refusal, gemini_stats


@pytest.mark.parametrize("path", texts("gemini-stats", "gemini-model"), ids=name_of)
def test_a_text_reads_as_the_file_beside_it_says(path):
    reads_as_noted(path)


def test_a_number_whose_sense_nothing_says_is_refused():
    with pytest.raises(Refusal, match="no heading says whether used or left"):
        parsed(gemini_stats, "gemini-2.5-pro   3   94.5% (Resets in 9h)")


def test_the_account_s_address_is_not_read():
    reading = parsed(gemini_stats, (FIXTURES / "gemini-stats" / "usage-left.txt").read_text())
    assert reading.plan == "Gemini Code Assist in Google One AI Pro"
