"""Codex's errors that a limit is reached."""

from __future__ import annotations

import pytest

from meter_texts import name_of, parsed, reads_as_noted, texts
from tracker.meters import Refusal, codex_error


@pytest.mark.parametrize("path", texts("codex-error"), ids=name_of)
def test_a_text_reads_as_the_file_beside_it_says(path):
    reads_as_noted(path)


@pytest.mark.parametrize(
    ("said", "until"),
    [
        ('{"error":{"type":"usage_limit_reached","resets_at":1772377140}}', "2026-03-01T14:59:00Z"),
        ('{"error":{"type":"usage_limit_reached","resets_in_seconds":3600}}', "2026-03-01T12:00:00Z"),
        ("You've hit your usage limit. Try again in 3 days 4 hours 5 minutes.", "2026-03-04T15:05:00Z"),
        ("You've hit your usage limit. Try again at 3:05 PM.", "2026-03-01T15:05:00Z"),
    ],
)
def test_the_reset_is_told_however_it_is_said(said, until):
    with pytest.raises(Refusal, match=f"until {until}"):
        parsed(codex_error, said)


def test_an_error_without_a_reset_is_refused_without_one():
    with pytest.raises(Refusal, match="limit is reached; "):
        parsed(codex_error, '{"error":{"type":"usage_limit_reached"}}')
