"""Rows reach their file in order, whether they are made at once or in the log's thread."""

from __future__ import annotations

import contextlib
import json
import resource

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


def test_a_log_that_another_router_rotated_already_is_not_moved_away_again(tmp_path):
    log = tmp_path / "usage.jsonl"
    writer = RowWriter(log, max_bytes=60)

    def rotated_meanwhile():
        log.rename(tmp_path / "usage-by-the-other.jsonl")
        log.write_text('{"n": "the other\'s"}\n')
        return {"n": 1, "text": "x" * 60}

    writer.write(rotated_meanwhile)
    writer.close()
    assert "the other's" in log.read_text()
    assert "xxx" in (tmp_path / "usage-by-the-other.jsonl").read_text()


@contextlib.contextmanager
def disk_of(size: int):
    """Have files end at a size, as a full disk has them: a write beyond it is cut short, the next one fails."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_loses_whole_rows_and_says_how_many(tmp_path, capsys):
    log, told = tmp_path / "usage.jsonl", []
    writer = RowWriter(log, on_lost=told.append)
    with disk_of(150):
        for number in range(20):
            writer.write({"n": number, "text": "x" * 20})
        writer.close()
    kept = [json.loads(one) for one in log.read_text().splitlines()]
    assert 0 < len(kept) < 20 and writer.lost == 20 - len(kept)
    writer.write({"n": 20})
    writer.close()
    rows = [json.loads(one) for one in log.read_text().splitlines()]
    assert [row["n"] for row in rows] == [*(row["n"] for row in kept), 20]
    assert told == [20 - len(kept)] and writer.lost == 0
    said = capsys.readouterr().err
    assert said.count("rows are being lost") == 1 and f"{20 - len(kept)} rows were lost" in said


def test_a_torn_row_of_somebody_else_is_not_glued_to_the_next(tmp_path):
    log = tmp_path / "usage.jsonl"
    log.write_text('{"n":1}\n{"n":2,"te')
    writer = RowWriter(log)
    writer.write({"n": 3})
    writer.close()
    assert log.read_text().splitlines() == ['{"n":1}', '{"n":2,"te', '{"n":3}']
