"""The decision card: data gate first, then the gates, then the worst that lost windows could have been.

GO: the data gate holds and every gate passes.  SOFT GO: every gate passes at one-sided 20 %.  NO-GO: a
gate is proven failed.  INSUFFICIENT: anything else, with what is missing.  No verdict stands above the
one that comes out when what is missing, undone or uncertain is counted at its worst.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from tracker import cli, jsonl, rows
from tracker.evidence import reader
from tracker.evidence.facts import Facts
from tracker.evidence.pairing import BlockPair, arm_of, block_name, pair
from tracker.evidence.registration import MOST_BLOCKS, TASK, units
from tracker.evidence.tables import Tables, tables_of, task_columns
from tracker.verdict import (
    anomalies,
    coins,
    completeness,
    expansion,
    ledger_head,
    notes,
    open_points,
    overview,
    plan,
    readings_again,
    taken_out,
    versions,
    votes,
    worst_case,
)
from tracker.verdict.completeness import LEAST_BLOCKS, DataGate
from tracker.verdict.gates import GATE_OF_PEOPLE, GATES, GATES_BY_TASK, task_pairs
from tracker.verdict.gates.gate import (
    FAIL,
    NO_DATA,
    NOT_RECORDED,
    PASS,
    SOFT,
    UNDECIDED,
    Gate,
    GateKind,
    Looks,
)

GO, SOFT_GO, NO_GO, INSUFFICIENT = "GO", "SOFT GO", "NO-GO", "INSUFFICIENT"


def card(facts: Facts) -> dict[str, Any]:
    """Return the decision card of all windows as plain values ready for JSON."""
    from tracker.stats import quiet

    with quiet():
        return _card(facts)


def _card(facts: Facts) -> dict[str, Any]:
    whole, broken, _ = facts.pairing
    arms = facts.plan.baseline, facts.plan.candidate
    made = overview.comparison_of(facts)
    by_task = facts.plan.unit == TASK
    again = readings_again.recomputed(
        facts.whole_windows if by_task else facts.judged, facts.snapshots, facts.plans
    )
    runs = [readings_again.runs_recomputed(facts.tasks, facts.features, facts.snapshots)] if by_task else []
    tables = _tables(facts, whole)
    gates = judged(tables, facts.plan)
    recorded = (*facts.windows, *facts.whole_windows)
    judged_windows = {window.window for window in (*facts.judged, *facts.whole_windows)}
    accepted = anomalies.accepted(facts.checks)
    data = DataGate(
        items_of(facts, facts.judged),
        anomalies.open_anomalies(facts.anomalies, recorded, judged_windows, accepted),
        len(facts.tasks.scored) if by_task else len(whole),
        facts.plan.seed if facts.plans else None,
        _refused(facts, made["plan"]["changed"], [again, *runs]),
        f"{facts.plan.unit}s",
    )
    gone = (_gone_by_task if by_task else _gone_by_block)(facts, gates, data.holds)
    at_worst = judge([worse(*two) for two in zip(gates, gone.worst_gates, strict=True)], data.holds)
    verdict = capped(judge(gates, data.holds), at_worst)
    return {
        "verdict": verdict,
        "window": reader.ALL_WINDOWS,
        "gates": [shown(gate, facts.plan.unit) for gate in gates],
        "data_gate": shown_data_gate(data)
        | {"acknowledged": anomalies.acknowledged(facts.anomalies, recorded, judged_windows, accepted)},
        "worst_case": _worst_case(gone, gates, at_worst, facts.plan.unit),
        "taken_out": {
            "lines": gone.lines,
            "put_back": gone.put_back,
            "chain": facts.chain.said,
            "recomputed": "; ".join(one.said for one in (again, *runs)),
        },
        "missing": [
            *completeness.said(data, arms),
            *plan.no_second_arm(facts.plan, facts.arms),
            *(_open(gate, facts.plan) for gate in gates if gate.verdict in {NO_DATA, UNDECIDED}),
            *_windows_to_come(gates[0].verdict, data.blocks, facts.plan, made["power"]),
        ],
        "plan": made["plan"],
        "lines": _lines(facts),
        "expansion": [
            expansion.precision(
                facts.candidate.measured, facts.plan.smallest_effect, verdict_of(gates)["quality"]
            ),
            expansion.specs(facts.features),
            expansion.gates_pass(
                {kind.name: verdict_of(gates)[kind.name] for kind in GATES if kind.expansion}
            ),
        ],
        "evidence": _checks(facts.checks),
        "votes": votes.votes(facts.checks),
        "notes": [
            *plan.unlike_plan(facts.plan, notes.counts(facts.arms)),
            *notes.not_counted(broken),
            *filter(None, [plan.beyond(facts.plan, data.blocks), notes.directions(whole)]),
            *notes.of_rows(facts),
            *notes.of_tasks(facts),
            *notes.of_no_block(task_pairs.of_no_block(tables)),
            *([notes.unseen(verdict, len(whole))] if verdict in {GO, SOFT_GO} else []),
            *([notes.unseen_by_task()] if by_task and verdict in {GO, SOFT_GO} else []),
        ],
        "inputs_sha256": inputs_sha256(facts.lines),
        "ledger_head": ledger_head.of_chain(facts.chain),
    }


def _worst_case(gone: Gone, gates: Sequence[Gate], verdict: str, unit: str) -> dict[str, Any]:
    """Return the worst case as plain values; the derivation holds the gates that differ there."""
    score = gone.worst_gates[0].score
    return {
        "verdict": verdict,
        "lost_blocks": list(gone.lost),
        "why": gone.lost,
        "score": score and score.value,
        "threshold": score and score.needed,
        "gates": verdict_of(gone.worst_gates),
        "derivation": [
            shown(worst, unit) for worst, gate in zip(gone.worst_gates, gates, strict=True) if worst != gate
        ],
    }


def _open(gate: Gate, terms: rows.Experiment) -> str:
    """Return why a gate says nothing yet, and what to record where it lacks numbers."""
    lacks = gate.verdict == NO_DATA or NOT_RECORDED in gate.why
    kinds = GATES_BY_TASK if terms.unit == TASK else (*GATES, GATE_OF_PEOPLE)
    kind = next(kind for kind in kinds if kind.name == gate.name)
    return f"{gate.name}: {gate.why}" + (f"; record {kind.next_row}" if lacks and kind.next_row else "")


def capped(verdict: str, worst: str) -> str:
    """Return a verdict that does not stand above its worst case.

    >>> capped(GO, SOFT_GO), capped(SOFT_GO, NO_GO), capped(NO_GO, INSUFFICIENT)
    ('SOFT GO', 'INSUFFICIENT', 'NO-GO')
    """
    if verdict not in {GO, SOFT_GO} or worst == GO:
        return verdict
    return SOFT_GO if worst == SOFT_GO else INSUFFICIENT


def _refused(facts: Facts, changed: str | None, recomputed: Iterable[readings_again.Recomputed]) -> list[str]:
    """Return why the arms must not be judged at all."""
    found = [
        f"{changed}: register anew, and judge the blocks that come after it" if changed else None,
        plan.unlike_units(facts.plan, facts.arms),
        *overview.elsewhere(facts),
        readings_again.several_plans(facts.judged, facts.snapshots),
        _people_by_task(facts),
        facts.chain.said if facts.chain.broken else None,
        facts.chain.contradicts,
        *(f"{said}; correct it by a new row" for again in recomputed for said in again.differ),
    ]
    return [said for said in found if said]


def _people_by_task(facts: Facts) -> str | None:
    """Return why several people's tasks are not judged together."""
    people = {window.person for window in facts.whole_windows}
    if len(people) < 2:
        return None
    return (
        f"tasks of {len(people)} people: the test over tasks does not count people; judge each person's ledger, "
        "or register blocks"
    )


