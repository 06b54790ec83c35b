"""Read a plan's meter now: who is asked for each provider, and what they print.

A reader sends no prompt to a model and opens no login: the clients ask with theirs, and a lane's own
monitor is asked with the user's own key for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module

from tracker import cli, providers

Reader = Callable[[], Iterator[bytes]]


def reader(provider: str) -> Reader:
    """Return what reads a provider's meter; cli.Stop (2) for one whose meter can only be pasted."""
    known = providers.BY_NAME[provider]
    if known.live:
        raise cli.Stop(cli.USAGE, f"{provider} cannot be read live: {known.live}")
    found: Reader = import_module(f"tracker.live.{provider}").read
    return found
