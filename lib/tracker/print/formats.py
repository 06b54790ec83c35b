"""An answer in one of the formats that every tool offers: text, json, jsonl, md, csv."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from tracker import cli
from tracker.print import paint

Page = Callable[[Any, bool], str]  # (value, markdown) -> text
Record = Mapping[str, Any]


def written(
    form: str,
    value: Any,
    page: Page,
    *,
    lines: Callable[[], Iterable[Any]] | None = None,
    records: Callable[[], Sequence[Record]] | None = None,
) -> str:
    """Return an answer in a format: `value` as JSON or on a page, its `lines` as JSON Lines, its `records` as CSV.

    >>> written("text", {"who": "W1\\x1b[2J"}, lambda value, markdown: f"{value['who']}\\n")
    'W1\\\\x1b[2J\\n'
    >>> written("csv", None, str, records=lambda: [{"lane": "zai", "n": 2}])
    'lane,n\\nzai,2\\n'
    """
    if form == "json":
        return as_json(value)
    if form == "jsonl" and lines:
        return as_lines(lines())
    if form == "csv" and records:
        found = records()
        return as_csv(list(found[0]) if found else [], found)
    if form == "md":
        return page(shown(value), True)
    return paint.page(page(shown(value), False))


def as_json(value: Any) -> str:
    """Return JSON, indented, with a newline, without numbers that JSON does not have."""
    return cli.harmless_json(json.dumps(_plain(value), indent=2, ensure_ascii=False, default=_told)) + "\n"


def _told(value: object) -> str:
    """Return a time as rows have it, anything else in its own words.

    >>> from datetime import UTC
    >>> _told(datetime(2026, 3, 1, 9, tzinfo=UTC))
    '2026-03-01T09:00:00Z'
    """
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else str(value)


def as_lines(values: Iterable[Any]) -> str:
    """Return JSON Lines of rows, or of other values.

    >>> as_lines([{"model": "\\u202ehaiku"}])
    '{"model":"\\\\u202ehaiku"}\\n'
    """
    return "".join(cli.harmless_json(msgspec.json.encode(value).decode()) + "\n" for value in values)


def as_csv(columns: Sequence[str], records: Iterable[Record]) -> str:
    """Return CSV: a heading and one line a record; an empty field is a null.

    A text that a spreadsheet would take for a formula gets an apostrophe in front.

    >>> as_csv(["name", "n"], [{"name": "=1+1", "n": -2}, {"name": None, "n": 0}])
    "name,n\\n'=1+1,-2\\n,0\\n"
    """
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(record.get(name)) for name in columns} for record in records)
    return out.getvalue()


FORMULAS = tuple("=+-@＝＋－＠")  # what begins a formula in a spreadsheet, in both widths


def _cell(value: Any) -> Any:
    if isinstance(value, list | tuple):
        value = ", ".join(map(str, value))
    if not isinstance(value, str):
        return value
    text = cli.harmless(value)
    return f"'{text}" if text.lstrip()[:1] in FORMULAS and not _is_number(text) else text


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def shown(value: Any) -> Any:
    """Return a value whose texts are safe to print.

    >>> shown({"arms": [{"name": "a\\x1b[2J"}]})
    {'arms': [{'name': 'a\\\\x1b[2J'}]}
    """
    if isinstance(value, dict):
        return {shown(key): shown(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [shown(inner) for inner in value]
    return cli.harmless(value) if isinstance(value, str) else value


def _plain(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        return _plain(msgspec.to_builtins(value))
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return _plain(value._asdict())
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
