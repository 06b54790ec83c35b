"""Blocks of whole lines, and the lines that may hold a reply: the same with the compiled search and without."""

import random
import subprocess

import pytest

from conftest import ROOT
from history.transcripts import claude, said
from tracker.history import client_files, ingest, transcript_lines


@pytest.fixture
def without(monkeypatch):
    """`without()` takes the compiled search away."""
    transcript_lines.load.cache_clear()

    def take_away():
        monkeypatch.setenv("TRACKER_NATIVE", "0")
        transcript_lines.load.cache_clear()

    yield take_away
    transcript_lines.load.cache_clear()


@pytest.fixture
def compiled(monkeypatch):
    subprocess.run([ROOT / "scripts" / "build-native.sh"], check=True)
    monkeypatch.delenv("TRACKER_NATIVE", raising=False)
    transcript_lines.load.cache_clear()
    if transcript_lines.load() is None:
        pytest.skip("no C compiler here")


def test_blocks_are_whole_lines_and_lose_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(transcript_lines, "BLOCK", 7)
    for text in (b"", b"\n", b"one", b"one\n", b"a\n" * 40, b"x" * 50 + b"\ny\n" + b"z" * 20):
        path = tmp_path / "file"
        path.write_bytes(text)
        made = list(transcript_lines.blocks(path))
        assert b"".join(made) == text
        assert all(block.endswith(b"\n") for block in made[:-1])


def test_the_compiled_search_names_the_same_lines(compiled, without):
    luck = random.Random(3)
    blocks = [
        b"".join(
            luck.choice((b"!!", b"a", b"\n", b"!", b"\0", b"\r\n", b"\xff"))
            for _ in range(luck.randrange(60))
        )
        for _ in range(3000)
    ]
    many = b"!!\n" * (transcript_lines.MOST + 1)
    with_it = [transcript_lines.with_sign(block, b"!!") for block in (*blocks, many)]
    without()
    assert transcript_lines.load() is None
    assert [transcript_lines.with_sign(block, b"!!") for block in (*blocks, many)] == with_it


def test_a_history_is_the_same_to_the_byte(compiled, tmp_path, tool, monkeypatch):
    folder = tmp_path / ".claude" / "projects" / "-p"
    folder.mkdir(parents=True)
    luck = random.Random(7)
    for number in range(5):
        lines = [
            luck.choice((
                claude(f"a{n % 50}", f"2026-11-20T09:{n % 60:02}:00Z", out=n),
                claude(f"b{n}", model="<synthetic>"),
                claude(f"c{n}", model="claude-opus-\u00e9-5"),
                claude(f"d{n}")[: luck.randrange(5, 300)] + "\n",
                said("é" * 50 + '"input_tokens":'),
                "\n",
            ))
            for n in range(300)
        ]  # fmt: skip
        (folder / f"s{number}.jsonl").write_text("".join(lines))
        (folder / f"t{number}.jsonl").write_bytes(b'\xff\xfe{"usage":{"input_tokens":"\n' + lines[0].encode())
    ran = tool("ingest-history")
    assert ran.status == 0
    assert tool("ingest-history", TRACKER_NATIVE="0") == ran


def test_memory_does_not_grow_with_a_file(tmp_path):
    folder = tmp_path / ".claude" / "projects" / "-p"
    folder.mkdir(parents=True)
    line = said("x" * 4000)
    with (folder / "s.jsonl").open("w") as file:
        file.write(claude("a"))
        for _ in range(20_000):  # 80 MB
            file.write(line)
    import tracemalloc

    tracemalloc.start()
    found = ingest.ingest(client_files.find(tmp_path, {}))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.account.lines == 20_001
    assert peak < 8 * transcript_lines.BLOCK
