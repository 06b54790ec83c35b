"""Take what names the account, the device or the person out of a text, however it is spelt there.

A spelling is the word in any case, with whatever signs and blanks between its letters, in letters that look
like Latin ones, in escapes and entities, and in encodings (`spellings` has them all).  A text that has none of
them is found to be clean by a few searches over its bytes; only another one is read sign by sign.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

from tracker.router.lanes import packed, spellings
from tracker.router.log import message_body

REMOVED = "[removed]"
MOST_TOGETHER = 64 * 1024  # letters of texts that are searched at once
OVERLAP = 8 * 1024  # letters that a word may take, with whatever stands between its letters
MOST_PLAIN, LONGEST_PLAIN = 10_000, 100  # long words that are remembered, and their letters
MOST_IN_HEADERS = 200
LEAST_GROUP = 7  # letters of a part of a word that is looked for by itself in a header
MOST_KEPT = 2 * 1024 * 1024  # bytes of texts whose clean form is remembered

_ESCAPE = re.compile(rb"\\u(?!00[01])")
# The login of another account, or this one's in another place, is nobody's content.
_LOGIN = re.compile(r"sk-ant-[A-Za-z0-9_-]{4,}")
_RUN = re.compile(
    r"[A-Za-z0-9+/_=-]{16,}(?:(?:(?:\\[rn]|\\/){1,8}|"
    + packed.BETWEEN
    + r")[A-Za-z0-9+/_=-]{16,})*(?:"
    + packed.BEFORE_LAST
    + r"[A-Za-z0-9+/_=-]{1,15}(?![A-Za-z0-9+/_=-]))?"
)

# The client's line about who pays, among a text's letters: its name and one of its members, or two of those.
_BILLING = re.compile(
    r"(?:x?anthropic)?billingheader(?:(?!billingheader)[0-9a-z]){0,40}?cc(?:version|entrypoint|workload|h[0-9a-f]{5})"
    r"|ccversion[0-9a-z]{1,60}?ccentrypoint"
)

_REST = re.compile(r"[^\n\r<`]*")

# Looks at a piece of JSON of a kind, and returns what changes its value, None when it may stay; what that drops is
# added to the list.
Choose = Callable[[str, bytes], Callable[[Any, list[str]], Any] | None]


class Cleaned(NamedTuple):
    """A piece of JSON as it may go, and the names of the members that were dropped from it."""

    text: bytes
    dropped: tuple[str, ...] = ()


def canonical(piece: bytes) -> bytes:
    """Return a piece of JSON with every letter written as itself, but for control characters."""
    return dumped(message_body.value_of(piece)) if b"\\u" in piece and _ESCAPE.search(piece) else piece


class Remembered:
    """What was found of each of the last texts: conversations grow, and send what they sent before."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self.most = most  # bytes of texts and answers
        self.found: dict[bytes, Any] = {}
        self._size = 0

    def get(self, piece: bytes) -> Any:
        """Return what was found of a text; None when it is not remembered."""
        return self.found.get(piece)

    def put(self, piece: bytes, found: Any, size: int = 0) -> None:
        """Remember what was found of a text; `size` is that of the answer."""
        if len(piece) + size > self.most:
            return  # it would be all that is remembered, and take as much memory as the request itself
        self._size += len(piece) + size
        if self._size > self.most:
            self.found.clear()
            self._size = len(piece) + size
        self.found[piece] = found


