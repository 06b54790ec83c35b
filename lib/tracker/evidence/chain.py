"""Whether the rows of a stream are all that the ledger holds: each line of a file names the one before it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from typing import NamedTuple

from tracker import rows


class Chain(NamedTuple):
    """What the stamps of the rows say of the lines between them."""

    linked: int = 0  # rows whose line before is the one that they name
    begun: int = 0  # rows that begin a file
    unstamped: int = 0  # rows that no `ledger-append` stamped
    breaks: tuple[str, ...] = ()  # where the line before is another one, or is not here

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
        plain = f"; {self.unstamped} plain rows beside it" if self.unstamped else ""
        return f"chain verified: {self.linked + self.begun} rows{plain}"


def chain(lines: Iterable[tuple[rows.Row | None, bytes]], kinds: Collection[object]) -> Chain:
    """Return the chain of rows in the order in which they came; `kinds` are those that a verdict rests on."""
    heads: dict[type, str] = {}
    linked = begun = unstamped = 0
    breaks = []
    for row, raw in lines:
        kind = type(row)
        if row is None or kind not in kinds:
            continue
        if row.recorded_at is None or row.row_id is None:
            unstamped += 1
            continue
        if row.prev_sha256 is None:
            begun += 1
        elif heads.get(kind) == row.prev_sha256:
            linked += 1
        else:
            breaks.append(f"{row.__struct_config__.tag} {getattr(row, 'window', None) or row.row_id}")
        heads[kind] = hashlib.sha256(raw).hexdigest()
    return Chain(linked, begun, unstamped, tuple(breaks))
