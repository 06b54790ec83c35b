"""Which bytes of which files: names, patterns and stdin, plain and packed, cut where lines end."""

from __future__ import annotations

import gzip
import io
import os
from datetime import UTC, datetime

import pytest
import zstandard

import usage_logs
from tracker import cli
from tracker.telemetry import sources, usage_lines

PACKERS = {"gz": gzip.compress, "zst": zstandard.ZstdCompressor().compress}


@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
def test_packed_logs_give_what_plain_ones_give(pack, tmp_path):
    text = usage_logs.log(400)
    half = text.index(b"\n", len(text) // 2) + 7  # a frame may end in the middle of a line
    (tmp_path / "log").write_bytes(pack(text[:half]) + pack(text[half:]))
    [part] = sources.find([str(tmp_path / "log")])
    assert [row for block in usage_lines.blocks(sources.pieces(part)) for row in block.rows] == [
        row for block in usage_lines.blocks([text]) for row in block.rows
    ]


@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
@pytest.mark.parametrize("spoil", [lambda packed: packed[:-20], lambda packed: packed + b"junk"])
def test_a_packed_log_that_is_cut_or_damaged_is_refused_where_it_breaks(pack, spoil, tmp_path):
    (tmp_path / "log").write_bytes(spoil(pack(usage_logs.log(2_000))))
    [part] = sources.find([str(tmp_path / "log")])
    blocks = list(usage_lines.blocks(sources.pieces(part)))
    assert [found.kind for block in blocks for found in block.refused] == ["cut-archive"]
    rows = sum(len(block.usage) for block in blocks)
    assert sum(len(block.raw) for block in blocks) == rows + 1


@pytest.mark.parametrize("size", [1, 100, 700, 5_000, 10**9])
def test_parts_of_a_file_hold_each_line_once(size, tmp_path):
    text = usage_logs.log(30) + b"\n" * 5 + b"x" * 2_000 + b"\n" + usage_logs.log(5, 2).rstrip()
    (tmp_path / "log").write_bytes(text)
    parts = sources.split(sources.find([str(tmp_path / "log")])[0], size)
    assert b"".join(piece for part in parts for piece in sources.pieces(part)) == text
    for part in parts[:-1]:
        assert text[part.end - 1 : part.end] == b"\n"
    assert len(parts) >= min(len(text) // max(size, 2_000), 2) or size == 10**9


def test_unpacking_does_not_swell(tmp_path):
    # 64 MB of one line's newlines, packed to almost nothing, must come in small pieces.
    packed = zstandard.ZstdCompressor().compress(b"\n" * (1 << 26))
    for piece in sources.unpacked(io.BytesIO(packed)):
        assert len(piece) <= sources.BLOCK


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("b.jsonl", "a.jsonl", "deep/c.jsonl", "notes.txt", "odd[1].jsonl"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(name)
    return tmp_path


def names(*asked):
    return [part.name for part in sources.find(list(asked))]


def test_a_pattern_stands_for_its_files_in_order_and_a_file_of_that_name_for_itself(folder):
    assert names("*.jsonl") == ["a.jsonl", "b.jsonl", "odd[1].jsonl"]
    assert names("**/*.jsonl") == ["a.jsonl", "b.jsonl", "deep/c.jsonl", "odd[1].jsonl"]
    assert names("odd[1].jsonl") == ["odd[1].jsonl"]
    assert names("b.jsonl", "a.jsonl") == ["b.jsonl", "a.jsonl"]
    assert [part.size for part in sources.find(["a.jsonl"])] == [7]


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        (["none.jsonl"], cli.NOTHING, "none.jsonl: No such file"),
        (["none*.jsonl"], cli.NOTHING, "no file matches none"),
        (["dee?"], cli.NOTHING, "no file matches dee"),
        (["deep"], cli.NOTHING, "deep: Is a directory"),
        (["a.jsonl", "./a.jsonl"], cli.USAGE, "./a.jsonl is the same file as a.jsonl"),
        (["a.jsonl", "*.jsonl"], cli.USAGE, "is the same file as"),
        (["a.jsonl", "linked.jsonl"], cli.USAGE, "linked.jsonl is the same file as a.jsonl"),
    ],
)
def test_a_name_that_leads_to_nothing_or_twice_to_one_file_is_refused(folder, asked, status, said):
    (folder / "linked.jsonl").symlink_to("a.jsonl")
    with pytest.raises(cli.Stop) as stop:
        sources.find(asked)
    assert stop.value.status == status
    assert said in str(stop.value)


def test_a_byte_order_mark_is_dropped_at_the_beginning_alone(folder):
    (folder / "marked.jsonl").write_bytes(sources.MARK + b"{}\n" + sources.MARK + b"{}\n")
    [part] = sources.find(["marked.jsonl"])
    assert b"".join(sources.pieces(part)) == b"{}\n" + sources.MARK + b"{}\n"


def test_what_is_appended_while_it_is_read_is_left_to_the_next_run(folder):
    [part] = sources.find(["a.jsonl"])
    with (folder / "a.jsonl").open("a") as file:
        file.write("more")
    assert b"".join(sources.pieces(part)) == b"a.jsonl"
    os.truncate("a.jsonl", 3)  # cut while we read: what is there, and no error
    assert b"".join(sources.pieces(part)) == b"a.j"


def test_an_empty_file_holds_nothing_and_a_packed_one_something(folder):
    (folder / "empty.jsonl").touch()
    (folder / "packed.gz").write_bytes(gzip.compress(b""))
    assert sources.empty(sources.find(["empty.jsonl"]))
    assert not sources.empty(sources.find(["empty.jsonl", "packed.gz"]))


def test_the_logs_rotated_away_beside_stdin_are_found_by_their_age(folder, monkeypatch):
    monkeypatch.setattr(sources, "_name_of_stdin", lambda: str(folder / "usage.jsonl"))
    for age, name in enumerate(
        ["usage-3.jsonl.gz", "usage-2.jsonl", "usage-1.jsonl", "usage-0.txt", "use-0.jsonl"]
    ):
        (folder / name).write_bytes(b"")
        os.utime(name, (1000 - age, 1000 - age))
    found = sources.beside_stdin(datetime.fromtimestamp(999, UTC))
    assert [part.name for part in found] == ["usage-2.jsonl", "usage-3.jsonl.gz"]
    monkeypatch.setattr(sources, "_name_of_stdin", lambda: None)
    assert sources.beside_stdin(datetime.fromtimestamp(0, UTC)) == []
