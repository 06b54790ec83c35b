"""The decision card: data gate first, then the gates, then the worst that lost windows could have been.

GO: the data gate holds and every gate passes.  SOFT GO: every gate passes at one-sided 20 %.  NO-GO: a
gate is proven failed.  INSUFFICIENT: anything else, with what is missing.  No verdict stands above the
one that comes out when what is missing, undone or uncertain is counted at its worst.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from tracker import cli, jsonl, rows
from tracker.evidence import reader
from tracker.evidence.facts import Facts
from tracker.evidence.registration import MOST_BLOCKS, TASK, units
from tracker.verdict import (
    anomalies,
    between_arms,
    completeness,
    expansion,
    gone,
    ledger_head,
    notes,
    overview,
    plan,
    readings_again,
    votes,
)
from tracker.verdict.completeness import LEAST_BLOCKS, DataGate
from tracker.verdict.gates import GATE_OF_PEOPLE, GATES, GATES_BY_TASK, task_pairs
from tracker.verdict.gates.gate import (
    FAIL,
    NO_DATA,
    NOT_RECORDED,
    PASS,
    UNDECIDED,
    Gate,
    worse,
)
from tracker.verdict.judging import (
    GO,
    INSUFFICIENT,
    SOFT_GO,
    capped,
    judge,
    judged,
    shown,
    verdict_of,
)


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
    in_force = gone.tables(facts, whole)
    gates = judged(in_force, facts.plan)
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
    taken = (gone.by_task if by_task else gone.by_block)(facts, gates, data.holds)
    at_worst = judge([worse(*two) for two in zip(gates, taken.worst_gates, strict=True)], data.holds)
    as_told = judge(gates, data.holds)
    verdict = capped(as_told, at_worst)
    return {
        "verdict": verdict,
        "window": reader.ALL_WINDOWS,
        "gates": [shown(gate, facts.plan.unit) for gate in gates],
        "data_gate": shown_data_gate(data)
        | {"acknowledged": anomalies.acknowledged(facts.anomalies, recorded, judged_windows, accepted)},
        "worst_case": _worst_case(taken, gates, at_worst, facts.plan.unit)
        | {"held_down": as_told if as_told != verdict else None},
        "taken_out": {
            "lines": taken.lines,
            "put_back": taken.put_back,
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
            *between_arms.notes(facts.judged, facts.features, facts.snapshots, facts.names, arms),
            *notes.of_tasks(facts),
            *notes.of_no_block(task_pairs.of_no_block(in_force)),
            *(
                [notes.unseen(verdict, len(whole), len(set(in_force.person_of_block.values())))]
                if verdict in {GO, SOFT_GO}
                else []
            ),
            *([notes.unseen_by_task()] if by_task and verdict in {GO, SOFT_GO} else []),
        ],
        "inputs_sha256": inputs_sha256(facts.lines),
        "ledger_head": ledger_head.of_chain(facts.chain),
    }


def _worst_case(taken: gone.Gone, gates: Sequence[Gate], verdict: str, unit: str) -> dict[str, Any]:
    """Return the worst case as plain values; the derivation holds the gates that differ there."""
    score = taken.worst_gates[0].score
    return {
        "verdict": verdict,
        "lost_blocks": list(taken.lost),
        "why": taken.lost,
        "score": score and score.value,
        "threshold": score and score.needed,
        "gates": verdict_of(taken.worst_gates),
        "derivation": [
            shown(worst, unit) for worst, gate in zip(taken.worst_gates, gates, strict=True) if worst != gate
        ],
    }


def _open(gate: Gate, terms: rows.Experiment) -> str:
    """Return why a gate says nothing yet, and what to record where it lacks numbers."""
    lacks = gate.verdict == NO_DATA or NOT_RECORDED in gate.why
    kinds = GATES_BY_TASK if terms.unit == TASK else (*GATES, GATE_OF_PEOPLE)
    kind = next(kind for kind in kinds if kind.name == gate.name)
    return f"{gate.name}: {gate.why}" + (f"; record {kind.next_row}" if lacks and kind.next_row else "")


def _refused(facts: Facts, changed: str | None, recomputed: Iterable[readings_again.Recomputed]) -> list[str]:
    """Return why the arms must not be judged at all."""
    found = [
        f"{changed}: register anew, and judge the blocks that come after it" if changed else None,
        plan.unlike_units(facts.plan, facts.arms),
        *overview.elsewhere(facts),
        readings_again.several_plans(facts.judged, facts.snapshots),
        _people_by_task(facts),
        facts.chain.said if facts.chain.broken else None,
        facts.chain.contradicts or (notes.by_hand(facts) if facts.chain.linked else None),
        *overview.impossible(facts),
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


def items_of(facts: Facts, windows: Iterable[rows.Window]) -> list[completeness.WindowItems]:
    """Return what windows have of what a verdict rests on; `window-audit` says the same."""
    has_score = completeness.scored(facts.features, facts.names)
    return [
        completeness.items(row, facts.names, has_score, facts.telemetry_of(row) is not None)
        for row in windows
    ]


def inputs_sha256(lines: Sequence[bytes]) -> str:
    """Return the SHA-256 of the rows judged, as they came: sorted as bytes, a newline after each.

    >>> inputs_sha256([b"b", b"a"]) == hashlib.sha256(b"a\\nb\\n").hexdigest()
    True
    """
    return hashlib.sha256(b"".join(line + b"\n" for line in sorted(lines))).hexdigest()


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
