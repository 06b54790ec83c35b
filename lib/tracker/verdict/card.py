"""The decision card: data gate first, then the gates, then the worst that lost windows could have been.

GO: the data gate holds and every gate passes, also in the worst case.  SOFT GO: every gate passes at
one-sided 20 %.  NO-GO: a gate is proven failed.  INSUFFICIENT: anything else, with what is missing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec

from tracker import cli, jsonl, rows
from tracker.evidence import blocks, reader
from tracker.evidence.blocks import Block, Broken
from tracker.evidence.reader import Evidence
from tracker.evidence.registration import MOST_BLOCKS
from tracker.verdict import claims, gates, overview
from tracker.verdict.gates import FAIL, PASS, SOFT, Gate

GO, SOFT_GO, NO_GO, INSUFFICIENT = "GO", "SOFT GO", "NO-GO", "INSUFFICIENT"
COMPLETE = 0.80  # share of its required items that every judged window must have
LEAST_BLOCKS = 5
PLANNED_WIDTH, PLANNED_POWER, LEAST_SPECS = 0.30, 0.8, 2  # of the plans' gates G1 and G2
ITEMS = ("capacity", "features", "quality", "outcome", "methodology", "block", "telemetry")


def card(found: Evidence) -> dict[str, Any]:
    """Return the decision card of all windows as plain values ready for JSON."""
    from tracker.stats import quiet

    with quiet():
        return _card(found)


def _card(found: Evidence) -> dict[str, Any]:
    plan = found.plan
    whole, broken = found.pairs.blocks, found.pairs.broken
    all_gates = gates.all_gates(found, whole, plan)
    data = data_gate(found, whole)
    verdict = judge(all_gates, data)
    # Nobody knows where a window without a block belongs: the worst is that it came first.
    loose = lost_blocks(found, whole, found.pairs.loose)
    lost = lost_blocks(found, whole, broken)
    worst_gate = gates.efficiency_gate([*loose, *sorted([*whole, *lost], key=blocks.ended)], plan)
    lost = [*loose, *lost]
    worst = judge([worst_gate, *all_gates[1:]], data)
    if verdict == GO and worst != GO:
        verdict = SOFT_GO
    return {
        "verdict": verdict,
        "window": reader.ALL_WINDOWS,
        "gates": all_gates,
        "data_gate": data,
        "worst_case": {
            "verdict": worst,
            "lost_blocks": [block.name for block in lost],
            "score": worst_gate["bound"],
            "threshold": worst_gate["margin"],
        },
        "missing": missing(found, all_gates, data),
        "plan": overview.plan_of(found),
        "expansion": expansion(found, all_gates),
        "evidence": _checks(found),
        "notes": [
            *claims.unlike_plan(found),
            *(f"block {block.name} is not counted: {block.why}" for block in broken),
            *claims.odd_rows(found),
        ],
        "inputs_sha256": inputs_sha256(found.lines),
    }


def card_of_window(found: Evidence, window: str) -> dict[str, Any]:
    """Return one window's part: completeness, quality, anomalies.  It is never a verdict."""
    part = [completeness(found, row) for row in found.windows]
    scores = {row.window: row.quality_score for row in found.windows}
    anomalies = claims.open_anomalies(found)
    full = bool(part) and all(one["present"] >= COMPLETE * one["required"] for one in part)
    return {
        "verdict": INSUFFICIENT,
        "window": window,
        "gates": [],
        "data_gate": {"pass": full and not anomalies, "windows": part, "anomalies": anomalies},
        "quality": scores.get(window),
        "missing": [
            f"one window is no verdict: that takes {LEAST_BLOCKS} blocks",
            *(f"{one['window']}: no {', '.join(one['lacks'])}" for one in part if one["lacks"]),
        ],
        "evidence": _checks(found),
        "inputs_sha256": inputs_sha256(found.lines),
    }


def judge(all_gates: Sequence[Gate], data: Gate) -> str:
    """Return the verdict of gates, the data gate first."""
    verdicts = {gate["verdict"] for gate in all_gates}
    if not data["pass"]:
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


