"""That a tool still works, and at what: said on stderr from the third second on, to a person who watches."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tracker import cli
from tracker.print import screen

AFTER_S = 2.0  # what is done sooner needs no word
EACH_S = 1.0


@contextmanager
def shown(what: str) -> Iterator[None]:
    """Show on a terminal what is being done and for how long, on one line that goes when it is done.

    A dumb terminal gets the line once; a pipe or file nothing.
    """
    if sys.stderr is None or not sys.stderr.isatty():
        yield
        return
    done = threading.Event()
    teller = threading.Thread(target=_tell, args=(what, done), daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()


def _tell(what: str, done: threading.Event) -> None:
    begun, line = time.monotonic(), ""
    if done.wait(AFTER_S):
        return
    if os.environ.get("TERM", "dumb") == "dumb":
        cli.say(f"{what} …")
        return
    while not done.is_set():
        said = f"{cli.tool_name()}: {cli.harmless(what)} … {time.monotonic() - begun:.0f} s"
        line = said[: (screen.width_of(sys.stderr) or 80) - 1]
        sys.stderr.write(f"\r{line}")
        sys.stderr.flush()
        done.wait(EACH_S)
    sys.stderr.write(f"\r{'':{len(line)}}\r")
    sys.stderr.flush()
