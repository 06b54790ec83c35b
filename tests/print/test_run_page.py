"""How a run went: its verdict, and what was looked at."""

from __future__ import annotations

from tracker.print import run_page

RUN = {
    "name": "soak",
    "ok": False,
    "at": "2026-02-03 10:00",
    "how": "lab",
    "findings": [
        {"name": "requests", "value": "3 sent", "is_good": True},
        {"name": "stalls", "value": "1", "is_good": False},
        {"name": "errors", "value": "0", "is_good": None},
    ],
    "lines": ["{1}", "{2}"],
}


def test_what_is_not_as_it_must_be_is_marked_and_nothing_else():
    assert run_page.render(RUN).splitlines() == [
        "soak: FAILED (2026-02-03 10:00 UTC, lab)",
        "  requests: 3 sent",
        "  stalls: 1  <-- not as it must be",
        "  errors: 0",
    ]
    assert run_page.render(RUN | {"ok": True, "how": ""}).startswith("soak: passed (2026-02-03 10:00 UTC)\n")


def test_in_markdown_the_logs_lines_stand_below():
    page = run_page.render(RUN, markdown=True)
    assert page.startswith("## soak: FAILED ") and "- stalls: 1  <-- not as it must be\n" in page
    assert page.endswith("```json\n{1}\n{2}\n```\n\n")
