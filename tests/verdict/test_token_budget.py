"""The plans' 200,000 tokens of a session."""

from __future__ import annotations

from tracker.evidence.facts import facts_of
from tracker.print import preview_page
from tracker.verdict import overview, token_budget
from verdict_rows import B, telemetry, window


def sessions(some):
    facts = facts_of(some)
    return token_budget.sessions(facts.windows, facts.telemetry, facts.names)


def test_windows_without_a_night_between_are_one_session():
    some = [window("W1"), window("W2", B), window("W3", day=1), window("W4", day=1, arm=B)]
    counted = [telemetry(f"W{at}", total_tokens=50_000 * at) for at in (1, 2, 3)]
    first, second = sessions([*some, *counted])
    assert (first.windows, first.tokens, first.left, first.not_counted) == (2, 150_000, 50_000, [])
    assert (second.tokens, second.not_counted) == (150_000, ["W4"])


def test_a_local_estimate_counts_where_no_request_was_summed():
    (one,) = sessions([window("W", provider="glm", notes=["local-estimate-only", "ccusage:29950tokens"])])
    assert one.by_provider == {"glm": 29_950}
    assert sessions([window("W")]) == []


def test_the_preview_says_what_is_left_and_what_went_beyond():
    page = preview_page.render(
        overview.preview(facts_of([window("W"), telemetry("W", total_tokens=260_000)]))
    )
    assert (
        "260,000 tokens, caches included, in 1 windows (claude 260,000), of a budget of 200,000: 60,000 beyond it"
        in page
    )
