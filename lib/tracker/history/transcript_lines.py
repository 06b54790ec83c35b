"""The lines of a client's file, block by block: which may hold a reply, and how many there are in all.

Nearly all of a transcript is what was said and done.  It is passed over once, by a few lines of C where
`make setup` found a compiler, else by the interpreter's own search; the answer is the same.
"""

from __future__ import annotations

import ctypes
import os
import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from tracker import bases

SOURCE = bases.TREE / "lib" / "native" / "history_scan.c"
LIBRARY = bases.TREE / ".cache" / "native"
BLOCK = 1 << 20  # bytes; small enough to stay in the cache, so that memory does not grow with a file
MOST = 1 << 12  # lines that the compiled search names at a time


@cache
def load() -> Any:
    """Return the compiled search made from this source, or None."""
    if os.environ.get("TRACKER_NATIVE") == "0":
        return None
    try:
        library = ctypes.CDLL(str(LIBRARY / f"history_scan-{zlib.crc32(SOURCE.read_bytes()):08x}.so"))
    except OSError:  # not compiled here
        return None
    library.find_lines.restype = ctypes.c_int64
    library.find_lines.argtypes = [
        ctypes.c_char_p,
        ctypes.c_int64,
        ctypes.c_char_p,
        ctypes.c_int64,
        ctypes.c_void_p,
        ctypes.c_int64,
        ctypes.c_void_p,
    ]
    return library


def blocks(path: Path) -> Iterator[bytes]:
    """Yield a file's bytes in blocks of whole lines; a block is longer than BLOCK when a line is."""
    with path.open("rb", buffering=0) as file:
        begun: list[bytes] = []
        while piece := file.read(BLOCK):
            cut = piece.rfind(b"\n") + 1
            if cut:
                yield b"".join([*begun, piece[:cut]]) if begun else piece[:cut]
                begun = [piece[cut:]] if cut < len(piece) else []
            else:
                begun.append(piece)
        if begun:
            yield b"".join(begun)


def with_sign(block: bytes, sign: bytes) -> tuple[int, list[bytes]]:
    """Return how many lines a block has, and those that hold a sign, each once.

    >>> with_sign(b"one\\ntwo !!\\n! three", b"!")
    (3, [b'two !!', b'! three'])
    """
    library = load()
    if library is not None:
        lines = ctypes.c_int64()
        at = _places()
        found = library.find_lines(block, len(block), sign, len(sign), at, MOST, ctypes.byref(lines))
        if found <= MOST:
            named = at[: 2 * found]
            return lines.value, [block[start:end] for start, end in zip(named[::2], named[1::2], strict=True)]
    count = block.count(b"\n") + (not block.endswith(b"\n") and len(block) > 0)
    return count, list(_searched(block, sign))


@cache
def _places() -> Any:
    return (ctypes.c_int64 * (2 * MOST))()


def _searched(data: bytes, sign: bytes) -> Iterator[bytes]:
    at = data.find(sign)
    while at >= 0:
        start, end = data.rfind(b"\n", 0, at) + 1, data.find(b"\n", at)
        yield data[start : end if end >= 0 else None]
        at = data.find(sign, end) if end >= 0 else -1
