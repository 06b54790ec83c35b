"""Whether the rows of a stream are all that the ledger holds: each line of a file names the one before it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from tracker import cli, rows


class Last(NamedTuple):
    """The last of the rows of one kind, all of which are here: how many, and its line's SHA-256."""

    rows: int
    sha256: str


class Chain(NamedTuple):
    """What the stamps of the rows say of the lines between them."""

    linked: int = 0  # rows whose line before is the one that they name
    begun: int = 0  # rows that begin a file
    again: int = (
        0  # of these, behind other rows of their kind: another ledger's, or their stamp was taken out
    )
    unstamped: int = 0  # rows that no `ledger-append` stamped
    breaks: tuple[str, ...] = ()  # where the line before is another one, or is not here
    last: Mapping[str, Last] = {}  # by kind, those that are whole from the ledger's first row of it
    recorded_at: datetime | None = None  # of the newest stamped row
    windows_shared: tuple[str, ...] = ()  # windows of one name in several ledgers, which `cat` joined

    @property
    def contradicts(self) -> str | None:
        """Why windows that stand in several ledgers cannot be read as one person's, if any do."""
        if not self.windows_shared:
            return None
        return (
            f"windows of several ledgers have one name, and were read as one: {cli.some(self.windows_shared, 3)}; keep "
            "people and machines apart with `ledger-merge PERSON=FOLDER ...`"
        )

    def refuse_contradictions(self) -> None:
        """Raise cli.Stop (65) when windows of several ledgers have one name."""
        if self.contradicts:
            raise cli.Stop(cli.BAD_INPUT, self.contradicts)

    @property
    def broken(self) -> bool:
        """Whether some lines follow one another and others do not: rows are missing, or were changed.

        Where none does, another program wrote all lines anew, and no more is known than of plain rows.
        """
        return bool(self.breaks) and self.linked > 0

    @property
    def said(self) -> str:
        """What the chain is, in words."""
        if self.broken:
            many = f" and {len(self.breaks) - 1} more" if len(self.breaks) > 1 else ""
            return (
                f"chain broken at {self.breaks[0]}{many}: rows before it are not here, or were changed; "
                "`ledger-cat --raw` gives every row, `ledger-verify` says whether one was changed"
            )
        if self.breaks:
            return "chain none: another program wrote these lines anew, so nothing proves them to be all"
        if not self.linked + self.begun:
            return "chain none: plain rows, which nothing proves to be all"
        if self.again:
            return (
                f"chain in pieces: {self.again} rows begin it anew behind others, as where ledgers are put together by "
                "hand, or a stamp was taken out; nothing proves the rows to be all (`ledger-merge` joins ledgers)"
            )
        plain = f"; {self.unstamped} plain rows beside it" if self.unstamped else ""
        return f"chain verified: {self.linked + self.begun} rows{plain}"


def chain(lines: Iterable[tuple[rows.Row | None, bytes]], kinds: Collection[object]) -> Chain:
    """Return the chain of rows in the order in which they came; `kinds` are those that a verdict rests on."""
    came = list(lines)
    files: dict[str, _File] = {}
    linked = begun = again = unstamped = 0
    merged = False
    newest: datetime | None = None
    breaks = []
    for row, raw in came:
        if isinstance(row, rows.Origin):
            files.clear()  # the next ledger's files begin here, and its heads stand in this row
            merged = True
        if row is None:
            continue
        is_judged = type(row) in kinds
        if row.recorded_at is None or row.row_id is None:
            unstamped += is_judged
            continue
        newest = row.recorded_at if newest is None else max(newest, row.recorded_at)
        kind = str(row.__struct_config__.tag)
        known = files.get(kind, _File())
        follows = row.prev_sha256 is None if kind not in files else row.prev_sha256 == known.sha256
        is_another = kind in files
        files[kind] = _File(known.rows + 1, hashlib.sha256(raw).hexdigest(), known.is_whole and follows)
        if not is_judged:
            continue
        if row.prev_sha256 is None:
            begun += 1
            again += is_another
        elif row.prev_sha256 == known.sha256:
            linked += 1
        else:
            breaks.append(f"{kind} {getattr(row, 'window', None) or row.row_id}")
    last = {
        kind: Last(file.rows, file.sha256) for kind, file in files.items() if file.is_whole and not merged
    }
    shared = () if merged else _windows_shared(row for row, _ in came if isinstance(row, rows.Window))
    return Chain(linked, begun, again, unstamped, tuple(breaks), last, newest, shared)


def _windows_shared(windows: Iterable[rows.Window]) -> tuple[str, ...]:
    """Return the windows that stand behind several beginnings of a chain.

    A copy of a row is no second one, nor is a correction, which names the row that it replaces.
    """
    ledgers: dict[str, set[int]] = {}
    known: set[str] = set()
    begun = 0
    for row in windows:
        if row.row_id is None or row.recorded_at is None:
            continue
        begun += row.prev_sha256 is None
        if row.row_id not in known and row.supersedes not in known:
            ledgers.setdefault(row.window, set()).add(begun)
        known.add(row.row_id)
    return tuple(sorted(name for name, its in ledgers.items() if len(its) > 1))


class _File(NamedTuple):
    """The rows of one kind so far, which stand in one file of the ledger."""

    rows: int = 0
    sha256: str = ""  # of the last line
    is_whole: bool = True  # from its first row on, each names the one before it
