"""What a reply says that is no JSON: the words of a page, of a line, of a form, and the error's code in them."""

from __future__ import annotations

import contextlib
import html
import json
import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import unquote_plus

MOST_READ: Final = 64 * 1024  # bytes of a body that are read
LONGEST: Final = 500  # signs of a text that may be an error's words; a longer line is none

# A turn of a conversation: its words are no error's.
_TURN = re.compile(r'"content"\s*:\s*[\["]|"role"\s*:')
_UNSEEN = re.compile(r"<!--.*?-->|<(script|style|svg)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_META = re.compile(r"<meta[^>]{0,200}?content=[\"']([^\"'>]{1,200})", re.IGNORECASE)
_TAG = re.compile(r"<(/?[A-Za-z!?][^<>]{0,500})>")
_NAMED = re.compile(r"(?i)([a-z_:-]*(?:code|status|errno))\b")
_ATTRIBUTE = re.compile(r"(?i)\b([a-z_:-]*(?:code|status|errno))\s?=\s?[\"']?(\d{3,4})\b")
_FORM = re.compile(r"[\w.%+-]+=[^\s&]*(?:&[\w.%+-]+=[^\s&]*)+")
_BLANKS = re.compile(r"\s+")
# A number that is said to be a code: at the start, in brackets, or behind a word for it.
_CODE = re.compile(
    r"(?i)(?:\A\W{0,3}(?:data:\s?)?|[\[({<【（#]\s?|(?:code|error|errno|err|status|http(?:/[\d.]+)?|exception|fail(?:ed|ure)?"
    r"|代码|错误码?|状态码?)(?:\W|is\b|为|是|：){0,6}|e|err)"
    r"(?<![\d.,])(\d{3,4})(?![\d]|[.,]\d|\s?(?:%|(?:tokens?|ms|s|MB|KB|bytes|seconds?|items?)\b))"
)


def error_in(payload: bytes) -> dict[str, Any]:
    r"""Return a body that is no JSON as an error: an object that stands within it, else its words; {} for none.

    >>> error_in(b')]}\'\n{"code":1308}'), error_in(b"busy")
    ({'code': 1308}, {'message': 'busy'})
    """
    text = _decoded(payload[:MOST_READ])
    begin = text.find("{")
    if begin >= 0 and not _TURN.search(text) and not text.lstrip().startswith("<"):
        with contextlib.suppress(ValueError, RecursionError):
            found: dict[str, Any] = json.JSONDecoder().raw_decode(text, begin)[0]
            if found:
                return found
    said = words(payload)
    return {"message": said} if said else {}


def words(payload: bytes) -> str:
    r"""Return what a body that is no JSON says to a person; "" for one that says nothing, or what a turn says.

    >>> words(b"<html><title>401</title><style>p{}</style><p>code&#58; 1308"), words(b"code=1308&msg=a+b")
    ('401 code: 1308', 'code=1308 msg=a b')
    """
    text = _decoded(payload[:MOST_READ]).strip("\ufeff \r\n\t\0")
    if _TURN.search(text):
        return ""
    if text.startswith("<"):
        meta = " ".join(_META.findall(text))
        text = _TAG.sub(_tag, _UNSEEN.sub(" ", text)) + (f" {meta}" if meta else "")
        text = html.unescape(_BLANKS.sub(" ", text)).strip()[:LONGEST]
    elif _FORM.fullmatch(text):
        text = unquote_plus(text.replace("&", " "))
    return text.strip('"') if len(text) <= LONGEST else ""


def codes(text: str) -> Iterator[str]:
    """Yield the numbers of a text that are said to be an error's code.

    >>> list(codes("1308: limit of 2000")), list(codes("Error code: 401 - {'code': '1113'}")), list(codes("in 1308 ms"))
    (['1308'], ['401', '1113'], [])
    """
    for found in _CODE.finditer(text):
        yield found[1]


def _tag(tag: re.Match[str]) -> str:
    """Return what stands for a tag: its name, or its attribute, where that names a code, as in XML."""
    named, attribute = _NAMED.fullmatch(tag[1]), _ATTRIBUTE.search(tag[1])
    return f" {named[1]}: " if named else f" {attribute[1]}: {attribute[2]} " if attribute else " "


def _decoded(payload: bytes) -> str:
    if payload.startswith((b"\xff\xfe", b"\xfe\xff")):
        return payload.decode("utf-16", "replace")
    if payload[1:2] == b"\0" or payload[:1] == b"\0":
        return payload.decode("utf-16-le" if payload[1:2] == b"\0" else "utf-16-be", "replace")
    try:
        return payload.decode()
    except UnicodeDecodeError:
        return payload.decode("gb18030", "replace")
