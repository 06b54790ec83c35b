"""Reports for people: tables, intervals drawn in characters, plain text and Markdown."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from tabulate import tabulate

Table = dict[str, Any]
WIDTH = 44  # characters of a drawn interval


def number(value: float | None, digits: int = 3, none: str = "n/a") -> str:
    """Return a number with so many significant digits, without exponents where people can read it.

    >>> number(0.14230), number(1234.0), number(None)
    ('0.142', '1,234', 'n/a')
    """
    if value is None or not math.isfinite(value):
        return none
    if value == 0:
        return "0"
    magnitude = math.floor(math.log10(abs(value)))
    if not -5 < magnitude < 9:
        return f"{value:.{digits - 1}e}"
    return f"{value:,.{max(0, digits - 1 - magnitude)}f}"


def span(low: float | None, high: float | None, digits: int = 3, none: str = "n/a") -> str:
    """Return an interval as `low..high`.

    >>> span(0.11, 0.2), span(None, None), span(0.5, None)
    ('0.110..0.200', 'n/a', '0.500..')
    """
    if low is None and high is None:
        return none
    return f"{number(low, digits, '')}..{number(high, digits, '')}"


def grid(rows: Sequence[Sequence[Any]], headers: Sequence[str], markdown: bool = False) -> str:
    """Return a table; numbers are formatted by whoever calls."""
    return tabulate(
        rows,
        headers=headers,
        tablefmt="pipe" if markdown else "simple",
        disable_numparse=True,
        colalign=None,
    )


def drawn(low: float, estimate: float, high: float, most: float, width: int = WIDTH) -> str:
    """Return an interval drawn on a line that goes from 0 to `most`.

    >>> drawn(0.1, 0.2, 0.4, 0.4, 20)
    '     |----o--------|'
    """

    def place(value: float) -> int:
        return min(width - 1, max(0, round(value / most * (width - 1)))) if most > 0 else 0

    line = [" "] * width
    for i in range(place(low), place(high) + 1):
        line[i] = "-"
    line[place(low)] = line[place(high)] = "|"
    line[place(estimate)] = "o"
    return "".join(line).rstrip()


def intervals(lines: Sequence[tuple[str, float | None, float | None, float | None]], unit: str) -> str:
    """Return named intervals (name, low, estimate, high) drawn under one another on one scale.

    >>> print(intervals([("a", 0.1, 0.2, 0.4), ("bc", None, None, None)], "x"))  # doctest: +ELLIPSIS
        0...0.400 x
    a              |----...
    bc  ci=n/a
    """
    ends = [high for _, _, _, high in lines if high is not None]
    ends += [estimate for _, _, estimate, _ in lines if estimate is not None]
    most = max(ends, default=0.0)
    wide = max((len(name) for name, *_ in lines), default=0)
    scale = f"{most:.3g}" if most else "0"
    made = [f"{'':{wide}}  0{scale + ' ' + unit:>{WIDTH - 1}}"]
    for name, low, estimate, high in lines:
        if low is None or high is None or estimate is None or most <= 0:
            made.append(f"{name:{wide}}  ci=n/a")
        else:
            made.append(f"{name:{wide}}  {drawn(low, estimate, high, most)}")
    return "\n".join(made)


def as_json(table: Any) -> str:
    """Return JSON, indented, without numbers that JSON does not have."""
    return json.dumps(_plain(table), indent=2, ensure_ascii=False, default=str)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def preview(table: Table, markdown: bool = False) -> str:
    """Return the preview for people: the numbers `overview.preview` gives, and what they allow to say."""
    parts = [_plan_line(table["plan"])]
    if table["arms"]:
        parts += [_arms(table["arms"], markdown), _pictures(table["arms"], markdown)]
        parts += [_section("Sensitivity", _sensitivity(table["arms"]), markdown)]
        parts += [_section("Both arms", _both_arms(table), markdown)]
        parts += [_section("How many more", _how_many(table), markdown)]
    if table["proxy"]:
        parts.append(_section("Subagent Proxy", [_proxy_line(one) for one in table["proxy"]], markdown))
    count = len(table["anomalies"])
    parts.append(f"Anomalies: {count}" + (" (see anomalies.jsonl)" if count else ""))
    for title, lines in (
        ("", table["anomalies"]),
        ("Divergences", table["divergences"]),
        ("Notes", table["notes"]),
        ("What may be claimed", table["claims"]),
    ):
        if lines:
            parts.append(_section(title, lines, markdown))
    return "\n\n".join(parts).replace(")\n\n  - ", ")\n  - ") + "\n"


def _section(title: str, lines: Sequence[str], markdown: bool) -> str:
    mark = "- " if markdown else "  - "
    body = "\n".join(mark + line for line in lines)
    if not title:
        return body
    return f"### {title}\n\n{body}" if markdown else f"{title}:\n{body}"


def _plan_line(plan: Table) -> str:
    head = "Plan" if plan["registered"] else "Plan (not registered; defaults)"
    seed = "no seed" if plan["seed"] is None else f"seed {plan['seed']}"
    return (
        f"{head}: {plan['candidate']} against {plan['baseline']}, {plan['n_blocks']} blocks, first look at "
        f"{plan['first_look']}, smallest effect {plan['smallest_effect']:g}x, {seed}"
    )


def _name(arm: Table) -> str:
    return " ".join(arm[key] for key in ("methodology", "provider", "account") if arm[key])


def _arms(arms: Sequence[Table], markdown: bool) -> str:
    lines = []
    for arm in arms:
        interval = span(arm["ci"]["low"], arm["ci"]["high"], none="ci=n/a")
        lines.append(
            [
                _name(arm),
                arm["n"],
                number(arm["features"], 4),
                number(arm["capacity_pp"], 4),
                number(arm["efficiency"]),
                interval,
                number(arm["phi"]) + ("*" if arm["phi_assumed"] else ""),
                number(arm["relative_width"]),
                number(arm["power"], 2),
            ]
        )
    headers = ["arm", "n", "features", "capacity pp", "features/pp", "95 % CI", "phi", "width", "power"]
    return grid(lines, headers, markdown)


def _pictures(arms: Sequence[Table], markdown: bool) -> str:
    lines = [(_name(a), a["ci"]["low"], a["efficiency"], a["ci"]["high"]) for a in arms]
    picture = intervals(lines, "features/pp")
    return f"```\n{picture}\n```" if markdown else picture


def _sensitivity(arms: Sequence[Table]) -> list[str]:
    lines = []
    for arm in arms:
        fieller = arm["fieller"]
        bounds = span(fieller["low"], fieller["high"]) if fieller["bounded"] else "unbounded"
        if arm["n"] < 3:
            bounds = "n/a"
        line = f"{_name(arm)}: Fieller {bounds}; rounding envelope {span(**arm['rounding'])}"
        if arm["lost"]:
            line += f"; {len(arm['lost'])} windows without capacity"
            if arm["bounds_with_lost"]:
                line += f", estimate with them {span(**arm['bounds_with_lost'])}"
        if arm["glm_pp"] or arm["glm_credits"]:
            spent = [f"{number(arm['glm_pp'])} GLM points"] if arm["glm_pp"] else []
            spent += [f"{number(arm['glm_credits'], 6)} GLM credits"] if arm["glm_credits"] else []
            line += f"; besides these points it used {' and '.join(spent)}"
        lines.append(line)
    return lines


def _both_arms(table: Table) -> list[str]:
    comparison, looks = table["comparison"], table["sequential"]
    how = (
        f"paired, {comparison['n_blocks']} blocks"
        if comparison["paired"]
        else (f"unpaired, {comparison['windows_a']} and {comparison['windows_b']} windows")
    )
    interval = span(comparison["ci"]["low"], comparison["ci"]["high"], none="ci=n/a")
    lines = [
        f"features per point, {comparison['candidate']} over {comparison['baseline']}: "
        f"{number(comparison['rate_ratio'])} (95 % CI {interval}, {how})"
    ]
    if looks["looks"]:
        last = looks["looks"][-1]
        needed = "not possible yet" if last["threshold"] is None else f"{number(last['threshold'])} needed"
        verdict = f"rejected at block {looks['rejected_at']}" if looks["rejected_at"] else "not rejected"
        lines.append(
            f"sign-flip test: {verdict}; score {number(last['score'])}, {needed}, at look {len(looks['looks'])} "
            f"(block {last['n']} of {looks['registered_blocks']}, {number(100 * last['alpha'], 2)} % of error spent)"
        )
    else:
        lines.append(
            f"sign-flip test: no look yet ({looks['n_blocks']} blocks; the first is at {looks['first_look']})"
        )
    lines.append(
        f"e-value {number(looks['e_value'])} (highest {number(looks['e_highest'])}; 20 rejects, stop any time)"
    )
    return lines


def _how_many(table: Table) -> list[str]:
    power = table["power"]
    if power["needed"] is None:
        lines = ["windows needed: n/a (both arms need features and capacity)"]
    else:
        lines = [
            f"for {power['effect']:g}x with 80 % power: {power['needed']} windows per arm, need {power['more']} more "
            f"({power['needed_upper']} and {power['more_upper']} at the dispersion's 80 % upper bound)",
            f"power of {table['plan']['n_blocks']} blocks for {power['effect']:g}x: {number(power['at_registered'], 2)}",
        ]
    for arm in table["arms"]:
        if arm["windows_for_width"]:
            lines.append(
                f"planning: a relative width of 0.30 takes {arm['windows_for_width']} windows of {_name(arm)}"
            )
    return lines


def _proxy_line(proxy: Table) -> str:
    parts = [f"routed_to_glm={_percent(proxy['routed_pct'])} (prompts={proxy['requests']:,})"]
    if proxy["offloadable_pct"] is not None:
        parts.append(f"offloadable={_percent(proxy['offloadable_pct'])}")
    p50, p95 = (_latency(proxy[key], proxy["windows"]) for key in ("p50_latency_ms", "p95_latency_ms"))
    parts += [f"latency={p50} p50 / {p95} p95", f"errors={_percent(proxy['error_pct'])}"]
    return f"{proxy['methodology']}: " + ", ".join(parts)


def _percent(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.1f}%"


def _latency(found: Table | None, windows: int) -> str:
    if found is None:
        return "n/a"
    many = f" ({found['low']:,.0f}..{found['high']:,.0f} in {windows} windows)" if windows > 1 else ""
    return f"{found['median']:,.0f} ms{many}"


GATES = {
    "efficiency": "efficiency: features per point, ratio",
    "quality": "quality: B less the agreed share of A",
    "reliability_errors": "reliability: error rate, B less A, pp",
    "reliability_p95": "reliability: p95 latency, B over A",
    "cost": "cost: A over B",
}


def card(made: Table, markdown: bool = False) -> str:
    """Return the decision card for people."""
    title = f"{made['verdict']}  ({made['window']})"
    parts = [f"## {title}" if markdown else title]
    if made["gates"]:
        parts.append(_card_plan(made["plan"]))
        parts.append(_section("Data gate", _data_gate(made["data_gate"]), markdown))
        parts.append(_gates(made["gates"], markdown))
        parts.append(_worst(made["worst_case"]))
    else:
        parts.append(_section("This window's part", _window_part(made), markdown))
    for heading, lines in (
        ("Missing", made["missing"]),
        ("Expansion gates (not part of the verdict)", [_expansion(one) for one in made.get("expansion", [])]),
        ("Evidence (shown, never counted)", [_check(one) for one in made["evidence"]]),
        ("Notes", made.get("notes", [])),
    ):
        if lines:
            parts.append(_section(heading, lines, markdown))
    parts.append(f"inputs sha256: {made['inputs_sha256']}")
    return "\n\n".join(parts) + "\n"


def _card_plan(plan: Table) -> str:
    line = _plan_line(plan)
    return f"{line}\nWARNING: {plan['changed']}" if plan["changed"] else line


def _data_gate(data: Table) -> list[str]:
    complete, lowest = data["completeness"], data["completeness"]["lowest"]
    worst = f"; lowest {lowest['window']} {lowest['present']}/{lowest['required']}" if lowest else ""
    return [
        f"{_mark(data['pass'])}",
        f"completeness {complete['present']}/{complete['required']}{worst} (every window needs 80 %)",
        f"open anomalies in the judged windows: {len(data['anomalies'])}",
        f"complete blocks: {data['blocks']} (at least {data['least_blocks']})",
        f"seed of the blocks' coins: {'not recorded' if data['seed'] is None else data['seed']}",
    ]


def _mark(passes: bool) -> str:
    return "pass" if passes else "does not hold"


def _gates(gates: Sequence[Table], markdown: bool) -> str:
    lines = [
        [
            GATES[gate["name"]],
            number(gate["estimate"]),
            number(gate["bound"]),
            gate["rule"].split()[1] + " " + number(gate["margin"]),
            gate["n"],
            gate["verdict"] + (f": {gate['why']}" if gate["why"] else ""),
        ]
        for gate in gates
    ]
    return grid(lines, ["gate", "estimate", "bound", "needed", "n", "verdict"], markdown)


def _worst(worst: Table) -> str:
    lost = worst["lost_blocks"]
    if not lost:
        return f"Worst case: {worst['verdict']} (no block was lost)"
    return (
        f"Worst case: {worst['verdict']} (blocks {', '.join(lost)} counted as bad for the candidate as they can be: "
        f"score {number(worst['score'])}, {number(worst['threshold'])} needed)"
    )


def _window_part(made: Table) -> list[str]:
    data = made["data_gate"]
    lines = [
        f"completeness {one['present']}/{one['required']}"
        + (f": no {', '.join(one['lacks'])}" if one["lacks"] else "")
        for one in data["windows"]
    ]
    lines.append(f"quality {number(made['quality'])}")
    lines.append(
        f"open anomalies: {len(data['anomalies'])}" + "".join(f"; {said}" for said in data["anomalies"])
    )
    lines.append(
        "counts towards the verdict" if data["pass"] else "does not count towards the verdict as it is"
    )
    return lines


def _expansion(one: Table) -> str:
    if one["name"] == "G1":
        now = one["now"]
        said = (
            f"n {now['n']} (>= 3), relative width {number(now['relative_width'])} (<= 0.30, planning), "
            f"prospective power {number(now['power'], 2)} (>= 0.8), quality {now['quality']}; twice in a row"
        )
    elif one["name"] == "G2":
        said = f"{len(one['blocked_by_capacity'])} ready specs blocked by capacity only (>= {one['needed']})"
    else:
        said = "cost, quality and reliability as above"
    return f"{one['name']} {'holds' if one['pass'] else 'does not hold'}: {said}"


def _check(one: Table) -> str:
    where = f"{one['window']}: " if one["window"] else ""
    return f"{where}{one['check']} {one['result']}" + (f" ({one['detail']})" if one["detail"] else "")
