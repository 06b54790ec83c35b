"""Further ways to spell a word, which whoever wants to get an identity past the router would try.

The plain ones stand in `markers`; these are escapes of other languages, letters that look alike, what stands
between letters, and encodings of encodings.
"""

from __future__ import annotations

import base64
import binascii
import bz2
import codecs
import gzip
import hashlib
import io
import json
import lzma
import struct
import unicodedata
import uuid
import zipfile
import zlib
from collections.abc import Callable

ESC = "\x1b"
_SMALL_CAPITALS = str.maketrans(
    "abcdefghijklmnoprtuvwyz",
    "".join(
        unicodedata.lookup(f"LATIN LETTER SMALL CAPITAL {letter}") for letter in "ABCDEFGHIJKLMNOPRTUVWYZ"
    ),
)
_CHEROKEE = str.maketrans(
    "ABCDEGHJKLMPRSTVWZ",
    "\u13aa\u13f4\u13df\u13a0\u13ac\u13c0\u13bb\u13ab\u13e6\u13de\u13b7\u13e2\u13d2\u13da\u13a2\u13d9\u13b3\u13c3",
)
_CROCKFORD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHJKMNPQRSTVWXYZ")
_CYRILLIC = str.maketrans("aeocpxyi", "\u0430\u0435\u043e\u0441\u0440\u0445\u0443\u0456")


def _base64(text: str | bytes) -> str:
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


def _digits_of(digits: str) -> Callable[[str], str]:
    return lambda word: word.translate(str.maketrans("0123456789", digits))


def _in_crockford(number: int) -> str:
    found = ""
    while number:
        number, digit = divmod(number, 32)
        found = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"[digit] + found
    return found


def _in_c(digits: str) -> str:
    last = ",".join(f"0x{digits[at : at + 2]}" for at in range(16, 32, 2))
    return f"{{0x{digits[:8]},0x{digits[8:12]},0x{digits[12:16]},{{{last}}}}}"


