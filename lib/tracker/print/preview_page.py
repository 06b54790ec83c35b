"""The preview for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tracker import cli
from tracker.print import first_screen, people_page
from tracker.print.first_screen import Draw, ScreenPart
from tracker.print.layout import grid, intervals, number, plan_line, section, span, total

Table = dict[str, Any]
ARMS = 4  # arms that one screen shows however much else there is


def render(table: Table, markdown: bool = False, *, full: bool = True) -> str:
    """Return the preview for people: what may be claimed, then the numbers `overview.preview` gives.

    All of it, or without `full` what one screen holds.
    """

    def listed(title: str) -> Draw:
        return lambda lines, columns: section(title, lines, markdown)

    def said(lines: Sequence[str], columns: int | None) -> str:
        return "\n".join(lines)

    def drawn_anomalies(lines: Sequence[str], columns: int | None) -> str:
        return "\n".join([lines[0], *([section("", lines[1:], markdown)] if lines[1:] else [])])

    arms = _compared_first(table)
    alone = 0 if arms else 3  # what is all there is must be seen
    parts = [
        ScreenPart("stop", [f"STOP: {why}" for why in table["stop"]], said, 2),
        ScreenPart("what may be claimed", _claims(table), listed("What may be claimed"), 3),
        ScreenPart("plan", [plan_line(table["plan"])], said, 1),
        ScreenPart("arms", arms, lambda arms, columns: _arms(arms, markdown, columns), ARMS, floor=2),
        ScreenPart(
            "intervals", arms[:ARMS] if not full else arms, lambda arms, columns: _pictures(arms, markdown)
        ),
        ScreenPart("both arms", _both_arms(table) if arms else [], listed("Both arms"), 3),
        ScreenPart(
            "people", people_page.lines(table["people"]) if table["people"] else [], listed("People"), 2
        ),
        ScreenPart(
            "each person",
            table["people"]["per_person"] if table["people"] else [],
            lambda people, columns: people_page.table(people, markdown, columns),
        ),
        ScreenPart("anomalies", _anomalies(table), drawn_anomalies, 3),
        ScreenPart("divergences", table["divergences"], listed("Divergences"), 1),
        ScreenPart("notes", table["notes"], listed("Notes"), 2),
        ScreenPart("how many more", _how_many(table) if arms else [], listed("How many more"), 1, floor=0),
        ScreenPart("proxy", [_proxy_line(one) for one in table["proxy"]], listed("Subagent Proxy"), alone),
        ScreenPart("sensitivity", [*_sensitivity(arms), *_pooled(table)], listed("Sensitivity")),
        ScreenPart("churn", _churn(arms) if _has_churn(arms) else [], listed("Churn")),
        ScreenPart("specs", _specs(table["specs"]), listed("Specs that wait")),
        ScreenPart("tokens", _tokens(table["tokens"]), listed("Tokens")),
        ScreenPart("readings", _readings(table["readings"]), listed("Readings"), alone),
    ]
    return first_screen.page([part for part in parts if part.rows], full) + "\n"


def _compared_first(table: Table) -> list[Table]:
    """Return the arms, those that are compared before others: a screen may not hold all."""
    compared = (table["plan"]["candidate"], table["plan"]["baseline"])
    return sorted(table["arms"], key=lambda arm: arm["methodology"] not in (None, *compared))


def _claims(table: Table) -> list[str]:
    """Return what may be claimed, of both arms before of each."""
    of_an_arm = tuple(f"{arm['name']}: " for arm in table["arms"])
    return sorted(table["claims"], key=lambda claim: claim.startswith(of_an_arm))


def _anomalies(table: Table) -> list[str]:
    """Return how many anomalies there are, and each of them."""
    count, explained = len(table["anomalies"]), len(table["acknowledged"])
    line = f"Anomalies: {count}"
    line += f" open, {explained} acknowledged" if explained else ""
    line += " (see anomalies.jsonl)" if count else ""
    return [line, *table["anomalies"], *table["acknowledged"]]


def records(table: Table) -> list[Table]:
    """Return a flat record for every arm: its single values, and its interval; for CSV."""
    return [
        {name: value for name, value in arm.items() if not isinstance(value, dict | list)}
        | {f"ci_{end}": arm["ci"][end] for end in ("low", "high")}
        | {"churn_14d": (arm["churn"] or {}).get("share"), "churn_mature": (arm["churn"] or {}).get("mature")}
        for arm in table["arms"]
    ]


def _readings(made: Table) -> list[str]:
    """Return how the meters' readings were recorded, and the windows that wait to be finished."""
    if not made["sources"]:
        return []
    lines = [", ".join(f"{count} with source={source}" for source, count in made["sources"].items())]
    for one in made["waiting"]:
        todo = "to be finished by complete-window" if one["complete"] else "still open"
        lines.append(
            f"{one['window']} {one['provider']} (agent {one['agent_id']}, source={', '.join(one['sources'])}): "
            f"{one['seen']}; {todo}"
        )
    return lines


