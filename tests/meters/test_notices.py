"""What a client says instead of numbers: every fragment is found, the certain ones first."""

from __future__ import annotations

import pytest

from tracker.meters import ADVICE, notices, text

TABLES = {"claude": notices.CLAUDE, "codex": notices.CODEX, "gemini": notices.GEMINI}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_fragment_is_squeezed_and_stands_for_a_word_that_has_an_advice(table):
    for fragment, word, seen in table:
        assert fragment == text.squeeze(fragment)
        assert word in ADVICE
        assert seen


@pytest.mark.parametrize(
    ("said", "table", "word"),
    [
        ("Error: rate_limit_error while loading usage", notices.CLAUDE, "endpoint_rate_limited"),
        ("Loading usage data…", notices.CLAUDE, "loading"),
        ('{"error":{"type":"usage_not_included"}}', notices.CODEX, "no_subscription"),
        ("To use Codex with your ChatGPT plan, upgrade to Plus", notices.CODEX, "no_subscription"),
        ("Limits: data not available yet", notices.CODEX, "deferred"),
        ("Limits: not available for this account", notices.CODEX, "not_available"),
        ("You have exhausted your daily quota on this model.", notices.GEMINI, "limit_reached"),
    ],
)
def test_the_first_that_fits_decides(said, table, word):
    assert notices.find(text.squeeze(said), table).word == word


def test_a_text_that_says_nothing_has_no_reason():
    assert notices.find("thequickbrownfox", notices.CLAUDE) is None
