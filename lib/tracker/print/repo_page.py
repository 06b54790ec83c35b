"""A repository's map for people: files in, text out."""

from __future__ import annotations

from typing import Any

Map = dict[str, Any]


def render(made: Map, markdown: bool = False) -> str:
    """Return every group of files, then what a machine sees to do."""
    parts = ["# Repository map" if markdown else "Repository map"]
    for group in made["groups"]:
        head = f"{group['heading']} ({len(group['files'])})"
        lines = [_file(one, markdown) for one in group["files"]]
        parts.append("\n".join([f"## {head}\n" if markdown else head, *lines]))
    wins = made["quick_wins"] or ["none that a machine can see"]
    numbered = [f"{number}. {win}" for number, win in enumerate(wins, 1)]
    parts.append("\n".join(["## Quick wins\n" if markdown else "Quick wins", *numbered]))
    return "\n\n".join(parts) + "\n"


def _file(one: Map, markdown: bool) -> str:
    when = f"{one['changed'][:10]}, {one['author']}" if one["changed"] else "new"
    said = one["summary"] or "(does not say)"
    return f"- `{one['path']}`: {said} ({when})" if markdown else f"  {one['path']}: {said} ({when})"