class Gone(NamedTuple):
    """What was taken out, changed or never played, and the gates with that at its worst."""

    worst_gates: Sequence[Gate]
    lost: dict[str, str]  # blocks, or tasks, that are not as the rows in force say, and why
    lines: list[str]
    put_back: str | None  # the verdict with all of that at its worse; None: nothing was changed


def _gone_by_block(facts: Facts, gates: Sequence[Gate], holds: bool) -> Gone:
    arms = facts.plan.baseline, facts.plan.candidate
    done_again = taken_out.replayed(facts.taken_out, facts.windows)
    first_look = None  # who does a window again has looked, nobody knows since when
    if not done_again:
        first_look = taken_out.looked_from(facts.pairing.blocks, facts.plan.first_look, facts.decided)
    changed = taken_out.changes(facts.taken_out, facts.windows, facts.plan.candidate, first_look)
    told, every, said = _told(facts, first_look)
    uncertain = _uncertain(facts, changed, told)
    best = max((row.features for row in facts.judged), default=0.0)
    worst = worst_case.worst_case(facts.pairing, arms, uncertain, best)
    same = not worst.lost and not told.said
    worst_gates = gates if same else judged(_tables_at_worst(facts, worst.blocks, told), facts.plan)
    lines = _taken_out_lines(facts, changed, uncertain, said, done_again)
    as_recorded = _efficiency(facts, worst_case.as_recorded(worst.blocks, facts.windows, facts.taken_out))
    if as_recorded is not None and ORDER.index(as_recorded.verdict) < ORDER.index(worst_gates[0].verdict):
        worst_gates = [as_recorded, *worst_gates[1:]]
        lines.append(f"{IN_ANOTHER_ORDER} {as_recorded.verdict}: the worse order counts")
    put_back = None
    if changed or every.said:
        others = judged(_tables_at_worst(facts, facts.pairing.blocks, every), facts.plan)[1:]
        put_back = judge([_first_efficiency(facts, changed) or gates[0], *others], holds)
    return Gone(worst_gates, worst.lost, lines, put_back)


