"""Packing: archives are looked into, what cannot be is refused, and the same files give the same bytes."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import tarfile
import zipfile
from collections import Counter

import pytest

from planted import PLANTED
from tracker import cli
from tracker.ops.bundle import pack


@pytest.mark.parametrize("secret", [secret for secret in PLANTED if "\n" not in secret])
def test_each_shape_is_found_in_a_compressed_log_too(secret):
    with pytest.raises(cli.Stop) as stopped:
        pack.clean("x.gz", gzip.compress(f'{{"a": 1}}\n{secret}\n'.encode()))
    assert stopped.value.status == cli.NO


def test_an_archive_that_cannot_be_looked_into_stops_the_bundle():
    with pytest.raises(cli.Stop, match="cannot be searched"):
        pack.clean("x.gz", gzip.compress(b"hello" * 99)[:-20])


def zipped(data: bytes, name: str = "inside.txt") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return made.getvalue()


def tarred(data: bytes) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        entry = tarfile.TarInfo("inside.txt")
        entry.size = len(data)
        archive.addfile(entry, io.BytesIO(data))
    return made.getvalue()


@pytest.mark.parametrize("fold", [gzip.compress, bz2.compress, lzma.compress, zipped, tarred])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16"])
def test_a_secret_is_found_in_what_is_folded_twice_and_in_wide_letters(fold, encoding):
    secret = f"words\n{PLANTED[0]}\n".encode(encoding)
    with pytest.raises(cli.Stop, match="holds what looks like a secret") as stopped:
        pack.clean("x.bin", fold(gzip.compress(secret)))
    assert stopped.value.status == cli.NO


def test_archives_within_archives_within_archives_are_refused():
    data = b"harmless"
    for _ in range(5):
        data = gzip.compress(data)
    with pytest.raises(cli.Stop, match="archives in archives"):
        pack.clean("x.gz", data)


def test_what_unfolds_to_more_than_can_be_searched_is_refused(monkeypatch):
    monkeypatch.setattr(pack, "MAX_INSIDE", 10_000)
    with pytest.raises(cli.Stop, match="cannot be searched"):
        pack.clean("x.gz", gzip.compress(b"0" * 100_000))


def test_bytes_without_a_secret_go_in_as_they_are():
    data = bytes(range(256)) * 4
    assert pack.clean("x.bin", data).data == data


def test_bytes_are_no_rows():
    with pytest.raises(cli.Stop, match="cannot be read as rows"):
        pack.clean("logs/usage.jsonl", bytes(range(256)), "rows")


def test_what_is_not_known_is_left_out_and_named_without_its_secrets(tmp_path):
    for name in ("README.md", "notes.txt", "logs/router-1.log", "ada@example.com.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("words\n")
    files, left = pack.read(tmp_path)
    assert [file.path for file in files] == ["README.md"]
    assert [one.path for one in left] == ["[redacted e-mail]", "logs/router-1.log", "notes.txt"]
    assert json.loads(pack.manifest(files, left))["left_out"][2] == {"path": "notes.txt", "bytes": 6}
    files, left = pack.read(tmp_path, ["logs/*.log", "notes.*"])
    assert [file.path for file in files] == ["README.md", "logs/router-1.log", "notes.txt"]


def test_the_same_files_give_the_same_archive_whose_entries_say_nothing_of_their_maker():
    files = [pack.Packed("b.md", b"two", Counter()), pack.Packed("a.md", b"one", Counter())]
    made = pack.archive("out", files)
    assert made == pack.archive("out", files)
    with tarfile.open(fileobj=io.BytesIO(made)) as archive:
        entries = [(one.name, one.uid, one.uname, one.mtime, one.mode) for one in archive]
    assert entries == [("out/b.md", 0, "", 0, 0o644), ("out/a.md", 0, "", 0, 0o644)]
