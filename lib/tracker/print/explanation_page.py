"""The derivation of a card: every number that enters it, and in plain words what is done with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tracker.print.card_page import ledger_head
from tracker.print.layout import grid

Table = dict[str, Any]
LEGEND = """\
- **block**: one window of each arm, done in an order that a coin gave; the unit of every gate.
- **score** of a block: (F_B - R C_B) - (F_A - R C_A), in features: what B delivered beyond the common rate R, less
  what A did. R is all features over all points of the blocks looked at, so it is another one at every look.
- **look**: a block after which the test may end; at look n of N blocks an error of alpha (n/N)^2 is spent.
- **sign-flip test**: of all 2^n ways to exchange A and B within blocks, those that reached the threshold at an
  earlier look are left out; the threshold is the smallest sum of scores that no more than the error spent reach, ties
  counted in.
- **scatter**: of the arm that is claimed to be better over the other's, of phi and of the variance of points over
  their squared mean (at least 1/6 for whole percents), each by a one-sided F test of n - 1 and n - 1 degrees. Where
  the points scatter more at p < 0.2 (p_points), or phi at p < 0.1 (p_phi), the test must reject without that arm's
  best block as well; where the points do at p < 0.05, it must so at half the error.
- **bound**: where the true value lies, but for the error spent at this look, after n of N blocks of 2.5 % for GO and
  of 15 % for SOFT GO: (n/N)^2.5 for cost, (n/N)^10 for a pass of quality, errors and p95, which rare windows decide.
  Each is a line of Bounds: it proves a pass, or a failure, where centre lies beyond limit (of a ratio: both
  logarithms) by more than t x error, t being Student's with so many degrees (inf: the normal distribution) at that
  error spent; of several lines that prove the same of a gate every one must. An error of inf: something is not
  recorded, and could be the worst.
- **phi**: variance over mean of the features of a window; 1 is what chance alone gives, more is scatter besides.
- **width** (of `preview`): the interval's width over its estimate; a planning figure.
"""
LEGEND_OF_PEOPLE = """\
- **person**: where several people's ledgers are read together, quality, errors, p95 and cost ask twice: all blocks, as for one
  person, and each person's own figure by the same rule over their blocks alone, of which Student's t bound of the mean is taken (of
  ratios by their logarithms), with people less one degrees of freedom. The bound that is further off counts, and every
  pass spends (n/N)^10. Efficiency asks people by a gate of its own, and fails only where that fails too.
"""
LEGEND_BY_TASK = """\
- **task**: done once in each arm; a coin a task decided in which of a block's two windows each arm did it.
- **score** of a task: (F_B a - F_A b)/(F_B a + F_A b), a and b being the points of both runs, F 1 when a run counts
  as delivered; so (a - b)/(a + b), and -1 for what B did not deliver.
- **cell**: the tasks of a block whose coin fell alike, one arm's runs in one window and the other's in the other; the
  unit of quality and reliability. Cost takes both cells of a block together.
- **look**: the end of a block of tasks; after n of N tasks an error of alpha (n/N)^2 is spent.
- **sign-flip test**: of all 2^n ways to exchange the arms of tasks, those that reached the threshold at an earlier
  look are left out; the threshold is the smallest sum of scores that no more than the error spent reach, ties counted
  in.
- **windows differ**: where cells, or blocks, scatter among each other as they would by themselves in less than 25 %
  of all experiments (p_windows, F test of a one-way analysis of variance), the same test over the cells' sums must
  reject as well.
- **runs scatter unlike**: where the logarithms of the better arm's points scatter more than the other's, as they
  would by themselves in less than 10 % (p_b where B is better, p_a where A; Pitman and Morgan: t of the correlation
  of difference and sum; below 0.5 points 0.5), the same test over (F_B - R b) - (F_A - R a) must reject as well, the
  two best tasks counted 0; R is all F over all points so far.
