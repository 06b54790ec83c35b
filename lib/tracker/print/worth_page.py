"""What a point is worth, for people."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tracker.print.layout import grid, number, section, span

Table = dict[str, Any]
QUOTAS = {"five_hour": "five-hour", "weekly_all": "weekly", "weekly_scoped": "weekly of"}


def render(made: Table, markdown: bool = False) -> str:
    """Return a line for each quota, its weeks, mixes and lanes, whether it became smaller, and how to read it."""
    parts = [_all(made, markdown), *_features(made, markdown)]
    for quota in made["quotas"]:
        if quota["all"]["stretches"]:
            parts.append(
                section(f"{_name(quota)}: has a point become smaller?", _drift(quota, made), markdown)
            )
            parts += _parts(quota, markdown)
    parts.append(section("Read with care", _care(made), markdown))
    return "\n\n".join(parts) + "\n"


def _all(made: Table, markdown: bool) -> str:
    lines = [[_name(quota), *_line(quota["all"])] for quota in made["quotas"]]
    return grid(lines, ["a point of", *HEADERS], markdown, least=("tokens", "with rounding", "points"))


HEADERS = ("stretches", "points", "USD by the list", "95 % CI", "with rounding", "tokens")


def _line(one: Table) -> list[str]:
    usd = one["usd"]
    return [
        f"{one['stretches']}",
        number(one["points"]),
        number(usd["estimate"]) if usd["n"] else "n/a",
        "ci=n/a" if usd["low"] is None else span(usd["low"], usd["high"]),
        "ci=n/a" if usd["rounded_low"] is None else span(usd["rounded_low"], usd["rounded_high"]),
        number(one["tokens"]["estimate"]),
    ]


def _features(made: Table, markdown: bool) -> list[str]:
    """Return what a point delivered, a line for each quota and arm; nothing without finished windows."""
    lines = [
        [
            _name(quota),
            arm,
            f"{one['n']}",
            number(one["estimate"]),
            "ci=n/a" if one["low"] is None else span(one["low"], one["high"]),
            "ci=n/a" if one["rounded_low"] is None else span(one["rounded_low"], one["rounded_high"]),
        ]
        for quota in made["quotas"]
        for arm, one in quota["features"].items()
    ]
    headers = ["a point of", "arm", "windows", "features", "95 % CI", "with rounding"]
    return [grid(lines, headers, markdown, least=("with rounding",))] if lines else []


def _name(quota: Table) -> str:
    pool = "" if quota["pool"] == "default" else f" {quota['pool']}"
    account = f" ({quota['account']})" if quota["account"] else ""
    return f"{quota['provider']} {QUOTAS.get(quota['quota'], quota['quota'])}{pool}{account}"


def _parts(quota: Table, markdown: bool) -> list[str]:
    made = []
    for words, kind in (("week", "by_week"), ("model mix", "by_mix"), ("lane", "by_lane")):
        groups = quota[kind]
        if len(groups) > 1:
            lines = [[name, *_line(one)] for name, one in groups.items()]
            made.append(
                grid(
                    lines,
                    [f"{_name(quota)}, by {words}", *HEADERS],
                    markdown,
                    least=("tokens", "with rounding"),
                )
            )
    return made


def _drift(quota: Table, made: Table) -> list[str]:
    found = quota["drift"]
    pct = f"{100 * made['smaller_by']:g} %"
    if not found["compared"]:
        return [
            f"too few alike stretches to say ({found['stretches']} with a price; a comparison takes five of one mix)"
        ]
    base = f"evidence {number(found['evidence'])}, at most {number(found['most'])}, of {found['compared']} comparisons; 20 is needed"
    if not found["smaller"]:
        return [f"nothing shows that it has become smaller by more than {pct} ({base})"]
    lines = [f"YES, by more than {pct}: shown on {_day(found['since'])} ({base})"]
    if change := found["change"]:
        size = (
            ""
            if change["low"] is None
            else f" (95 % CI {span(change['low'], change['high'])}, the date taken as known)"
        )
        lines.append(
            f"changed around {_day(change['around'])} ({_day(change['from'])} .. {_day(change['to'])}): "
            f"a point holds {number(change['times'])} times the list money that it held{size}"
        )
    return lines


def _day(time: datetime) -> str:
    return f"{time:%Y-%m-%d}"


def _care(made: Table) -> list[str]:
    lines = [
        f"prices: {made['as_of']}; each request priced alone, then added",
        "a point that buys less list money need not be a smaller quota: compared are stretches alike in models and cache "
        "share, by tenths; what changes within a tenth, another way to weigh models, and use of the account that is not in "
        "these rows look the same",
        "the evidence may be looked at every day: an unchanged quota reaches 20 in at most one year of twenty",
    ]
    if unpriced := made["unpriced"]:
        some = ", ".join(f"{name} ({count:,})" for name, count in sorted(unpriced.items()))
        lines.append(f"no price is known of {some}: what holds such requests has no money, which is not 0")
    return lines
