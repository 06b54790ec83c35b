"""What a feature costs in plan money, for people."""

from __future__ import annotations

from typing import Any

from tracker.print.layout import grid, number, section, span

Table = dict[str, Any]
QUOTAS = {"five_hour": "five-hour", "weekly_all": "weekly", "daily": "daily", "monthly": "monthly"}


def render(made: Table, markdown: bool = False) -> str:
    """Return the costs by arm, what is compared, the prices and how the numbers are meant."""
    money = made["currency"]
    lines = [
        [
            arm["name"],
            arm["windows"],
            number(arm["features"]),
            _estimate(arm.get("per_feature")),
            _ends(arm.get("per_feature")),
            _ends(arm.get("per_feature"), "rounded_"),
            _estimate(arm.get("per_window")),
            _ends(arm.get("per_window")),
        ]
        for arm in made["arms"]
    ]
    headers = [
        "arm, on its plans",
        "windows",
        "features",
        f"{money}/feature",
        "95 % CI",
        "with rounding",
        f"{money}/window",
        "95 % CI of it",
    ]
    least = ("95 % CI of it", "with rounding", "features", f"{money}/window")
    parts = [grid(lines, headers, markdown, least=least)]
    if made["comparisons"]:
        parts.append(section("Compared", [_compared(one) for one in made["comparisons"]], markdown))
    for arm in made["arms"]:
        if said := _of_arm(arm, money):
            parts.append(section(arm["name"], said, markdown))
    parts.append(section("Prices", [_price(plan, money) for plan in made["plans"]] or ["none"], markdown))
    parts.append(section("Read with care", _care(made), markdown))
    return "\n\n".join(parts) + "\n"


def _estimate(found: Table | None) -> str:
    return number(found["estimate"]) if found else "n/a"


def _ends(found: Table | None, kind: str = "") -> str:
    if found is None or found[f"{kind}low"] is None:
        return "ci=n/a"
    return span(found[f"{kind}low"], found[f"{kind}high"])


def _compared(one: Table) -> str:
    how = "paired by block" if one["paired"] else "not paired"
    counts = f"{one['windows_a']} and {one['windows_b']} windows, {how}"
    said = f"{one['a']} costs {number(one['ratio'])} times {one['b']} a feature ("
    if one["low"] is None and one["high"] is None:
        return f"{said}ci=n/a, {counts})"
    verdict = f"{one['cheaper']} is cheaper" if one["cheaper"] else "which is cheaper is not known"
    sizes = one["sizes"]
    if None not in sizes and abs(sizes[0] - sizes[1]) > 0.1 * max(sizes):
        verdict += (
            f"; their tasks differ in registered size ({number(sizes[0])} and {number(sizes[1])} a feature)"
        )
    return f"{said}95 % CI {span(one['low'], one['high'])}, {counts}): {verdict}"


def _of_arm(arm: Table, money: str) -> list[str]:
    lines = [f"cost not known: {why}" for why in arm["unknown"]]
    for plan in arm["plans"]:
        if shares := plan.get("share_of_week_per_window"):
            each = ", ".join(f"{number(100 * share)} % {_quota(name)}" for name, share in shares.items())
            lines.append(f"of a week of {plan['provider']} {plan['plan']} a window takes {each}")
    if binds := arm.get("binds"):
        lines.append(
            f"{binds['provider']}'s {_quota(binds['quota'])} quota binds: when it is used up, the arm stops"
        )
    size = arm.get("per_size")
    if size:
        lines.append(
            f"{number(size['estimate'])} {money} for 100 of registered task size (95 % CI {_ends(size)}; "
            f"{number(size['size_per_feature'])} a feature)"
        )
    if arm["left_out"]:
        lines.append(f"{arm['left_out']} windows without a number for every quota are left out")
    return [*lines, *arm["notes"]]


def _quota(name: str) -> str:
    return QUOTAS.get(name, name)


def _price(plan: Table, money: str) -> str:
    source = f", {plan['source']}" if plan["source"] != "--plan" else ""
    return f"{plan['provider']} {plan['plan']}: {number(plan['price'])} {money} a month ({plan['as_of']}{source})"


def _care(made: Table) -> list[str]:
    return [
        "every plan of an arm is paid for whole; the cost is that of using up the quota that binds: who uses less pays more",
        f"a week has {made['windows_a_week']} five-hour windows in which somebody works (--windows-a-week)",
        "the rounding column is the interval widened by what whole percents can hide",
        "the interval is good at one look, of windows that are independent and alike",
    ]
