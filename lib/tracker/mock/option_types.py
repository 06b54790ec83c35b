"""Numbers as they are typed; a wrong one is named by the function's name: `invalid port value: 'x'`."""

from __future__ import annotations

import math


def port(text: str) -> int:
    """Return a port, 0 (any free one) to 65535."""
    return int(_within(text, 0, 65535))


def natural(text: str) -> int:
    """Return a whole number, 1 and up.

    >>> natural("3")
    3
    """
    return int(_within(int(text), 1, math.inf))


def positive(text: str) -> float:
    """Return a number over 0."""
    return _within(text, math.ulp(0.0), math.inf)


def not_negative(text: str) -> float:
    """Return a number, 0 and up."""
    return _within(text, 0, math.inf)


def _within(value: str | int, low: float, high: float) -> float:
    number = float(value)
    if not low <= number <= high or math.isinf(number):
        raise ValueError
    return number
