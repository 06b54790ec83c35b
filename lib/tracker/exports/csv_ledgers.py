"""The CSV ledgers of the field plans: their files and columns, and what of the rows stands in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import msgspec

from tracker import rows
from tracker.windows import reading_pairs


class CsvLedger(NamedTuple):
    """One CSV file: its name, its columns, and the rows that it is made of."""

    file: str
    columns: tuple[str, ...]
    lines: Callable[[Sequence[rows.Row]], Iterable[dict[str, Any]]]


def _of(kind: type[rows.Row]) -> Callable[[Sequence[rows.Row]], Iterable[dict[str, Any]]]:
    def lines(all_rows: Sequence[rows.Row]) -> Iterable[dict[str, Any]]:
        return [msgspec.to_builtins(row) for row in all_rows if isinstance(row, kind)]

    return lines


def _evidence(all_rows: Sequence[rows.Row]) -> Iterable[dict[str, Any]]:
    return [line for line in _of(rows.Evidence)(all_rows) if line["check"] != rows.CHECKPOINT]


def _tokens_and_churn(all_rows: Sequence[rows.Row]) -> list[dict[str, Any]]:
    """Return a line for each plan/mid/final entry, and one for each other window of which something is known.

    A line's figures are its whole window's, as they are known now, so lines of one window are never added up.
    """
    figures = {window: _figures(mine) for window, mine in _by_window(all_rows).items()}
    entries = [row for row in all_rows if isinstance(row, rows.Evidence) and row.check == rows.CHECKPOINT]
    made = []
    for row in entries:
        known = figures.get(row.window or "", {})
        said = {
            name: value for name, value in msgspec.to_builtins(row).items() if name in _ENTRY | _STAMPS.keys()
        }
        made.append(dict.fromkeys(TOKEN_COLUMNS) | known | said | {"checkpoint": row.result})
    told = {row.window for row in entries}
    made += [
        dict.fromkeys(TOKEN_COLUMNS) | known
        for window, known in figures.items()
        if window not in told and any(known[name] is not None for name in _FIGURES)
    ]
    return sorted(made, key=lambda line: str(line["ts"]))


def _by_window(all_rows: Sequence[rows.Row]) -> dict[str, list[rows.Row]]:
    found: dict[str, list[rows.Row]] = {}
    for row in all_rows:
        window = getattr(row, "window", None)
        if window is not None:
            found.setdefault(window, []).append(row)
    return found


def _figures(mine: Sequence[rows.Row]) -> dict[str, Any]:
    """Return what one window's rows say of its tokens, points and lines; None is not known, never 0."""
    finished = next((row for row in reversed(mine) if isinstance(row, rows.Window)), None)
    # Of each arm's requests the last sum counts; a window of both arms has one of each.
    telemetry = {row.methodology: row for row in mine if isinstance(row, rows.ProxyTelemetry)}
    churn = _last_measured([row for row in mine if isinstance(row, rows.Churn)])
    told = finished or churn or next(reversed(telemetry.values()), mine[-1])
    made = {name: value for name, value in msgspec.to_builtins(told).items() if name in _STAMPS}
    made |= {"window": told.window}  # type: ignore[attr-defined]  # every one of them has it
    for row, names in ((churn, _OF_CHURN), (finished, _OF_WINDOW)):
        shown = msgspec.to_builtins(row) if row else {}
        made |= {name: shown.get(name) if shown.get(name) is not None else made.get(name) for name in names}
    made |= {name: _sum([getattr(row, name) for row in telemetry.values()]) for name in _OF_TELEMETRY}
    if made["methodology"] is None and len(telemetry) == 1:
        made["methodology"] = next(iter(telemetry))
    counted = _by_ccusage(mine, made["provider"])
    return made | (
        {"provider": counted[0], "ccusage_tokens": counted[1]} if counted else {"ccusage_tokens": None}
    )


def _last_measured(lines: Sequence[rows.Churn]) -> rows.Churn | None:
    """Return the last churn row that was measured, else the last that says why none was."""
    return next((row for row in reversed(lines) if not row.skipped), lines[-1] if lines else None)


def _sum(counts: Sequence[int | None]) -> int | None:
    """Return a sum; not known when any part is not, or there is none."""
    known = [count for count in counts if count is not None]
    return sum(known) if counts and len(known) == len(counts) else None


def _by_ccusage(mine: Sequence[rows.Row], provider: str | None) -> tuple[str, int] | None:
    """Return the tokens that ccusage counted of the window's provider, else of the only one that it was read for."""
    pairs = [
        (key.provider, pair)
        for key, pair in reading_pairs.pairs(mine, estimates=True).items()
        if any(one is not None and one.surface.startswith("ccusage") for one in pair)
        and provider in (None, key.provider)
    ]
    counts = [reading_pairs.tokens_between(pair) for _, pair in pairs]
    known = [count for count in counts if count is not None]
    if len({name for name, _ in pairs}) != 1 or len(known) < len(counts):
        return None
    return pairs[0][0], sum(known)


_STAMPS = {"ts": None, "agent_id": None, "row_id": None}
_ENTRY = {"window", "detail"}
_OF_TELEMETRY = ("total_prompts", "total_tokens", "routed_prompts")
_OF_WINDOW = ("provider", "methodology", "capacity_pp", "weekly_pp", "glm_credits")
_OF_CHURN = ("provider", "methodology", "added_lines", "deleted_lines", "churn_14d", "matures_at", "skipped")
_FIGURES = (*_OF_TELEMETRY, "ccusage_tokens", *_OF_WINDOW[2:], *_OF_CHURN[2:])
TOKEN_COLUMNS = (
    "ts",
    "window",
    "checkpoint",
    "provider",
    "methodology",
    *_OF_TELEMETRY,
    "ccusage_tokens",
    *_OF_WINDOW[2:],
    *_OF_CHURN[2:],
    "detail",
    "agent_id",
    "row_id",
)
LEDGERS = {
    "evidence": CsvLedger(
        "Acceptance_Evidence.csv",
        ("ts", "window", "feature_id", "check", "result", "detail", "by", "agent_id", "row_id"),
        _evidence,
    ),
    "features": CsvLedger(
        "Feature_Log.csv",
        (
            "ts",
            "feature_id",
            "window",
            "methodology",
            "provider",
            "capability",
            "state",
            "blocked_by",
            "block",
            "turn",
            "predicted_size",
            "quality_score",
            "cost_usd",
            "agent_id",
            "row_id",
        ),
        _of(rows.Feature),
    ),
    "tokens": CsvLedger("Token_Churn_Ledger.csv", TOKEN_COLUMNS, _tokens_and_churn),
    "churn": CsvLedger(
        "Churn_Ledger.csv",
        (
            "ts",
            "window",
            "provider",
            "methodology",
            "commit_start",
            "commit_end",
            "added_lines",
            "deleted_lines",
            "files",
            "churn_14d",
            "matures_at",
            "skipped",
            "row_id",
        ),
        _of(rows.Churn),
    ),
}
