"""Where things are, for people: places in, text out."""

from __future__ import annotations

from collections.abc import Iterable


def render(places: Iterable[tuple[str, str, str, str]]) -> str:
    """Return two lines a place, of (name, path, why it is there, what it is).

    >>> print(render([("log", "/l/usage.jsonl", "USAGE_LOG", "the router's log")]), end="")
    log      /l/usage.jsonl
             the router's log: USAGE_LOG
    """
    return "".join(f"{name:9}{path}\n{'':9}{about}: {why}\n" for name, path, why, about in places)
