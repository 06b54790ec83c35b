"""Which rows count: undo, undo of an undo, corrections, and the last of several."""

from __future__ import annotations

from tracker import rows
from tracker.evidence.in_force import in_force
from verdict_rows import START, window


def undo(target, row_id=None):
    return rows.Undo(ts=START, undoes=target, row_id=row_id)


def counted(came):
    return [came[place].row_id for place in in_force(came).places if isinstance(came[place], rows.Window)]


def test_an_undone_row_does_not_count_until_its_undo_is_undone():
    row = window("W1", row_id="r")
    assert counted([row, undo("r", "u")]) == []
    assert counted([row, undo("r", "u"), undo("u")]) == ["r"]


def test_a_correction_stands_in_the_place_of_what_it_names():
    came = [window("W1", row_id="r"), window("W1", row_id="n", supersedes="r")]
    found = in_force(came)
    assert counted(came) == ["n"] and found.came_again == []
    assert [(out.row.row_id, out.by.row_id, out.undone) for out in found.taken_out] == [("r", "n", False)]
    assert counted([*came, undo("n")]) == ["r"]


def test_of_several_rows_of_a_window_the_last_counts_and_the_others_are_told():
    came = [window("W1", row_id="1"), None, window("W1", row_id="2"), window("W1", arm="other", row_id="3")]
    found = in_force(came)
    assert counted(came) == ["2", "3"] and found.came_again == ["W1"]
    assert [(out.row.row_id, out.again) for out in found.taken_out] == [("1", True)]