def _gone_by_task(facts: Facts, gates: Sequence[Gate], holds: bool) -> Gone:
    from tracker.verdict import tasks_at_worst

    worst = tasks_at_worst.worst_tasks(facts.tasks, facts.plan.first_look, facts.decided, units(facts.plan))
    kind, looks = GATES_BY_TASK[0], _looks(facts.plan, len(worst.columns.tasks))
    worst_gate = kind.judge(worst.columns, kind.fixed, looks)
    told, every, said = _told(facts, worst.looked)
    others = taken_out.rows_undone(facts.taken_out) + said + plan.several(facts.plans) + _unlike_seed(facts)
    lines = tasks_at_worst.lines(facts.tasks, others, facts.whole_windows)
    if worst.as_recorded is not None:
        as_recorded = kind.judge(worst.as_recorded, kind.fixed, looks)
        if ORDER.index(as_recorded.verdict) < ORDER.index(worst_gate.verdict):
            worst_gate = as_recorded
            lines.append(f"{IN_ANOTHER_ORDER} {as_recorded.verdict}: the worse order counts")
    worst_gates, put_back = list(gates), None
    if told.said:
        worst_gates = judged(_tables_at_worst(facts, facts.pairing.blocks, told), facts.plan)
    if worst.first is not None or every.said:
        first = gates[0] if worst.first is None else kind.judge(worst.first, kind.fixed, looks)
        put_back = judge(
            [first, *judged(_tables_at_worst(facts, facts.pairing.blocks, every), facts.plan)[1:]], holds
        )
    return Gone([worst_gate, *worst_gates[1:]], worst.lost, lines, put_back)


def _told(
    facts: Facts, first_look: datetime | None
) -> tuple[versions.Versions, versions.Versions, list[str]]:
    """Return the numbers with the versions that count, with all of them, and what was changed in words."""
    what = versions.WhatWasTold(
        facts.windows,
        facts.features,
        facts.all_telemetry,
        facts.names,
        facts.plan.candidate,
        facts.taken_out,
    )
    told, every = versions.worst_versions(what, first_look), versions.worst_versions(what, None)
    return told, every, told.said + versions.corrected_in_time(told, every)


def _lines(facts: Facts) -> dict[str, list[int | None]]:
    """Return where in the ledger the rows of each block, or task, stand: the baseline's, the candidate's."""
    if facts.plan.unit == TASK:
        return {
            one.task: [
                facts.run_lines.get((one.task, run.row.window)) if run is not None else None
                for run in (one.a, one.b)
            ]
            for one in facts.tasks.scored[: units(facts.plan)]
        }
    return {
        block.name: [facts.line_numbers.get((row.window, row.methodology)) for row in (block.a, block.b)]
        for block in facts.pairing.blocks[: facts.plan.n_blocks]
    }


