"""What a message request may carry to another lane: the conversation, and nothing of whose it is.

Headers, query parameters and the body's top-level members pass by the list of what the lane's dialect
takes.  What names the account, the device or the person is taken out of every text, wherever it was
learnt.  The model is mapped and `max_tokens` clamped.
"""

from __future__ import annotations

import contextlib
import functools
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote_to_bytes

from tracker.router.dialects import Dialect
from tracker.router.lanes import identities, own_addresses, packed
from tracker.router.lanes.identities import REMOVED, canonical, dumped
from tracker.router.log import message_body
from tracker.router.log.message_body import Member
from tracker.router.router_settings import Settings

Fields = list[tuple[bytes, bytes]]

# Headers that may pass, and what their value must look like to be passed; else the second stands for it.
_MEDIA = rb"(?:\*|application|text)/(?:\*|json|event-stream)"
VALUES = {
    b"accept": (re.compile(_MEDIA + rb"(?:,\s*" + _MEDIA + rb")*"), b"application/json"),
    b"accept-encoding": (
        re.compile(rb"(?:(?:gzip|deflate|br|zstd|identity|\*)(?:;q=[01](?:\.\d)?)?(?:,\s*)?)+"),
        b"identity",
    ),
    b"content-type": (re.compile(rb"application/json(?:;\s*charset=utf-8)?"), b"application/json"),
    b"anthropic-version": (re.compile(rb"\d{4}-\d\d-\d\d"), b"2023-06-01"),
    b"user-agent": (
        re.compile(
            rb"claude-cli/\d{1,4}(?:\.\d{1,4}){0,3}(?: \((?:external|internal)(?:, [a-z-]{1,20}){0,3}\))?"
        ),
        b"claude-cli",
    ),
}
_BETA = re.compile(rb"(?!oauth)[a-z][a-z0-9-]{2,60}-\d{4}-\d\d-\d\d|(?!oauth)[a-z][a-z0-9-]{2,60}-20\d{6}")
_PARAMETER = re.compile(r"true|false|[01]")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")
MESSAGE_MEMBERS = ("role", "content")
_ROLE = re.compile(rb'"[a-z]{1,20}"')
# What may stand inside of a member; what is not listed is dropped, at whatever depth.  A tool's own input is its own.
OF_A_TOOL = ("input", "input_schema", "input_examples")
_OF_A_BLOCK = frozenset(
    {
        *(
            "type",
            "text",
            "cache_control",
            "ttl",
            "id",
            "name",
            "tool_use_id",
            "tool_name",
            "content",
            "is_error",
        ),
        *("thinking", "signature", "data", "source", "media_type", "url", "title", "context", "citations"),
        *("cited_text", "document_index", "document_title", "start_char_index", "end_char_index", "enabled"),
        *("start_page_number", "end_page_number", "start_block_index", "end_block_index", "encrypted_index"),
        *("encrypted_content", "page_age", "retrieved_at", "stdout", "stderr", "return_code", "error_code"),
        *OF_A_TOOL,
    }
)
INNER = {
    "content": _OF_A_BLOCK,
    "system": _OF_A_BLOCK,
    "messages": _OF_A_BLOCK | {"role"},
    "tools": frozenset(
        {
            *("type", "name", "description", "cache_control", "ttl", "strict", "max_uses", "allowed_domains"),
            *("blocked_domains", "max_content_tokens", "defer_loading", "eager_input_streaming", *OF_A_TOOL),
            *("display_width_px", "display_height_px", "display_number"),
        }
    ),
    "thinking": frozenset({"type", "budget_tokens", "display"}),
    "tool_choice": frozenset({"type", "name", "disable_parallel_tool_use"}),
    "output_config": frozenset({"effort"}),
}
_KEY = re.compile(rb'[{,]\s*"([^"\\]*(?:\\.[^"\\]*)*)"\s*:')
_NUMBER = re.compile(rb"-?\d{1,20}(?:\.\d{1,20})?(?:[eE][+-]?\d{1,3})?")
# Members that hold one plain value, and how it looks.
_PLAIN_VALUES = {
    **dict.fromkeys(("max_tokens", "top_k", "temperature", "top_p"), _NUMBER),
    "stream": re.compile(rb"true|false"),
}

