"""Take what names the account, the device or the person out of a text, however it is spelt there.

A spelling is the word in any case, with or without dashes, split by spaces, escapes or characters of no
width, in full-width letters, url-encoded, in JSON's or HTML's escapes, as base64, base62, base58, base32 or
hex.  A text that has none of them is found to be clean by a few searches over its bytes; only another one is
read character by character.
"""

from __future__ import annotations

import base64
import functools
import html
import json
import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote_to_bytes

REMOVED = "[removed]"
SHORTEST = 5  # characters; a shorter word would be found everywhere
MOST_KEPT = 2 * 1024 * 1024  # bytes of texts whose clean form is remembered

_SKIPPED = b" \t\r\n\x0b\x0c-_\\"
_LOWER = bytes(range(256)).lower()
_NO_WIDTH = dict.fromkeys(
    [
        *(0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180E, 0x3164, 0xFEFF, 0xFFA0),
        *(*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), *range(0xFE00, 0xFE10)),
        *(*range(0x2010, 0x2016), 0x2212, 0xFE58, 0xFE63, 0xFF0D),  # dashes, which are skipped as well
    ]
)
_ESCAPE = re.compile(rb"\\u(?!00[01])")
_NESTED = re.compile(rb"\\u(?!00[01])|\\x[2-7]")
_ENTITY = re.compile(rb"&#|&(?:commat|hyphen|dash|period|lowbar|num);")
_PERCENT = re.compile(rb"%[0-9a-fA-F]{2}")
_TOKEN = re.compile(
    r"\\+u([0-9a-fA-F]{4})|\\+x([0-9a-fA-F]{2})|((?:%(?:25)*[0-9a-fA-F]{2})+)|(&#?[0-9a-zA-Z]{1,8};)"
)
# The login of another account, or this one's in another place, is nobody's content.
_LOGIN = re.compile(r"sk-ant-[A-Za-z0-9_-]{4,}")


def _folded(text: bytes) -> bytes:
    for escape in (b"\\n", b"\\r", b"\\t"):
        if escape in text:
            text = text.replace(escape, b"")
    return text.translate(_LOWER, _SKIPPED)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).translate(_NO_WIDTH)


def _digits(number: int, alphabet: str) -> str:
    found = ""
    while number:
        number, digit = divmod(number, len(alphabet))
        found = alphabet[digit] + found
    return found


_DIGITS, _SMALL = "0123456789", "abcdefghijklmnopqrstuvwxyz"
_ALPHABETS = (
    _DIGITS + _SMALL.upper() + _SMALL,
    _DIGITS + _SMALL + _SMALL.upper(),
    _SMALL.upper() + _SMALL + _DIGITS,
    "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",  # base58
)


def _in_base64(word: bytes) -> set[str]:
    """Return what of a word's base64 is the same whatever stands around it, for each of the three places."""
    found = set()
    for before, cut in ((0, 0), (1, 2), (2, 3)):
        text = base64.b64encode(b"\0" * before + word).decode()
        rest = (before + len(word)) % 3
        text = text[cut : len(text) - (0, 3, 2)[rest]]
        found |= {text, text.replace("+", "-").replace("/", "_")}
    return found


