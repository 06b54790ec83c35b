"""How a run through the router went, for people: findings in, text out."""

from __future__ import annotations

from typing import Any

Run = dict[str, Any]


def render(run: Run, markdown: bool = False) -> str:
    """Return a run's verdict, what was looked at, and in Markdown the log's lines that show it."""
    how = f", {run['how']}" if run["how"] else ""
    head = f"{run['name']}: {'passed' if run['ok'] else 'FAILED'} ({run['at']} UTC{how})"
    findings = [
        f"{one['name']}: {one['value']}" + ("" if one["is_good"] is not False else "  <-- not as it must be")
        for one in run["findings"]
    ]
    if not markdown:
        return "\n  ".join([head, *findings]) + "\n"
    listed = "\n".join(f"- {line}" for line in findings)
    return f"## {head}\n\n{listed}\n\n```json\n" + "\n".join(run["lines"]) + "\n```\n\n"