def _uncertain(
    facts: Facts, changed: Sequence[taken_out.Change], told: versions.Versions
) -> worst_case.Uncertain:
    """Return what the rows in force do not tell of the blocks."""
    whole, broken, _ = facts.pairing
    arms = facts.plan.baseline, facts.plan.candidate
    earlier = [change.was for change in changed if change.late or change.now is None]
    earlier += told.earlier
    played = {block_name(name) for name in (*(one.name for one in whole), *(one.name for one in broken))}
    played |= {block_name(window.block) for window in earlier if window.block is not None}
    return worst_case.Uncertain(
        earlier,
        taken_out.never_played(facts.dealt, played),
        taken_out.out_of_turn(whole, facts.dealt, arms),
        [] if facts.dealt else taken_out.unlabelled(facts.windows, facts.judged, facts.plans),
        [] if facts.dealt else _unfinished(facts, earlier),
        open_points.open_points(facts.judged, facts.snapshots, facts.taken_out, facts.plan.candidate),
    )


def _unfinished(facts: Facts, known: Sequence[rows.Window]) -> list[str]:
    """Return the windows with readings, in force or not, that have no row and are not `known` otherwise."""
    gone = [out.row for out in facts.taken_out if isinstance(out.row, rows.Snapshot)]
    finished = {*facts.names.methodology, *(window.window for window in known)}
    return taken_out.unfinished([*facts.snapshots, *gone], finished, facts.judged)


IN_ANOTHER_ORDER = "blocks recorded in another order than they say they ended in, and efficiency is then"
ORDER = (FAIL, NO_DATA, UNDECIDED, SOFT, PASS)


def worse(one: Gate, other: Gate) -> Gate:
    """Return the gate of two that is further from a pass.

    >>> empty = Gate("cost", "ratio", ">=", 2.0, "blocks")
    >>> worse(empty._replace(verdict=PASS), empty._replace(verdict=SOFT)).verdict
    'soft pass'
    """
    return min(one, other, key=lambda gate: ORDER.index(gate.verdict))


def _taken_out_lines(
    facts: Facts,
    changed: Sequence[taken_out.Change],
    uncertain: worst_case.Uncertain,
    others_changed: Sequence[str],
    done_again: Sequence[str],
) -> list[str]:
    arms = facts.plan.baseline, facts.plan.candidate
    return (
        taken_out.lines(
            changed,
            facts.taken_out,
            taken_out.relabelled(facts.dealt, facts.windows, arms),
            uncertain.unplayed,
            list(uncertain.coins),
            _unfinished(facts, []),
            uncertain.loose,
            others_changed,
            facts.claims,
            facts.judged,
            done_again,
        )
        + open_points.said(uncertain.points)
        + _coins(facts)
        + plan.several(facts.plans)
        + plan.undealt(facts.plan, len(facts.dealt))
    )


def _coins(facts: Facts) -> list[str]:
    """Return what is to be said of the coins of a deal."""
    again = taken_out.dealt_again(facts.dealt)
    unknown = taken_out.order_unknown(facts.pairing.blocks, facts.dealt)
    said = {
        "blocks dealt again with another coin, of which the first counts": again,
        "blocks of which nobody can tell whether the coin's order was kept (no started_at, one start for both, or no turn)": unknown,
    }
    return [f"{what}: {notes.counted(names)}" for what, names in said.items() if names] + _unlike_seed(facts)


def _unlike_seed(facts: Facts) -> list[str]:
    """Return whether the coins are not those of any seed that was ever registered."""
    gone = [out.row for out in facts.taken_out]
    plans = [*facts.plans, *(row for row in gone if isinstance(row, rows.Experiment))]
    seeds = {plan.seed for plan in plans if plan.seed is not None}
    dealt = [*(row for row in gone if isinstance(row, rows.Feature)), *facts.features]
    return coins.unlike_seed(coins.fell(facts.dealt, dealt, facts.plan), seeds)