class Identities:
    """Some words that must not get about; `session` is one of them that may name folders and files."""

    def __init__(self, words: Iterable[str], session: str | None = None) -> None:
        words = list(words)
        self.spelt = spellings.Spelt(words)
        self._fewest_digits = min(map(len, self.spelt.digits), default=0)
        self._fewest_hex = min(map(len, self.spelt.hex), default=0)
        self._shortest_whole = min(map(len, self.spelt.whole), default=0)
        self._shortest_run = min(map(len, self.spelt.runs | self.spelt.small_runs), default=0)
        parts = {
            spellings.letters(part) for word in words for part in (*word.split("-"), word.partition("@")[0])
        }
        self._in_headers: dict[bytes, bool] = {}  # words of headers, and whether they have a part of a word
        self._groups = {part.encode() for part in parts if len(part) >= LEAST_GROUP}
        self._session = spellings.letters(session) if session else None
        self._clean: dict[str, Remembered] = {}  # by kind of piece
        self._plain_runs: set[bytes] = set()  # long words that are nothing else, as names in code are

    def new_among(self, parts: Iterable[Mapping[str, bytes]]) -> list[bytes]:
        """Return the pieces, by kind in each part, whose clean form is not remembered."""
        known = {kind: remembered.found for kind, remembered in self._clean.items()}
        nothing: dict[bytes, Any] = {}
        return [
            piece for part in parts for kind, piece in part.items() if piece not in known.get(kind, nothing)
        ]

    def clean(
        self, piece: bytes, choose: Choose | None = None, kind: str = "", is_clean: bool = False
    ) -> Cleaned:
        """Return a piece of JSON without the words; `choose` says what else is to be left out of a `kind` of it.

        `is_clean` says that none of the words is in it.

        >>> Identities({"0d0d0d0d-1111"}).clean(b'["I am 0D0D\\u0030d0d1111."]').text
        b'["I am [removed]."]'
        """
        remembered = self._clean.get(kind)
        if remembered is None:
            remembered = self._clean[kind] = Remembered()
        known: Cleaned | None = remembered.get(piece)
        if known is None:
            known = self._cleaned(piece, choose, kind, is_clean)
            remembered.put(piece, known, len(known.text))
        return known

    def _cleaned(self, piece: bytes, choose: Choose | None, kind: str, is_clean: bool) -> Cleaned:
        piece = canonical(piece)
        more = choose(kind, piece) if choose is not None else None
        if more is None and (is_clean or not self._is_suspect(piece)):
            return Cleaned(piece)
        value: Any = message_body.value_of(piece)
        dropped: list[str] = []
        value = more(value, dropped) if more is not None else value
        return Cleaned(dumped(self._walk(value)), tuple(dropped))

    def _walk(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.strip(value)
        if isinstance(value, list):
            return self._of_list(value)
        if isinstance(value, dict):
            return self._of_object(value)
        if type(value) in (int, float) and abs(value) >= 10**15 and self._is_suspect(dumped(value)):
            return 0
        return value

    def _of_list(self, value: list[Any]) -> list[Any]:
        if value and all(map(_is_whole, value)) and self._is_suspect(dumped([int(one) for one in value])):
            return []  # the codes of its letters
        parts = [self._walk(one) for one in value]
        return [REMOVED] * len(parts) if self._are_parts(parts) else parts

    def _of_object(self, value: dict[str, Any]) -> dict[str, Any]:
        made = {self.strip(key): self._walk(one) for key, one in value.items()}
        numbers = bool(made) and all(map(_is_whole, made.values()))
        if numbers and self._is_suspect(dumped({key: int(one) for key, one in made.items()})):
            return {}
        if self._are_parts(list(made.values())):
            return dict.fromkeys(made, REMOVED)
        return {} if self._are_parts([one for pair in made.items() for one in pair]) else made

    def _are_parts(self, some: list[Any]) -> bool:
        """Say whether some texts, put together, say what none of them does by itself."""
        if len(some) < 2 or not all(isinstance(one, str) for one in some):
            return False
        together = self._is_suspect(dumped("".join(some)))
        return together and not any(self._is_suspect(dumped(one)) for one in some)

    def clean_among(self, pieces: Iterable[bytes]) -> set[bytes]:
        """Return those of some pieces of JSON in which none of the words is; others may be clean as well.

        Together they are searched in a fraction of the time that one by one takes.
        """
        found: set[bytes] = set()
        for some in _batches(pieces):
            if not self._is_suspect(*map(canonical, some)):
                found.update(some)
        return found

    def _is_suspect(self, *texts: bytes, depth: int = spellings.DEPTH) -> bool:
        """Say whether one of some texts may hold a word in some spelling; none holds any where this is False."""
        if any(len(text) > MOST_TOGETHER + OVERLAP for text in texts):
            return any(
                self._is_suspect(window, depth=depth) for text in texts for _, window in _windows(text)
            )
        left = [spellings.read(text) for text in texts]
        for _ in range(spellings.DEPTH + 1):
            if not left:
                break
            if self._says(packed.APART.join(left), depth):
                return True
            left = [said for text in left if (said := spellings.once_more(text)) is not None]
        return False

    def _says(self, text: bytes, depth: int) -> bool:
        """Say whether a text has one of the words in some spelling as it is read once."""
        spelt = self.spelt
        if b"sk-ant-" in text or (spelt.exact and _any(spelt.exact, text.lower())):
            return True
        found = spellings.folded(text)
        if _any(spelt.letters, found):
            return True
        hexes = spellings.hex_in(found)
        if len(hexes) >= self._fewest_hex and _any(spelt.hex, hexes):
            return True
        if b"\\" in text and b"\\x" in text and _any(spelt.escaped, found):
            return True
        if b"ccversion" in found and _BILLING.search(found.decode("utf-8", "replace")):
            return True
        found = spellings.digits(text)
        if len(found) >= self._fewest_digits and _any(spelt.digits, found):
            return True
        return self._says_encoded(text, depth)

    def _says_encoded(self, text: bytes, depth: int) -> bool:
        long = spellings.stretches(text)
        if not long:
            return False
        if _any(self.spelt.whole, b"\n".join([one for one in long if len(one) >= self._shortest_whole])):
            return True
        runs = set(packed.runs(text)) - self._plain_runs
        if not runs:
            return False
        # A run that is shorter than the words are, encoded, can only hold a part of a text that is decoded.
        if self._hides(b"\n".join([run for run in runs if len(run) >= self._shortest_run]), 0):
            return True
        if depth > 0 and self._is_suspect(packed.texts_in(runs), depth=depth - 1):
            return True
        if depth == spellings.DEPTH:
            self._note_plain(runs)
        return False

    def _note_plain(self, runs: set[bytes]) -> None:
        if len(self._plain_runs) > MOST_PLAIN:
            self._plain_runs.clear()
        self._plain_runs |= {run for run in runs if len(run) <= LONGEST_PLAIN}

    def _hides(self, run: bytes, depth: int) -> bool:
        """Say whether a long word is one of the words encoded."""
        return (
            _any(self.spelt.runs, run)
            or _any(self.spelt.small_runs, run.lower().translate(None, b"-_="))
            or (depth > 0 and any(self._is_suspect(one, depth=depth - 1) for one in packed.unfolded(run)))
        )

    def partly_in(self, word: bytes) -> bool:
        """Say whether a word of a header has one of the words in it, or a group of one that no chance makes.

        >>> own = Identities({"0d0d0d0d-1111-4222", "jo.made-up@x"})
        >>> own.partly_in(b"a-0d0d0d0d-2025-01-01"), own.partly_in(b"jo-made-up-2025-01-01"), own.partly_in(b"b-1111")
        (True, True, False)
        """
        known = self._in_headers.get(word)
        if known is None:
            known = _any(self._groups, spellings.folded(word)) or self._is_suspect(word)
            if len(self._in_headers) < MOST_IN_HEADERS:
                self._in_headers[word] = known
        return known

    def strip(self, text: str) -> str:
        """Return a text without the words, whichever their spelling."""
        spans = [
            (at + begin, at + end)
            for at, window in _windows(text)
            for begin, end in self._spans(window, text[at - 1 : at] if at else "")
        ]
        return _without(text, spans) if spans else text

    def _spans(self, text: str, before: str) -> list[tuple[int, int]]:
        """Return from where to where the words stand in a part of a text; `before` is the sign before it."""
        if not self._is_suspect(dumped(text)):
            return []
        spans = [found.span() for found in _LOGIN.finditer(text)]
        for view in spellings.views(text):
            for fold, words in (
                (spellings.letters, self.spelt.letters | self.spelt.hex | self.spelt.escaped),
                (spellings.digits_of, self.spelt.digits),
            ):
                found = view.folded(fold)
                for word in words:
                    spans += self._kept_out(text, before, found, word.decode())
            read = view.folded(spellings.letters)
            for line in _BILLING.finditer(read.letters):
                begin = min(read.starts[line.start() : line.end()])
                end = max(read.ends[line.start() : line.end()])
                spans.append((begin, end + len(_REST.match(text, end)[0])))  # type: ignore[index]
            small = view.as_it_is()
            for word in self.spelt.exact:
                spans += self._kept_out(text, before, small, word.decode())
            for begin, end in self._encoded_in(view.text):
                spans.append(view.span(begin, end))
        return spans

    def _encoded_in(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where the words stand in a text in some encoding."""
        for word in self.spelt.whole:
            yield from _places(text, word.decode())
        for run in _RUN.finditer(text):
            if self._hides(spellings.joined(run[0]), spellings.DEPTH):
                exact = [span for word in self.spelt.runs for span in _places(run[0], word.decode())]
                yield from [(run.start() + begin, run.start() + end) for begin, end in exact] or [run.span()]

    def _kept_out(
        self, text: str, before: str, found: spellings.LettersOf, word: str
    ) -> Iterator[tuple[int, int]]:
        for begin, end in found.places(word):
            sign = text[begin - 1] if begin else before
            if not (word == self._session and sign in ("/", "\\")):
                yield begin, end


def _batches(pieces: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Yield pieces in lists of at most MOST_TOGETHER bytes, a longer one by itself."""
    some: list[bytes] = []
    size = 0
    for piece in pieces:
        if some and size + len(piece) > MOST_TOGETHER:
            yield some
            some, size = [], 0
        some.append(piece)
        size += len(piece)
    if some:
        yield some


def _is_whole(value: Any) -> bool:
    return type(value) is int or (type(value) is float and value.is_integer() and abs(value) < 10**15)


T = TypeVar("T", str, bytes)


def _windows(text: T) -> Iterator[tuple[int, T]]:
    """Yield a long text in parts that overlap, and where each begins: whatever is shorter than that is whole in one."""
    for at in range(0, max(len(text) - OVERLAP, 1), MOST_TOGETHER):
        yield at, text[at : at + MOST_TOGETHER + OVERLAP]


def _any(words: Iterable[bytes], text: bytes) -> bool:
    if not text or not words:
        return False
    for word in words:  # noqa: SIM110 - twice as fast as any() with a generator
        if word in text:
            return True
    return False


def _places(text: str, word: str) -> Iterator[tuple[int, int]]:
    at = text.find(word)
    while at >= 0:
        yield at, at + len(word)
        at = text.find(word, at + 1)


def _without(text: str, spans: Iterable[tuple[int, int]]) -> str:
    parts, done = [], 0
    for begin, end in sorted(spans):
        if begin >= done:
            parts += [text[done:begin], REMOVED]
        done = max(done, end)
    return "".join([*parts, text[done:]])


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
