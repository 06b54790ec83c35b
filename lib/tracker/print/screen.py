"""How wide the screen is, and text that fits it: wrapped at words, a list's lines under one another."""

from __future__ import annotations

import os
import re
import sys
import textwrap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

NARROW = 60  # columns below which a table's rows become blocks of `name: value`
NARROWEST = 20  # what is said to be narrower is taken for that


def width() -> int | None:
    """Return how many columns an answer may take: COLUMNS, else the terminal's; None, a file or pipe, is no limit."""
    return width_of(sys.stdout)


def width_of(stream: TextIO | None) -> int | None:
    """Return how many columns a stream has: COLUMNS, else its terminal's; None: it is none."""
    said = os.environ.get("COLUMNS", "")
    if said.isdecimal() and int(said):
        return max(NARROWEST, int(said))
    try:
        columns = os.get_terminal_size(stream.fileno()).columns if stream and stream.isatty() else 0
    except (OSError, ValueError, AttributeError):  # no terminal, a closed stdout
        return None
    return max(NARROWEST, columns) if columns else None


def clear() -> None:
    """Empty a terminal, for a page that is shown again and again."""
    sys.stdout.write("\x1b[H\x1b[2J")


def fitted(text: str, columns: int | None) -> str:
    """Return text whose lines are no longer than so many columns, wrapped at words, never in a word.

    What goes on is indented as its line, and behind the dash of a list or the name of a column.

    >>> print(fitted("Notes:\\n  - one two three four", 16))
    Notes:
      - one two
        three four
    """
    if columns is None:
        return text
    return "\n".join(_wrapped(line, columns) for line in text.split("\n"))


_START = re.compile(r"\s*(?:[-*] |\d+\. )?(?:\S+(?: \S+)* {2,})?")


def _wrapped(line: str, columns: int) -> str:
    if len(line) <= columns:
        return line
    start = _START.match(line)
    indent = len(start[0]) if start else 0
    parts = textwrap.wrap(
        line,
        columns,
        subsequent_indent=" " * (indent if indent < columns // 2 else 0),
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=True,
    )
    return "\n".join(parts)