BILLING = "x-anthropic-billing-header"
_BILLING_LINE = re.compile(rf"^[ \t]*{BILLING}:[^\n]*\n?", re.IGNORECASE | re.MULTILINE)

_UUID = rb"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
_ID = re.compile(_UUID + rb"|[0-9a-f]{32,128}", re.IGNORECASE)
_SESSION = re.compile(rb"session(?:_id)?[^0-9a-f]{1,8}(" + _UUID + rb")", re.IGNORECASE)
_MAIL = re.compile(rb"[^\s\"\\<>()\[\]{},;:/@=&?]{1,64}@[\w.\-\x80-\xff]{1,190}")
_SECRET = re.compile(rb"[^\s;,=\"]{12,}")
_CREDENTIALS = frozenset({b"authorization", b"x-api-key", b"cookie", b"proxy-authorization"})
# Headers that say whose a request is, or hold a secret; and what of their values is a name.
_WHOSE = re.compile(
    rb"organi[sz]ation|account|user(?!-agent)|device|tenant|workspace|customer|e-?mail|token|key|secret|auth|session|owner"
    rb"|forwarded|-ip$|client-id"
)
_OWN_NAME = re.compile(rb"(?=[^\s;,=\"]*[\d_.-])[^\s;,=\"]{8,200}")
_PLACE = re.compile(rb"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F]{1,4}:[0-9a-fA-F:]{4,40})(?![\w.])")
_PARTS = re.compile(r"^user_|_account_+|_session_+")
_ODD = re.compile(r"[\d@]|.{20}")
# Labels of one request: they name nobody, and an agent's id names the files of its output.
_LABELS = (b"x-claude-code-", b"x-client-request-id", b"x-stainless-", b"traceparent", b"content-")
_HOME = re.compile(r"(/home/|/Users/|[A-Za-z]:\\+Users\\+|-home-|-Users-)([\w.-]+?)(?=[/\\\-\s\"':]|$)")
_GIT = re.compile(
    r"(?im)^(\s*(?:author|committer|commit|co-authored-by|signed-off-by|git user|user\.name|user\.email)\s*[:=]\s*)"
    r"(?![0-9a-f]{7,64}\s*$)[^\n]+"
)
_ANY_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")


class Carried(NamedTuple):
    """A request as a lane may see it, its key left out; and what was dropped, by place and name."""

    fields: Fields
    query: str
    body: bytes
    dropped: dict[str, int]


def carried(
    fields: Fields,
    query: str,
    members: dict[str, Member],
    model: str,
    limit: int | None,
    dialect: Dialect,
    strip: frozenset[str] = frozenset(),
    pseudonym: str = "user",
    overwritten: Iterable[Any] = (),
) -> Carried:
    """Return what a request may carry; `limit` is the longest reply that may be asked for, tokens.

    `overwritten` are metadata that the body has beside those which count.
    """
    dropped: Counter[str] = Counter()
    names, session = words_of(fields, query, members)
    names |= {_as_word(name) for more in overwritten for name in _names_of(more)}
    sources, messages = _sources(members, dialect, dropped)
    for source in (*sources.values(), *(source for message in messages or () for source in message.values())):
        names |= addresses(source)
    own = identities.of(frozenset(names), session, strip)
    new = own.new_among((sources, *(messages or ())))
    clean = _cleaner(own, strip, pseudonym, dropped, own.clean_among(new))
    texts = {"model": dumped(model)} | {key: clean(key, source) for key, source in sources.items()}
    texts |= _clamped(members, limit)
    body = _body(texts, messages, clean)
    return Carried(
        headers(fields, dialect, dropped, own),
        parameters(query, dialect, dropped),
        body,
        dict(sorted(dropped.items())),
    )


