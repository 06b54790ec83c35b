"""The decision card for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tracker.print.layout import grid, number, plan_line, section

Table = dict[str, Any]
NOTHING = "nothing that these rows tell of"
TAKEN_OUT = "What was taken out, changed or never played"


def render(made: Table, markdown: bool = False) -> str:
    """Return the decision card for people."""
    title = f"{made['verdict']}  ({made['window']})"
    parts = [f"## {title}" if markdown else title]
    if made["gates"]:
        parts.append(plan_line(made["plan"]))
        parts.append(section("Data gate", _data_gate(made["data_gate"]), markdown))
        parts.append(_gates(made["gates"], markdown))
        parts += [_score(gate, made["plan"]) for gate in made["gates"] if gate["score"]]
        parts.append(
            section(TAKEN_OUT, _taken_out(made["taken_out"], made["data_gate"]["refused"]), markdown)
        )
        parts.append(_worst(made["worst_case"], made["data_gate"]["counted"], made["taken_out"]["lines"]))
    else:
        parts.append(section("This window's part", _window_part(made), markdown))
    for heading, lines in (
        ("Missing", made["missing"]),
        ("Expansion gates (not part of the verdict)", [_expansion(one) for one in made.get("expansion", [])]),
        ("Evidence (shown, never counted)", _checks(made["evidence"]) + _votes(made["votes"])),
        ("Notes", made.get("notes", [])),
    ):
        if lines:
            parts.append(section(heading, lines, markdown))
    parts.append(f"inputs sha256: {made['inputs_sha256']}")
    return "\n\n".join(parts + ledger_head(made)) + "\n"


def ledger_head(made: Table) -> list[str]:
    """Return the head of the ledger that a card was computed from, a file a line; nothing where there is none."""
    if not made["ledger_head"]:
        return []
    mark, at, *files = made["ledger_head"].split(" ")
    return ["\n    ".join(["ledger head, for `ledger-verify --against`:", f"{mark} {at}", *files])]


def _data_gate(data: Table) -> list[str]:
    complete, lowest = data["completeness"], data["completeness"]["lowest"]
    worst = f"; lowest {lowest['window']} {lowest['present']}/{lowest['required']}" if lowest else ""
    return [
        f"{_mark(data['pass'])}",
        f"completeness {complete['present']}/{complete['required']}{worst} (every window needs 80 %)",
        f"open anomalies in the judged windows: {len(data['anomalies'])}"
        + (f"; acknowledged: {len(data['acknowledged'])}" if data["acknowledged"] else ""),
        *data["acknowledged"],
        f"complete {data['counted']}: {data['blocks']} (at least {data['least_blocks']})",
        f"seed of the {data['counted']}' coins: {'not recorded' if data['seed'] is None else data['seed']}",
    ]


def _mark(passes: bool) -> str:
    return "pass" if passes else "does not hold"


def _gates(gates: Sequence[Table], markdown: bool) -> str:
    lines = [
        [
            gate["label"],
            gate["unit"],
            number(gate["estimate"]),
            number(gate["bound"]),
            gate["needed"] + " " + number(gate["margin"]),
            gate["n"],
            gate["verdict"] + (f": {gate['why']}" if gate["why"] else ""),
        ]
        for gate in gates
    ]
    return grid(lines, ["gate", "unit", "estimate", "bound", "needed", "n", "verdict"], markdown)


def _score(gate: Table, plan: Table) -> str:
    """Return where the test behind a gate stands."""
    score = gate["score"]
    if not score["block"]:
        return f"Score of the {gate['name']} test: {number(score['value'])}, no look yet"
    unit = plan.get("unit", "block")
    count = plan["n_tasks"] if unit == "task" else plan["n_blocks"]
    needed = "not possible yet" if score["needed"] is None else f"{number(score['needed'])} needed"
    by_rate = "" if score["rate"] is None else f", R being {number(score['rate'])} features a point"
    each = ", ".join(f"{name}: {number(value)}" for name, value in score["of_units"].items())
    return (
        f"Score of the {gate['name']} test: {number(score['value'])}, {needed} ({unit} {score['block']} of "
        f"{count}, {number(100 * score['spent'], 2)} % of error spent)\n"
        f"Scores by {unit}{by_rate}; {each}"
    )


def _taken_out(made: Table, refused: Sequence[str]) -> list[str]:
    """Return what disappeared, the verdict with it, and what vouches for the rest."""
    nothing = "nothing beside what the card is refused for (see Missing)" if refused else NOTHING
    lines = list(made["lines"]) or [nothing]
    if made["put_back"]:
        lines.append(f"verdict with all of that as first recorded: {made['put_back']}")
    return [*lines, made["chain"], made["recomputed"]]


def _worst(worst: Table, counted: str, listed: Sequence[str]) -> str:
    lost = worst["lost_blocks"]
    if not lost:
        beside = (
            "; what is listed above was counted at its worse as far as it bears on a gate" if listed else ""
        )
        return f"Worst case: {worst['verdict']} (no {counted[:-1]} was lost{beside}){_held_down(worst)}"
    needed = (
        "no score is enough yet" if worst["threshold"] is None else f"{number(worst['threshold'])} needed"
    )
    return (
        f"Worst case: {worst['verdict']} ({counted} counted as bad for the candidate as they can be: "
        f"{_named(worst['why'])}; score {number(worst['score'])}, {needed}){_held_down(worst)}"
    )


def _held_down(worst: Table) -> str:
    """Return what the rows in force would come to by themselves, where the worst case keeps the card below it."""
    if not worst["held_down"]:
        return ""
    return f". The rows in force alone would be {worst['held_down']}; no verdict stands above its worst case"


def _named(why: dict[str, str]) -> str:
    """Return the blocks with why they are lost, those of one reason together.

    >>> _named({"1": "undone", "W1": "no block", "2": "undone"})
    '1, 2 (undone); W1 (no block)'
    """
    reasons: dict[str, list[str]] = {}
    for name, reason in why.items():
        reasons.setdefault(reason, []).append(name)
    return "; ".join(f"{', '.join(names)} ({reason})" for reason, names in reasons.items())


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
    lines += data["acknowledged"]
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


def _votes(votes: Sequence[Table]) -> list[str]:
    """Return the panel's votes: how many of each, and whose."""
    if not votes:
        return []
    counts: dict[str, int] = {}
    for one in votes:
        counts[one["vote"]] = counts.get(one["vote"], 0) + 1
    each = (
        f"{one['by']} {one['vote']}"
        + (f" on {one['window']}" if one["window"] not in (None, "WEEK0") else "")
        + (f" (before: {', '.join(one['before'])})" if one["before"] else "")
        + (f" ({one['detail']})" if one["detail"] else "")
        for one in votes
    )
    totals = ", ".join(f"{count} {vote}" for vote, count in counts.items())
    return [f"panel votes: {totals}: {'; '.join(each)}"]


def _checks(rows: Sequence[Table]) -> list[str]:
    """Return checks of windows counted by result, and the others one by one."""
    windows: dict[tuple[str, str], list[str]] = {}
    lines = []
    for one in rows:
        if one["window"]:
            windows.setdefault((one["check"], one["result"]), []).append(one["window"])
        else:
            lines.append(f"{one['check']} {one['result']}" + (f" ({one['detail']})" if one["detail"] else ""))
    counted = [
        f"{check} {result}: " + (names[0] if len(names) == 1 else f"{len(names)} windows")
        for (check, result), names in windows.items()
    ]
    return counted + lines
