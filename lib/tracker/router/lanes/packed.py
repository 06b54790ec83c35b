"""Long words of a text, which may be base64 of another text, and what they may be that of."""

from __future__ import annotations

import base64
import binascii
import bz2
import contextlib
import lzma
import re
import zlib
from collections.abc import Iterable, Iterator
from typing import Final

SHORTEST_RUN: Final = 16  # letters of base64 from which a word is looked at
MOST_BETWEEN: Final = 24  # signs between two lines of a run
LEAST_HEX: Final = 32  # digits that are decoded
LEAST_LETTERS: Final = 5  # of a run, the rest being signs
MOST_UNFOLDED: Final = 64 * 1024  # bytes of a run that is decoded in every way, and of what is packed in it
APART: Final = b"\n@\n"  # no token, word or run of a text reaches over it

_LETTERS = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_OF_A_RUN = bytes(97 if one in _LETTERS + b"+/-_=" else 32 for one in range(256))
_BEGUN = b"a" * SHORTEST_RUN
_SIGN = "[^A-Za-z0-9+/_=-]"
# What stands between the parts of a run that is written over lines: blanks, an end of a line with signs and a line's
# number, quotes with a plus.
BETWEEN: Final = (
    rf"\s{{0,8}}|\?|{_SIGN}{{0,8}}\n(?: {{0,8}}\d{{1,6}}{_SIGN}{{1,3}}|{_SIGN}{{0,12}})"
    rf"|[\"'`] ?\n?{_SIGN}{{0,8}}\+ ?[\"'`]"
)
_BETWEEN = re.compile(BETWEEN.encode())
# And before its last, short part: an end of a line, or quotes with a plus.
BEFORE_LAST: Final = r"""(?:[^A-Za-z0-9+/_=-]{0,6}\n(?: {0,8}\d{1,6}[^A-Za-z0-9+/_=-]{1,3}|[^A-Za-z0-9+/_=-]{0,8})|["'`] ?\+ ?["'`])(?!\d{1,6}(?:[\t:|]|→))"""
_LAST_LINE = re.compile((BEFORE_LAST + r"([A-Za-z0-9+/_=-]{1,15})(?![A-Za-z0-9+/_=-])").encode())
_PLAIN = bytes.maketrans(b"-_", b"+/")
_END = b"CgoK"  # base64 of three ends of lines: so every run begins at a place of its own
_ENDED = b"\n\n\n"
_MAY_BE_PACKED = re.compile(rb"[A-Za-z0-9+/]{0,3}?(?:H4sI|e[A-P]|QlpoO|/Td6WFo|UEsDB)")
_HEX = re.compile(rb"(?<![0-9A-Za-z])(?:0x)?((?:[0-9a-f]{2}){16,}|(?:[0-9A-F]{2}){16,})(?![0-9A-Za-z])")
_MOST_MEMORY = 16 * 1024 * 1024  # bytes that lzma may take


def runs(text: bytes) -> list[bytes]:
    r"""Return the words of a text that are as long as base64's are; those on lines of their own are one.

    >>> runs(b"see QUJDREVGR0hJSktM\nTU5PUFFSU1RVVldY there")
    [b'QUJDREVGR0hJSktMTU5PUFFSU1RVVldY']
    """
    found: list[bytes] = []
    last = -9
    mask = text.translate(_OF_A_RUN)
    for at, end in stretches(mask):
        if found and at - last <= MOST_BETWEEN and _BETWEEN.fullmatch(text, last, at):
            # In a patch each line has a plus before it.
            is_patch = text[at : at + 1] == b"+" == found[-1][:1] and b"\n" in text[last:at]
            found[-1] += text[at + is_patch : end]
        else:
            found.append(text[at:end])
        last = end
        tail = _LAST_LINE.match(text, end)
        if tail:
            found[-1] += tail[1].lstrip(b"+") if found[-1].startswith(b"+") else tail[1]
            last = tail.end()
    # Lines that are drawn with dashes are no words.
    return [run for run in found if len(run.translate(None, b"+/-_=")) >= LEAST_LETTERS]


