"""What was taken out or changed, by block: the gates with it at its worst, and the verdict with all of it put back."""

from __future__ import annotations

from io import BytesIO

from tracker.evidence import reader
from tracker.verdict import gone, judging
from tracker.verdict.gates import MARGINS
from tracker.verdict.gates.gate import ORDER
from whole_story import chained, of, story, undo


def by_block(rows):
    facts = reader.read(BytesIO(chained(rows)), None, MARGINS)
    gates = judging.judged(gone.tables(facts, facts.pairing.blocks), facts.plan)
    return gates, gone.by_block(facts, gates, True)


def test_where_nothing_was_changed_the_gates_are_those_of_the_rows_in_force():
    gates, found = by_block(story())
    assert found.worst_gates == gates and found.put_back is None and not found.lost and not found.lines


def test_bad_windows_that_were_undone_count_at_their_worst_and_are_named():
    rows = story(points_b=(75, 28))
    gates, found = by_block([*rows, *undo(of(rows, "window"))])
    order = ORDER.index
    assert order(found.worst_gates[0].verdict) < order(gates[0].verdict)
    assert len(found.lost) == 3 and found.lines