- **bound**: where the true value lies, but for the error spent at this look, after n of N tasks (n/N)^2.5 of 2.5 %
  for GO, of 15 % for SOFT GO. Each is a line of Bounds: it proves a pass, or a failure, where centre lies beyond
  limit (of a ratio: both logarithms) by more than t x error, t being Student's with so many degrees (inf: the normal
  distribution) at that error spent; of several lines that prove the same of a gate every one must. An error of inf:
  something is not recorded, and could be the worst.
"""
RULES = {
    "quality": "d = quality_b - share x quality_a, plus one feature of d = -share: t bound of the ratio of sums.",
    "reliability_errors": "difference of the ratios of sums; for the upper bound a block is added that has A's rate and B's "
    "at twice the margin above it: t bound, no nearer than Miettinen and Nurminen's.",
    "reliability_p95": "t bound of the mean of log(p95_b/p95_a).",
    "cost": "r = sum cost_a / sum cost_b; r exp(-t s), s the jackknife's error of log r: s^2 = (n-1)/n sum (l - mean l)^2, "
    "l of each block being log r without it.",
    "people": "log((F_B + s_B)/C_B) - log((F_A + s_A)/C_A) of each person, s the arms' shares of the points, and the same with both s a half: "
    "Student's t bound of the mean, the further of the two.",
}


AT_WORST = "at its worst, "
BOUND_COLUMNS = ("proves", "centre", "side", "limit", "error", "degrees", "spent", "soft_spent")
ENDLESS = ("error", "degrees")
LEAST = ("line_a", "line_b")  # columns left out first where a screen is too narrow


def render(made: Table, markdown: bool = True) -> str:
    """Return the derivation of a card of all windows, as Markdown or as text for a screen."""
    plan = made["plan"]
    by_task = plan.get("unit") == "task"
    several = any(gate["name"] == "people" for gate in made["gates"])
    legend = ((LEGEND_BY_TASK if by_task else LEGEND) + (LEGEND_OF_PEOPLE if several else "")).rstrip()
    gates = [(gate["name"], gate) for gate in made["gates"]]
    gates += [(AT_WORST + gate["name"], gate) for gate in made["worst_case"]["derivation"]]
    parts = [
        _heading(f"{made['verdict']}: how it was computed", 1, markdown),
        f"{_cell(plan['candidate'])} (B) against {_cell(plan['baseline'])} (A).",
        _section("Terms", _terms(plan), markdown),
        _heading("Words", 2, markdown) + (f"\n\n{legend}" if markdown else f"\n{_plain(legend)}"),
        *(_gate(name, gate, made, markdown) for name, gate in gates),
        _section("Looks" if by_task else "Scatter", _asked(gates), markdown),
        _section("Bounds", _bounds(gates), markdown),
        f"{_heading('Verdict', 2, markdown)}\n\n{_verdict(made)}",
    ]
    return "\n\n".join([part for part in parts if part] + ledger_head(made)) + "\n"


def _verdict(made: Table) -> str:
    holds = "holds" if made["data_gate"]["pass"] else "does not hold"
    return (
        f"Data gate: {holds}. GO when every gate passes, SOFT GO when every gate passes at least softly, NO-GO when one "
        f"fails, else INSUFFICIENT; never above the worst case, {made['worst_case']['verdict']}: the same of the gates, "
        f"each taken also at its worst where it is given above. inputs sha256: {made['inputs_sha256']}"
    )


def _section(title: str, columns: dict[str, list[Any]], markdown: bool) -> str:
    """Return a table under its heading; empty without rows."""
    rows = [[_cell(value) for value in row] for row in zip(*columns.values(), strict=True)]
    if not rows:
        return ""
    drawn = _bars(list(columns), rows) if markdown else grid(rows, list(columns), least=LEAST)
    return f"{_heading(title, 2, markdown)}\n\n{drawn}"


def _cell(value: object) -> str:
    """Return a value as a program reads it again, one that is not there as a dash; no name begins a line or a column.

    >>> _cell("1|2\\n## Verdict"), _cell(None)
    ('1/2 ## Verdict', '-')
    """
    return " ".join(str(value).replace("|", "/").split()) or "-" if value is not None else "-"


def _asked(gates: Sequence[tuple[str, Table]]) -> dict[str, list[Any]]:
    """Return what the looks of every efficiency gate asked besides the flips, by column."""
    named = [(name, gate["looks"]) for name, gate in gates if gate["looks"]]
    columns: dict[str, list[Any]] = {"gate": []}
    for name, looks in named:
        columns["gate"] += [name] * len(next(iter(looks.values())))
        for column, values in looks.items():
            columns.setdefault(column, []).extend(values)
    return columns


def _bounds(gates: Sequence[tuple[str, Table]]) -> dict[str, list[Any]]:
    """Return what every bound comes from, by column: `inf` for no bound, and for the normal distribution's degrees."""
    lines = [(name, line) for name, gate in gates for line in gate["bounds"]]
    columns: dict[str, list[Any]] = {"gate": [name for name, _ in lines]}
    for column in BOUND_COLUMNS:
        columns[column] = [
            "inf" if line[column] is None and column in ENDLESS else line[column] for _, line in lines
        ]
    columns["soft_spent"] = ["nan" if spent is None else spent for spent in columns["soft_spent"]]
    return columns


