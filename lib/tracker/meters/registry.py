"""Every surface that is read: whose it is, its name, its file, and the words it is known by.

A new surface is a file beside this one and a line here, above the lines that it is more certain
than: the first line whose words all stand in the text decides.  The words are looked for without
blanks and in small letters.  A line without words takes what is left.
"""

from __future__ import annotations

import importlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tracker.meters import Parser

SURFACES = (
    ("claude", "print", "claude_usage", ("currentsession:",)),
    ("claude", "print", "claude_usage", ("currentweek(allmodels):",)),
    ("claude", "tui", "claude_usage", ()),
    ("codex", "app_status", "codex_status", ("7dlimit:",)),
    ("codex", "status", "codex_status", ()),
)


def names(provider: str) -> list[str]:
    """Return the names of a provider's surfaces.

    >>> "tui" in names("claude")
    True
    """
    return sorted({name for owner, name, _, _ in SURFACES if owner == provider})


def recognise(provider: str, tight: str) -> tuple[str, str]:
    """Return (name, file) of the surface that a squeezed text is of."""
    for owner, name, file, words in SURFACES:
        if owner == provider and all(word in tight for word in words):
            return name, file
    raise LookupError(provider)


def file(provider: str, name: str, recognised: str) -> str:
    """Return the file of a named surface: the recognised one when it is among them."""
    files = [of for owner, named, of, _ in SURFACES if (owner, named) == (provider, name)]
    return recognised if recognised in files else files[0]


def parser(of: str) -> Parser:
    """Return the reader in a file of this folder; no other file of it is loaded."""
    made: Parser = importlib.import_module(f"tracker.meters.{of}").parse
    return made
