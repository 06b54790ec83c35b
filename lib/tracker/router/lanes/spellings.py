"""How a word may be spelt, and what a text says whichever way it is written.

`Spelt` holds the spellings of some words, each where it is looked for: among a text's letters, in its
digits, in words that are as long as base64's are, or as it stands.  `letters` and `once_more` are a text as
its reader would see it.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import contextlib
import functools
import hashlib
import html
import itertools
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from typing import Final, Literal, NamedTuple
from urllib.parse import unquote_to_bytes

from tracker.router.lanes import packed

SHORTEST: Final = 5  # letters; a shorter word would be found everywhere
LOOSE: Final = 10  # letters from which a word is one whatever stands between them
UUID_BYTES: Final = 16
SURE: Final = 10**15  # a number from which it is no chance that it is half of an id
ORDERS: Final[tuple[Literal["big", "little"], ...]] = ("big", "little")
MOST_REPLACED: Final = 8  # different signs of a text that are replaced one after another
DEPTH: Final = 3  # base64 in base64
MOST_ALIKE: Final = 4096  # signs of which it is remembered what they are read as

_ASCII = bytes(range(128))
_LOWER = bytes(range(256)).lower()
_LETTERS = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_NO_LETTERS = bytes(set(_ASCII) - set(_LETTERS))
_NO_SIGNS = bytes(set(range(256)) - set(_LETTERS))
_NO_DIGITS = bytes(set(range(256)) - set(b"0123456789"))
_NO_BLANK = bytes(32 if one <= 32 else 97 for one in range(256))
_OF_HEX = bytes(97 if one in b"0123456789abcdefx" else 32 for one in range(256))
_HIGH = re.compile(rb"[\x80-\xff]+")
_SIGNS = re.compile(r"[\W_]+")
# Letters of other alphabets that look like Latin ones, and digits that NFKD leaves as they are.
_ALIKE_PAIRS = "аa вb сc ԁd еe ɡg һh іi јj кk ӏl мm ոn оo рp ԛq гr ѕs тt υu ѵv ԝw хx уy αa βb εe κk νv οo ρp τt χx ιi ωw ıi օo սu ցg ςσ"
_NAMED_LETTER = re.compile(
    r"(?:LATIN LETTER SMALL CAPITAL|NEGATIVE (?:SQUARED|CIRCLED) LATIN CAPITAL LETTER) ([A-Z])"
)


class _Alike(dict[int, str]):
    """What a sign is read as, found when it is first seen: digits of every script, letters in frames."""

    def __missing__(self, code: int) -> str:
        digit = unicodedata.digit(chr(code), None)
        named = _NAMED_LETTER.fullmatch(unicodedata.name(chr(code), ""))
        read_as = str(digit) if digit is not None else named[1].lower() if named else chr(code)
        if len(self) < MOST_ALIKE:
            self[code] = read_as
        return read_as


_ALIKE = _Alike({ord(pair[0]): pair[1] for pair in _ALIKE_PAIRS.split()})
# The letters that flags are made of.
_ALIKE.update({0x1F1E6 + at: letter for at, letter in enumerate("abcdefghijklmnopqrstuvwxyz")})
# Cherokee's letters, small as `lower` has them.
_ALIKE.update(zip(map(ord, "ꭺᏼꮯꭰꭼꮐꮋꭻꮶꮮꮇꮲꮢꮪꭲꮩꮃꮓ"), "abcdeghjklmprstvwz", strict=True))
_ALIKE.update({0x115F: "", 0x1160: ""})  # Hangul fillers are letters that show nothing


_CONTROL = re.compile(rb"\\u00(?:[01][0-9a-fA-F]|7[fF]|[89][0-9a-fA-F])")
_ESCAPES = ((b"\\r", b"\r"), (b"\\t", b"\t"), (b"\\b", b""), (b"\\f", b""), (b"\\/", b"/"))
# What stands for something else, and for nothing: escapes, entities, tags, colours of a terminal.
# Each branch begins with a sign of its own: the search then goes from one of these signs to the next.
TOKEN: Final = re.compile(
    r"\\\\*(?:u(?P<u>[0-9a-fA-F]{4})|x(?P<x>[0-9a-fA-F]{2})|[ux]\{(?P<brace>[0-9a-fA-F]{1,6})\}|U(?P<u8>[0-9a-fA-F]{8})"
    r"|(?P<css>0{2,4}[2-7][0-9a-fA-F])(?![0-9a-fA-F]) ?|(?P<octal>[0-3][0-7]{2}|[4-7][0-7])"
    r"|N\{(?P<named>[A-Z][A-Z -]{2,60})\}|e\[[0-9;:?]*[ -/]*[@-~]|[nrtbf])|%u(?P<u2>[0-9a-fA-F]{4})"
    r"|%(?P<percent>(?:25)*[0-9a-fA-F]{2}(?:%(?:25)*[0-9a-fA-F]{2})*)"
    r"|&#(?P<number>\d{1,7}|[xX][0-9a-fA-F]{1,6});?|&(?P<entity>[a-zA-Z]{2,31});"
    r"|=(?:\?=\s+=)?\?[\w-]{3,20}\?[qQbB]\?|=(?P<quoted>[2-7][0-9A-F](?:=[2-7][0-9A-F])+|40|2E|2D|5F|2B)|=\r?\n|\+(?P<utf7>A(?:EA|C0|C4|F8))-"
    r"|\x1b\[[0-9;:?]*[ -/]*[@-~]|\x9b[0-9;:?]*[@-~]|\x1b[(-/][0-9A-Za-z]|\x1b\]\d{0,4};*|<!\[CDATA\[|</?[a-zA-Z]\w{0,9}(?: [^<>@%&]{0,60})?/?>|<!--[^<>@%&]{0,60}-->"
)
_NO_DIGIT = re.compile(r"[^0-9]+")
_BETWEEN = re.compile(r"\\[rn]|\\/|(?:(?<=\n) {0,8}\d{1,6})?[^A-Za-z0-9+/_=-]|\+ ?(?=[\"'`])")
_HINTS = (b"\\", b"%", b"&", b"=", b"+A", b"<", b"\x1b")
_UTF7 = {"AEA": "@", "AC0": "-", "AC4": ".", "AF8": "_"}


def letters(text: str) -> str:
    """Return the letters and digits of a text, small, those that look like Latin ones among them.

    >>> letters("0D0D-\\u200b1111 \\uff41\\u0435")
    '0d0d1111ae'
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text).lower().translate(_ALIKE)
    return _SIGNS.sub("", text.lower())


