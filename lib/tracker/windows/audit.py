"""What is there of a window, and what is missing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from tracker import rows
from tracker.import_msgspec import msgspec
from tracker.windows import finish, reading_pairs, stop_rule


class WindowRows(NamedTuple):
    """The rows of one window, by what they are."""

    finished: rows.Window | None
    pairs: list[reading_pairs.Pair]  # of the provider whose capacity it has
    telemetry: rows.ProxyTelemetry | None
    churn: list[rows.Churn]  # that measured something
    evidence: list[rows.Evidence]
    graded: bool  # a task of it has a quality of its own


def _named_commits(kept: WindowRows) -> bool:
    # The field plans name the commits at `churn`; whoever names them at `complete` need not do so twice.
    return any(one.commit_start and one.commit_end for one in (kept.finished, *kept.churn) if one)


ITEMS: dict[str, Callable[[WindowRows], bool]] = {
    "before": lambda kept: any(pair.before for pair in kept.pairs),
    "after": lambda kept: any(pair.after for pair in kept.pairs),
    "features": lambda kept: kept.finished is not None,
    "quality": lambda kept: (
        kept.finished is not None and (kept.finished.quality_score is not None or kept.graded)
    ),
    "outcome": lambda kept: kept.finished is not None and kept.finished.outcome is not None,
    "methodology": lambda kept: kept.finished is not None,
    "commits": _named_commits,
    "churn": lambda kept: bool(kept.churn),
    "telemetry": lambda kept: kept.telemetry is not None,
    "evidence": lambda kept: any(succeeded(row) for row in standing_checks(kept.evidence)),
}
FAILED = re.compile(r"fail|error|broke|nothing.run|reject|denied|no.?go\b|not ok|^no\b|✗|❌", re.IGNORECASE)
NONE_OF = re.compile(r"\b(?:0|no|zero|without(?: any)?) (?:fail\w*|errors?)", re.IGNORECASE)


def succeeded(row: rows.Evidence) -> bool:
    """Say whether a check ended well: one that failed or that ran nothing shows nothing, nor do words about the run.

    >>> from tracker import clock
    >>> [succeeded(rows.Evidence(ts=clock.now(), check="pytest", result=word))
    ...     for word in ("pass", "12 passed, 0 failed", "1 failed, 11 passed", "nothing-run")]
    [True, True, False, False]
    """
    return row.check not in rows.NO_CHECKS and FAILED.search(NONE_OF.sub("", row.result.strip())) is None


def standing_checks(evidence: Iterable[rows.Evidence]) -> list[rows.Evidence]:
    """Return the last row of each check and task: a check that was run again counts as it ended then."""
    return list({(row.check, row.feature_id): row for row in evidence}.values())


class Audit(msgspec.Struct, kw_only=True):
    """One window's state: required items there and missing, and what a reader must know."""

    window: str
    methodology: str | None
    complete: str  # "present/required"
    share: float  # present / required, 0..1
    present: list[str]
    missing: list[str]
    duplicates: list[str]
    anomalies: list[dict[str, Any]]
    near_ids: list[str]  # other windows whose id differs only in zero padding
    evidence: list[dict[str, Any]]
    telemetry: dict[str, Any] | None
    counts: dict[str, int]  # rows of each kind
    canonical: str | None = None  # row_id of the finished window
    capacity_pp: float | None = None
    capacity_quota: str | None = None  # which quota these points are of
    errors: list[str] = []
    notes: list[str] = []
    stop: str | None = None  # why no further window should begin
    accepted: dict[str, str] = {}  # anomalies accepted for the whole run, each with the reason
    card: dict[str, Any] | None = (
        None  # what the decision card counts of it: present, required, lacks, complete
    )


def window_ids(all_rows: Iterable[rows.Row]) -> list[str]:
    """Return every window that the rows speak of, in order of appearance."""
    names = (getattr(row, "window", None) for row in all_rows)
    return list(dict.fromkeys(name for name in names if name and name != "WEEK0"))


def padded_alike(first: str, second: str) -> bool:
    """Say whether two ids differ only in how their numbers are padded.

    >>> padded_alike("W0-CL-1", "W0-CL-01"), padded_alike("W0-CL-1", "W0-CL-11")
    (True, False)
    """
    return first != second and _unpadded(first) == _unpadded(second)


def _unpadded(name: str) -> str:
    return re.sub(r"\d+", lambda digits: str(int(digits[0])), name)


def audit(all_rows: Sequence[rows.Row], window: str) -> Audit:
    """Return what is there of one window; telemetry is required of an offload window only."""
    mine = [row for row in all_rows if getattr(row, "window", None) == window]
    kept = _kept(mine)
    finished, telemetry = kept.finished, kept.telemetry
    methodology = finished.methodology if finished else None
    required = _required(methodology, all_rows, window)
    present = [item for item in required if ITEMS[item](kept)]
    return Audit(
        window=window,
        methodology=methodology,
        complete=f"{len(present)}/{len(required)}",
        share=len(present) / len(required),
        present=present,
        missing=[item for item in required if item not in present],
        duplicates=reading_pairs.duplicates(mine),
        anomalies=[_told(row) for row in mine if isinstance(row, rows.Anomaly)],
        near_ids=[other for other in window_ids(all_rows) if padded_alike(other, window)],
        evidence=[_told(row) for row in kept.evidence],
        telemetry=_told(telemetry) if telemetry else None,
        accepted={
            row.result: row.detail or "no reason given"
            for row in all_rows
            if isinstance(row, rows.Evidence) and row.check == rows.ERROR_WHITELIST
        },
        counts=dict(Counter(str(row.__struct_config__.tag) for row in mine)),
        **(_of_finished(finished, all_rows) if finished else {}),
    )


def _required(methodology: str | None, all_rows: Sequence[rows.Row], window: str) -> list[str]:
    offload = methodology is not None and finish.draws_on_two_quotas(methodology, all_rows, window)
    return [item for item in ITEMS if item != "telemetry" or offload]


def _of_finished(finished: rows.Window, all_rows: Sequence[rows.Row]) -> dict[str, Any]:
    return {
        "canonical": finished.row_id,
        "capacity_pp": finished.capacity_pp,
        "capacity_quota": finished.capacity_quota,
        "errors": finished.errors,
        "notes": finished.notes,
        "stop": stop_rule.broken(all_rows, finished.provider),
    }


def _kept(mine: Sequence[rows.Row]) -> WindowRows:
    finished = next((row for row in mine if isinstance(row, rows.Window)), None)
    return WindowRows(
        finished,
        [
            pair
            for key, pair in reading_pairs.best_pairs(mine).items()
            if finished is None or key.provider == finished.provider
        ],
        next((row for row in mine if isinstance(row, rows.ProxyTelemetry)), None),
        [row for row in mine if isinstance(row, rows.Churn) and not row.skipped],
        [row for row in mine if isinstance(row, rows.Evidence)],
        any(isinstance(row, rows.Feature) and row.quality_score is not None for row in mine),
    )


STAMPS = {"schema_version", "tool_version", "supersedes", "recorded_at", "batch", "prev_sha256"}


def _told(row: rows.Row) -> dict[str, Any]:
    return {
        name: value
        for name, value in msgspec.to_builtins(row).items()
        if value is not None and name not in STAMPS
    }