def headers(
    fields: Iterable[tuple[bytes, bytes]],
    dialect: Dialect,
    dropped: Counter[str] | None = None,
    own: identities.Identities | None = None,
) -> Fields:
    """Return the header fields that may go to a lane; the user's key is added when sent.

    Of `own` identities no part is in them that is as long as an id's.

    >>> from tracker.router.dialects import named
    >>> headers([(b"Cookie", b"a"), (b"Accept", b"*/*"), (b"User-Agent", b"sk-ant-x")], named("zai"))
    [(b'Accept', b'*/*'), (b'User-Agent', b'claude-cli')]
    """
    kept = []
    for name, value in fields:
        lower = name.lower()
        if lower in VALUES and (lower in dialect.headers or lower == b"user-agent"):
            pattern, instead = VALUES[lower]
            kept.append((name, value if pattern.fullmatch(value) else instead))
        elif lower == b"anthropic-beta" and dialect.betas:
            asked = (part.strip() for part in value.split(b","))
            betas = [word for word in asked if _BETA.fullmatch(word) and not (own and own.partly_in(word))]
            if betas:
                kept.append((name, b",".join(betas)))
        elif lower not in (b"host", b"content-length", b"connection") and dropped is not None:
            dropped[f"header:{_shown(lower.decode('latin-1'))}"] += 1
    return kept


def parameters(query: str, dialect: Dialect, dropped: Counter[str] | None = None) -> str:
    """Return the query parameters that may go to a lane.

    >>> from tracker.router.dialects import named
    >>> parameters("beta=true&api_key=x", named("zai"))
    'beta=true'
    """
    kept = []
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name in dialect.query and _PARAMETER.fullmatch(value):
            kept.append(f"{name}={value}")
        elif dropped is not None:
            dropped[f"query:{_shown(name)}"] += 1
    return "&".join(kept)


def _shown(name: str) -> str:
    return name if _NAME.fullmatch(name) and not _ID.search(name.encode()) else "other"


def model_for(model: str, settings: Settings) -> str:
    """Return the model that the lane is asked for: the first entry of the map that fits, else the one."""
    lower = model.lower()
    return next((theirs for part, theirs in settings.model_map if part in lower), settings.model)


def words_of(fields: Fields, query: str, members: dict[str, Member]) -> tuple[set[str], str | None]:
    """Return what names the account or is a secret, by headers, query and metadata; and the session's id."""
    found: set[bytes] = set()
    session = None
    for name, value in fields:
        lower = name.lower()
        if lower in _CREDENTIALS:
            found |= {word for word in _SECRET.findall(value) if word.lower() != b"bearer"}
        elif lower == b"x-claude-code-session-id":
            session = value.decode("latin-1").lower()
            found |= set(_ID.findall(value))
        elif not lower.startswith(_LABELS):
            found |= set(_ID.findall(value)) | set(_MAIL.findall(value))
            if _WHOSE.search(lower) and lower not in VALUES:
                found |= set(_OWN_NAME.findall(value)) | set(_PLACE.findall(value))
    asked = unquote_to_bytes(query)
    found |= set(_ID.findall(asked)) | set(_MAIL.findall(asked))
    words = {_as_word(one) for one in found}
    metadata = members.get("metadata")
    if metadata is None:
        return words, session
    told, named = _told_by(metadata.source)
    return words | told, named or session


def _as_word(found: bytes) -> str:
    word = found.decode("utf-8", "replace")
    return word.lower() if _ID.fullmatch(found) else word


@functools.lru_cache(maxsize=64)
def _told_by(metadata: bytes) -> tuple[frozenset[str], str | None]:
    """Return what metadata name, and the session's id among it; a client sends the same with every request."""
    told = canonical(metadata)
    found = {
        *_ID.findall(told),
        *_MAIL.findall(told),
        *_names_of(json.loads(metadata, object_pairs_hook=message_body.Pairs)),
    }
    session = _SESSION.search(told)
    return frozenset(map(_as_word, found)), session[1].decode().lower() if session else None


