"""A replay in words and tables: numbers in, text out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tracker.print import layout
from tracker.print.layout import number

Table = dict[str, Any]
POLICY_NAMES = {
    "greedy": "greedy (most features per point)",
    "fixed": "fixed (the best single arm, known)",
    "bwk": "bwk (PrimalDualBwK)",
    "ucb-bwk": "ucb-bwk (optimistic LP)",
    "lp": "lp (certainty equivalent)",
}
MEANS = {
    "SUPPORTED": "{strategy} delivers at least as much as {baseline}",
    "NOT SUPPORTED": "{strategy} delivers less than {baseline}",
    "INCONCLUSIVE": "the log cannot say whether {strategy} delivers as much as {baseline}",
}


def interval(found: Table, digits: int = 3) -> str:
    """Return `+1.20 (95 % CI 0.30..2.10)`, or with `ci=n/a`.

    >>> interval({"mean": 1.2, "low": 0.3, "high": 2.1}), interval({"mean": 0.0, "low": None, "high": None})
    ('+1.20 (95 % CI 0.300..2.10)', '0 (ci=n/a)')
    """
    sign = "+" if found["mean"] > 0 else ""
    ends = "ci=n/a" if found["low"] is None else "95 % CI " + layout.span(found["low"], found["high"], digits)
    return f"{sign}{number(found['mean'], digits)} ({ends})"


def render(table: Table, markdown: bool = False) -> str:
    """Return a replay, or the literature's example, as a report."""
    return (_pricing if "reference" in table else _replay)(table, markdown)


def _replay(table: Table, markdown: bool) -> str:
    names = list(table["budgets"])
    proxied = any(arm["requests"] for arm in table["arms"])
    parts = [
        f"Router replay: {table['windows']} windows, {len(table['arms'])} arms, a week of {table['rounds']} rounds, "
        f"{table['seeds']:,} seeds",
        layout.grid(
            [
                [
                    arm["arm"],
                    arm["windows"],
                    number(arm["features_per_window"]),
                    number(arm["features_per_point"]),
                    *(number(arm["cost_per_window"][name]) for name in names),
                    *([number(arm["routed_to_glm_pct"]), number(arm["error_pct"])] if proxied else []),
                ]
                for arm in table["arms"]
            ],
            [
                "arm",
                "windows",
                "features/window",
                "features/point",
                *(f"{name}/window" for name in names),
                *(["routed to GLM %", "errors %"] if proxied else []),
            ],
            markdown,
            least=("errors %", "routed to GLM %", *(f"{name}/window" for name in reversed(names))),
        ),
        "Budgets: "
        + "".join(f"{name} {number(held)}; " for name, held in table["budgets"].items())
        + f"time {table['rounds']} rounds. LP optimum on the log as it is: {number(table['lp_features'])} features.",
        layout.grid(
            [_policy(line, names, table["baseline"]) for line in table["policies"]],
            [
                "policy",
                "features",
                *(f"{name} used" for name in names),
                "% of its LP",
                "regret",
                f"P(>= {table['baseline']})",
                f"features over {table['baseline']}",
            ],
            markdown,
            least=("regret", "% of its LP", *(f"{name} used" for name in reversed(names))),
        ),
        f"Verdict: {table['verdict']}: {MEANS[table['verdict']].format(**table)}.\n"
        f"{table['strategy']} - {table['baseline']}: {interval(table['difference'])} features in {table['rounds']} "
        f"rounds, {table['windows']} windows.",
        layout.section("What the log supports", _support(table), markdown),
    ]
    if table.get("what_if"):
        parts.append(layout.section("What if", _what_if(table["what_if"]), markdown))
    if table["notes"]:
        parts.append(layout.section("Notes", table["notes"], markdown))
    return "\n\n".join(parts) + "\n"


def _policy(line: Table, names: Sequence[str], baseline: str) -> list[str]:
    compared = [f"{line['p_at_least']:.2f}", interval(line["difference"])]
    return [
        POLICY_NAMES[line["policy"]],
        number(line["features"]),
        *(number(line["used"][name]) for name in names),
        number(line["lp_pct"]),
        number(line["regret"]),
        *(["", "baseline"] if line["policy"] == baseline else compared),
    ]


