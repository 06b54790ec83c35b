"""Which plan fits one's own load, for people."""

from __future__ import annotations

from typing import Any

from tracker.print.layout import grid, number, section, span

Table = dict[str, Any]
QUOTAS = {"five_hour": "five-hour", "weekly_all": "weekly"}
LEAST = ("95 % CI", "used of it", "hours: median", "at 95 %")
HEADERS = (
    "waits",
    "at 95 %",
    "hours: median",
    "90 %",
    "longest",
    "used of it",
    "95 % CI",
    "rests on",
)


def render(made: Table, markdown: bool = False) -> str:
    """Return a table for each load, what carries it, what each line rests on, and how it is meant."""
    parts: list[str] = []
    for load in made["loads"]:
        lines = [[_name(fit), *_line(fit)] for fit in load["fits"]]
        headers = [f"{_whose(load)}'s load on", f"{made['currency']} a month", *HEADERS]
        if _is_known(load):
            parts.append(grid(lines, headers, markdown, least=LEAST))
        parts.append(section(f"{_whose(load)}", _of_load(load, made), markdown))
        if _is_known(load) and (said := _rests_on(load)):
            parts.append(section("What each quota is known by", said, markdown))
    prices = [
        f"{plan['provider']} {plan['plan']}: {number(plan['price'])} {made['currency']} a month ({plan['as_of']}, {plan['source']})"
        for plan in made["plans"]
    ]
    if any(map(_is_known, made["loads"])):
        parts.append(section("Prices", prices or ["none"], markdown))
    parts.append(section("Read with care", _care(made), markdown))
    return "\n\n".join(parts) + "\n"


def _is_known(load: Table) -> bool:
    return any(fit["waiting_pct"] for fit in load["fits"])


def _whose(load: Table) -> str:
    account = f" ({load['account']})" if load["account"] else ""
    return f"{load['provider']}{account}"


def _name(fit: Table) -> str:
    seats = f" x {fit['seats']}" if fit["seats"] > 1 else ""
    return f"{fit['plan']}{seats}{' + glm' if fit['offload'] else ''}{' (now)' if fit['now'] else ''}"


def _line(fit: Table) -> list[str]:
    cost = number(fit["cost"])
    if not fit["waiting_pct"]:
        return [cost, *["n/a"] * 7, _basis(fit)]
    share, hours, of_it = fit["waiting_pct"], fit["hours"], fit["used"]
    least = "" if fit["whole"] else ">= "
    return [
        cost,
        f"{least}{number(share['estimate'])} %",
        "ci=n/a"
        if share["low"] is None or share["high"] is None
        else f"{span(share['low'], share['high'])} %",
        *("-" if hours[name] is None else number(hours[name]) for name in ("median", "p90", "longest")),
        "n/a" if of_it["estimate"] is None else least + number(of_it["estimate"]),
        "ci=n/a" if of_it["low"] is None else span(of_it["low"], of_it["high"]),
        _basis(fit),
    ]


def _basis(fit: Table) -> str:
    found = list(dict.fromkeys(one["basis"] for one in fit["quotas"]))
    return ", ".join(found) or "not known"


