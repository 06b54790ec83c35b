"""Secrets and identities in a text: where they stand, in whatever form, and the text without them.

What they look like stands in `shapes`, and comes from detect-secrets' own detectors; in which forms a
text may hold them in `reading`.  Whatever is in doubt counts as one.
"""

from __future__ import annotations

import getpass
import importlib
import itertools
import pkgutil
import re
import socket
from collections import Counter
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from tracker.ops.bundle import reading, shapes

# Not of detect-secrets: shapes has addresses of its own, and these fit ordinary words and digests.
NOT_USED = {"IPPublicDetector", "ArtifactoryDetector", "IbmCloudIamDetector", "PrivateKeyDetector"}
# Kinds that are told by how they begin: looked for also backwards.
BY_BEGINNING = {"anthropic-key", "api-key", "zai-key", "jwt", "e-mail"}
# What stands around a digest or a name of a row says that it is no identity.
_DIGEST = re.compile(
    r"(?:sha-?256|sha-?512|md5|digest|checksum|raw_sha|hash|integrity|etag|row_id|batch|supersedes|undoes)\W{0,6}$"
    r"|\.jsonl[: ]+\d+[: ]+(?:\d+ )?$",
    re.I,
)
_SENTENCE = re.compile(r"\n\W*[A-Z]")  # two lines of prose, joined, look like a host's name
_RIGHT_TO_LEFT = "\u202e"
_CLONE = re.compile(
    r"\n\W*git@"
)  # and where a repository is cloned from, joined to a word above it, like an address
DEPTH = 4  # blobs within blobs


class Redacted(NamedTuple):
    """A text without its secrets, and how many of each kind were in it."""

    text: str
    kinds: Counter[str]


class SecretRule(NamedTuple):
    """One shape of secret; a group of the pattern named `secret…` is the part to hide."""

    kind: str
    pattern: re.Pattern[str]
    hints: tuple[str, ...] = ("",)  # a text in small letters without one of them holds none of the kind


class Span(NamedTuple):
    """Where a secret stands in a text."""

    start: int
    end: int
    kind: str


@cache
def rules() -> list[SecretRule]:
    """Return everything that counts as a secret."""
    made = [
        SecretRule(kind, re.compile(pattern), shapes.HINTS.get(kind, ("",)))
        for kind, pattern in shapes.SHAPES
    ]
    made += [
        SecretRule("home-folder", re.compile(re.escape(home))) for home in [str(Path.home())] if len(home) > 5
    ]
    made += [
        SecretRule("host", _word(name))
        for name in {socket.gethostname()}
        if len(name) > 4 and name != "localhost"
    ]
    made += [
        SecretRule("user", _word(name))
        for name in {_user()}
        if len(name) > 4 and name not in {"nobody", "ubuntu"}
    ]
    return [*made, *_detectors(), SecretRule("mixed", re.compile(shapes.MIXED))]


def _word(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.]){re.escape(name)}(?!\w)")


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


def _detectors() -> Iterator[SecretRule]:
    import detect_secrets.plugins as plugins
    from detect_secrets.plugins.base import RegexBasedDetector

    for module in pkgutil.iter_modules(plugins.__path__):
        for name, kind in vars(importlib.import_module(f"{plugins.__name__}.{module.name}")).items():
            if not isinstance(kind, type) or not issubclass(kind, RegexBasedDetector):
                continue
            if kind is not RegexBasedDetector and name not in NOT_USED:
                short = name.removesuffix("Detector").lower()
                yield from (SecretRule(short, _to_the_end(pattern)) for pattern in kind().denylist)


def _to_the_end(pattern: re.Pattern[str]) -> re.Pattern[str]:
    """Return a detector's pattern that takes the whole word: to find a key it may stop inside it."""
    return re.compile(rf"(?:{pattern.pattern})[\w\-+/=.]*", pattern.flags)