def _arms(arms: Sequence[Table], markdown: bool, columns: int | None) -> str:
    lines = []
    for arm in arms:
        interval = span(arm["ci"]["low"], arm["ci"]["high"], none="ci=n/a")
        lines.append(
            [
                arm["name"],
                arm["n"],
                total(arm["features"]),
                total(arm["capacity_pp"]),
                number(arm["efficiency"]),
                interval,
                number(arm["phi"]) + ("*" if arm["phi_assumed"] else ""),
                number(arm["relative_width"]),
                number(arm["power"], 2),
                *([_churn_cell(arm["churn"])] if _has_churn(arms) else []),
            ]
        )
    headers = ["arm", "n", "features", "capacity pp", "features/pp", "95 % CI", "phi", "width", "power"]
    headers += ["churn 14d (mature)"] if _has_churn(arms) else []
    return grid(lines, headers, markdown, least=("phi", "width", "power"), columns=columns)


def _has_churn(arms: Sequence[Table]) -> bool:
    return any(arm["churn"] for arm in arms)


def _churn_cell(churn: Table | None) -> str:
    if churn is None:
        return "n/a"
    return f"{_share(churn['share'])} ({churn['mature']}/{churn['windows']})"


def _churn(arms: Sequence[Table]) -> list[str]:
    """Return each arm's churn, how much of it is mature, and how far the windows lie apart."""
    lines = []
    for arm in arms:
        churn = arm["churn"]
        if churn is None:
            lines.append(f"{arm['name']}: no window's commits were measured")
            continue
        line = (
            f"{arm['name']}: nothing is mature yet"
            if not churn["mature"]
            else f"{arm['name']}: {_share(churn['share'])} of {churn['mature_lines']:,} added lines gone within 14 days"
        )
        if churn["mature"] > 1:
            line += f", {_share(churn['low'])} to {_share(churn['high'])} by window"
        line += f"; {churn['mature']} of {churn['windows']} measured windows are mature"
        if churn["matures_at"]:
            line += f", the next on {churn['matures_at'][:10]} ({churn['added_lines'] - churn['mature_lines']:,} lines wait)"
        if churn["not_measured"]:
            line += f"; {churn['not_measured']} not measured"
        lines.append(line)
    return lines


def _share(value: float | None) -> str:
    return "n/a" if value is None else f"{100 * value:.1f} %"


def _tokens(sessions: Sequence[Table]) -> list[str]:
    """Return the last session's tokens against the budget, and how many earlier ones went beyond it."""
    if not sessions:
        return []
    over = [one for one in sessions[:-1] if one["left"] < 0]
    more = (
        [f"{len(over)} of the {len(sessions) - 1} sessions before it went beyond the budget"] if over else []
    )
    return [_session(sessions[-1]), *more]


def _session(one: Table) -> str:
    left = one["left"]
    how = f"{left:,} left" if left >= 0 else f"{-left:,} beyond it"
    by = ", ".join(f"{name} {count:,}" for name, count in one["by_provider"].items())
    line = (
        f"session of {one['since'][:10]} {one['since'][11:16]} UTC: {one['tokens']:,} tokens, caches included, in "
        f"{one['windows']} windows "
        f"({by}), of a budget of {one['budget']:,}: {how}"
    )
    unknown = one["not_counted"]
    return line + (f"; {len(unknown)} windows without a count" if unknown else "")


def _specs(specs: Table) -> list[str]:
    lines = []
    if specs["ready"] or specs["blocked_by_capacity"]:
        held = specs["blocked_by_capacity"]
        lines.append(
            f"{len(specs['ready'])} ready{_names(specs['ready'])}; {len(held)} blocked by capacity alone"
            f"{_names(held)}, of which gate G2 asks for {specs['needed']}"
        )
    if specs["blocked_otherwise"]:
        why = ", ".join(f"{name}: {what}" for name, what in specs["blocked_otherwise"].items())
        lines.append(f"{len(specs['blocked_otherwise'])} blocked by something else ({why})")
    return lines


def _names(names: Sequence[str]) -> str:
    return f" ({cli.some(names)})" if names else ""


def _pictures(arms: Sequence[Table], markdown: bool) -> str:
    lines = [(a["name"], a["ci"]["low"], a["efficiency"], a["ci"]["high"]) for a in arms]
    picture = intervals(lines, "features/pp")
    return f"```\n{picture}\n```" if markdown else picture


def _sensitivity(arms: Sequence[Table]) -> list[str]:
    lines = []
    for arm in arms:
        fieller = arm["fieller"]
        bounds = span(fieller["low"], fieller["high"]) if fieller["bounded"] else "unbounded"
        if arm["n"] < 3:
            bounds = "n/a"
        line = f"{arm['name']}: Fieller {bounds}; rounding envelope {span(**arm['rounding'])}"
        if arm["lost"]:
            line += f"; {len(arm['lost'])} windows without capacity"
            if arm["bounds_with_lost"]:
                line += f", estimate with them {span(**arm['bounds_with_lost'])}"
        if arm["glm_pp"] or arm["glm_credits"]:
            spent = [f"{number(arm['glm_pp'])} GLM points"] if arm["glm_pp"] else []
            spent += [f"{total(arm['glm_credits'])} GLM credits"] if arm["glm_credits"] else []
            line += f"; besides these points it used {' and '.join(spent)}"
        lines.append(line)
    return lines