@functools.lru_cache(maxsize=4096)
def _letters_of(sign: str) -> str:
    return letters(sign)


def read(text: bytes) -> bytes:
    r"""Return a JSON text with its short escapes undone; control characters are none.

    >>> read(rb'"a\nb \u0007c C:\\new"')
    b'"a\nb c C:\\new"'
    """
    if b"\\" not in text:
        return text
    text = text.replace(b"\\\\", b"\x02").replace(b"\\n", b"\n").replace(b'\\"', b'"')
    if b"\\" in text:  # one byte is found many times as fast as two
        if b"\\u00" in text:
            text = _CONTROL.sub(b"", text.replace(b"\\u001b", b"\x1b"))
        for escape, sign in _ESCAPES:
            text = text.replace(escape, sign)
    return text.replace(b"\x02", b"\\")


def folded(text: bytes) -> bytes:
    """Return the letters of a text in UTF-8.

    >>> folded(b'"jo.made-UP@x"')
    b'jomadeupx'
    """
    if text.isascii():
        return text.translate(_LOWER, _NO_LETTERS)
    try:
        signs = set(text.translate(None, _ASCII).decode())
    except ValueError:
        return letters(text.decode("utf-8", "replace")).encode()
    read_as = {sign: _letters_of(sign) for sign in signs}
    kept = not all(found.isascii() for found in read_as.values())  # letters of another script
    # Arrows, boxes, quotes and the like are no letters, and need no search where nothing else is kept.
    replaced = [(sign, found) for sign, found in read_as.items() if found != sign and (found or kept)]
    if len(replaced) > MOST_REPLACED:
        text = _HIGH.sub(lambda found: _letters_of(found[0].decode()).encode(), text)
    else:
        for sign, found in replaced:
            text = text.replace(sign.encode(), found.encode())
    return text.translate(_LOWER, _NO_LETTERS if kept else _NO_SIGNS)


def once_more(text: bytes) -> bytes | None:
    r"""Return what a text says when its tokens are read; None when it has none.

    >>> once_more(b"&amp;lt; 5%25"), once_more(b"a < b")
    (b'&lt; 5%', None)
    """
    if not any(hint in text for hint in _HINTS):
        return None
    said, count = TOKEN.subn(meant, text.decode("utf-8", "replace"))
    return said.encode("utf-8", "replace") if count else None


