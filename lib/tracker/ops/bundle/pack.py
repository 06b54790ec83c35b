"""Pack a folder: every file searched first, a manifest with digests, the same bytes each time."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import lzma
import tarfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tracker import cli
from tracker.ops.bundle import chosen, reading, secrets

MANIFEST = "MANIFEST.json"
MAX_INSIDE = 512 * 1024 * 1024  # bytes that an archive may unfold to before it is refused


class Packed(NamedTuple):
    """One file as it went in."""

    path: str
    data: bytes
    kinds: Counter[str]  # what was redacted
    dropped: Counter[str] = Counter()  # fields and lines that no known row has


class LeftOut(NamedTuple):
    """One file that did not go in."""

    path: str
    size: int  # bytes


def read(folder: Path, asked_for: Sequence[str] = ()) -> tuple[list[Packed], list[LeftOut]]:
    """Return the files of a folder as they may be shared, and those that are left out, by path.

    `chosen` says which are known; `asked_for` are patterns of further ones.  Text comes redacted, rows
    with their declared fields alone.  cli.Stop (1) names the first file with a secret in bytes that
    cannot be rewritten or in its own name, or that cannot be searched at all.  Links are not followed.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    made: list[Packed] = []
    left: list[LeftOut] = []
    for path in files:
        name = path.relative_to(folder).as_posix()
        what = chosen.known(name, asked_for)
        shown = secrets.redact(name)
        if what is None:
            left.append(LeftOut(shown.text, path.stat().st_size))
        elif shown.kinds:
            raise cli.Stop(
                cli.NO, f"the name of {shown.text} holds a secret; rename the file and bundle again"
            )
        else:
            made.append(clean(name, path.read_bytes(), what))
    return made, left


def clean(name: str, data: bytes, what: str = "text") -> Packed:
    """Return a file as it may be shared; cli.Stop (1) when it holds what cannot be taken out.

    >>> clean("x.log", b"Bearer abc123def456").data
    b'Bearer [redacted bearer]'
    """
    text = reading.text_of(data)
    if text is None:
        kinds = _search(name, data)
        if kinds or what == "rows":
            said = (
                ", ".join(f"{count} {kind}" for kind, count in kinds.items()) or "and cannot be read as rows"
            )
            raise cli.Stop(
                cli.NO, f"{name} is no text and holds what looks like a secret ({said}); leave it out"
            )
        return Packed(name, data, Counter())
    if what == "rows":
        return Packed(name, *chosen.rows_of(text))
    found = secrets.redact(text)
    return Packed(name, found.text.encode("utf-8", "replace"), found.kinds)


def _search(name: str, data: bytes, depth: int = 3) -> Counter[str]:
    """Search bytes, and what is folded up in them."""
    kinds = secrets.search(data)
    for inside in _unfolded(name, data, depth):
        text = reading.text_of(inside)
        kinds += secrets.redact(text).kinds if text is not None else _search(name, inside, depth - 1)
    return kinds


def _unfolded(name: str, data: bytes, depth: int) -> list[bytes]:
    """Return the parts of an archive or compressed file; cli.Stop (1) when it cannot be looked into."""
    if depth == 0:
        raise cli.Stop(cli.NO, f"{name} holds archives in archives; leave it out")
    try:
        if data.startswith(b"\x1f\x8b"):
            return [_limited(gzip.GzipFile(fileobj=io.BytesIO(data)))]
        if data.startswith(b"BZh"):
            return [_limited(bz2.BZ2File(io.BytesIO(data)))]
        if data.startswith(b"\xfd7zXZ"):
            return [_limited(lzma.LZMAFile(io.BytesIO(data)))]
        if data.startswith(b"\x28\xb5\x2f\xfd"):
            import zstandard

            return [_limited(zstandard.ZstdDecompressor().stream_reader(io.BytesIO(data)))]
        if data.startswith(b"PK\x03\x04"):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                return [_limited(archive.open(one)) for one in archive.infolist()]
        if data[257:262] == b"ustar":
            with tarfile.open(fileobj=io.BytesIO(data)) as archive:
                return [_limited(file) for one in archive if (file := archive.extractfile(one))]
    except (
        OSError,
        EOFError,
        ValueError,
        RuntimeError,
        zlib.error,
        lzma.LZMAError,
        zipfile.BadZipFile,
    ) as wrong:
        raise cli.Stop(cli.NO, f"{name} cannot be searched ({type(wrong).__name__}); leave it out") from None
    return []


def _limited(stream: object) -> bytes:
    data: bytes = stream.read(MAX_INSIDE + 1)  # type: ignore[attr-defined]
    if len(data) > MAX_INSIDE:
        raise ValueError("too large")
    return data


def manifest(files: list[Packed], left: Sequence[LeftOut] = ()) -> bytes:
    """Return the manifest: size, SHA-256, what was redacted and dropped of every file, and what was left out."""
    told = [
        {
            "path": file.path,
            "bytes": len(file.data),
            "sha256": hashlib.sha256(file.data).hexdigest(),
            "redacted": dict(sorted(file.kinds.items())),
            "dropped": dict(sorted(file.dropped.items())),
        }
        for file in files
    ]
    from tracker.print import formats

    out = [{"path": one.path, "bytes": one.size} for one in left]
    return formats.as_json({"files": told, "left_out": out}).encode()


def archive(name: str, files: list[Packed]) -> bytes:
    """Return a .tgz of the files under the folder `name`; the same files give the same bytes."""
    packed = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=packed, mode="wb", filename="", mtime=0) as squeezed,
        tarfile.open(fileobj=squeezed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for file in files:
            entry = tarfile.TarInfo(f"{name}/{file.path}")
            entry.size, entry.mode = len(file.data), 0o644
            tar.addfile(entry, io.BytesIO(file.data))
    return packed.getvalue()
