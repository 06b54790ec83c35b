"""Undo a content encoding piece by piece, so that a small message that grows without end stays harmless.

A decoder is fed so few bytes at a time that what comes out at once is bounded by its format: deflate
makes at most 1,032 bytes of one, zstd a block of 128 KB of four, brotli 16 MB of about eight.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import Final

Decode = Callable[[bytes], bytes]

# Bytes that a decoder is given at once: at most some 4, 8 and 32 MB come out.
STEPS: Final = {"gzip": 4096, "x-gzip": 4096, "deflate": 4096, "br": 16, "zstd": 256}


class Decoder:
    """Undoes one encoding: gzip, deflate, br, zstd; ValueError for the name of any other.

    >>> list(Decoder("identity").pieces(b"as it is"))
    [b'as it is']
    """

    def __init__(self, name: str) -> None:
        self._name = name.strip().lower()
        self._step = STEPS.get(self._name, 0)
        self._decode = _new(self._name)
        self._first: bytes | None = b"" if self._name == "deflate" else None  # until its format is known

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """Yield what some more bytes mean.  ValueError when they are not of this encoding."""
        if not self._step:
            yield data
            return
        for at in range(0, len(data), self._step):
            try:
                yield self._feed(data[at : at + self._step])
            except Exception as wrong:  # each of the packages has an error of its own
                raise ValueError("the content-encoding cannot be undone") from wrong

    def _feed(self, data: bytes) -> bytes:
        if self._first is not None:
            data = self._first + data
            if len(data) < 2:
                self._first = data
                return b""
            self._first = None
            # RFC 9110 says zlib's format, which RFC 1950 tells by two bytes; some send what is in it bare.
            if data[0] & 15 != 8 or (data[0] << 8 | data[1]) % 31:
                self._decode = zlib.decompressobj(-zlib.MAX_WBITS).decompress
        return self._decode(data)


def _new(name: str) -> Decode:
    if name in ("", "identity"):
        return bytes
    if name in ("gzip", "x-gzip"):
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress
    if name == "deflate":
        return zlib.decompressobj().decompress
    if name == "br":
        import brotli  # type: ignore[import-untyped]  # mitmproxy brings it

        process: Decode = brotli.Decompressor().process
        return process
    if name == "zstd":
        import zstandard  # mitmproxy brings it

        return zstandard.ZstdDecompressor().decompressobj().decompress
    raise ValueError("the content-encoding is not known")
