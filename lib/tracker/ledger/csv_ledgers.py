"""The CSV ledgers of the field plans: their files and columns, and what of the rows stands in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import msgspec

from tracker import rows


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


def _checkpoints(all_rows: Sequence[rows.Row]) -> Iterable[dict[str, Any]]:
    """Yield each plan/mid/final entry with its window's tokens and points, as they are known now."""
    telemetry = {row.window: row for row in all_rows if isinstance(row, rows.ProxyTelemetry)}
    finished = {row.window: row for row in all_rows if isinstance(row, rows.Window)}
    for row in all_rows:
        if isinstance(row, rows.Evidence) and row.check == rows.CHECKPOINT:
            line = dict.fromkeys(TOKEN_COLUMNS) | msgspec.to_builtins(row)
            line["checkpoint"] = row.result
            if row.window in telemetry:
                rollup = msgspec.to_builtins(telemetry[row.window])
                line |= {name: rollup[name] for name in ("total_prompts", "total_tokens", "routed_prompts")}
            if row.window in finished:
                window = msgspec.to_builtins(finished[row.window])
                line |= {
                    name: window[name] for name in ("methodology", "capacity_pp", "weekly_pp", "glm_credits")
                }
            yield line


TOKEN_COLUMNS = (
    "ts",
    "window",
    "checkpoint",
    "methodology",
    "total_prompts",
    "total_tokens",
    "routed_prompts",
    "capacity_pp",
    "weekly_pp",
    "glm_credits",
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
    "tokens": CsvLedger("Token_Churn_Ledger.csv", TOKEN_COLUMNS, _checkpoints),
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
