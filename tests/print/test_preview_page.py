"""The preview for people."""

from __future__ import annotations

from tracker.evidence.facts import facts_of
from tracker.print import preview_page
from tracker.verdict import overview
from verdict_rows import blocks, plan, telemetry, window


def page(some, markdown=False):
    return preview_page.render(overview.preview(facts_of(some)), markdown)


def test_arms_comparison_and_claims_stand_on_the_page():
    text = page([plan(), *blocks(12), telemetry("A0", routed_prompts=100)])
    for words in (
        "mitm_offload claude",
        "sign-flip test: rejected at block",
        "routed_to_glm=25.0%",
        "may be claimed",
    ):
        assert words in text
    assert "### What may be claimed" in page([plan(), *blocks(12)], markdown=True)


def test_below_three_windows_there_is_no_interval():
    assert "ci=n/a" in page([window("W")])