def _first_efficiency(facts: Facts, changed: Sequence[taken_out.Change]) -> Gate | None:
    """Return the efficiency gate with the windows as they were first recorded; None when nothing changed."""
    if not changed:
        return None
    first = taken_out.as_first_recorded(facts.windows, changed)
    sides = [
        arm_of(window for window in first if window.methodology == arm)
        for arm in (facts.plan.baseline, facts.plan.candidate)
    ]
    return _efficiency(facts, pair(*sides).blocks)


def _efficiency(facts: Facts, blocks: Sequence[BlockPair] | None) -> Gate | None:
    """Return the first gate of these blocks; None when they say nothing new."""
    return None if blocks is None else judged(_tables(facts, blocks), facts.plan)[0]


def card_of_window(facts: Facts, window: str) -> dict[str, Any]:
    """Return one window's part: completeness, quality, anomalies.  It is never a verdict."""
    windows = facts.whole_windows or facts.windows
    part = items_of(facts, windows)
    scores = {row.window: row.quality_score for row in windows}
    accepted = anomalies.accepted(facts.checks)
    wrong = anomalies.open_anomalies(facts.anomalies, windows, accepted=accepted)
    full = bool(part) and all(one.complete for one in part)
    return {
        "verdict": INSUFFICIENT,
        "window": window,
        "gates": [],
        "data_gate": {
            "pass": full and not wrong,
            "windows": [one._asdict() for one in part],
            "anomalies": wrong,
            "acknowledged": anomalies.acknowledged(facts.anomalies, facts.windows, accepted=accepted),
        },
        "quality": scores.get(window),
        "missing": [
            f"one window is no verdict: that takes {LEAST_BLOCKS} blocks",
            *(f"{one.window}: no {', '.join(one.lacks)}" for one in part if one.lacks),
        ],
        "evidence": _checks(facts.checks),
        "votes": votes.votes(facts.checks),
        "inputs_sha256": inputs_sha256(facts.lines),
        "ledger_head": ledger_head.of_chain(facts.chain),
    }


def _tables(facts: Facts, blocks: Sequence[BlockPair]) -> Tables:
    arms = facts.plan.baseline, facts.plan.candidate
    by_task = facts.plan.unit == TASK
    most = len(blocks) if by_task else facts.plan.n_blocks
    made = tables_of(blocks, arms, facts.windows, facts.features, facts.telemetry, facts.names, most)
    return made._replace(by_task=task_columns(facts.tasks, units(facts.plan))) if by_task else made


def _tables_at_worst(facts: Facts, blocks: Sequence[BlockPair], told: versions.Versions) -> Tables:
    arms = facts.plan.baseline, facts.plan.candidate
    by_task = facts.plan.unit == TASK
    most = len(blocks) if by_task else facts.plan.n_blocks
    made = tables_of(blocks, arms, told.windows, told.features, told.telemetry, facts.names, most)
    return made._replace(by_task=task_columns(facts.tasks, units(facts.plan))) if by_task else made


def items_of(facts: Facts, windows: Iterable[rows.Window]) -> list[completeness.WindowItems]:
    """Return what windows have of what a verdict rests on; `window-audit` says the same."""
    has_score = completeness.scored(facts.features, facts.names)
    return [
        completeness.items(row, facts.names, has_score, facts.telemetry_of(row) is not None)
        for row in windows
    ]


def judged(tables: Tables, terms: rows.Experiment) -> list[Gate]:
    """Return the card's gates, in its order."""
    looks = _looks(terms, len(tables.blocks if tables.by_task is None else tables.by_task.tasks))
    return [
        kind.judge(kind.columns(tables), kind.margin.of(terms) if kind.margin else kind.fixed, looks)
        for kind in _kinds(tables)
    ]


def _kinds(tables: Tables) -> tuple[GateKind, ...]:
    """Return the gates that are asked of these tables."""
    if tables.by_task is not None:
        return GATES_BY_TASK
    return (*GATES, GATE_OF_PEOPLE) if tables.several_people else GATES


def _looks(terms: rows.Experiment, seen: int) -> Looks:
    return Looks(
        units(terms), terms.first_look, terms.alpha, seen, "cells" if terms.unit == TASK else "blocks"
    )


def verdict_of(gates: Iterable[Gate]) -> dict[str, str]:
    """Return the gates' verdicts by name."""
    return {gate.name: gate.verdict for gate in gates}