def _zipped(word: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a.txt", f"hello, {word}")
    return made.getvalue()


def _raw(word: str) -> bytes:
    return bytes.fromhex(word.replace("-", ""))


def _lines(text: str, width: int, end: str = "\n") -> str:
    return end.join(text[at : at + width] for at in range(0, len(text), width))


def _each(form: str) -> Callable[[str], str]:
    return lambda word: "".join(form.format(ord(letter)) for letter in word)


def _between(sign: str) -> Callable[[str], str]:
    return lambda word: sign.join(word)


def _other_letters(digits: int | None, small: int | None) -> Callable[[str], str]:
    def spell(word: str) -> str:
        made = []
        for letter in word:
            if digits is not None and letter.isdigit():
                made.append(chr(digits + int(letter)))
            elif small is not None and letter.isascii() and letter.islower():
                made.append(chr(small + ord(letter) - 97))
            else:
                made.append(letter)
        return "".join(made)

    return spell


DISGUISES: dict[str, Callable[[str], str]] = {
    "in long escapes": _each("\\U{:08x}"),
    "in hex escapes with braces": _each("\\x{{{:x}}}"),
    "in escapes of style sheets": _each("\\{:06x}"),
    "in names of letters": lambda word: "".join(f"\\N{{{unicodedata.name(letter)}}}" for letter in word),
    "in letters of flags": lambda word: "".join(
        chr(0x1F1E6 + ord(letter) - 97) if "a" <= letter <= "z" else letter for letter in word
    ),
    "in sections of XML": lambda word: f"<![CDATA[{word[:7]}]]><![CDATA[{word[7:]}]]>",
    "with a terminal's link inside": lambda word: f"{word[:6]}{ESC}]8;;{word[6:]}",
    "as numbers of three digits": lambda word: "".join(f"{code:03d}" for code in word.encode()),
    "as wide hex numbers": lambda word: " ".join(f"0x{code:04X}" for code in word.encode()),
    "quoted-printable": lambda word: "".join(f"={ord(letter):02X}" for letter in word),
    "quoted-printable signs": lambda word: word.replace("@", "=40").replace(".", "=2E").replace("-", "=2D"),
    "quoted-printable, over two lines": lambda word: word[:9] + "=\r\n" + word[9:],
    "in escapes of old scripts": _each("%u{:04x}"),
    "in octal escapes without zeros": _each("\\{:o}"),
    "with Hangul fillers": _between("\u3164"),
    "as hex of UTF-16, big end first": lambda word: word.encode("utf-16-be").hex(),
    "in octal escapes": _each("\\{:03o}"),
    "in escapes with braces": _each("\\u{{{:x}}}"),
    "in hex escapes": _each("\\x{:02x}"),
    "in padded entities": _each("&#{:07d};"),
    "in hex entities": _each("&#x{:X};"),
    "in entities without their end": _each("&#{} "),
    "in entities of entities": _each("&amp;#{};"),
    "url-encoded four times": _each("%252525{:02X}"),
    "every other letter url-encoded": lambda word: "".join(
        f"%25{ord(letter):02x}" if place % 2 else letter for place, letter in enumerate(word)
    ),
    "in Cyrillic letters": lambda word: word.translate(_CYRILLIC),
    "with other full stops": lambda word: word.replace(".", "\u3002").replace("-", "\u2010"),
    "with narrow full stops": lambda word: word.replace(".", "\uff61"),
    "with leaders for full stops": lambda word: word.replace(".", "\u2024"),
    "under accents": _between("\u0301"),
    "struck out": lambda word: "".join(letter + "\u0336" for letter in word),
    "with tag characters": _between("\U000e0041"),
    "with selectors": _between("\U000e0100"),
    "with directions": _between("\u202e"),
    "in bold letters of mathematics": _other_letters(0x1D7CE, 0x1D41A),
    "in circles": _other_letters(None, 0x24D0),
    "in Arabic digits": _other_letters(0x660, None),
    "spaced": _between(" "),
    "with full stops between": _between("."),
    "with commas between": _between(", "),
    "with bars between": _between("|"),
    "with colons for dashes": lambda word: word.replace("-", ":"),
    "as a sum of texts": lambda word: '" + "'.join([word[:7], word[7:14], word[14:]]),
    "with emphasis inside": lambda word: word[:5] + "**" + word[5:],
    "with tags inside": lambda word: word[:5] + "<b>" + word[5:9] + "</b>" + word[9:],
    "with breaks inside": _between("<wbr>"),
    "with a terminal's colours": lambda word: word[:5] + f"{ESC}[1m" + word[5:] + f"{ESC}[0m",
    "with bells": _between("\x07"),
    "with NULs": _between("\0"),
    "with a form feed": lambda word: word[:6] + "\f" + word[6:],
    "with a backspace": lambda word: word[:6] + "\b" + word[6:],
    "with a written line end": lambda word: word[:9] + "\\n" + word[9:],
    "backwards": lambda word: word[::-1],
    "in words": lambda word: word.replace("@", " at ").replace(".", " dot "),
    "in bracketed words": lambda word: word.replace("@", " (at) ").replace(".", "[dot]"),
    "with AT": lambda word: word.replace("@", " AT "),
    "in UTF-7": lambda word: word.replace("@", "+AEA-").replace("-", "+AC0-") if "@" not in word else word.replace("@", "+AEA-"),
    "as base64 in short lines": lambda word: _lines(_base64(f"The secret of it is {word}, no more than that"), 20),
    "as base64 of mail": lambda word: _lines(_base64(f"A text that goes on and on until at last {word} comes, and more of it"), 76, "\r\n"),
    "as base64 in capitals": lambda word: _base64(word.upper()),
    "as base64 without dashes": lambda word: _base64(word.replace("-", "")),
    "as base64 of escapes": lambda word: _base64("".join(f"\\u{ord(letter):04x}" for letter in word)),
    "as base64 of a url": lambda word: _base64("".join(f"%{ord(letter):02x}" for letter in word)),
    "as base64 of gzip": lambda word: _base64(gzip.compress(("x" * 9 + word).encode(), mtime=0)),
    "as base64 of zlib": lambda word: _base64(zlib.compress(word.encode())),
    "as base64 of UTF-16": lambda word: _base64(word.encode("utf-16-le")),
    "as base64 of UTF-16 with its mark": lambda word: _base64(f"ab {word}".encode("utf-16")),
    "as base64 three times": lambda word: _base64(_base64(_base64(word))),
    "as base64 in mixed case": lambda word: _base64(word.capitalize()),
    "as base64 in a path": lambda word: f"/x/{_base64(word)}/y",
    "as base64 in a data url": lambda word: f"data:text/plain;base64,{_base64(word)}",
    "in a token": lambda word: f"eyJhbGciOiJIUzI1NiJ9.{base64.urlsafe_b64encode(json.dumps({'sub': word}).encode()).decode().rstrip('=')}.c2ln",
    "as hex in capitals": lambda word: word.encode().hex().upper(),
    "as hex with colons": lambda word: word.encode().hex(":"),
    "as hex with blanks": lambda word: word.encode().hex(" "),
    "as hex of UTF-16": lambda word: word.encode("utf-16-le").hex(),
    "as hex of JSON": lambda word: json.dumps({"a": word}).encode().hex(),
    "as hex numbers": lambda word: ", ".join(f"0x{code:02x}" for code in word.encode()),
    "as a dump": lambda word: f"00000000  {word.encode().hex(' ')}  |x|",
    "as small base32": lambda word: base64.b32encode(word.encode()).decode().lower(),
    "as base32 of hex": lambda word: base64.b32hexencode(word.encode()).decode(),
    "as base85": lambda word: base64.b85encode(word.encode()).decode(),
    "as ASCII85": lambda word: base64.a85encode(word.encode()).decode(),
    "as uuencode": lambda word: binascii.b2a_uu(word.encode()[:45], backtick=True).decode(),
    "as codes": lambda word: " ".join(str(code) for code in word.encode()),
    "as a list of codes": lambda word: str(list(word.encode())),
    "as bits": lambda word: " ".join(f"{code:08b}" for code in word.encode()),
    "as octal codes": lambda word: " ".join(f"{code:03o}" for code in word.encode()),
    "as a list of letters": lambda word: json.dumps(list(word)),
    "in braces and capitals": lambda word: "{" + word.upper() + "}",
    "as a link": lambda word: f"[{word}](mailto:{word})",
    "in JSON three times": lambda word: json.dumps(json.dumps(json.dumps({"i": word}))),
    "its case swapped": str.swapcase,
    "in capitals drawn small": lambda word: word.translate(_SMALL_CAPITALS),
    "in dark squares": lambda word: "".join(chr(0x1F170 + ord(letter) - 97) if "a" <= letter <= "z" else letter for letter in word),
    "in dark circles": lambda word: "".join(chr(0x1F150 + ord(letter) - 97) if "a" <= letter <= "z" else letter for letter in word),
    "in Cherokee letters": lambda word: word.upper().translate(_CHEROKEE),
    "in dark circles of digits": _digits_of("\u24ff\u2776\u2777\u2778\u2779\u277a\u277b\u277c\u277d\u277e"),
    "in Tamil digits": _digits_of("".join(chr(0xBE6 + digit) for digit in range(10))),
    "in Khmer digits": _digits_of("".join(chr(0x17E0 + digit) for digit in range(10))),
    "with entities of no width": _between("&ZeroWidthSpace;"),
    "with entities that multiply": _between("&InvisibleTimes;"),
    "in two words of mail": lambda word: f"=?utf-8?Q?{word[:9]}?=\r\n =?utf-8?Q?{word[9:]}?=",
    "with colours in long form": lambda word: "".join(f"{ESC}[38:2::1:2:3m{letter}" for letter in word),
    "with a shell's colours": lambda word: "".join(f"\\e[31m{letter}" for letter in word),
    "with character sets": _between(f"{ESC}(B"),
    "as base64 in quotes": lambda word: '"' + '"\n    "'.join(_base64("hello there, " * 3 + word)[at : at + 30] for at in range(0, 200, 30)) + '"',
    "as base64 in a sum": lambda word: '"' + '" + "'.join(_base64("hello there, " * 3 + word)[at : at + 30] for at in range(0, 120, 30)) + '"',
    "as base64 in an answered mail": lambda word: _lines(_base64("hello there, " * 3 + word), 30, "\n> "),
    "as base64 in a patch": lambda word: "+" + _lines(_base64("hello there, " * 3 + word), 30, "\n+"),
    "as base64 with lines' numbers": lambda word: "".join(
        f"{' ' * (6 - len(str(number)))}{number}\u2192{line}\n" for number, line in enumerate(_lines(_base64("hello there, " * 3 + word), 40).split("\n"), 1)
    ),
    "as base64 of bzip2": lambda word: _base64(bz2.compress(word.encode())),
    "as base64 of xz": lambda word: _base64(lzma.compress(f"the word is {word} and no other".encode())),
    "as base64 of a zip file": lambda word: _base64(_zipped(word)),
    "as hex of base64": lambda word: _base64(word).encode().hex(),
    "as hex of hex": lambda word: word.encode().hex().encode().hex(),
    "as hex of gzip": lambda word: gzip.compress(word.encode(), mtime=0).hex(),
    "as hex of UTF-32": lambda word: word.encode("utf-32-be").hex(),
    "as base32, three letters on": lambda word: base64.b32encode(b"xyz" + word.encode()).decode(),
    "as base32 in groups": lambda word: "-".join(base64.b32encode(word.encode()).decode()[at : at + 8] for at in range(0, 99, 8)),
    "as Crockford's base32": lambda word: base64.b32encode(word.encode()).decode().rstrip("=").translate(_CROCKFORD),
    "as base85, two letters on": lambda word: base64.b85encode(b"ab" + word.encode()).decode(),
}  # fmt: skip
# Of an address, by which services know it, and which every child can undo.
OF_AN_ADDRESS: dict[str, Callable[[str], str]] = {
    "as MD5": lambda word: hashlib.md5(word.encode(), usedforsecurity=False).hexdigest(),
    "as SHA-256": lambda word: hashlib.sha256(word.encode()).hexdigest(),
    "thirteen letters on": lambda word: codecs.encode(word, "rot13"),
}
# Of an id, as the number that it is.
OF_A_NUMBER: dict[str, Callable[[str], str]] = {
    "as C's structure": lambda word: _in_c(word.replace("-", "")),
    "as bits without zeros before": lambda word: bin(uuid.UUID(word).int),
    "as a number below zero": lambda word: str(uuid.UUID(word).int - 2**128),
    "as four numbers, little end first": lambda word: str(struct.unpack("<4I", _raw(word))),
    "as a floating number": lambda word: repr(float(uuid.UUID(word).int)),
    "as a number of Crockford's": lambda word: _in_crockford(uuid.UUID(word).int),
    "in groups from the last to the first": lambda word: "-".join(reversed(word.split("-"))),
    "as a list of bytes": lambda word: str(list(_raw(word))),
    "as bytes with signs": lambda word: str([one - 256 if one > 127 else one for one in _raw(word)]),
    "as JavaScript's bytes": lambda word: json.dumps({str(at): one for at, one in enumerate(_raw(word))}),
    "as two numbers": lambda word: "msb={} lsb={}".format(*struct.unpack(">QQ", _raw(word))),
    "as two numbers with signs": lambda word: "{}, {}".format(*struct.unpack(">qq", _raw(word))),
    "as four numbers": lambda word: str(struct.unpack(">4I", _raw(word))),
    "as its fields": lambda word: str(uuid.UUID(word).fields),
    "as an OID": lambda word: f"2.25.{uuid.UUID(word).int}",
    "as Python's bytes": lambda word: repr(_raw(word)),
    "as escapes of bytes": lambda word: "".join(f"\\x{one:02X}" for one in _raw(word)),
    "as octal escapes of bytes": lambda word: "".join(f"\\{one:03o}" for one in _raw(word)),
    "its bytes backwards": lambda word: _raw(word)[::-1].hex(),
    "as a number in hex": lambda word: hex(int(word.replace("-", ""), 16)),
    "as a number, little end first": lambda word: str(
        int.from_bytes(bytes.fromhex(word.replace("-", "")), "little")
    ),
    "as an array of bytes": lambda word: ", ".join(
        f"0x{one:02x}" for one in bytes.fromhex(word.replace("-", ""))
    ),
    "as a number": lambda word: str(int(word.replace("-", ""), 16)),
    "as a number in groups": lambda word: f"{int(word.replace('-', ''), 16):,}",
}