def _pooled(table: Table) -> list[str]:
    """Return both arms' dispersion together with the intervals that it gives, or that they do not scatter alike."""
    pooled = table["pooled"]
    if not pooled:
        return []
    arms = pooled["arms"]
    earlier = f" and {pooled['earlier']} before the registration" if pooled["earlier"] else ""
    line = f"pooled dispersion (both arms, {sum(arm['n'] for arm in arms)} windows{earlier}): "
    chance = "p < 0.001" if pooled["p"] < 0.001 else f"p {number(pooled['p'], 2)}"
    if not pooled["alike"]:
        each = ", ".join(f"{arm['name']} {number(arm['phi'])}" for arm in arms)
        return [f"{line}none, for arms do not scatter alike ({chance}; phi {each})"]
    each = "; ".join(f"{arm['name']} {span(arm['ci']['low'], arm['ci']['high'])}" for arm in arms)
    return [
        f"{line}phi {number(pooled['phi'])} with {pooled['df']} degrees of freedom; {each} features/pp; arms "
        f"scatter alike as far as so few windows tell ({chance}); no gate reads this"
    ]


def _both_arms(table: Table) -> list[str]:
    comparison, looks = table["comparison"], table["sequential"]
    how = (
        f"paired, {comparison['n_blocks']} {'cells' if looks['unit'] == 'task' else 'blocks'}"
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
        verdict = (
            f"rejected at {looks['unit']} {looks['rejected_at']}" if looks["rejected_at"] else "not rejected"
        )
        lines.append(
            f"sign-flip test: {verdict}; score {number(last['score'])}, {needed}, at look {len(looks['looks'])} "
            f"({looks['unit']} {last['n']} of {looks['registered_blocks']}, {number(100 * last['alpha'], 2)} % of error spent)"
        )
    else:
        lines.append(
            f"sign-flip test: no look yet ({looks['n_blocks']} {looks['unit']}s; the first is at {looks['first_look']})"
        )
    if looks["e_value"] is not None:  # made for windows
        lines.append(
            f"e-value {number(looks['e_value'])} (highest {number(looks['e_highest'])}; 20 rejects, stop any time)"
        )
    if looks["looks"]:
        lines.append(_scores_of_tasks(looks) if looks["unit"] == "task" else _scores(looks))
    return lines


def _scores_of_tasks(looks: Table) -> str:
    """Return the test's score of each task, and whether windows differ so much that cells are exchanged too."""
    each = ", ".join(f"{name}: {value:.2f}" for name, value in looks["scores"].items())
    without = looks["without_best"]
    best = "rejects" if without["rejected_at"] else "does not reject"
    chance = number(looks["differ"], 2)
    windows = f"windows differ (p {chance}): {looks['cells']} cells were exchanged as wholes too"
    if not looks["cells"]:
        windows = f"windows do not differ beyond chance (p {chance}), so the task is the unit"
    return (
        f"scores by task, (a - b)/(a + b) of both arms' points: {each}; without task {without['block']} the test {best}; "
        f"{windows}"
    )


def _scores(looks: Table) -> str:
    """Return the test's score of each block, what they are made of, and how alike the arms scatter."""
    each = ", ".join(f"{name}: {value:.2f}" for name, value in looks["scores"].items())
    without = looks["without_best"]
    best = "rejects" if without["rejected_at"] else "does not reject"
    phi, points = (number(looks[key]) for key in ("scatter_ratio", "points_scatter_ratio"))
    at = f" at {number(100 * without['alpha'], 2)} %" if without["alpha"] < looks["alpha"] else ""
    return (
        f"scores by block, features beyond {number(looks['rate'])} a point, B less A: {each}; without block "
        f"{without['block']} the test {best}{at}; phi of B over that of A {phi}, squared variation of points {points}"
    )


def _registered(plan: Table) -> str:
    return f"{plan['n_tasks']} tasks" if plan.get("unit") == "task" else f"{plan['n_blocks']} blocks"


def _how_many(table: Table) -> list[str]:
    power = table["power"]
    if power["needed"] is None:
        lines = [
            f"{'tasks' if power['unit'].startswith('task') else 'windows'} needed: n/a (both arms need features and capacity)"
        ]
    else:
        lines = [
            f"for {power['effect']:g}x with 80 % power: {power['needed']} {power['unit']}, need {power['more']} more "
            f"({power['needed_upper']} and {power['more_upper']} at the dispersion's 80 % upper bound)",
            f"power of {_registered(table['plan'])} for {power['effect']:g}x: {number(power['at_registered'], 2)}",
        ]
    for arm in table["arms"]:
        if arm["windows_for_width"]:
            lines.append(
                f"planning: a relative width of 0.30 takes {arm['windows_for_width']} windows of {arm['name']}"
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
