"""What an option's text must be: each of these is a `type` for the parser, and says what is allowed."""

from __future__ import annotations

import math

from tracker import cli

FEATURE_NOTE = "feature:"  # begins a reading's note of the task that it was read for, `--feature-id F`


def number(text: str) -> float:
    """Return a finite number.

    >>> number("2.5")
    2.5
    """
    return _number(text, "a number")


def amount(text: str) -> float:
    """Return a finite number, 0 or more.

    >>> amount("3")
    3.0
    """
    return _number(text, "a number, 0 or more", low=0)


def share(text: str) -> float:
    """Return a number from 0 to 1.

    >>> share("0.8")
    0.8
    """
    return _number(text, "a number from 0 to 1", low=0, high=1)


def whole(text: str) -> int:
    """Return a whole number, 0 or more.

    >>> whole("3")
    3
    """
    if not text.isdecimal():
        raise cli.WrongValue(f"{text!r} is not a whole number, 0 or more")
    return int(text)


def window(text: str) -> str:
    """Return a window's id: a word or some on one line; WEEK0 means all of them, and is none.

    >>> window("W0-CL-01")
    'W0-CL-01'
    """
    if not text.strip() or text.startswith("-") or not text.isprintable() or len(text) > 100:
        raise cli.WrongValue(f"{text[:100]!r} is no window's id; name it by a word such as W0-CL-01")
    if text == "WEEK0":
        raise cli.WrongValue("'WEEK0' means all windows together; name one by a word such as W0-CL-01")
    return text


def port(text: str) -> int:
    """Return a port, 0 (any free one) to 65535.

    >>> port("8082")
    8082
    """
    number = whole(text)
    if number > 65535:
        raise cli.WrongValue(f"{text!r} is not a port, 0 to 65535")
    return number


def natural(text: str) -> int:
    """Return a whole number, 1 or more.

    >>> natural("3")
    3
    """
    if not whole(text):
        raise cli.WrongValue(f"{text!r} is not a whole number, 1 or more")
    return whole(text)


def positive(text: str) -> float:
    """Return a number above 0.

    >>> positive("0.5")
    0.5
    """
    return _number(text, "a number above 0", low=math.ulp(0.0))


def percent(text: str) -> float:
    """Return a number above 0, up to 100.

    >>> percent("95")
    95.0
    """
    return _number(text, "percent above 0, up to 100", low=math.ulp(0.0), high=100)


def block(text: str) -> int | str:
    """Return a block's number, or its name when it is none.

    >>> block("07"), block("b")
    (7, 'b')
    """
    return int(text) if text.isdecimal() else text


def _number(text: str, allowed: str, low: float = -math.inf, high: float = math.inf) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and low <= value <= high):
        raise cli.WrongValue(f"{text!r} is not {allowed}")
    return value