def _of_load(load: Table, made: Table) -> list[str]:
    lines = [
        f"{load['requests']:,} requests, {number(load['usd'])} USD by the list, in {number(load['days'])} days",
        _carried(load, made),
    ]
    lines += [_compared(one) for one in load["comparisons"]]
    if load["unknown"]:
        lines.append(load["unknown"])
    if not _is_known(load):
        lines.append(
            "no reading says what a point of its quotas is worth, so nothing can be replayed: `tracker now` says where readings come from"
        )
    for quota, one in load["full"].items():
        if one["full"]:
            lines.append(
                f"{one['full']} of {one['windows']} {_quota(quota)} windows were seen full: work that was not begun for "
                "that is not in the load, so more would have come to a larger plan"
            )
    for fit in load["fits"]:
        if fit["after_end_pct"]:
            lines.append(
                f"{_name(fit)}: {number(fit['after_end_pct'])} % of the work would still have waited at the end"
            )
    if load["days"] < 7:
        lines.append("less than a week: what a weekly quota does is hardly seen")
    if load["offloadable_pct"]:
        text = f"{number(load['offloadable_pct'])} % of it could be offloaded"
        sent = (
            f"; {load['offloaded_requests']:,} requests were, and count here as the plan's own"
            if load["offloaded_requests"]
            else ""
        )
        lines.append(text + sent)
    if load["unpriced"]:
        some = ", ".join(f"{name} ({count:,})" for name, count in sorted(load["unpriced"].items()))
        lines.append(f"no price is known of {some}: left out, so the load is more than this")
    if load["not_replayed"]:
        lines.append(f"quotas of one model are not replayed: {', '.join(load['not_replayed'])}")
    return lines


def _carried(load: Table, made: Table) -> str:
    most = f"at most {number(made['most_waiting_pct'])} % of the work waits"
    found = load["carries"]
    if found is None:
        return f"no plan with a known price is known to carry it ({most})"
    cost = f"{number(found['cost'])} {made['currency']} a month"
    how = "carries it" if found["sure"] else "carries it by the estimate, not at the end of its interval"
    rests = ", if its seller's multiples hold" if found["assumed"] else ""
    return f"the cheapest that {how}: {_name(found | {'now': False})}, {cost} ({most}){rests}"


def _compared(one: Table) -> str:
    if one["low"] is None and one["high"] is None:
        return f"the load takes {number(one['ratio'])} times the money of {one['b']} on {one['a']} (ci=n/a)"
    verdict = f"{one['cheaper']} is cheaper" if one["cheaper"] else "which is cheaper is not known"
    ends = span(one["low"], one["high"])
    return f"used up, {one['a']} costs {number(one['ratio'])} times {one['b']} for this work (95 % CI {ends}): {verdict}"


def _rests_on(load: Table) -> list[str]:
    lines: dict[str, None] = {}
    lacks: dict[str, list[str]] = {}
    for fit in load["fits"]:
        for one in fit["quotas"]:
            if one["usd_per_point"] is None:
                lacks.setdefault(fit["plan"], []).append(_quota(one["quota"]))
            else:
                lines[f"{fit['plan']}, {_quota(one['quota'])}: {_known_by(one)}"] = None
        for why in fit["unknown"]:
            lines[f"{fit['plan']}: {why}"] = None
        if not fit["quotas"]:
            lacks[fit["plan"]] = ["every quota"]
    some = "; ".join(f"{plan} {', '.join(dict.fromkeys(names))}" for plan, names in lacks.items())
    more = (
        [f"not known: {some}; windows measured on it, or `quotas` in plans.toml, would say"] if some else []
    )
    return [*lines, *more]


def _known_by(one: Table) -> str:
    worth = one["usd_per_point"]
    ends = (
        "ci=n/a"
        if worth["low"] is None or worth["high"] is None
        else f"95 % CI {span(worth['low'], worth['high'])}"
    )
    said = f"{number(worth['estimate'])} USD by the list a point ({ends}, {one['stretches']} stretches)"
    return f"{said}; an ASSUMPTION: {one['source']}" if one["source"] else f"{said}, {one['basis']}"


def _quota(name: str) -> str:
    return QUOTAS.get(name, name)


def _care(made: Table) -> list[str]:
    return [
        f"prices of requests: {made['prices']}; the load is in that money, and where a gauge was read counts as what it said",
        "work comes when it came; who must wait also begins later work later, which is not replayed; work itself takes no time, so "
        "waits are the least that they can be",
        "a quota's window opens with its first work; a seat more is an account more, and the first with room serves",
        "the ends are those of a point's worth, rounding included: of this load, not of the next month's",
        "used of it: the price times what the load takes of the quota that binds, as if seats were sold by the part; >= where a "
        "quota is not known",
    ]