def meant(token: re.Match[str]) -> str:
    """Return what a token of TOKEN stands for."""
    kind, text = token.lastgroup, token[token.lastgroup] if token.lastgroup else ""
    if kind in ("brace", "u", "u2", "u8", "x", "css"):
        code = int(text, 16)
        return chr(code) if code < 0x110000 else ""
    if kind == "named":
        with contextlib.suppress(KeyError):
            return unicodedata.lookup(text)
        return ""
    if kind == "octal":
        return chr(int(text, 8))
    if kind == "percent":
        return _unquoted(b"%" + text.encode())
    if kind == "quoted":
        return _unquoted(b"%" + text.replace("=", "%").encode())
    if kind in ("number", "entity"):
        return html.unescape(f"&#{text};" if kind == "number" else f"&{text};")
    return _UTF7[text] if kind == "utf7" else ""


def _unquoted(text: bytes) -> str:
    for _ in range(DEPTH):
        text = unquote_to_bytes(text)
    return text.decode("utf-8", "replace")


def stretches(text: bytes) -> list[bytes]:
    """Return what of a text stands in long stretches without a blank."""
    return [text[at:end] for at, end in packed.stretches(text.translate(_NO_BLANK))]


def hex_in(found: bytes) -> bytes:
    """Return the stretches of hexadecimal digits among a text's letters that an id, or a word, may be.

    >>> hex_in(b"see0d0d0d0d11114222theresee")
    b'ee0d0d0d0d11114222'
    """
    return b" ".join(found[at:end] for at, end in packed.stretches(found.translate(_OF_HEX)))


def digits(text: bytes) -> bytes:
    """Return the digits of a text."""
    return text.translate(None, _NO_DIGITS)


def digits_of(text: str) -> str:
    """Return the same of a text as one reads it."""
    return _NO_DIGIT.sub("", text)


def joined(run: str) -> bytes:
    """Return a run of some lines as one word."""
    if run.startswith("+"):
        run = run.replace("\n+", "\n")
    return _BETWEEN.sub("", run).encode()


class LettersOf(NamedTuple):
    """Letters of a view, and where in the text each stands."""

    letters: str
    starts: list[int]
    ends: list[int]

    def places(self, word: str) -> Iterator[tuple[int, int]]:
        """Yield from where to where a word stands in the text."""
        at = self.letters.find(word)
        while at >= 0:
            inside = slice(at, at + len(word))
            yield min(self.starts[inside]), max(self.ends[inside])
            at = self.letters.find(word, at + 1)


class TextRead(NamedTuple):
    """A text with its tokens read; sign i stands at starts[i]..ends[i] of the text."""

    text: str
    starts: list[int]
    ends: list[int]

    def span(self, begin: int, end: int) -> tuple[int, int]:
        """Return where some signs stand in the text."""
        return min(self.starts[begin:end]), max(self.ends[begin:end])

    def folded(self, fold: Callable[[str], str]) -> LettersOf:
        """Return the letters, or the digits, of a view."""
        known: dict[str, str] = {}
        made = [known[sign] if sign in known else known.setdefault(sign, fold(sign)) for sign in self.text]
        return LettersOf(
            "".join(made),
            [at for at, few in zip(self.starts, made, strict=True) for _ in few],
            [at for at, few in zip(self.ends, made, strict=True) for _ in few],
        )

    def as_it_is(self) -> LettersOf:
        """Return every sign of a view, in small letters."""
        return self.folded(lambda sign: sign.lower() if len(sign.lower()) == 1 else sign)


def views(text: str) -> Iterator[TextRead]:
    """Yield a text, and what it says when its tokens are read, again and again."""
    view = TextRead(text, list(range(len(text))), list(range(1, len(text) + 1)))
    yield view
    for _ in range(DEPTH):
        found = list(TOKEN.finditer(view.text))
        if not found:
            return
        said, starts, ends, at = [], [], [], 0
        for token in found:
            begin, end = token.span()
            means = meant(token)
            said += [view.text[at:begin], means]
            starts += [*view.starts[at:begin], *[min(view.starts[begin:end])] * len(means)]
            ends += [*view.ends[at:begin], *[max(view.ends[begin:end])] * len(means)]
            at = end
        view = TextRead(
            "".join([*said, view.text[at:]]), [*starts, *view.starts[at:]], [*ends, *view.ends[at:]]
        )
        yield view


_DIGITS, _SMALL = "0123456789", "abcdefghijklmnopqrstuvwxyz"
_ALPHABETS = (
    _DIGITS + _SMALL.upper() + _SMALL,
    _DIGITS + _SMALL + _SMALL.upper(),
    _SMALL.upper() + _SMALL + _DIGITS,
    _SMALL + _SMALL.upper() + _DIGITS,
    "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",  # base58
    _DIGITS + _SMALL,  # base36
    "0123456789ABCDEFGHJKMNPQRSTVWXYZ",  # Crockford's
    _SMALL.upper() + "234567",
)


