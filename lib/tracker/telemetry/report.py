"""A rollup -> the report: the dictionary of METRICS.json, and its tables for people."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tracker import cli
from tracker.telemetry import BREAKDOWNS
from tracker.telemetry.account import Account, some
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
    return {
        "lines": account.total,
        "rows": account.rows,
        "refused": _refused(account),
        "files": dict(account.lines),
        "left_out": account.left_out,
        "first_ts": _time(rollup.first),
        "last_ts": _time(rollup.last),
        "total": _sums(total, errors.requests),
        **{f"by_{name}": _along(rollup, name) for name in Cell._fields},
        "latency": [
            {"lane": lane, "op": op, **_latency("latency", values), **_latency("ttfb", rollup.ttfb[lane, op])}
            for (lane, op), values in sorted(rollup.latency.items())
        ],
        "errors": _errors(rollup),
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


Table = tuple[str, list[str], list[list[Any]]]  # title, head, rows


def tables(report: dict[str, Any]) -> list[Table]:
    """Return the report's tables: what a person looks at first, first."""
    shares = [
        [
            name,
            f"{share['requests']:,}",
            *(_pct(share[f"{of}_pct"]) for of in ("requests", "bytes", "tokens")),
        ]
        for name, share in (
            ("went to Z.AI", report["routed"]),
            ("could have gone", report["could_be_routed"]),
        )
    ]
    made: list[Table] = [
        ("Lanes", ["lane", *_COUNTS], _count_rows(report["by_lane"])),
        ("Offload", ["", "requests", "of requests", "of bytes", "of tokens"], shares),
        (
            "Latency, ms",
            ["lane", "op", "n", "mean", *SHARES, *(f"ttfb {name}" for name in SHARES)],
            [
                [row["lane"], row["op"], f"{row['latency_n']:,}", _ms(row["latency_mean_ms"])]
                + [_ms(row[f"{what}_{name}_ms"]) for what in ("latency", "ttfb") for name in SHARES]
                for row in report["latency"]
            ],
        ),
        (
            "Errors",
            ["lane", "err_type", "requests"],
            [[row["lane"], row["err_type"], f"{row['requests']:,}"] for row in report["errors"]],
        ),
    ]
    refused = report["refused"]["lines"]
    made.append(
        (
            "Refused lines",
            ["file", "kind", "lines"],
            [[name, kind, some(lines)] for name, kinds in refused.items() for kind, lines in kinds.items()],
        )
    )
    for key in report:
        if key.startswith("by_") and key not in ("by_lane", "by_status", "by_err_type"):
            made.append((key[3:].replace("_", " "), [key[3:], *_COUNTS], _count_rows(report[key])))
            if key[3:] in BREAKDOWNS:
                made[-1][1].extend(["on Z.AI", "p50 ms", "p95 ms"])
                for row, group in zip(made[-1][2], report[key].values(), strict=True):
                    latency = [_ms(group[f"latency_{name}_ms"]) for name in ("p50", "p95")]
                    row.extend([_pct(group["routed_pct"]), *latency])
    return [table for table in made if table[2]]


_COUNTS = ["requests", "errors", "prompt", "completion", "cache read", "cache write"]


def _count_rows(groups: dict[str, Any]) -> list[list[Any]]:
    def count(value: int | None) -> str:
        return "n/a" if value is None else f"{value:,}"

    return [
        ["-" if name == "null" else name, f"{sums['requests']:,}", f"{sums['errors']:,}"]
        + [count(sums[f"{what}_tokens"]) for what in ("prompt", "completion", "cache_read", "cache_creation")]
        for name, sums in groups.items()
    ]


def _ms(value: float | None) -> str:
    return "n/a" if value is None else f"{value:,.0f}"


def _pct(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.1f} %"


def heading(report: dict[str, Any]) -> str:
    """Return the report's first line: how much was read, over which time."""
    refused, left_out = report["refused"]["total"], report["left_out"]
    first, last = (report[name][:19] + "Z" for name in ("first_ts", "last_ts"))
    return (
        f"{report['total']['requests']:,} requests in {report['lines']:,} lines"
        f" ({f'{refused:,} refused' if refused else 'none refused'}"
        f"{f', {left_out:,} left out by --where' if left_out else ''}), {first} to {last};"
        f" {100 * report['total']['error_rate']:.1f} % failed"
    )


def render(report: dict[str, Any], style: str) -> str:
    """Return the report as text, Markdown ("md") or JSON."""
    if style == "json":
        return json.dumps(report, indent=1) + "\n"
    from tabulate import tabulate

    parts = [heading(report)]
    for title, head, body in tables(report):
        sides = ["right" if cell[:1].isdigit() or cell == "n/a" else "left" for cell in map(str, body[0])]
        form = "github" if style == "md" else "simple"
        drawn = tabulate(body, head, tablefmt=form, colalign=sides, disable_numparse=True)
        parts.append(f"## {title}\n\n{drawn}" if style == "md" else f"{title}\n{drawn}")
    return "\n\n".join(["# Requests\n\n" + parts[0] if style == "md" else parts[0], *parts[1:]]) + "\n"


def save(report: dict[str, Any], account: Account, folder: str, test: str | None) -> None:
    """Write METRICS.json and SUMMARY.md into a folder, each in one piece; add a test to TESTS.md."""
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        for name, style in (("METRICS.json", "json"), ("SUMMARY.md", "md")):
            part = Path(folder, name + ".part")
            part.write_text(render(report, style))
            part.replace(Path(folder, name))
    except OSError as wrong:
        raise cli.Stop(
            cli.USAGE, f"--save {folder}: {wrong.strerror}; name a folder that you may write"
        ) from None
    if test:
        lines = "\n".join(account.representative())
        with Path(folder, "TESTS.md").open("a") as file:
            file.write(f"## {test}\n\n{heading(report)}\n\n```json\n{lines}\n```\n\n")


def nothing_found(account: Account) -> cli.Stop:
    """Return how a tool ends that found no request: 65 when no line was a row, else 66."""
    if not account.total:
        return cli.Stop(cli.NOTHING, NOTHING_THERE)
    if account.rows:
        return cli.Stop(cli.NOTHING, f"--where left out all {account.rows:,} requests; nothing to sum up")
    return cli.Stop(cli.BAD_INPUT, account.complaint() or "")
