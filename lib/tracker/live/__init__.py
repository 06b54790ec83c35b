"""Read a plan's meter now: who is asked for each provider, and what they print.

A reader sends no prompt to a model and opens no login: the clients ask with theirs, and a lane's own
monitor is asked with the user's own key for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec

from tracker import cli, providers

Reader = Callable[[], Iterator[bytes]]


def reader(provider: str) -> Reader:
    """Return what reads a provider's meter; cli.Stop (2) for one whose meter can only be pasted."""
    why = providers.BY_NAME[provider].live
    if why or find_spec(f"tracker.live.{provider}") is None:
        said = why or f"nothing here asks it; paste its text into `capture {provider}`"
        raise cli.Stop(cli.USAGE, f"{provider} cannot be read live: {said}")
    found: Reader = import_module(f"tracker.live.{provider}").read
    return found