def _in_digits(number: int, alphabet: str) -> str:
    found = ""
    while number:
        number, digit = divmod(number, len(alphabet))
        found = alphabet[digit] + found
    return found


def in_base64(word: bytes) -> set[bytes]:
    """Return what of a word's base64 is the same whatever stands around it, for each of the three places."""
    found = set()
    for before, cut in ((0, 0), (1, 2), (2, 3)):
        text = base64.b64encode(b"\0" * before + word)
        rest = (before + len(word)) % 3
        text = text[cut : len(text) - (0, 3, 2)[rest]]
        found |= {text, text.replace(b"+", b"-").replace(b"/", b"_")}
    return found


_BASE32_SIGNS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_CROCKFORD = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_BASE85_SIGNS = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~"
_Z85 = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
_TO_CROCKFORD = bytes.maketrans(_BASE32_SIGNS, _CROCKFORD)
_TO_Z85 = bytes.maketrans(_BASE85_SIGNS, _Z85)


def _in_base32(data: bytes, places: int = 1) -> set[bytes]:
    """Return what of a word's base32 is the same whatever stands around it, for some of the five places, in small letters.

    Of other alphabets it is the first place alone.
    """
    first = base64.b32encode(data).rstrip(b"=")[:-1]
    found = {first.translate(_TO_CROCKFORD)} if places > 1 else set()
    found.add(base64.b32hexencode(data).rstrip(b"=")[:-1])
    for before, cut in enumerate((0, 2, 4, 5, 7)[:places]):
        found.add(base64.b32encode(b"\0" * before + data)[cut:].rstrip(b"=")[:-1])
    return {one.lower() for one in found}


