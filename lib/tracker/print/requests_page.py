"""What a usage log holds, for people: the values of telemetry/report.py in, text out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tracker import cli
from tracker.print import first_screen
from tracker.print.first_screen import ALL, ScreenPart
from tracker.print.layout import count, grid

Report = dict[str, Any]
Section = tuple[str, list[str], list[list[Any]]]  # title, headers, rows
QUANTILES = ("p50", "p95", "p99")
COUNTS = ("requests", "errors", "prompt", "completion", "cache read", "cache write")
TOKENS = ("prompt", "completion", "cache_read", "cache_creation")
ALREADY_SHOWN = ("by_lane", "by_status", "by_err_type")  # in tables of their own


LEAST = (
    "cache write",
    "cache read",
    "ttfb p99",
    "ttfb p95",
    "ttfb p50",
    "mean",
    "completion",
    "prompt",
)  # left out first, in this order


def render(report: Report, markdown: bool = False, *, full: bool = True) -> str:
    """Return the report: all of it, or what one screen holds and what was asked for."""

    def drawn(title: str, headers: Sequence[str]) -> first_screen.Draw:
        head = f"## {title}\n" if markdown else title
        return lambda rows, columns: f"{head}\n{grid(rows, headers, markdown, least=LEAST, columns=columns)}"

    first = f"# Requests\n\n{heading(report)}" if markdown else heading(report)
    parts = [ScreenPart("heading", [first], lambda lines, columns: lines[0], 1)]
    asked, others = _parted(report)
    parts += [ScreenPart(title, its, drawn(title, headers), ALL) for title, headers, its in asked]
    parts += [
        ScreenPart(title, its, drawn(title, headers), ANSWER.get(title, 0), floor=0 if asked else 1)
        for title, headers, its in others
    ]
    return first_screen.page(parts, full) + "\n"


def heading(report: Report) -> str:
    """Return the report's first line: how much was read, over which time."""
    refused, left_out = report["refused"]["total"], report["left_out"]
    first, last = (report[name][:19] + "Z" for name in ("first_ts", "last_ts"))
    return (
        f"{report['total']['requests']:,} requests in {report['lines']:,} lines"
        f" ({f'{refused:,} refused' if refused else 'none refused'}"
        f"{f', {left_out:,} left out by --where' if left_out else ''}), {first} to {last};"
        f" {100 * report['total']['error_rate']:.1f} % failed"
    )


def test_entry(test: str, report: Report, lines: Iterable[str]) -> str:
    """Return a run's entry in TESTS.md: its name, its heading, and lines that stand for the others."""
    return f"## {test}\n\n{heading(report)}\n\n```json\n" + "\n".join(lines) + "\n```\n\n"


# The tables that must be on the first screen, and how many of their rows.
ANSWER = {"Lanes": 6, "Offload": 2, "Latency in ms": 6, "Errors": 3, "Refused lines": 2}


def _parted(report: Report) -> tuple[list[Section], list[Section]]:
    """Return the tables that `--by` asked for, which are the answer then, and the others."""
    made: tuple[list[Section], list[Section]] = ([], [])
    for one in sections(report):
        made[0 if _was_asked_for(report, one[1][0]) else 1].append(one)
    return made


def _was_asked_for(report: Report, name: str) -> bool:
    """Say whether a table is of `--by`: its groups have their latency, too."""
    return any("routed_pct" in group for group in report.get(f"by_{name}", {}).values())


def sections(report: Report) -> list[Section]:
    """Return the report's tables that hold something: what a person looks at first, first."""
    made = [
        ("Lanes", ["lane", *COUNTS], _counted(report["by_lane"])),
        ("Offload", ["", "requests", "of requests", "of bytes", "of tokens"], _offload(report)),
        (
            "Latency in ms",
            ["lane", "op", "n", "mean", *QUANTILES, *(f"ttfb {name}" for name in QUANTILES)],
            [_latency(row) for row in report["latency"]],
        ),
        (
            "Errors",
            ["lane", "err_type", "requests"],
            [[row["lane"], row["err_type"], count(row["requests"])] for row in report["errors"]],
        ),
        ("Refused lines", ["file", "kind", "lines"], _refused(report["refused"]["lines"])),
    ]
    made += [
        _breakdown(key, report[key]) for key in report if key.startswith("by_") and key not in ALREADY_SHOWN
    ]
    return [section for section in made if section[2]]


def _offload(report: Report) -> list[list[str]]:
    return [
        [
            name,
            count(share["requests"]),
            *(_percent(share[f"{of}_pct"]) for of in ("requests", "bytes", "tokens")),
        ]
        for name, share in (
            (f"went to {report['offload_words']}", report["routed"]),
            ("could have gone", report["could_be_routed"]),
        )
    ]


def _latency(row: Report) -> list[str]:
    quantiles = [_ms(row[f"{what}_{name}_ms"]) for what in ("latency", "ttfb") for name in QUANTILES]
    return [row["lane"], row["op"], count(row["latency_n"]), _ms(row["latency_mean_ms"]), *quantiles]


def _refused(files: Report) -> list[list[str]]:
    return [[name, kind, cli.some(lines)] for name, kinds in files.items() for kind, lines in kinds.items()]


def _breakdown(key: str, groups: Report) -> Section:
    name = key.removeprefix("by_")
    headers, rows = [name, *COUNTS], _counted(groups)
    if any("routed_pct" in group for group in groups.values()):
        headers += ["offloaded", "p50 ms", "p95 ms"]
        for row, group in zip(rows, groups.values(), strict=True):
            row += [_percent(group["routed_pct"]), *(_ms(group[f"latency_{of}_ms"]) for of in ("p50", "p95"))]
    return name.replace("_", " "), headers, rows


def _counted(groups: Report) -> list[list[Any]]:
    return [
        [
            "-" if name == "null" else name,
            count(sums["requests"]),
            count(sums["errors"]),
            *(count(sums[f"{what}_tokens"]) for what in TOKENS),
        ]
        for name, sums in groups.items()
    ]


def records(report: Report) -> list[Report]:
    """Return every group as one flat record, with the table that it belongs to; for CSV."""
    parts: Sequence[str] = [key for key in report if key.startswith("by_")]
    return [
        {"table": key.removeprefix("by_"), "group": name}
        | {field: value for field, value in sums.items() if field in RECORDED}
        for key in parts
        for name, sums in report[key].items()
    ]


RECORDED = (
    "requests",
    "errors",
    "error_rate",
    "tokens",
    *(f"{what}_tokens" for what in TOKENS),
    "requests_with_tokens",
    "request_bytes",
    "response_bytes",
)


def _ms(value: float | None) -> str:
    return "n/a" if value is None else f"{value:,.0f}"


def _percent(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.1f} %"
