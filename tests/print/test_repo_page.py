"""A repository's map in words."""

from __future__ import annotations

from tracker.print import repo_page

FILE = {"path": "a.py", "summary": "Does it.", "changed": "2026-01-02T03:04:05Z", "author": "Jo"}
MADE = {
    "groups": [
        {"heading": "Tools", "files": [FILE, FILE | {"path": "b.py", "summary": None, "changed": None}]}
    ],
    "quick_wins": [],
}


def test_files_stand_under_their_group_with_who_changed_them_when():
    assert repo_page.render(MADE) == (
        "Repository map\n\nTools (2)\n  a.py: Does it. (2026-01-02, Jo)\n  b.py: (does not say) (new)\n\n"
        "Quick wins\n1. none that a machine can see\n"
    )


def test_in_markdown_they_are_lists_and_wins_are_numbered():
    page = repo_page.render(MADE | {"quick_wins": ["this", "that"]}, markdown=True)
    assert page.startswith("# Repository map\n\n## Tools (2)\n\n- `a.py`: Does it. (2026-01-02, Jo)\n")
    assert page.endswith("## Quick wins\n\n1. this\n2. that\n")
