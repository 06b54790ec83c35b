"""Where things are and what is set, for people: rows in, text out."""

from __future__ import annotations

from collections.abc import Iterable


def render(
    places: Iterable[tuple[str, str, str, str]], settings: Iterable[tuple[str, str, str, str]] = ()
) -> str:
    """Return two lines a place and a setting, of (name, path or value, why it is that, what it is).

    >>> print(render([("log", "/l/usage.jsonl", "USAGE_LOG", "the router's log")]), end="")
    log      /l/usage.jsonl
             the router's log: USAGE_LOG
    """
    return "".join(
        f"{name:8} {value}\n{'':9}{about}: {why}\n" for name, value, why, about in (*places, *settings)
    )
