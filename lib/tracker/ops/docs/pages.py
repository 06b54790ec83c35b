"""Markdown: one page a tool, and the tables of every kind of row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from msgspec import inspect

from tracker import rows
from tracker.ops.docs.tools import Tool, statuses, synopsis

WRITTEN = "<!-- written by `make docs` -->\n"
UNITS = {"_ms": "ms", "_pct": "%", "_pp": "percentage points", "_usd": "USD", "_bytes": "bytes"}


def cell(text: str) -> str:
    """Return text that stays inside its table cell.

    >>> cell("a|b\\nc")
    'a\\\\|b c'
    """
    return " ".join(text.split()).replace("|", "\\|")


def table(heads: Iterable[str], lines: Iterable[Iterable[str]]) -> str:
    """Return a Markdown table."""
    heads = list(heads)
    out = [heads, ["---"] * len(heads), *([cell(text) for text in line] for line in lines)]
    return "\n".join("| " + " | ".join(line) + " |" for line in out) + "\n"


def tool_page(tool: Tool) -> str:
    """Return the page of one tool."""
    words = " ".join(synopsis(tool))
    parts = [WRITTEN, f"# {tool.name}\n", tool.sentence + "\n", *(text + "\n" for text in tool.more)]
    parts.append(f"```\n{words}\n```\n")
    if tool.commands:
        parts += ["## Commands\n", table(["command", "what for"], tool.commands)]
    listed = (
        (
            ", ".join(f"`{flag}`" for flag in option.flags) or f"`{option.value}`",
            f"`{option.value}`" if option.value and option.flags else "",
            option.about,
        )
        for option in tool.options
    )
    parts += ["## Options\n", table(["option", "value", "what for"], listed)]
    parts += [f"## Examples\n\n```bash\n{_dedent(tool.examples)}\n```\n"]
    parts += ["## Exit status\n", table(["status", "when"], statuses())]
    return "\n".join(parts)


def _dedent(text: str) -> str:
    return "\n".join(line.removeprefix("  ") for line in text.splitlines())


def gates_page(gates: Sequence[tuple[str, str, str, float | None, str, str]]) -> str:
    """Return the page of the card's gates: name, label, statistic, default margin, its unit, its option."""
    lines = [
        "# The decision card's gates",
        "",
        "Written from `lib/tracker/verdict/gates`: a gate is one file there and one line of its list. What the",
        "numbers are worth stands in [statistics](statistics.md).",
        "",
        "| gate | on the card | statistic | margin | `experiment register` |",
        "|---|---|---|---|---|",
    ]
    for name, label, about, margin, unit, option in gates:
        said = "none to register" if margin is None else f"{margin:g}, {unit}"
        lines.append(f"| {name} | {label} | {about} | {said} | {option and f'`{option}`'} |")
    return "\n".join(lines) + "\n"


def index_page(tools: Iterable[Tool]) -> str:
    """Return the list of all tools."""
    lines = ((f"[{tool.name}]({tool.name}.md)", tool.sentence) for tool in tools)
    return "\n".join([WRITTEN, "# Tools\n", table(["tool", "what for"], lines)])


def rows_page() -> str:
    """Return docs/rows.md: what every row carries, then one table per kind."""
    shared = _fields(rows.Row)
    names = {field.name for field in shared}
    parts = [
        WRITTEN,
        "# Rows\n",
        "A row is one JSON object on one line. Times are RFC 3339 in UTC, `null` means not known, and a field "
        "without a default must be there. Fields that a version does not know are passed on as they came.\n",
        "Where rows are only judged (`preview`, `decision-card`, `router-replay`, `cost-compare`), windows, telemetry, "
        "features, registrations, anomalies and evidence may lack `ts`; the ledger takes no row without.\n",
        f"Version of these declarations: {rows.SCHEMA_VERSION}.\n",
        "## Every row\n",
        "`kind` (text, no default): which of the tables below applies.\n",
        _table(shared),
    ]
    for kind, declared in rows.KINDS.items():
        own = [field for field in _fields(declared) if field.name not in names]
        parts += [f"## {kind}\n", _about(declared), _table(own)]
        for field in own:
            for inner in _structs(field.type):
                parts += [f"### {inner.__name__.lower()}: what `{field.name}` of a {kind} lists\n"]
                parts += [_about(inner), _table(_fields(inner))]
    return "\n".join(parts)


def _about(declared: type) -> str:
    return " ".join((declared.__doc__ or "").split()) + "\n"


def _fields(declared: type[msgspec.Struct]) -> tuple[inspect.Field, ...]:
    info = inspect.type_info(declared)
    if not isinstance(info, inspect.StructType):
        raise TypeError(declared)
    return info.fields


def _structs(info: Any) -> list[type]:
    if isinstance(info, inspect.StructType):
        return [info.cls]
    inner = getattr(info, "item_type", None) or getattr(info, "type", None)
    return _structs(inner) if inner is not None else []


def _table(fields: Iterable[inspect.Field]) -> str:
    lines = []
    for field in fields:
        words, notes, about = _words(field.type)
        unit = next((unit for end, unit in UNITS.items() if field.name.endswith(end)), "")
        notes = [note for note in [unit, *notes] if note]
        lines.append((f"`{field.name}`", words, ", ".join(notes), about, _default(field)))
    return table(["field", "type", "unit, range", "what it is", "default"], lines)


def _default(field: inspect.Field) -> str:
    if field.required:
        return ""
    value = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
    return f"`{msgspec.json.encode(value).decode()}`"


NAMES: dict[Any, str] = {
    inspect.StrType: "text",
    inspect.IntType: "whole number",
    inspect.FloatType: "number",
    inspect.BoolType: "true or false",
    inspect.DateTimeType: "time",
    inspect.NoneType: "null",
    inspect.AnyType: "anything",
}


def _words(info: Any) -> tuple[str, list[str], str]:
    """Return a type in words, its ranges, and the description nearest to it."""
    if isinstance(info, inspect.Metadata):
        words, notes, about = _words(info.type)
        return words, notes, (info.extra_json_schema or {}).get("description", about)
    if isinstance(info, inspect.UnionType):
        parts = [_words(each) for each in info.types]
        about = next((text for _, _, text in parts if text), "")
        return " or ".join(words for words, _, _ in parts), [n for _, ns, _ in parts for n in ns], about
    if isinstance(info, inspect.LiteralType):
        return " ".join(f"`{value}`" for value in info.values), [], ""
    if isinstance(info, inspect.ListType):
        words, _, about = _words(info.item_type)
        return f"list of {words}", _ranges(info), about
    if isinstance(info, inspect.DictType):
        return f"object of {_words(info.value_type)[0]} by {_words(info.key_type)[0]}", [], ""
    if isinstance(info, inspect.StructType):
        return info.cls.__name__.lower(), [], ""
    return NAMES[type(info)], _ranges(info), ""


def _ranges(info: Any) -> list[str]:
    low = [
        f"{sign} {value:g}"
        for sign, name in ((">=", "ge"), (">", "gt"))
        if (value := getattr(info, name, None)) is not None
    ]
    high = [
        f"{sign} {value:g}"
        for sign, name in (("<=", "le"), ("<", "lt"))
        if (value := getattr(info, name, None)) is not None
    ]
    if getattr(info, "min_length", None):
        low.append("not empty")
    return low + high
