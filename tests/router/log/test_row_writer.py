"""Rows reach their file in order, whether they are made at once or in the log's thread."""

from __future__ import annotations

import json

from tracker.router.log.row_writer import RowWriter


def test_rows_stand_in_the_order_in_which_they_were_given(tmp_path):
    log = tmp_path / "logs" / "usage.jsonl"
    writer = RowWriter(log)
    writer.write({"n": 1, "text": "ü"})
    writer.write(lambda: {"n": 2, "text": "half a pair: \ud83d"})
    writer.write(lambda: None)
    writer.write({"n": 3, "text": 'a "quote"'})
    writer.close()
    rows = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert rows == [
        {"n": 1, "text": "ü"},
        {"n": 2, "text": "half a pair: ?"},
        {"n": 3, "text": 'a "quote"'},
    ]
