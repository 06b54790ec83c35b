"""A text as its next reader would see it: bytes decoded, escapes undone, lines joined, blobs unfolded.

A view knows for each of its signs where that stands in the text, so that what is found in the view can
be taken out of the text.
"""

from __future__ import annotations

import base64
import binascii
import bz2
import gzip
import html
import lzma
import re
import unicodedata
import zlib
from array import array
from collections.abc import Callable, Iterator
from itertools import cycle
from typing import NamedTuple

MARKS = (  # longest first: UTF-32's mark begins as UTF-16's does
    (b"\xff\xfe\0\0", "utf-32-le"),
    (b"\0\0\xfe\xff", "utf-32-be"),
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
WIDE = ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be")
MOST_UNFOLDED = 4 * 1024 * 1024  # bytes that a blob in a text is unfolded to, to look for secrets in it


def text_of(data: bytes) -> str | None:
    """Return what bytes say as text, with or without a byte order mark; None when they are none.

    >>> text_of("key".encode("utf-16-le")), text_of(b"\\x00\\x01\\x02"), text_of(b"key")
    ('key', None, 'key')
    """
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return _decoded(data[len(mark) :], encoding)
    if b"\0" not in data:
        return _decoded(data, "utf-8")
    for encoding in WIDE:
        text = _decoded(data, encoding)
        if text is not None and "\0" not in text and readable(text):
            return text
    return None


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def readable(text: str) -> bool:
    """Say whether a text is one: mostly letters, digits and signs of the plain alphabets."""
    plain = sum(sign.isascii() and (sign.isprintable() or sign in "\t\r\n\f") for sign in text)
    return bool(text) and plain >= 0.8 * len(text)


class View(NamedTuple):
    """A text in another form; sign i of it stands at starts[i]..ends[i] of the original."""

    text: str
    starts: array[int]
    ends: array[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where a stretch of the view stands in the original."""
        places = self.starts[start:end], self.ends[start:end]
        return min(places[0]), max(places[1])


def plain_view(text: str) -> View:
    """Return a text as a view of itself."""
    return View(text, array("q", range(len(text))), array("q", range(1, len(text) + 1)))


def changed(view: View, pattern: re.Pattern[str], instead: Callable[[re.Match[str]], str]) -> View | None:
    """Return a view with what fits the pattern written otherwise; None when nothing is."""
    parts: list[str] = []
    starts, ends = array("q"), array("q")
    at = 0
    for found in pattern.finditer(view.text):
        said = instead(found)
        if said == found[0] or found.start() == found.end():
            continue
        first, last = view.span(found.start(), found.end())
        parts += [view.text[at : found.start()], said]
        starts += view.starts[at : found.start()] + array("q", [first]) * len(said)
        ends += view.ends[at : found.start()] + array("q", [last]) * len(said)
        at = found.end()
    if not parts:
        return None
    parts.append(view.text[at:])
    return View("".join(parts), starts + view.starts[at:], ends + view.ends[at:])


# What shows nothing: blanks of no width, soft hyphens, joiners, directions, selectors, tags.
INVISIBLE = "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff"
_ESCAPES = re.compile(
    rf"[{INVISIBLE}\x00]+|[^\x00-\x7f]|\\+x[c-fC-F][0-9a-fA-F](?:\\+x[89abAB][0-9a-fA-F]){{1,3}}|\\+u(?:[0-9a-fA-F]{{4}}|\{{[0-9a-fA-F]{{1,6}}\}})|\\+x[0-9a-fA-F]{{2}}|\\+[0-3][0-7]{{2}}"
    r"|\\+[\"'/@.\-_=:+&]|%[c-fC-F][0-9a-fA-F](?:%[89abAB][0-9a-fA-F]){1,3}|%[0-9a-fA-F]{2}|&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,12});|\"\"(?=\w)|(?<=\w)\"\""
    r"|=(?:40|2E|3D|2D|5F)(?=[\w.])|\+A[A-Z][0-9A-Z]-|\x1b\[[0-9;?]*[ -/]*[@-~]"
)
# Where one word was written as two: an end of line with what edges the next, or quotes with a plus or nothing.
_SEAMS = re.compile(
    r"=?\\?(?:\\[nr]|\r\n|\n|\r|\\)(?:[ \t]*(?:\\[nrt])*[>|#*+]{0,2}[ \t]*[\"']?)"
    r"|[\"'`](?:[ \t]*[+.&][ \t]*\\?\r?\n?[ \t]*|[ \t]*,?[ \t]*\\?\r?\n[ \t]*|[ \t]+)[\"'`]|(?<=\w)\\(?=\w)"
    r"|(?<=[\"'].)[\"'],[ ]?[\"'](?=.[\"'])|(?<=(?<!\S)\S)[ ](?=\S(?!\S))"  # or as its letters
)
_ONE_SIDE = re.compile(
    r"(?<=[A-Za-z0-9+/_\-=.@])[ \t]*[\"']?[,+&.]?[ \t]*(?:\\?\n)[ \t>|#*+]{0,12}[\"']?(?=[A-Za-z0-9+/_\-=.@])"
)


_ALIKE = str.maketrans(
    "аеорсухіјѕԁһαεορν", "aeopcyxijsdhaeopv"
)  # letters of other scripts that look like Latin ones


def _meant(found: re.Match[str]) -> str:
    said = found[0]
    bare = said.lstrip("\\")
    if said[0] == "\x1b" or re.fullmatch(rf"[{INVISIBLE}\x00]+", said):
        return ""
    if not said[0].isascii():
        return "" if unicodedata.combining(said) else unicodedata.normalize("NFKC", said).translate(_ALIKE)
    if said[0] == "+":
        return said.encode().decode("utf-7", "replace")
    if "%" in said[1:] or (bare[0] == "x" and "\\" in bare):  # the bytes of one letter
        data = bytes.fromhex(re.sub(r"%|\\+x", "", said))
        return _decoded(data, "utf-8") or data.decode("latin-1")
    if said[0] == "\\" and bare[0] in "ux":
        number = int(bare[1:].strip("{}"), 16)
        return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else said
    if said[0] == "\\" and bare[0].isdigit():
        return chr(int(bare, 8))
    if said[0] == "\\":
        return bare
    if said[0] in "%=":
        return chr(int(said[1:], 16))
    return html.unescape(said) if said[0] == "&" else '"'


def views(text: str) -> Iterator[View]:
    """Yield other forms of a text: escapes undone (up to four times), lines and quoted parts joined, backwards."""
    view, seen = plain_view(text), {text}
    for _ in range(4):
        further = changed(view, _ESCAPES, _meant)
        if further is None:
            break
        view = further
        seen.add(view.text)
        yield view
    for seams in (_ONE_SIDE, _SEAMS):
        # All of them, and every other one: so that what stands before a word is not joined to it as well.
        for which in ((True, True), (True, False), (False, True)):
            turn = cycle(which)
            joined = changed(view, seams, lambda found, turn=turn: "" if next(turn) else found[0])  # type: ignore[misc]
            if joined and joined.text not in seen:
                seen.add(joined.text)
                yield joined


def backwards(view: View) -> View:
    """Return a view read from its end."""
    return View(view.text[::-1], view.starts[::-1], view.ends[::-1])


UUENCODED = re.compile(r"(?m)(?:^[!-M](?:[ -`]{4}){4,15}\r?\n?)+")
BLOB = re.compile(
    r"(?:\d{2,3}, ?){11,}\d{2,3}|(?:[0-9a-fA-F]{2}[ :,-]){7,}[0-9a-fA-F]{2}|(?:0x[0-9a-fA-F]{2},? ?){8,}|[A-Za-z0-9+/_\-]{12,}={0,2}|[\x21-\x7e]{20,}"
)
_CODECS: tuple[Callable[[str], bytes], ...] = (
    lambda blob: bytes(map(int, blob.split(","))) if "," in blob else b"",
    lambda blob: b"".join(map(binascii.a2b_uu, blob.splitlines())) if UUENCODED.fullmatch(blob) else b"",
    lambda blob: bytes.fromhex(re.sub(r"0x|[^0-9a-fA-F]", "", blob)),
    lambda blob: base64.b64decode(_padded(blob.replace("-", "+").replace("_", "/"), 4), validate=True),
    lambda blob: base64.b32decode(_padded(blob.upper(), 8)),
    lambda blob: base64.a85decode(blob),
    lambda blob: base64.b85decode(blob),
)


def _padded(blob: str, width: int) -> str:
    blob = blob.rstrip("=")
    return blob + "=" * (-len(blob) % width)


def unfolded(blob: str) -> Iterator[str]:
    """Yield the texts that a word of base64, hex or the like may stand for, compressed ones too."""
    parts = {blob, *re.split(r"[/_\-.,:=\"']+", blob), blob.partition("=")[2], blob.rpartition(",")[2]}
    seen = set()
    for part in parts:
        for codec in _CODECS:
            try:
                data = codec(part) if len(part) >= 12 else b""
            except (binascii.Error, ValueError):
                continue
            text = text_of(_inflated(data))
            if text and text not in seen and len(text) >= 6 and (readable(text) or _is_shown(data, text)):
                seen.add(text)
                yield text


def _is_shown(data: bytes, text: str) -> bool:
    """Say whether bytes are UTF-8 of any alphabet, which chance hardly makes."""
    return b"\0" not in data and all(sign.isprintable() or sign in "\t\r\n\f" for sign in text)


_PACKERS: tuple[tuple[bytes, Callable[[bytes], bytes]], ...] = (
    (b"\x1f\x8b", gzip.decompress),
    (b"BZh", bz2.decompress),
    (b"\xfd7zXZ", lzma.decompress),
    (b"x", lambda data: zlib.decompressobj().decompress(data, MOST_UNFOLDED)),
)


def _inflated(data: bytes) -> bytes:
    for mark, unpack in _PACKERS:
        if data.startswith(mark):
            try:
                return unpack(data)
            except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError):
                return data
    return data
