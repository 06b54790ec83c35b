"""What all meter texts have in common: escapes, borders, bars, percentages, lost letters."""

from __future__ import annotations

import re

# Cursor moves first: to the right they are blanks, to another row they are line ends.
_RIGHT = r"(?:\x1b\[|\x9b)(\d{0,3})C"
_ROW = r"(?:\x1b\[|\x9b)[\d;]*[ABEFHdf]"
_COLOUR = r"\[\d{1,3}(?:;\d{1,3})*m"  # whose escape sign was lost in copying
_ESCAPES = (
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"  # operating system command: title, hyperlink
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # control sequence
    r"|\x1b[PX^_][^\x1b]*(?:\x1b\\)?"  # device control and other strings
    r"|\x1b[ -/]*[0-~]?"
    rf"|{_COLOUR}"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u2060\ufeff]")
BARS = re.compile(r"\[[█▓▒░▏▎▍▌▋▊▉#=\-.\s]*\](?=\s|$|\d)|[\u2580-\u259f\u25b0\u25b1]+")
EDGES = " \t│┃║|❯>▎*•⎿"
SENSES = {"used": "used", "left": "left", "remaining": "left"}
# `37% used`, `12 % left`, `15%used`, `1% 1% used`; not the tail of a longer or signed number.
PERCENT = re.compile(
    r"(?<![\w.,<>~≈+\-$])(?:(?P<twin>\d{1,13}(?:\.\d+)?)\s?%\s+)?(?P<number>\d{1,13}(?:\.\d+)?)\s?%\s*"
    r"(?P<sense>used|left|remaining)\b",
    re.IGNORECASE,
)


def clean(raw: str) -> str:
    """Return a pane as a person sees it: no escapes, one line per row, plain blanks.

    >>> clean("\\x1b[1mCurrent\\x1b[1Csession\\x1b[0m\\r\\n1%\\u00a0used")
    'Current session\\n1% used'
    """
    text = raw
    if "\x1b" in text or "\x9b" in text or re.search(_COLOUR, text):
        text = re.sub(_RIGHT, lambda move: " " * min(int(move[1] or 1), 200), text)
        text = re.sub(_ROW, "\n", text)
        text = re.sub(_ESCAPES, "", text)
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ").replace("\u202f", " ")
    return _CONTROL.sub("", text)


# A screen has fewer lines; what stands further up in a scrollback is no reading of now.
SCREENS = 500


def lines(text: str) -> list[str]:
    """Return the last lines without borders and outer blanks; one too long for a pane is empty."""
    last = text.rsplit("\n", SCREENS)[-SCREENS:]
    return [line.strip(EDGES) if len(line) < 1000 else "" for line in last]


def squeeze(text: str) -> str:
    """Return the text without blanks and in small letters, as panes come that lost them.

    >>> squeeze("Current week (all models)")
    'currentweek(allmodels)'
    """
    return "".join(text.split()).lower()


def lost(seen: str, whole: str, most: int = 2) -> bool:
    """Whether `seen` is `whole`, or `whole` with at most `most` letters lost in drawing.

    >>> lost("curretsession", "currentsession"), lost("currentweek", "currentsession")
    (True, False)
    """
    if not len(whole) - most <= len(seen) <= len(whole):
        return False
    rest = iter(whole)
    return all(letter in rest for letter in seen)


def used(match: re.Match[str]) -> float | None:
    """Return percent used of a PERCENT match; None when it contradicts itself.

    >>> used(PERCENT.search("12.5% left")), used(PERCENT.search("1% 2% used"))
    (87.5, None)
    """
    number = float(match["number"])
    if match["twin"] is not None and float(match["twin"]) != number:
        return None
    if SENSES[match["sense"].lower()] == "used":
        return number
    return 100 - number if number <= 100 else None
