"""The ledger's rows in force, and none where there is no ledger."""

from tracker.workday import ledger_rows


def test_no_ledger_has_no_rows(tmp_path):
    assert ledger_rows.read(tmp_path / "none") == []


def test_a_row_that_was_taken_back_is_not_in_force(tool, tmp_path):
    row = '{"kind":"evidence","ts":"2026-03-02T09:00:00Z","check":"pytest","result":"pass","window":"W"}\n'
    assert tool("ledger-append", stdin=row * 2).status == 0
    first, second = ledger_rows.read(tmp_path / "data")
    assert tool("ledger-undo", first.row_id).status == 0
    assert [left.row_id for left in ledger_rows.read(tmp_path / "data", ["evidence"])] == [second.row_id]
