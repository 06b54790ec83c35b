"""A ledger's verification for people: verdicts in, text out."""

from __future__ import annotations

from typing import Any

from tracker.print.layout import grid


def render(report: dict[str, Any], markdown: bool = False) -> str:
    """Return a line a file, then what its windows' readings say; `compared` is whether heads were kept elsewhere."""
    files = [
        [one["file"], f"{one['rows']:,}", f"{_place(one)}{one['wrong']}" if one["wrong"] else "ok"]
        for one in report["files"]
    ]
    looked = "as their readings give" if report["sound"] else "not looked at"
    windows = "\n".join(report["windows"]) or f"windows: {looked}"
    if report["sound"] and not report["compared"]:
        windows += (
            "\nWhether all of it was written anew only heads kept elsewhere show: --publish, --against."
        )
    return f"{grid(files, ['file', 'rows', 'verdict'], markdown)}\n\n{windows}\n"


def _place(one: dict[str, Any]) -> str:
    return f"line {one['line']}: " if one["line"] else ""
