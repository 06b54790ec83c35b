"""What an option's text must be: each of these is a `type` for the parser, and refuses with ValueError."""

from __future__ import annotations

import math


def number(text: str) -> float:
    """Return a finite number.

    >>> number("2.5")
    2.5
    """
    value = float(text)
    if not math.isfinite(value):
        raise ValueError
    return value


def amount(text: str) -> float:
    """Return a finite number, 0 or more.

    >>> amount("3")
    3.0
    """
    value = number(text)
    if value < 0:
        raise ValueError
    return value


def share(text: str) -> float:
    """Return a number from 0 to 1.

    >>> share("0.8")
    0.8
    """
    value = number(text)
    if not 0 <= value <= 1:
        raise ValueError
    return value


def block(text: str) -> int | str:
    """Return a block's number, or its name when it is none.

    >>> block("07"), block("b")
    (7, 'b')
    """
    return int(text) if text.isdecimal() else text