def _in_signs(data: bytes, places: int = 1) -> set[bytes]:
    """Return what is written with other signs than letters: base85, for some of its four places, and uuencode, up to a blank."""
    part = data[: len(data) // 4 * 4]
    made = {base64.b85encode(part), base64.a85encode(part), binascii.b2a_uu(data[:45]).strip()[1:-2]}
    if places > 1:
        made.add(base64.b85encode(part).translate(_TO_Z85))
    for before in range(1, places):
        padded = b"\0" * before + data
        made.add(base64.b85encode(padded[: len(padded) // 4 * 4])[5:])
    return {max(one.split(), key=len) for one in made if one.split()}


class Spelt:
    """The spellings of some words, by where they are looked for."""

    def __init__(self, words: Iterable[str]) -> None:
        self.letters: set[bytes] = set()  # among a text's letters
        self.hex: set[bytes] = set()  # among them as well, where they have a stretch of hexadecimal digits
        self.exact: set[bytes] = set()  # of words too short for that: as they are, in any case
        self.escaped: set[bytes] = set()  # among them, where the text has escapes of bytes
        self.digits: set[bytes] = set()  # among a text's digits
        self.runs: set[bytes] = set()  # in runs, their case kept
        self.small_runs: set[bytes] = set()  # in runs, in small letters
        self.whole: set[bytes] = set()  # as they stand in a text
        for word in words:
            self._add(word)
        for forms in vars(self).values():
            forms -= {form for form in forms if len(form) < SHORTEST}

    def _add(self, word: str) -> None:
        bare = letters(word)
        if len(bare) < LOOSE:
            if len(word) >= SHORTEST:
                self.exact.add(word.lower().encode())
                self.hex |= {word.encode().hex().encode()} if len(word) * 2 >= packed.SHORTEST_RUN else set()
            return
        self.letters |= {one.encode() for one in (bare, bare[::-1], *_as_words(word))}
        forms = {word, word.lower(), word.upper(), word.replace("-", "").lower()}
        for form in forms:
            data = form.encode()
            self.hex |= {data.hex().encode(), form.encode("utf-16-le").hex().encode()}
            self.hex.add(form.encode("utf-16-be").hex().encode())
            self.digits |= {b"".join(b"%d" % one for one in data), b"".join(b"%03o" % one for one in data)}
            self.digits |= {"".join(f"{one:08b}" for one in data).encode()}
            self.hex |= {"".join(f"0x{one:{wide}}" for one in data).encode() for wide in ("02x", "04x")}
            self.hex.add(b"".join(b"%03d" % one for one in data))
            self.runs |= in_base64(data) | in_base64(form.encode("utf-16-le"))
            self.small_runs |= _in_base32(data, places=5 if form == word else 1)
            self.whole |= _in_signs(data, places=4 if form == word else 1)
        if "@" in word:
            self.letters |= {codecs.encode(bare, "rot13").encode()}
            self.small_runs |= _digests(word)
        if len(bare) >= 16 and bare.isascii() and not set(bare) - set("0123456789abcdef"):
            self._add_number(bare)
            self.hex.add(letters("".join(reversed(word.split("-")))).encode())

    def _add_number(self, bare: str) -> None:
        number = int(bare, 16)
        raw = number.to_bytes((len(bare) + 1) // 2, "big")
        swapped = raw[:4][::-1] + raw[4:6][::-1] + raw[6:8][::-1] + raw[8:]  # as Windows writes a UUID
        written = {_in_digits(number, alphabet).encode() for alphabet in _ALPHABETS}
        self.runs |= written | in_base64(raw) | in_base64(swapped) | in_base64(raw[::-1])
        self.small_runs |= {one.lower() for one in written}
        self.hex |= {
            f"0x{number:x}".encode(),
            "".join(f"0x{one:02x}" for one in raw).encode(),
        }
        self.hex |= {swapped.hex().encode(), bare.encode(), bare[::-1].encode()}
        self.letters -= {bare.encode(), bare[::-1].encode()}
        self.hex |= {raw[::-1].hex().encode(), "".join(f"0x{one:x}" for one in raw).encode()}
        self.hex.add("".join(f"x{one:02x}" for one in raw).encode())
        self.escaped.add(letters(repr(raw)[2:-1]).encode())
        self.hex |= set(_as_numbers(raw))  # with signs and blanks between, no letters
        self.digits |= {
            str(int.from_bytes(raw, "little")).encode(),
            str(number).encode(),
            b"".join(b"%d" % one for one in raw),
        }
        self.small_runs |= _in_base32(raw)
        self.whole |= _in_signs(raw) | {_in_digits(number, _BASE85_SIGNS.decode()).encode()}
        self.hex |= {
            f"{number:b}".encode(),
            f"0o{number:o}".encode(),
            b"%d" % (2 ** (4 * len(bare)) - number),
        }
        self.digits.add(repr(float(number)).partition("e")[0].replace(".", "").encode())


def _as_numbers(raw: bytes) -> Iterator[bytes]:
    """Yield the digits of an id as its parts are written: bytes, words of two and four, halves, with a sign or without.

    A half stands by itself, as it may be a member of its own.
    """
    yield b"".join(b"%03d" % one for one in raw)
    yield b"".join(b"%d%d" % place for place in enumerate(raw))  # as JavaScript writes an array of bytes
    yield b"".join(b"%03o" % one for one in raw)
    yield "".join(f"{one:08b}" for one in raw).encode()
    for size, order in ((1, ORDERS[0]), (2, ORDERS[0]), (4, ORDERS[0]), (4, ORDERS[1])):
        for signed in (False, True):
            parts = [
                int.from_bytes(raw[at : at + size], order, signed=signed) for at in range(0, len(raw), size)
            ]
            yield b"".join(b"%d" % abs(part) for part in parts)
    if len(raw) == UUID_BYTES:
        fields = [raw[:4], raw[4:6], raw[6:8], *(raw[at : at + 1] for at in range(8, 16))]
        yield "".join(f"0x{field.hex()}" for field in fields).encode()  # as C writes a GUID
        bounds = (0, 4, 6, 8, 9, 10, 16)  # a UUID's fields
        yield b"".join(b"%d" % int.from_bytes(raw[a:b], "big") for a, b in itertools.pairwise(bounds))
        for half in (raw[:8], raw[8:]):
            numbers = {
                abs(int.from_bytes(half, order, signed=sign)) for order in ORDERS for sign in (False, True)
            }
            yield from (b"%d" % one for one in numbers if one >= SURE)


def _as_words(word: str) -> Iterator[str]:
    """Yield an address as one says it: jo at example dot org."""
    if "@" in word:
        yield letters(word.replace("@", " at "))
        yield letters(word.replace("@", " at ").replace(".", " dot "))
        local, _, domain = word.partition("@")
        yield letters(f"{local} at {domain.replace('.', ' dot ')}")
        said = {"@": " at ", ".": " dot ", "-": " dash ", "_": " underscore "}
        yield letters("".join(said.get(sign, sign) for sign in word))


def _digests(word: str) -> set[bytes]:
    """Return digests by which services know an address, such as that of its picture."""
    forms = {form.encode() for form in (word, word.lower())}
    return {
        hashlib.new(kind, form, usedforsecurity=False).hexdigest().encode()
        for kind in ("md5", "sha1", "sha256")
        for form in forms
    }
