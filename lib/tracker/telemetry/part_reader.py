"""One part of the input -> what it holds: its rollup, and the account of its lines."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tracker import cli
from tracker.rows import Usage
from tracker.telemetry import native, sources
from tracker.telemetry.account import Account
from tracker.telemetry.rollup import Rollup
from tracker.telemetry.sources import Part
from tracker.telemetry.usage_lines import Block, blocks, decode, whole_lines

Tell = Callable[[int], Any]


class Question(NamedTuple):
    """What is asked of the rows."""

    by: tuple[str, ...] = ()  # breakdowns beyond those that every report has
    where: str | None = None  # a jq expression; rows for which it is false or null are left out


class Found(NamedTuple):
    """What a part of the input holds; those of one file are merged in the file's order."""

    rollup: Rollup
    account: Account

    def merge(self, after: Found) -> None:
        """Add what was found in the part that follows."""
        self.rollup.merge(after.rollup)
        self.account.merge(after.account)


def nothing(question: Question) -> Found:
    """Return the zero to which parts are added."""
    return Found(Rollup(question.by), Account())


def tell_nobody(_: int) -> None:
    """Take the number of bytes read, and show nothing."""


def read(part: Part, question: Question, tell: Tell = tell_nobody, compiled: Path | None = None) -> Found:
    """Return what one part holds; `tell` is called with the bytes read since the last call.

    `compiled`: the compiled reader's file where it is not in this package's tree.
    """
    found = nothing(question)
    if question == Question() and (library := native.load(compiled)):
        _scan(part, found, native.Scanner(library, part.name, *found), tell)
        return found
    wanted = filter_of(question.where) if question.where else None
    for block in blocks(_counted(sources.pieces(part), tell)):
        found.account.note(part.name, block)
        rows = block.usage
        if wanted:
            kept = wanted(block)
            found.account.left_out += len(rows) - len(kept)
            rows = kept
        found.rollup.add(rows)
    found.rollup.settle()
    return found


def _scan(part: Part, found: Found, scanner: native.Scanner, tell: Tell) -> None:
    """Read a part with the compiled reader; what that cannot take at all is read as ever."""
    for text in whole_lines(_counted(sources.pieces(part), tell)):
        if isinstance(text, bytes) and len(text) < native.MOST:
            scanner.add(text)
        else:
            block = decode(text, found.account.lines[part.name] + 1)
            found.account.note(part.name, block)
            found.rollup.add(block.usage)
    scanner.close()
    found.rollup.settle()


def _counted(pieces: Iterable[bytes], tell: Tell) -> Iterator[bytes]:
    for piece in pieces:
        tell(len(piece))
        yield piece


class WhereError(Exception):
    """A jq expression that cannot be applied to a row; the text says which and why."""


def filter_of(where: str) -> Callable[[Block], list[Usage]]:
    """Return what picks a block's rows by a jq expression; cli.Stop (2) when it is none.

    >>> from tracker.telemetry.usage_lines import decode
    >>> filter_of(".x == 1")(decode(b'[]', 1))
    []
    """
    import jq  # type: ignore[import-not-found]

    try:
        # One answer a row whatever the expression gives: true when any of its outputs is.
        program = jq.compile(f"[{where}\n] | any")
    except ValueError as wrong:
        raise cli.Stop(cli.USAGE, f"--where: {_one_line(wrong)}; see `man jq`") from None

    def pick(block: Block) -> list[Usage]:
        raw = [(row, line) for row, line in zip(block.rows, block.raw, strict=True) if row is not None]
        text = b"\n".join(line for _, line in raw).decode()
        try:
            answers = list(program.input_text(text)) if raw else []
            return [row for (row, _), answer in zip(raw, answers, strict=True) if answer]
        except ValueError as wrong:
            last = block.first + len(block.raw) - 1
            raise WhereError(
                f"--where does not work on lines {block.first} to {last}: {_one_line(wrong)}"
            ) from None

    return pick


def _one_line(wrong: Exception) -> str:
    return " ".join(str(wrong).split())[:200]


def processors() -> int:
    """Return how many processes may run at once."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS
        return os.cpu_count() or 1
