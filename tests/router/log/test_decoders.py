"""Encodings are undone piece by piece, and what comes out at once is bounded."""

from __future__ import annotations

import gzip
import zlib

import brotli
import pytest
import zstandard

from tracker.router.log.decoders import Decoder


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


PACKERS = {
    "": bytes,
    "identity": bytes,
    "gzip": gzip.compress,
    " X-GZIP ": gzip.compress,
    "deflate": zlib.compress,
    "Deflate": raw_deflate,
    "br": brotli.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}
TEXT = b"".join(b"line %d of what is packed\n" % number for number in range(2_000))


@pytest.mark.parametrize("size", [1, 13, 10**6])
@pytest.mark.parametrize("name, pack", PACKERS.items(), ids=map(repr, PACKERS))
def test_what_was_packed_comes_out_however_it_is_cut(name, pack, size):
    packed, decoder = pack(TEXT), Decoder(name)
    found = [piece for at in range(0, len(packed), size) for piece in decoder.pieces(packed[at : at + size])]
    assert b"".join(found) == TEXT


@pytest.mark.parametrize("name", ["gzip", "deflate", "br", "zstd"])
def test_what_grows_without_end_comes_in_pieces_of_a_bounded_size(name):
    packed = PACKERS[name](bytes(64 << 20))
    pieces = [len(piece) for piece in Decoder(name).pieces(packed)]
    assert max(pieces) <= 33 << 20 and (sum(pieces) == 64 << 20 or len(pieces) == 1)


@pytest.mark.parametrize("name", ["gzip", "deflate", "br", "zstd"])
def test_bytes_of_another_encoding_are_refused(name):
    with pytest.raises(ValueError, match="cannot be undone"):
        list(Decoder(name).pieces(b"{} is not packed at all, and long enough to be seen as that" * 40))


def test_the_name_of_no_encoding_is_refused():
    with pytest.raises(ValueError, match="is not known"):
        Decoder("rot13")