def stretches(mask: bytes) -> Iterator[tuple[int, int]]:
    """Yield from where to where a mask of blanks has none, where that is as long as a run."""
    at = mask.find(_BEGUN)
    while at >= 0:
        end = mask.find(b" ", at)
        end = len(mask) if end < 0 else end
        yield at, end
        at = mask.find(_BEGUN, end)


def texts_in(some: Iterable[bytes]) -> bytes:
    """Return whatever some runs may be base64 of, and bytes that mean nothing beside it, in one text.

    All of them are decoded at once: `unfolded`, run by run, says which of them it was.
    """
    bare = [run.translate(_PLAIN, b"=") for run in some]
    found = []
    for skip in range(4):
        parts = [run[skip:] for run in bare if not skip or len(run) <= MOST_UNFOLDED]
        together = b"".join([part + b"AAA"[: -len(part) % 4] + _END for part in parts])
        for data in binascii.a2b_base64(together).replace(b"\0", b"").split(_ENDED):
            if data.isascii() or len(data.decode("utf-8", "ignore").encode()) + 2 >= 0.9 * len(data):
                found.append(data)
    for run in bare:
        if _MAY_BE_PACKED.match(run) or (len(run) >= LEAST_HEX and _HEX.search(run)):
            found += unfolded(run)
    return APART.join(found)


def unfolded(run: bytes) -> Iterator[bytes]:
    """Yield what a word may be the base64 of, and what is packed in that."""
    bare = run.translate(_PLAIN, b"=")
    for skip in range(4 if len(bare) <= MOST_UNFOLDED else 1):
        part = bare[skip : len(bare) - (len(bare) - skip) % 4] or bare
        tail = bare[skip:] + b"=" * (-(len(bare) - skip) % 4)
        for one in {part, tail}:
            with contextlib.suppress(ValueError):
                data = base64.b64decode(one, validate=True)
                yield from _unpacked(data)
                if b"\0" in data[:4]:
                    data = data.replace(b"\0", b"")  # UTF-16, as some shells encode
                if _is_text(data):
                    yield data
    for digits in _HEX.findall(bare):
        data = bytes.fromhex(digits.decode())
        yield from _unpacked(data)
        if _is_text(data := data.replace(b"\0", b"")):
            yield data


def _is_text(data: bytes) -> bool:
    """Say whether bytes are most likely a text, whose first and last letters may be cut."""
    return data.isascii() or len(data.decode("utf-8", "ignore").encode()) >= 0.9 * len(data)


def _unpacked(data: bytes) -> Iterator[bytes]:
    """Yield what is packed in some bytes, up to what is looked at of it."""
    if data.startswith(b"BZh"):
        with contextlib.suppress(OSError):
            yield bz2.BZ2Decompressor().decompress(data, MOST_UNFOLDED)
    elif data.startswith(b"\xfd7zXZ"):
        with contextlib.suppress(lzma.LZMAError):
            yield lzma.LZMADecompressor(memlimit=_MOST_MEMORY).decompress(data, MOST_UNFOLDED)
    elif data.startswith(b"PK\3\4") and len(data) > 30:
        begin = 30 + int.from_bytes(data[26:28], "little") + int.from_bytes(data[28:30], "little")
        with contextlib.suppress(zlib.error):  # one that is stored is found as it stands
            yield zlib.decompressobj(-zlib.MAX_WBITS).decompress(data[begin:], MOST_UNFOLDED)
    for mark, wbits in ((b"\x1f\x8b", zlib.MAX_WBITS | 16), (b"\x78", zlib.MAX_WBITS)):
        if data.startswith(mark):
            with contextlib.suppress(zlib.error):
                yield zlib.decompressobj(wbits).decompress(data, MOST_UNFOLDED)