def judge(gates: Sequence[Gate], data_gate_holds: bool) -> str:
    """Return the verdict of gates, the data gate first."""
    verdicts = {gate.verdict for gate in gates}
    if not data_gate_holds:
        return INSUFFICIENT
    if FAIL in verdicts:
        return NO_GO
    if verdicts == {PASS}:
        return GO
    return SOFT_GO if verdicts <= {PASS, SOFT} else INSUFFICIENT


def inputs_sha256(lines: Sequence[bytes]) -> str:
    """Return the SHA-256 of the rows judged, as they came: sorted as bytes, a newline after each.

    >>> inputs_sha256([b"b", b"a"]) == hashlib.sha256(b"a\\nb\\n").hexdigest()
    True
    """
    return hashlib.sha256(b"".join(line + b"\n" for line in sorted(lines))).hexdigest()


def shown(gate: Gate, unit: str = "block") -> dict[str, Any]:
    """Return a gate as plain values, with what the card calls it."""
    kinds = GATES_BY_TASK if unit == TASK else (*GATES, GATE_OF_PEOPLE)
    label = next(kind.label for kind in kinds if kind.name == gate.name)
    return gate._asdict() | {
        "label": label,
        "rule": f"bound {gate.needed} margin",
        "score": gate.score._asdict() if gate.score else None,
    }


def shown_data_gate(data: DataGate) -> dict[str, Any]:
    """Return the data gate as plain values."""
    return {
        "pass": data.holds,
        "completeness": {
            "present": sum(one.present for one in data.windows),
            "required": sum(one.required for one in data.windows),
            "lowest": data.lowest._asdict() if data.lowest else None,
            "incomplete": [one._asdict() for one in data.incomplete],
            "pass": bool(data.windows) and not data.incomplete,
        },
        "anomalies": data.anomalies,
        "blocks": data.blocks,
        "least_blocks": LEAST_BLOCKS,
        "counted": data.counted,
        "seed": data.seed,
        "refused": data.refused,
    }


def _windows_to_come(
    efficiency: str, blocks: int, terms: rows.Experiment, power: dict[str, Any]
) -> list[str]:
    """Return how many more windows the efficiency test takes, if it has not decided."""
    if efficiency in {PASS, FAIL}:
        return []
    if blocks >= units(terms):
        return [_new_registration(terms, power["needed"])]
    if not power["more"]:
        return []
    return [
        f"for a rate ratio of {power['effect']:g}: {power['more']} more {power['unit']} "
        f"({power['more_upper']} at the dispersion's upper bound)"
    ]


def _new_registration(terms: rows.Experiment, needed: int | None) -> str:
    """Return what is left to do when every registered look was spent in vain."""
    said = f"all {units(terms)} registered {terms.unit}s are in and no look is left: that takes a new registration"
    if needed is None:
        return said
    said += (
        f" with about {max(needed, LEAST_BLOCKS)} {terms.unit}s for a rate ratio of {terms.smallest_effect:g}"
    )
    if needed > MOST_BLOCKS:
        said += f" (the exact test goes up to {MOST_BLOCKS}: plan longer windows, or for a larger effect)"
    return said


def _checks(checks: Iterable[rows.Evidence]) -> list[dict[str, Any]]:
    return [
        {"check": row.check, "result": row.result, "window": row.window, "detail": row.detail}
        for row in checks
        if row.check != rows.PANEL_VOTE or not row.by
    ]


def as_row(made: dict[str, Any], facts: Facts) -> rows.Decision:
    """Return a card as a row, dated by the newest row that it rests on."""
    every = [*facts.windows, *facts.all_telemetry, *facts.features]
    times = [row.ts for row in every if jsonl.has_time(row)]
    if not times:
        raise cli.Stop(
            cli.BAD_INPUT, "no row has a ts, and a decision is dated by its newest; give the windows theirs"
        )
    return rows.Decision(
        ts=max(times),
        verdict=made["verdict"],
        inputs_sha256=made["inputs_sha256"],
        ledger_head=made["ledger_head"],
        window=made["window"],
        gates=made["gates"],
        missing=made["missing"],
    )