def data_gate(found: Evidence, whole: Sequence[Block]) -> Gate:
    """Return what must hold before any number is judged."""
    names = {row.window for row in found.judged}
    part = [completeness(found, row) for row in found.judged]
    lowest = min(part, key=lambda one: one["present"] / one["required"], default=None)
    anomalies = claims.open_anomalies(found, names)
    seed = found.plan.seed if found.plans else None
    complete = lowest is not None and lowest["present"] >= COMPLETE * lowest["required"]
    return {
        "pass": complete and not anomalies and len(whole) >= LEAST_BLOCKS and seed is not None,
        "completeness": {
            "present": sum(one["present"] for one in part),
            "required": sum(one["required"] for one in part),
            "lowest": lowest,
            "incomplete": [one for one in part if one["present"] < COMPLETE * one["required"]],
            "pass": complete,
        },
        "anomalies": anomalies,
        "blocks": len(whole),
        "least_blocks": LEAST_BLOCKS,
        "seed": seed,
    }


def completeness(found: Evidence, window: rows.Window) -> dict[str, Any]:
    """Return how many of the items that a verdict rests on a window has."""
    has = {
        "capacity": blocks.usable(window) or window.capacity_high_pp is not None,
        "features": True,  # the row does not exist without
        "quality": found.is_scored(window),
        "outcome": window.outcome is not None,
        "methodology": True,
        "block": window.block is not None,
        "telemetry": found.telemetry_of(window) is not None,
    }
    lacks = [name for name in ITEMS if not has[name]]
    return {
        "window": window.window,
        "present": len(ITEMS) - len(lacks),
        "required": len(ITEMS),
        "lacks": lacks,
    }


def lost_blocks(found: Evidence, whole: Sequence[Block], broken: Sequence[Broken]) -> list[Block]:
    """Return the blocks that cannot be scored, each as bad for the candidate as its bounds allow.

    A block whose second window has not come yet is not lost while no later block is complete; a
    window that names no block is.
    """
    from tracker.stats.missing import Bounded, worst_for_candidate

    last = max((blocks.ended(block)[0] for block in whole), default=None)
    best = max((row.features for row in found.judged), default=0.0)
    lost = []
    for block in broken:
        some = [*block.a, *block.b]
        running = len(some) == 1 and some[0].block is not None
        if running and (last is None or max(row.ts for row in some) > last):
            continue
        ends = []
        for side in (block.a, block.b):
            bounds = [blocks.capacity_bounds(row) for row in side] or [(0.0, 100.0)]
            delivered = [row.features for row in side] or [0.0, best]
            ends.append(
                Bounded(min(delivered), max(delivered), min(b[0] for b in bounds), max(b[1] for b in bounds))
            )
        fa, ca, fb, cb = worst_for_candidate(*ends)
        a, b = (block.a or some)[-1], (block.b or some)[-1]
        lost.append(
            Block(
                block.name,
                msgspec.structs.replace(a, features=fa, capacity_pp=ca),
                msgspec.structs.replace(b, features=fb, capacity_pp=cb),
            )
        )
    return lost


def missing(found: Evidence, all_gates: Sequence[Gate], data: Gate) -> list[str]:
    """Return what stands between the rows and a verdict, one sentence each."""
    said = []
    for one in data["completeness"]["incomplete"]:
        said.append(
            f"{one['window']} is {one['present']}/{one['required']} complete: no {', '.join(one['lacks'])}"
        )
    if not data["completeness"]["required"]:
        said.append(f"no window of {found.plan.baseline} or {found.plan.candidate}")
    said += [f"open anomaly, {anomaly}" for anomaly in data["anomalies"]]
    if data["blocks"] < LEAST_BLOCKS:
        said.append(f"{data['blocks']} complete blocks; a verdict below {LEAST_BLOCKS} is impossible")
    if data["seed"] is None:
        said.append("no seed of the blocks' coins is recorded; `experiment register` writes it")
    for gate in all_gates:
        if gate["verdict"] in {gates.NO_DATA, gates.UNDECIDED}:
            said.append(f"{gate['name']}: {gate['why']}")
    needed, plan = overview.power(found), found.plan
    if all_gates[0]["verdict"] in {PASS, FAIL}:
        return said
    if data["blocks"] >= plan.n_blocks:
        said.append(_new_registration(plan, needed["needed"]))
    elif needed["more"]:
        said.append(
            f"for a rate ratio of {needed['effect']:g}: {needed['more']} more windows per arm "
            f"({needed['more_upper']} at the dispersion's upper bound)"
        )
    return said