def _support(table: Table) -> list[str]:
    support = table["support"]
    lines = [
        "Model-based, no counterfactual support: every arm's rounds are its own windows drawn again, on resampled "
        "logs; tasks, days and people are taken as exchangeable.",
        "Every policy but `fixed` starts without knowledge of the log. A window cut off at an empty quota counts "
        "by its share, so % of LP can pass 100 by a part of a window.",
    ]
    if not support["coin_flips"]:
        lines.append(
            "A fixed rule chose the arms (propensity 0 or 1): importance weighting, doubly robust estimates and "
            "rejection replay are undefined for this log."
        )
    for line in support["rejection"]:
        lines.append(
            f"Rejection replay of {line['policy']} (propensity 1/2 at the first window of {support['coin_flips']} "
            f"coin-flipped blocks, {number(line['accepted'])} accepted on average): "
            f"{interval(line['features_per_round']).lstrip('+')} features per round."
        )
    if "fixed" in (table["strategy"], table["baseline"]):
        lines.append(
            "`fixed` knows the log: its differences flatter it, and their interval covers less than 95 %."
        )
    if table["verdict"] == "INCONCLUSIVE" or not support["coin_flips"]:
        lines.append(
            "To make it answerable: blocks of one window per arm, their order by a recorded coin "
            "(`assign-tasks`), until the interval leaves 0."
        )
    return lines


def _what_if(found: Table) -> list[str]:
    price = (
        ""
        if found["price_per_month"] is None
        else f" The change costs {number(found['price_per_month'])} a month."
    )
    lines = [f"A fresh week of {found['rounds']} rounds, before and after.{price}"]
    lines += [
        f"{name}: {number(both['before'])} -> {number(both['after'])}"
        for name, both in found["budgets"].items()
    ]
    before, after = found["binds"]
    if not before:
        lines.append(
            f"today the {found['rounds']} rounds bind and no quota does: a larger plan cannot show a gain here; "
            "more rounds (--rounds) would"
        )
    if after and not before:
        lines.append(f"after it {' and '.join(after)} would bind")
    for line in found["gains"]:
        gain = f"{line['policy']}: {number(line['before'])} -> {number(line['after'])} features a week, "
        gain += f"gain {interval(line['gain'])}"
        if line["gain_per_price"]:
            per = {
                end: None if value is None else 100 * value for end, value in line["gain_per_price"].items()
            }
            gain += f"; features a month per 100 of plan price: {interval(per)}"
        lines.append(gain)
    if found["price_per_month"] is None:
        lines.append("Features per plan price: give the change's price a month with --price.")
    return lines


def records(table: Table) -> list[Table]:
    """Return a flat record for every policy; for CSV."""
    made = []
    for line in table["policies"]:
        flat: Table = {}
        for name, value in line.items():
            if isinstance(value, dict):
                flat |= {f"{name}_{inner}": one for inner, one in value.items()}
            else:
                flat[name] = value
        made.append(flat)
    return made


def title(table: Table) -> str:
    """Return a drawing's title."""
    if "reference" in table:
        return f"Dynamic pricing, {table['seeds']} seeds"
    return f"Regret by policy: {table['windows']} windows, {table['seeds']:,} seeds; {table['verdict']}"


def _pricing(table: Table, markdown: bool) -> str:
    lines = [
        [
            line["policy"],
            f"{line['slope']:.3f}",
            layout.span(*line["slope_target"]),
            f"{line['lp_pct']:.1f}",
            "n/a" if line["lp_pct_target"] is None else f">= {line['lp_pct_target']:g}",
            "yes" if line["holds"] else "NO",
        ]
        for line in table["policies"]
    ]
    head = (
        f"Dynamic pricing (Badanidiyuru, Kleinberg, Slivkins 2018): B = T/4, {table['seeds']} seeds, "
        f"T = {', '.join(str(size) for size in table['sizes'])}"
    )
    columns = ["policy", "regret slope", "target", f"% of LP at {table['sizes'][-1]}", "target", "holds"]
    return head + "\n\n" + layout.grid(lines, columns, markdown) + "\n"
