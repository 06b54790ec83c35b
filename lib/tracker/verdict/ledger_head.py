"""The head of the ledger that a card was computed from, as `ledger-verify --publish line` writes it."""

from __future__ import annotations

from tracker.evidence.chain import Chain
from tracker.ledger import publish
from tracker.ledger.files import FILES, FileHead


def of_chain(chain: Chain) -> str | None:
    """Return the ledger's heads on one line, dated by its newest row; None where the rows do not prove any.

    Only files that came whole, from their first row on, have a head here.
    """
    if chain.broken or not chain.last or chain.recorded_at is None:
        return None
    found = {
        name: FileHead(chain.last[kind].rows, 0, chain.last[kind].sha256)
        for kind, name in FILES.items()
        if kind in chain.last
    }
    return publish.written(chain.recorded_at, found)