def _new_registration(plan: rows.Experiment, needed: int | None) -> str:
    """Return what is left to do when every registered look was spent in vain."""
    said = f"all {plan.n_blocks} registered blocks are in and no look is left: that takes a new registration"
    if needed is None:
        return said
    said += f" with about {max(needed, LEAST_BLOCKS)} blocks for a rate ratio of {plan.smallest_effect:g}"
    if needed > MOST_BLOCKS:
        said += f" (the exact test goes up to {MOST_BLOCKS}: plan longer windows, or for a larger effect)"
    return said


def expansion(found: Evidence, all_gates: Sequence[Gate]) -> list[dict[str, Any]]:
    """Return the plans' gates G1 to G3 as named rows; they do not enter the verdict."""
    verdicts = {gate["name"]: gate["verdict"] for gate in all_gates}
    windows = sorted(found.candidate.good, key=lambda row: row.ts)
    now, before = (_precision(found, some, verdicts["quality"]) for some in (windows, windows[:-1]))
    specs = {row.feature_id: row for row in found.features}.values()
    blocked = [
        row.feature_id for row in specs if row.state in {"ready", "blocked"} and row.blocked_by == "capacity"
    ]
    three = [verdicts[name] for name in ("cost", "quality", "reliability_errors", "reliability_p95")]
    return [
        {"name": "G1", "pass": now["pass"] and before["pass"], "now": now, "one_window_ago": before},
        {
            "name": "G2",
            "pass": len(blocked) >= LEAST_SPECS,
            "blocked_by_capacity": blocked,
            "needed": LEAST_SPECS,
        },
        {"name": "G3", "pass": set(three) == {PASS}, "verdicts": three},
    ]


def _precision(found: Evidence, windows: Sequence[rows.Window], quality: str) -> dict[str, Any]:
    from tracker.stats import power
    from tracker.stats.efficiency import LEAST, efficiency

    arm = efficiency([row.features for row in windows], [row.capacity_pp or 0.0 for row in windows])
    mean = arm.features / arm.windows if arm.windows else 0.0
    chance = None
    if arm.windows >= LEAST:
        chance = power.prospective(arm.windows, found.plan.smallest_effect, arm.phi or 0.0, mean)
    held = {
        "n": arm.windows,
        "relative_width": arm.relative_width,
        "power": chance,
        "quality": quality,
    }
    return held | {
        "pass": arm.windows >= LEAST
        and (arm.relative_width or 9.0) <= PLANNED_WIDTH
        and (chance or 0.0) >= PLANNED_POWER
        and quality == PASS
    }


def _checks(found: Evidence) -> list[dict[str, Any]]:
    return [
        {"check": row.check, "result": row.result, "window": row.window, "detail": row.detail}
        for row in found.checks
    ]


def as_row(made: dict[str, Any], found: Evidence) -> rows.Decision:
    """Return a card as a row, dated by the newest row that it rests on."""
    every = [*found.windows, *found.all_telemetry, *found.features]
    times = [row.ts for row in every if jsonl.has_time(row)]
    if not times:
        raise cli.Stop(
            cli.BAD_INPUT, "no row has a ts, and a decision is dated by its newest; give the windows theirs"
        )
    return rows.Decision(
        ts=max(times),
        verdict=made["verdict"],
        inputs_sha256=made["inputs_sha256"],
        window=made["window"],
        gates=made["gates"],
        missing=made["missing"],
    )
