"""What was taken out, changed or never played, and the gates with all of it at its worst."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from tracker import rows
from tracker.evidence.facts import Facts
from tracker.evidence.pairing import BlockPair, arm_of, block_name, pair
from tracker.evidence.registration import TASK, units
from tracker.evidence.tables import Tables, tables_of, task_columns
from tracker.verdict import coins, notes, open_points, plan, taken_out, versions, worst_case
from tracker.verdict.gates import GATES_BY_TASK
from tracker.verdict.gates.gate import Gate, worse
from tracker.verdict.judging import judge, judged, looks


class Gone(NamedTuple):
    """What was taken out, changed or never played, and the gates with that at its worst."""

    worst_gates: Sequence[Gate]
    lost: dict[str, str]  # blocks, or tasks, that are not as the rows in force say, and why
    lines: list[str]
    put_back: str | None  # the verdict with all of that at its worse; None: nothing was changed


def tables(facts: Facts, blocks: Sequence[BlockPair], told: versions.Versions | None = None) -> Tables:
    """Return what the gates read of some blocks: of the rows in force, or with the versions that are `told`."""
    arms, by_task = (facts.plan.baseline, facts.plan.candidate), facts.plan.unit == TASK
    most = len(blocks) if by_task else facts.plan.n_blocks
    windows, features, telemetry = (
        (facts.windows, facts.features, facts.telemetry)
        if told is None
        else (told.windows, told.features, told.telemetry)
    )
    made = tables_of(blocks, arms, windows, features, telemetry, facts.names, most)
    return made._replace(by_task=task_columns(facts.tasks, units(facts.plan))) if by_task else made


def by_block(facts: Facts, gates: Sequence[Gate], holds: bool) -> Gone:
    """Return it for blocks, whose `gates` are those of the rows in force; `holds`: whether the data gate does."""
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
    worst_gates = gates if same else judged(tables(facts, worst.blocks, told), facts.plan)
    lines = _taken_out_lines(facts, changed, uncertain, said, done_again)
    as_recorded = _efficiency(facts, worst_case.as_recorded(worst.blocks, facts.windows, facts.taken_out))
    efficiency, said = _worse_order(worst_gates[0], as_recorded)
    worst_gates, lines = [efficiency, *worst_gates[1:]], lines + said
    put_back = None
    if changed or every.said:
        others = judged(tables(facts, facts.pairing.blocks, every), facts.plan)[1:]
        put_back = judge([_first_efficiency(facts, changed) or gates[0], *others], holds)
    return Gone(worst_gates, worst.lost, lines, put_back)


def by_task(facts: Facts, gates: Sequence[Gate], holds: bool) -> Gone:
    """Return the same for tasks."""
    from tracker.verdict import tasks_at_worst

    worst = tasks_at_worst.worst_tasks(facts.tasks, facts.plan.first_look, facts.decided, units(facts.plan))
    kind, so_far = GATES_BY_TASK[0], looks(facts.plan, len(worst.columns.tasks))
    worst_gate = kind.judge(worst.columns, kind.fixed, so_far)
    told, every, said = _told(facts, worst.looked)
    others = taken_out.rows_undone(facts.taken_out) + said + plan.several(facts.plans) + _unlike_seed(facts)
    lines = tasks_at_worst.lines(facts.tasks, others, facts.whole_windows)
    as_recorded = worst.as_recorded and kind.judge(worst.as_recorded, kind.fixed, so_far)
    worst_gate, said = _worse_order(worst_gate, as_recorded)
    lines += said
    worst_gates, put_back = list(gates), None
    if told.said:
        worst_gates = judged(tables(facts, facts.pairing.blocks, told), facts.plan)
    if worst.first is not None or every.said:
        first = gates[0] if worst.first is None else kind.judge(worst.first, kind.fixed, so_far)
        put_back = judge([first, *judged(tables(facts, facts.pairing.blocks, every), facts.plan)[1:]], holds)
    return Gone([worst_gate, *worst_gates[1:]], worst.lost, lines, put_back)


def _worse_order(efficiency: Gate, as_recorded: Gate | None) -> tuple[Gate, list[str]]:
    """Return the efficiency gate of the worse of two orders, and what is said where it is the one of recording."""
    if as_recorded is None or worse(efficiency, as_recorded) is efficiency:
        return efficiency, []
    what = "blocks recorded in another order than they say they ended in, and efficiency is then"
    return as_recorded, [f"{what} {as_recorded.verdict}: the worse order counts"]


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
    return None if blocks is None else judged(tables(facts, blocks), facts.plan)[0]