def _heading(text: str, level: int, markdown: bool) -> str:
    return (
        f"{'#' * level} {text}"
        if markdown
        else text
        if level == 1
        else f"{text.capitalize().replace('_', ' ')}:"
    )


def _plain(legend: str) -> str:
    """Return a Markdown list as text, one line an item.

    >>> _plain("- **a**: one\\n  two `x`.\\n- **b**: three")
    '  - a: one two x.\\n  - b: three'
    """
    return "\n".join(
        "  " + item for item in legend.replace("\n  ", " ").replace("**", "").replace("`", "").split("\n")
    )


def _terms(plan: Table) -> dict[str, list[Any]]:
    """Return the numbers of the plan, by column."""
    numbers = {
        name: value for name, value in plan.items() if isinstance(value, int | float) and name != "registered"
    }
    return {"term": list(numbers), "value": list(numbers.values())}


def _gate(name: str, gate: Table, made: Table, markdown: bool) -> str:
    """Return one gate: its answer, its rule, its columns."""
    plan = made["plan"]
    why = f" ({_cell(gate['why'])})" if gate["why"] else ""
    lines = [
        f"{gate['verdict']}{why}: estimate {gate['estimate']}, bound {gate['bound']} {gate['needed']} {gate['margin']} "
        f"({gate['unit']}), error spent {gate['spent']}.",
    ]
    if rule := RULES.get(gate["name"]):
        lines += ["", rule]
    if gate["score"]:
        lines += [
            "",
            f"Score {gate['score']['value']}, needed {gate['score']['needed']}, {plan.get('unit', 'block')} "
            f"{gate['score']['block']}." + _scores(gate["score"]),
        ]
    table = dict(gate["table"])
    if "block" in table:  # where in the ledger the two windows, or runs, stand
        units = [str(one) for one in table.get("task", table["block"])]
        at = [made["lines"].get(unit, (None, None)) for unit in units]
        table |= {"line_a": [one for one, _ in at], "line_b": [two for _, two in at]}
        if name.startswith(AT_WORST):
            table["why"] = [made["worst_case"]["why"].get(unit) for unit in units]
    drawn = _section(name, table, markdown)
    heading = _heading(name, 2, markdown)
    return "\n".join([heading, "", *lines]) + drawn.removeprefix(heading)


def _scores(score: Table) -> str:
    """Return what adds up to a score, at the look that it is of; the table's are those of all blocks that are in."""
    if not score["of_units"]:
        return ""
    rate = "" if score["rate"] is None else f", by R = {score['rate']} features a point"
    return (
        f" It is the sum{rate}, of "
        + ", ".join(f"{_cell(name)}: {value}" for name, value in score["of_units"].items())
        + "."
    )


def _bars(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [names, ["---"] * len(names), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