def _encoded(word: str) -> set[str]:
    """Return the other spellings of a word that keep its case."""
    bare = word.replace("-", "")
    found = set()
    for form in {word, bare.lower()}:
        found |= _in_base64(form.encode())
        found.add(base64.b32encode(form.encode()).decode().rstrip("=")[:-1])
    for once in _in_base64(word.encode()):
        found |= _in_base64(once.encode())
    if len(bare) >= 16 and all(digit in "0123456789abcdefABCDEF" for digit in bare):
        number = int(bare, 16)
        raw = number.to_bytes((len(bare) + 1) // 2, "big")
        found |= {_digits(number, alphabet) for alphabet in _ALPHABETS} | {str(number)}
        found |= _in_base64(raw) | _in_base64(raw[:4][::-1] + raw[4:6][::-1] + raw[6:8][::-1] + raw[8:])
        found.add(base64.b32encode(raw).decode().rstrip("=")[:-1])
        found.add(base64.b85encode(raw).decode())
    return {text for text in found if len(text) >= SHORTEST}


# Looks at a piece of JSON, and returns what changes its value, None when it may stay.
Choose = Callable[[bytes], Callable[[Any], Any] | None]


def canonical(piece: bytes) -> bytes:
    """Return a piece of JSON with every letter written as itself, but for control characters."""
    return dumped(json.loads(piece)) if b"\\u" in piece and _ESCAPE.search(piece) else piece


class Remembered:
    """What was found of each of the last texts: conversations grow, and send what they sent before."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self.most = most  # bytes of texts and answers
        self._found: dict[bytes, Any] = {}
        self._size = 0

    def get(self, piece: bytes) -> Any:
        """Return what was found of a text; None when it is not remembered."""
        return self._found.get(piece)

    def put(self, piece: bytes, found: Any, size: int = 0) -> None:
        """Remember what was found of a text; `size` is that of the answer."""
        self._size += len(piece) + size
        if self._size > self.most:
            self._found.clear()
            self._size = len(piece) + size
        self._found[piece] = found


class Identities:
    """Some words that must not get about; `session` is one of them that may name folders and files."""

    def __init__(self, words: Iterable[str], session: str | None = None) -> None:
        self.words = {word for word in words if len(_folded(word.encode())) >= SHORTEST}
        spelt = {_plain(form) for word in self.words for form in (word.lower(), word.upper().lower())}
        spelt |= {form.encode().hex() for form in set(spelt)} | {word.encode().hex() for word in self.words}
        self._folded = {_folded(word.encode()) for word in spelt}
        self._folded_text = {word.decode("utf-8", "replace") for word in self._folded}
        self._session = _folded(session.lower().encode()).decode() if session else None
        self._encoded = {text for word in self.words for text in _encoded(word)}
        self._encoded_bytes = [text.encode() for text in self._encoded]
        self._clean = Remembered()

    def clean(self, piece: bytes, choose: Choose | None = None) -> bytes:
        """Return a piece of JSON without the words; `choose` says what else is to be left out of it.

        >>> Identities({"0d0d0d0d-1111"}).clean(b'["I am 0D0D\\\\u0030d0d1111."]')
        b'["I am [removed]."]'
        """
        known: bytes | None = self._clean.get(piece)
        if known is None:
            known = self._cleaned(piece, choose)
            self._clean.put(piece, known, len(known))
        return known

    def _cleaned(self, piece: bytes, choose: Choose | None) -> bytes:
        piece = canonical(piece)
        more = choose(piece) if choose is not None else None
        if more is None and not self._is_suspect(piece):
            return piece
        value = json.loads(piece)
        return dumped(self._walk(more(value) if more is not None else value))

    def _walk(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.strip(value)
        if isinstance(value, list):
            return [self._walk(one) for one in value]
        if isinstance(value, dict):
            return {self.strip(key): self._walk(one) for key, one in value.items()}
        return value

    def _is_suspect(self, text: bytes) -> bool:
        """Say whether a text may hold one of the words in some spelling; it holds none where this is False."""
        if b"sk-ant-" in text or self._has(text):
            return True
        if any(word in text for word in self._encoded_bytes):
            return True
        return self._has_when_decoded(text)

    def _has(self, text: bytes) -> bool:
        folded = _folded(text)
        return any(word in folded for word in self._folded)

    def _has_when_decoded(self, text: bytes) -> bool:
        if b"%" in text and _PERCENT.search(text):
            once = unquote_to_bytes(text)
            if self._has(once) or (b"%25" in text and self._has(unquote_to_bytes(unquote_to_bytes(once)))):
                return True
        if _ENTITY.search(text) and self._has(
            html.unescape(text.decode("utf-8", "replace")).encode("utf-8", "replace")
        ):
            return True
        if _NESTED.search(text):
            return True
        return not text.isascii() and self._has(
            _plain(text.decode("utf-8", "replace")).encode("utf-8", "replace")
        )

    def strip(self, text: str) -> str:
        """Return a text without the words, whichever their spelling."""
        if not self._is_suspect(text.encode("utf-8", "surrogatepass")):
            return text
        spans = [found.span() for found in _LOGIN.finditer(text)]
        for decode in (False, True):
            folded, places = _letters(text, decode)
            for word in self._folded_text:
                at = folded.find(word)
                while at >= 0:
                    begin, end = places[at][0], places[at + len(word) - 1][1]
                    if not (word == self._session and text[begin - 1 : begin] in ("/", "\\") and begin):
                        spans.append((begin, end))
                    at = folded.find(word, at + 1)
        for word in self._encoded:
            at = text.find(word)
            while at >= 0:
                spans.append((at, at + len(word)))
                at = text.find(word, at + 1)
        parts, done = [], 0
        for begin, end in sorted(spans):
            if begin >= done:
                parts += [text[done:begin], REMOVED]
            done = max(done, end)
        return "".join([*parts, text[done:]])


def _letters(text: str, decode: bool) -> tuple[str, list[tuple[int, int]]]:
    """Return a text's letters as the words are folded, and from where to where each stands in the text."""
    letters: list[str] = []
    places: list[tuple[int, int]] = []

    def put(found: str, begin: int, end: int) -> None:
        for letter in _plain(found).lower():
            if letter not in " \t\r\n\x0b\x0c-_\\":
                letters.append(letter)
                places.append((begin, end))

    at = 0
    for token in _TOKEN.finditer(text) if decode else ():
        for place in range(at, token.start()):
            put(text[place], place, place + 1)
        at = token.end()
        put(_meant(token), *token.span())
    for place in range(at, len(text)):
        put(text[place], place, place + 1)
    return "".join(letters), places


def _meant(token: re.Match[str]) -> str:
    code = token[1] or token[2]
    if code is not None:
        return chr(int(code, 16))
    if token[4] is not None:
        return html.unescape(token[4])
    found = token[3].encode()
    for _ in range(3):
        found = unquote_to_bytes(found)
    return found.decode("utf-8", "replace")


def dumped(value: Any) -> bytes:
    """Return a value as JSON in UTF-8, letters as they are."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        return text.encode()
    except UnicodeEncodeError:  # half a surrogate pair
        return json.dumps(value, separators=(",", ":")).encode()


@functools.lru_cache(maxsize=8)
def of(words: frozenset[str], session: str | None, choice: object = None) -> Identities:
    """Return what takes these words out; the same for the requests of one session, which repeat their texts.

    `choice` stands for what else is left out of them, as the clean texts are remembered.
    """
    return Identities(words, session)
