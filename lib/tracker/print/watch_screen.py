"""A page that is shown again and again: on a screen of its own, or as a line each time that it changes."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import NoReturn

from tracker import cli
from tracker.print import paint, screen


def forever(page: Callable[[], str], line: Callable[[], str], every: float) -> NoReturn:
    """Show the page every so many seconds until Ctrl-C; where there is no screen, the line whenever it changed.

    `page` and `line` look anew each time that they are called.
    """
    if not (sys.stdout is not None and sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"):
        shown = ""
        while True:
            text = line()
            if text != shown:
                cli.put(f"{datetime.now().astimezone():%Y-%m-%dT%H:%M:%S%z} {text}\n")
                sys.stdout.flush()
            shown = text
            time.sleep(every)
    with _screen() as show:
        while True:
            show(page())
            time.sleep(every)


@contextmanager
def _screen() -> Iterator[Callable[[str], None]]:
    """Give what shows a page instead of the last one: rich's, else the terminal is emptied each time."""
    try:
        from rich.console import Console
        from rich.live import Live
        from rich.text import Text
    except ModuleNotFoundError:
        yield _emptied
        return
    console = Console(no_color=not paint.wanted(), highlight=False, emoji=False, markup=False)
    with Live(console=console, screen=True, auto_refresh=False) as live:
        yield lambda page: live.update(Text.from_ansi(page, no_wrap=True), refresh=True)


def _emptied(page: str) -> None:
    screen.clear()
    cli.put(page)
    sys.stdout.flush()
