"""A rollup -> the report: the dictionary of METRICS.json."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tracker import cli, lanes
from tracker.telemetry.account import Account
from tracker.telemetry.quantiles import Values
from tracker.telemetry.rollup import (
    Cell,
    Group,
    Rollup,
    Sums,
    could_be_routed,
    error_name,
    failed,
    was_routed,
)
from tracker.telemetry.sources import NOTHING_THERE

SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


def metrics(rollup: Rollup, account: Account) -> dict[str, Any]:
    """Return the whole report as plain values; `null` where nothing is known."""
    total = rollup.total()
    errors = rollup.total(failed)
    by = {f"by_{name}": _along(rollup, name) for name in Cell._fields}
    return {
        "lines": account.total,
        "rows": account.rows,
        "refused": _refused(account),
        "files": dict(account.lines),
        "left_out": account.left_out,
        "first_ts": _time(rollup.first),
        "last_ts": _time(rollup.last),
        "total": _sums(total, errors.requests),
        **by,
        "latency": [
            {"lane": lane, "op": op, **_latency("latency", values), **_latency("ttfb", rollup.ttfb[lane, op])}
            for (lane, op), values in sorted(rollup.latency.items())
        ],
        "errors": _errors(rollup),
        "offload_words": offload_words(by["by_lane"]),
        "routed": _share(rollup.total(was_routed), total),
        "could_be_routed": _share(rollup.total(could_be_routed), total),
        **{f"by_{name}": _groups(groups) for name, groups in rollup.by.items()},
    }


def _time(value: Any) -> str | None:
    import datetime

    if value is None:
        return None
    return str(value.astimezone(datetime.UTC).isoformat()).replace("+00:00", "Z")


def _refused(account: Account) -> dict[str, Any]:
    lines: dict[str, dict[str, list[int]]] = {}
    for (name, kind), numbers in sorted(account.refused.items()):
        lines.setdefault(name, {})[kind] = list(numbers)
    return {"total": account.refusals, "by_kind": account.by_kind(), "lines": lines}


def _sums(sums: Sums, errors: int) -> dict[str, Any]:
    return {
        "requests": sums.requests,
        "errors": errors,
        "error_rate": errors / sums.requests if sums.requests else None,
        "tokens": sums.tokens if sums.counted else None,
        **{name: getattr(sums, name) if sums.counted else None for name in Sums._fields[1:5]},
        "requests_with_tokens": sums.counted,
        "request_bytes": sums.request_bytes,
        "response_bytes": sums.response_bytes,
    }


def _name(value: Any) -> str:
    """Return a value as a key: null, true and numbers as JSON writes them."""
    return {None: "null", True: "true", False: "false"}.get(value) or str(value)


def _along(rollup: Rollup, field: str) -> dict[str, Any]:
    found = {_name(value): _sums(*both) for value, both in rollup.along(field).items()}
    return dict(sorted(found.items()))


def _latency(what: str, values: Values) -> dict[str, Any]:
    found = values.quantiles(list(SHARES.values()))
    return {
        f"{what}_n": len(values),
        f"{what}_mean_ms": values.mean(),
        **{f"{what}_{name}_ms": value for name, value in zip(SHARES, found, strict=True)},
        f"{what}_exact": not values.sketched,
    }


def _errors(rollup: Rollup) -> list[dict[str, Any]]:
    counts: dict[tuple[str, str], int] = {}
    for key, sums in rollup.cells.items():
        cell = Cell(*key)
        if failed(cell):
            where = cell.lane, error_name(cell)
            counts[where] = counts.get(where, 0) + sums.requests
    return [
        {"lane": lane, "err_type": name, "requests": count} for (lane, name), count in sorted(counts.items())
    ]


def _share(part: Sums, whole: Sums) -> dict[str, Any]:
    def percent(a: int, b: int) -> float | None:
        return 100 * a / b if b else None

    return {
        "requests": part.requests,
        "requests_pct": percent(part.requests, whole.requests),
        "bytes_pct": percent(part.bytes, whole.bytes),
        "tokens_pct": percent(part.tokens, whole.tokens),
    }


def offload_words(by_lane: dict[str, Any]) -> str:
    """Return what people call the lanes but Anthropic's; the plans' one when there is none.

    >>> offload_words({"anthropic": 1, "kimi": 2}), offload_words({})
    ('Kimi (Moonshot)', 'Z.AI')
    """
    named = [lane for lane in by_lane if lanes.is_offload(lane)] or [lanes.DEFAULT]
    return lanes.words(named[0]) if len(named) == 1 else "other lanes"


def _groups(groups: dict[Any, Group]) -> dict[str, Any]:
    found = {}
    for value, group in groups.items():
        routed = 100 * group.routed / group.sums.requests
        found[_name(value)] = {
            **_sums(group.sums, group.errors),
            "routed_pct": routed,
            **_latency("latency", group.latency),
        }
    return dict(sorted(found.items()))


def save(folder: str, files: dict[str, str], more: dict[str, str]) -> None:
    """Write files into a folder, each in one piece, and add `more` at the end of others (name -> text)."""
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            part = Path(folder, name + ".part")
            part.write_text(text)
            part.replace(Path(folder, name))
        for name, text in more.items():
            with Path(folder, name).open("a") as file:
                file.write(text)
    except OSError as wrong:
        raise cli.Stop(
            cli.USAGE, f"--save {folder}: {wrong.strerror}; name a folder that you may write"
        ) from None


def nothing_found(account: Account) -> cli.Stop:
    """Return how a tool ends that found no request: 65 when no line was a row, else 66."""
    if not account.total:
        return cli.Stop(cli.NOTHING, NOTHING_THERE)
    if account.rows:
        return cli.Stop(cli.NOTHING, f"--where left out all {account.rows:,} requests; nothing to sum up")
    return cli.Stop(cli.BAD_INPUT, account.complaint() or "")