def _names_of(value: Any, is_user: bool = False) -> Iterator[bytes]:
    """Yield the names that metadata hold, at whatever depth, in JSON within JSON as well."""
    if isinstance(value, message_body.Pairs):
        for key, one in value:
            yield from _names_of(one, key == "user_id")
    elif isinstance(value, list):
        for one in value:
            yield from _names_of(one)
    elif type(value) is int and value >= 10**9:
        yield b"%d" % value
    elif isinstance(value, str):
        for said in _said_by(value):
            with contextlib.suppress(ValueError, RecursionError):
                yield from _names_of(json.loads(said, object_pairs_hook=message_body.Pairs))
                return
        for part in {value, *_PARTS.split(value)}:
            if len(part) >= 8 and " " not in part and (is_user or _ODD.search(part)):
                yield part.encode("utf-8", "replace")


def _said_by(value: str) -> Iterator[str | bytes]:
    """Yield what may be JSON of a value of metadata: itself, or what it says when it is decoded."""
    begins = value.lstrip()[:1]
    if begins in ("{", "["):
        yield value
    elif begins == "%":
        yield unquote_to_bytes(value)
    elif len(value) >= packed.SHORTEST_RUN and " " not in value:
        yield from (
            said for said in packed.unfolded(value.encode("utf-8", "replace")) if said[:1] in (b"{", b"[")
        )


_told = identities.Remembered()  # addresses in the last texts


def addresses(piece: bytes) -> frozenset[str]:
    """Return the e-mail addresses that a text tells to be the account's own.

    >>> sorted(addresses(b'"The account email is a@b.org. See Author: <c@d.org>"'))
    ['a@b.org']
    """
    known: frozenset[str] | None = _told.get(piece)
    if known is None:
        known = own_addresses.told_in(canonical(piece))
        _told.put(piece, known)
    return known


def _sources(
    members: dict[str, Member], dialect: Dialect, dropped: Counter[str]
) -> tuple[dict[str, bytes], list[dict[str, bytes]] | None]:
    """Return the texts that may be carried, and those of each message; without what the lane does not take.

    The messages are None where they are no list of objects: then they stand among the other texts.
    """
    sources: dict[str, bytes] = {}
    messages = None
    for key, member in members.items():
        if key not in dialect.members or not _is_plain(key, member):
            dropped[f"body:{_shown(key)}"] += 1
        elif key == "messages" and (found := message_body.parts(member.piece)) is not None:
            messages = []
            for message in found:
                messages.append({name: message[name].source for name in MESSAGE_MEMBERS if name in message})
                if len(message) > len(messages[-1]):
                    for name in message.keys() - set(MESSAGE_MEMBERS):
                        dropped[f"messages:{_shown(name)}"] += 1
                if not _ROLE.fullmatch(messages[-1].get("role", b'"user"')):
                    messages[-1]["role"] = b'"user"'
        elif key != "model":
            sources[key] = member.source
    return sources, messages


def _is_plain(key: str, member: Member) -> bool:
    wanted = _PLAIN_VALUES.get(key)
    return wanted is None or wanted.fullmatch(member.source) is not None


def _body(
    texts: dict[str, bytes],
    messages: list[dict[str, bytes]] | None,
    clean: Callable[[str, bytes], bytes],
) -> bytes:
    """Return the body; of each message the clean form is remembered by itself, as conversations only grow."""
    # Joined once: a large body is not copied more often than it must be.
    pieces = []
    for key, text in texts.items():
        pieces += [b",", dumped(key), b":", text]
    if messages is not None:
        pieces += [b',"messages":[']
        for at, message in enumerate(messages):
            pieces.append(b",{" if at else b"{")
            for place, (name, source) in enumerate(message.items()):
                pieces += [b',"' if place else b'"', name.encode(), b'":', clean(name, source)]
            pieces.append(b"}")
        pieces.append(b"]")
    pieces[0] = b"{"
    pieces.append(b"}")
    return b"".join(pieces)


def _clamped(members: dict[str, Member], limit: int | None) -> dict[str, bytes]:
    """Return max_tokens, and the thinking budget, where they ask for more than the model gives."""
    asked = members.get("max_tokens")
    if not limit or asked is None or not isinstance(asked.value, int) or asked.value <= limit:
        return {}
    found = {"max_tokens": b"%d" % limit}
    thinking = members.get("thinking")
    if thinking is not None and isinstance(thinking.value, dict):
        budget = thinking.value.get("budget_tokens")
        if isinstance(budget, int) and budget >= limit:
            found["thinking"] = dumped(thinking.value | {"budget_tokens": limit - 1})
    return found


