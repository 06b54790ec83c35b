"""What goes into a bundle: known files by name, and of a row the fields that its kind declares.

Everything else is left out and named in the manifest, unless it is asked for.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from typing import Any, NamedTuple

import msgspec
from msgspec import inspect

from tracker import rows
from tracker.ops.bundle import secrets

# (path, what it is): rows, else a page or table of text.
KNOWN = (
    ("logs/*.jsonl", "rows"),
    ("ledger/*.jsonl", "rows"),
    ("ledger/heads.txt", "text"),
    ("logs/router.control", "text"),
    ("results/TESTS.md", "text"),
    ("results/SUMMARY.md", "text"),
    ("results/METRICS.json", "text"),
    ("results/P0-EXIT-CRITERIA.md", "text"),
    ("results/metrics/*.json", "text"),
    ("reports/*.txt", "text"),
    ("reports/*.json", "text"),
    ("reports/report.html", "text"),
    ("docs/*.md", "text"),
    ("docs/Ledgers/*.csv", "text"),
    ("README.md", "text"),
    ("CHANGELOG.md", "text"),
    ("REPO_MAP.md", "text"),
    ("progress.md", "text"),
    ("VERSIONS.json", "text"),
)
# Names that link rows to each other, and to nobody: kept as they are when they look like it.
LINKS = {"row_id", "supersedes", "undoes", "batch", "prev_sha256", "raw_sha256", "commit_start", "commit_end"}
_LINK = re.compile(r"[0-9a-f]{4,64}(?:/\d{1,7})?|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# The client's own names: a short stand-in, the same for the same, so that requests still belong together.
STAND_INS = {"session_id", "subagent_id", "prompt_id", "trace_id", "account"}


class Kept(NamedTuple):
    """A file's rows as they may be shared."""

    data: bytes
    kinds: Counter[str]  # what was taken out of their texts
    dropped: Counter[str]  # fields and lines that no known row has


def known(path: str, more: Iterable[str] = ()) -> str | None:
    """Return what a file is, `rows` or `text`, or None when it is left out.

    >>> known("logs/usage.jsonl"), known("logs/router-8082.log"), known("docs/adr/0001-x.md")
    ('rows', None, 'text')
    """
    if any(fnmatchcase(path, pattern) for pattern in more):
        return "rows" if path.endswith(".jsonl") else "text"
    return next((what for pattern, what in KNOWN if fnmatchcase(path, pattern)), None)


def rows_of(text: str) -> Kept:
    """Return the rows of a file without what they may not carry; a line that is no known row is dropped.

    A row that holds nothing else stays byte for byte, so that its place in the chain can be checked.

    >>> kept = rows_of('{"kind":"anomaly","ts":"2026-01-01T00:00:00Z","anomaly":"x","mail":"a@b.de"}\\nnonsense\\n')
    >>> kept.data, sorted(kept.dropped.items())
    (b'{"kind":"anomaly","ts":"2026-01-01T00:00:00Z","anomaly":"x"}\\n', [('a line that is no known row', 1), ('mail', 1)])
    """
    kinds: Counter[str] = Counter()
    dropped: Counter[str] = Counter()
    lines = []
    for line in filter(str.strip, text.splitlines()):
        row = _object(line)
        declared = rows.KINDS.get(row.get("kind", "usage")) if row else None
        if row is None or declared is None:
            dropped["a line that is no known row"] += 1
            continue
        kept = _clean(row, _names(declared), kinds, dropped)
        lines.append(line if kept == row else json.dumps(kept, separators=(",", ":"), ensure_ascii=False))
    return Kept("".join(f"{line}\n" for line in lines).encode(), kinds, dropped)


def _object(line: str) -> dict[str, Any] | None:
    try:
        row = json.loads(line, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) and isinstance(row.get("kind", "usage"), str) else None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):  # the line would be shown whole, and was read in part
        raise ValueError("a member stands there twice")
    return made


Names = Mapping[str, Any]  # the fields of a row; a field's own fields, None where it has no declared ones


@cache
def _names(declared: type[msgspec.Struct]) -> Names:
    info = inspect.type_info(declared)
    assert isinstance(info, inspect.StructType)
    names: dict[str, Any] = {field.encode_name: _inner(field.type) for field in info.fields}
    return names | {"kind": None}


def _inner(info: Any) -> Names | None:
    if isinstance(info, inspect.StructType):
        return _names(info.cls)
    parts = [*getattr(info, "types", ()), getattr(info, "item_type", None), getattr(info, "type", None)]
    found = (_inner(part) for part in parts if isinstance(part, inspect.Type))
    return next((names for names in found if names is not None), None)


def _clean(value: Any, names: Names | None, kinds: Counter[str], dropped: Counter[str], key: str = "") -> Any:
    if isinstance(value, dict):
        made = {}
        for name, inner in value.items():
            if names is not None and name not in names:
                dropped[_text(name, Counter())] += 1
                continue
            below = names[name] if names is not None else None
            made[_text(name, kinds)] = _clean(inner, below, kinds, dropped, name)
        return made
    if isinstance(value, list):
        return [_clean(inner, names, kinds, dropped, key) for inner in value]
    if not isinstance(value, str) or (key in LINKS and _LINK.fullmatch(value)):
        return value
    if key in STAND_INS and value:
        kinds["identity"] += 1
        return f"id-{hashlib.sha256(value.encode('utf-8', 'surrogatepass')).hexdigest()[:10]}"
    return _text(value, kinds)


# Times, and words too short to hold anything: most of what rows say.
_HARMLESS = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)|[a-z_]{1,24}|[A-Za-z]{0,5}"
)
_redacted = lru_cache(maxsize=50_000)(secrets.redact)


def _text(value: str, kinds: Counter[str]) -> str:
    if _HARMLESS.fullmatch(value):
        return value
    found = _redacted(value)
    kinds.update(found.kinds)
    return found.text