def redact(text: str) -> Redacted:
    """Return the text with each secret replaced by `[redacted KIND]`.

    What shows nothing (blanks of no width and the like) is taken out of a text that has a secret.

    >>> redact("key sk-ant-made-up-1 of ada@example.com in /Users/ada/x").text
    'key [redacted anthropic-key] of [redacted e-mail] in /Users/[redacted home-folder]/x'
    >>> redact('{"completion_tokens":1234567,"header_mode":"x-api-key"}').kinds
    Counter()
    """
    kinds: Counter[str] = Counter()
    for _ in range(3):  # what is taken out may bring what stood around it together
        spans = _merged(_spans(text, DEPTH))
        if not spans:
            break
        parts, at = [], 0
        for span in spans:
            kinds[span.kind] += 1
            parts += [text[at : span.start], f"[redacted {span.kind}]"]
            at = span.end
        text = "".join([*parts, text[at:]])
    return Redacted(text, kinds)


def _merged(spans: list[Span]) -> list[Span]:
    """Return spans that do not overlap, in order; the first kind that was found names a heap of them."""
    made: list[Span] = []
    for span in sorted(spans, key=lambda one: (one.start, -one.end)):
        if made and span.start < made[-1].end:
            made[-1] = made[-1]._replace(end=max(span.end, made[-1].end))
        else:
            made.append(span)
    return made


def _spans(text: str, depth: int) -> list[Span]:
    """Return where secrets stand in a text, in its own form or in any other."""
    found = [*_plain(text), *_blobs(text, depth)]
    last = reading.plain_view(text)
    for view in reading.views(text):
        found += _through(view, [*_plain(view.text), *_blobs(view.text, depth)], text)
        last = view
    back = reading.backwards(last)
    is_shown_backwards = _RIGHT_TO_LEFT in text
    found += _through(
        back, [span for span in _plain(back.text) if is_shown_backwards or span.kind in BY_BEGINNING], text
    )
    return found


def _through(view: reading.View, spans: list[Span], text: str) -> Iterator[Span]:
    """Yield what was found in a view as it stands in the text, as long as that is not taken out already."""
    for span in spans:
        start, end = view.span(span.start, span.end)
        ends_a_sentence = span.kind == "host" and _SENTENCE.search(text[start:end])
        is_a_clone = span.kind == "e-mail" and _CLONE.search(text[start:end])
        if "[redacted " not in text[start:end] and not ends_a_sentence and not is_a_clone:
            yield Span(start, end, span.kind)


def _plain(text: str) -> list[Span]:
    found = []
    small = text.lower()
    for kind, pattern, hints in rules():
        if not any(hint in small for hint in hints):
            continue
        for match in pattern.finditer(text):
            named = [name for name, value in match.groupdict().items() if name.startswith("secret") and value]
            start, end = match.span(named[0]) if named else match.span()
            if start == end or "[redacted" in text[start:end] or _within_mark(text, start):
                continue
            if kind == "id" and _DIGEST.search(text[max(0, start - 40) : start]):
                continue
            found.append(Span(start, end, kind))
    return found


def _within_mark(text: str, at: int) -> bool:
    """Say whether a place is inside a `[redacted KIND]`."""
    opened = text.rfind("[redacted ", max(0, at - 40), at + 10)
    return opened >= 0 and "]" not in text[opened:at]


def _blobs(text: str, depth: int) -> list[Span]:
    """Return the words that stand for a text with a secret in it."""
    if depth == 0:
        return []
    return [
        Span(match.start(), match.end(), "encoded")
        for match in itertools.chain(reading.BLOB.finditer(text), reading.UUENCODED.finditer(text))
        if "[redacted" not in match[0] and _hides_secret(match[0], depth)
    ]


@lru_cache(maxsize=4096)
def _hides_secret(blob: str, depth: int) -> bool:
    return any(_spans(inside, depth - 1) for inside in reading.unfolded(blob))


def search(data: bytes) -> Counter[str]:
    """Return how many secrets of each kind bytes hold that are no text to be rewritten."""
    kinds: Counter[str] = Counter()
    for encoding in ("latin-1", "utf-16-le", "utf-16-be"):
        runs = re.findall(r"[\x09\x20-\x7e]{6,}", data.decode(encoding, "ignore"))
        for kind, count in redact("\n".join(runs)).kinds.items():
            # In noise, short and loose shapes turn up by chance; a key's own prefix does not.
            if encoding == "latin-1" or kind in BY_BEGINNING:
                kinds[kind] += count
    return kinds
