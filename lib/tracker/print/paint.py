"""Colour for a page on a terminal: it says nothing that the words do not say, and is never in a file unless asked for."""

from __future__ import annotations

import os
import re
import sys

from tracker import cli
from tracker.print import screen

BOLD, GREEN, YELLOW, RED = "1", "32", "33", "31"
# Words of a verdict, the longer before those that they contain.
WORDS = (
    (RED, r"NO-GO|STOP:|fail|failed|misroutes?|breach(?:es)?"),
    (YELLOW, r"SOFT GO|soft\s+pass|INSUFFICIENT|WARNING:|undecided|does not hold|not registered|missing"),
    (GREEN, r"no\s+breach|GO|pass|passed|holds(?=:)"),
)
# What is good news although it holds such a word: green where it is the verdict, plain where it is a figure.
DENIED = r"(?<![\d.,])0(?:\.0+)?\s+%\s+failed\b"
STATES = {"ok": GREEN, "note": YELLOW, "bad": RED}  # of a check, at the start of its line
_WORD = re.compile(
    rf"(?P<denied>{DENIED})|"
    + "|".join(rf"(?P<c{colour}>(?<![\w-])(?:{words})(?![\w-]))" for colour, words in WORDS)
)
_STATE = re.compile(rf"(?m)^({'|'.join(STATES)})(?=  )")
_HEADING = re.compile(r"(?m)^[A-Z][^:\n]*:$")
_TABLE = re.compile(r"(?m)(?:^(?!$).*\n)+?(?=^-+(?:  -+)*$)")  # the lines above a table's rule


def page(text: str) -> str:
    """Return a page as it goes to the screen: as wide as that, harmless, and in colour where it is wanted."""
    fitted = "\n".join(map(cli.harmless, screen.fitted(text, screen.width()).split("\n")))
    return cli.Painted(painted(fitted)) if wanted() else fitted


def wanted() -> bool:
    """Return whether colour is wanted: `--color`, else a terminal that is not dumb and no NO_COLOR."""
    if cli.color != "auto":
        return cli.color == "always"
    is_terminal = sys.stdout is not None and sys.stdout.isatty()
    return is_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM", "dumb") != "dumb"


def painted(text: str) -> str:
    """Return a page in colour: headings bold, the words of a verdict green, yellow or red.

    >>> painted("NO-GO  (W1)")
    '\\x1b[31mNO-GO\\x1b[0m  (W1)'
    """
    text = _WORD.sub(
        lambda found: found[0] if found["denied"] else _in(str(found.lastgroup)[1:], found[0]), text
    )
    text = _STATE.sub(lambda found: _in(STATES[found[0]], found[0]), text)
    text = _HEADING.sub(lambda found: _in(BOLD, found[0]), text)
    return _TABLE.sub(lambda found: "".join(_in(BOLD, line) + "\n" for line in found[0].splitlines()), text)


def _in(colour: str, text: str) -> str:
    return f"\x1b[{colour}m{text}\x1b[0m"
