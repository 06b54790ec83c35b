"""The head on the card: of the rows that came, readable by what compares heads."""

from __future__ import annotations

from datetime import UTC, datetime

from tracker.evidence.chain import Chain, Last
from tracker.ledger import publish
from tracker.verdict import ledger_head

AT = datetime(2026, 1, 31, 9, tzinfo=UTC)


def test_the_head_is_the_line_that_publish_writes_and_reads():
    last = {"window": Last(24, "9" * 64), "experiment": Last(1, "a" * 64)}
    line = ledger_head.of_chain(Chain(linked=23, begun=2, last=last, recorded_at=AT))
    assert line.startswith("tracker-ledger 2026-01-31T09:00:00.000000Z windows.jsonl:24:9999")
    (heads,) = publish.read(line)
    assert {name: head.rows for name, head in heads.items()} == {"windows.jsonl": 24, "experiments.jsonl": 1}


def test_rows_that_prove_nothing_have_no_head():
    assert ledger_head.of_chain(Chain(unstamped=24)) is None
    last = {"experiment": Last(1, "a" * 64)}
    assert ledger_head.of_chain(Chain(3, 1, breaks=("window W2",), last=last, recorded_at=AT)) is None