def _cleaner(
    own: identities.Identities,
    strip: frozenset[str],
    pseudonym: str,
    dropped: Counter[str],
    are_clean: set[bytes],
) -> Callable[[str, bytes], bytes]:
    """Return what cleans a piece of the body by the name of its member, and counts what that drops."""
    stripper = _stripper(strip, pseudonym)

    def choose(name: str, piece: bytes) -> Callable[[Any, list[str]], Any] | None:
        return _change(name, piece, stripper)

    def clean(name: str, source: bytes) -> bytes:
        found = own.clean(source, choose, name, source in are_clean)
        for key in found.dropped:
            dropped[f"{name}:{_shown(key)}"] += 1
        return found.text

    return clean


def _change(
    name: str, piece: bytes, stripper: Callable[[Any], Any] | None
) -> Callable[[Any, list[str]], Any] | None:
    """Return what changes a member's value beside the identities; None when nothing needs to."""
    inner = INNER.get(name)
    strange = inner is not None and not _names_in(piece) <= inner
    billing = BILLING.encode() in piece.lower()
    if not (billing or strange or stripper is not None):
        return None

    def change(value: Any, dropped: list[str]) -> Any:
        value = _without_billing(value) if billing else value
        value = _listed(value, inner, dropped) if inner is not None and strange else value
        return stripper(value) if stripper is not None else value

    return change


def _names_in(piece: bytes) -> set[str]:
    """Return the names of a piece's members at every depth, and whatever may be one."""
    return {found.decode("utf-8", "replace") for found in _KEY.findall(piece)}


def _listed(value: Any, inner: frozenset[str], dropped: list[str]) -> Any:
    """Return a value without the members that are not listed."""
    if isinstance(value, list):
        return [_listed(one, inner, dropped) for one in value]
    if not isinstance(value, dict):
        return value
    dropped += [key for key in value if key not in inner]
    return {
        key: one if key in OF_A_TOOL else _listed(one, inner, dropped)
        for key, one in value.items()
        if key in inner
    }


def _without_billing(value: Any) -> Any:
    if isinstance(value, str):
        return _BILLING_LINE.sub("", value)
    if isinstance(value, list):
        return [_without_billing(one) for one in value if not _is_billing(one)]
    if isinstance(value, dict):
        return {
            key: _without_billing(one) if key in ("text", "content") else one for key, one in value.items()
        }
    return value


def _is_billing(block: Any) -> bool:
    return isinstance(block, dict) and str(block.get("text", "")).lstrip().lower().startswith(BILLING)


def _each_text(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_each_text(one, change) for one in value]
    if isinstance(value, dict):
        return {key: _each_text(one, change) for key, one in value.items()}
    return value


def _without_results(value: Any) -> Any:
    """Return a value whose tool results say that they were left out; a call keeps its answer, as a lane demands."""
    if isinstance(value, list):
        return [_without_results(one) for one in value]
    if not isinstance(value, dict):
        return value
    if str(value.get("type", "")).endswith("tool_result"):
        return value | {"content": REMOVED}
    return {key: _without_results(one) for key, one in value.items()}


def _stripper(strip: frozenset[str], pseudonym: str) -> Callable[[Any], Any] | None:
    """Return what takes more out of a value, as OFFLOAD_STRIP says; None when nothing."""
    if not strip:
        return None

    def change(text: str) -> str:
        if "paths" in strip:
            text = _HOME.sub(lambda found: found[1] + pseudonym, text)
        if "git" in strip:
            text = _GIT.sub(lambda found: found[1] + REMOVED, text)
        return _ANY_MAIL.sub(REMOVED, text) if "emails" in strip else text

    def strip_value(value: Any) -> Any:
        value = _without_results(value) if "results" in strip else value
        return _each_text(value, change)

    return strip_value
