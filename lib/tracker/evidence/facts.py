"""What a stream of rows says, each fact once: one frozen value that the reader makes and the joiner takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from tracker import rows
from tracker.evidence import registration
from tracker.evidence.chain import Chain
from tracker.evidence.deal import DealtBlock
from tracker.evidence.delivered import Claim, counted
from tracker.evidence.in_force import TakenOut
from tracker.evidence.pairing import ArmWindows, Pairing, arm_of, pair
from tracker.evidence.runs import TaskEvidence, cells, task_evidence

Key = tuple[str, str | None]  # a window, and the methodology where several use its name


SLACK = timedelta(minutes=5)  # a reading may come so long before the first request, or behind the last


class Names(NamedTuple):
    """Whose a row is that speaks of a window: arms may use the same window names."""

    methodology: Mapping[str, str]  # of each window, the last one of several
    shared: Mapping[str, set[str]]  # the methodologies of each name that several of them use

    def key(self, window: str, methodology: str | None) -> Key:
        """Return whose a row of a window is: the window's, or its arm's where several arms use the name."""
        return window, methodology if window in self.shared else None

    def arm_of(self, row: rows.Feature | rows.ProxyTelemetry) -> str | None:
        """Return the methodology of a row, its own or its window's; None when nobody can know."""
        if row.methodology or row.window is None or row.window in self.shared:
            return row.methodology
        return self.methodology.get(row.window)

    def of(self, methodology: str) -> list[str]:
        """Return the windows of a methodology."""
        return [
            name for name, last in self.methodology.items() if methodology in self.shared.get(name, {last})
        ]


class Facts(NamedTuple):
    """What the rows in force say."""

    windows: tuple[rows.Window, ...] = ()  # the last row of each (window, methodology, provider)
    all_telemetry: tuple[rows.ProxyTelemetry, ...] = ()
    telemetry_elsewhere: tuple[str, ...] = ()  # windows with telemetry of requests at another time, left out
    telemetry: Mapping[Key, rows.ProxyTelemetry] = {}  # the last one of each window
    features: tuple[rows.Feature, ...] = ()
    plans: tuple[rows.Experiment, ...] = ()  # every registration, oldest first
    plan: rows.Experiment = registration.DEFAULTS  # the one in force
    anomalies: tuple[rows.Anomaly, ...] = ()
    checks: tuple[rows.Evidence, ...] = ()
    snapshots: tuple[rows.Snapshot, ...] = ()
    churn: tuple[rows.Churn, ...] = ()
    names: Names = Names({}, {})
    arms: Mapping[tuple[str, str], ArmWindows] = {}  # of each (methodology, provider)
    baseline: ArmWindows = ArmWindows()  # of all its providers
    candidate: ArmWindows = ArmWindows()
    pairing: Pairing = Pairing((), (), ())
    came_again: tuple[str, ...] = ()  # windows with several rows in force, of which the last counts
    strange_terms: tuple[str, ...] = ()  # fields of registrations that nothing here reads
    lines: tuple[bytes, ...] = ()  # of the rows that a card is judged by
    rows_read: int = 0  # of any kind
    taken_out: tuple[TakenOut, ...] = ()  # rows that were recorded and no longer count
    claims: tuple[Claim, ...] = ()  # of each window: features claimed, recorded, counted
    dealt: tuple[DealtBlock, ...] = ()  # whether its rows are in force or not
    decided: tuple[rows.Decision, ...] = ()  # cards that were recorded
    chain: Chain = Chain()
    line_numbers: Mapping[Key, int] = {}  # of each window's row, from 1, by (window, methodology)
    tasks: TaskEvidence = TaskEvidence()  # where the plan's unit is the task; the windows are then its cells
    whole_windows: tuple[rows.Window, ...] = ()  # the windows that hold the tasks
    run_lines: Mapping[Key, int] = {}  # of each run's row with its points, from 1, by (task, window)

    @property
    def judged(self) -> tuple[rows.Window, ...]:
        """The windows of the plan's two arms."""
        return self.baseline.all + self.candidate.all

    def telemetry_of(self, window: rows.Window) -> rows.ProxyTelemetry | None:
        """Return the telemetry of a window, if there is any."""
        return self.telemetry.get(self.names.key(window.window, window.methodology))


def facts_of(
    some: Iterable[rows.Row],
    every: Iterable[rows.Row | None] | None = None,
    taken_out: Sequence[TakenOut] = (),
    **more: object,
) -> Facts:
    """Return what these rows say, all of them in force; `more` are fields that rows alone do not tell.

    `every`: all that was recorded, in force or not; without it, these rows.  `taken_out`: what no longer counts.
    """
    kinds: dict[type, list[rows.Row]] = {}
    some = list(some)
    for row in some:
        kinds.setdefault(type(row), []).append(row)
    windows: list[rows.Window] = kinds.get(rows.Window, [])  # type: ignore[assignment]
    telemetry: list[rows.ProxyTelemetry] = kinds.get(rows.ProxyTelemetry, [])  # type: ignore[assignment]
    plans: list[rows.Experiment] = kinds.get(rows.Experiment, [])  # type: ignore[assignment]
    if all(row.ts.year > 1 for row in plans):
        plans.sort(key=lambda row: row.ts)
    plan = plans[-1] if plans else registration.DEFAULTS
    telemetry, strays = _in_time(telemetry, windows)
    features: list[rows.Feature] = kinds.get(rows.Feature, [])  # type: ignore[assignment]
    if plan.unit == registration.TASK:
        pair_of = (plan.baseline, plan.candidate)
        evidence = task_evidence(features, some if every is None else every, taken_out, pair_of)
        more |= {"tasks": evidence, "whole_windows": tuple(windows)}
        tested = evidence._replace(scored=evidence.scored[: registration.units(plan)])
        windows = cells(tested, pair_of, plan.candidate)
        features = _with_arms(features, evidence)
        gone = [out.row for out in taken_out if isinstance(out.row, rows.Feature)]
        named = iter(_with_arms(gone, evidence))
        taken_out = [
            out._replace(row=next(named)) if isinstance(out.row, rows.Feature) else out for out in taken_out
        ]
    names = Names({window.window: window.methodology for window in windows}, shared(windows))
    of_window: dict[object, list[rows.Feature]] = {}
    for feature in features:
        of_window.setdefault((feature.window, names.arm_of(feature)), []).append(feature)
    claims: list[Claim] = []
    if plan.unit != registration.TASK:  # cells count what their runs' own rows say
        windows, claims = counted(windows, of_window, plan.candidate)
    arms: dict[tuple[str, str], list[rows.Window]] = {}
    for window in windows:
        arms.setdefault((window.methodology, window.provider), []).append(window)
    by_arm = {label: arm_of(its) for label, its in arms.items()}
    baseline, candidate = (_of_all_providers(by_arm, label) for label in (plan.baseline, plan.candidate))
    return Facts(
        taken_out=tuple(taken_out),
        windows=tuple(windows),
        all_telemetry=tuple(telemetry),
        telemetry_elsewhere=tuple(dict.fromkeys(row.window for row in strays)),
        telemetry={names.key(row.window, row.methodology): row for row in telemetry},
        features=tuple(features),
        claims=tuple(claims),
        plans=tuple(plans),
        plan=plan,
        anomalies=tuple(kinds.get(rows.Anomaly, [])),  # type: ignore[arg-type]
        decided=tuple(kinds.get(rows.Decision, [])),  # type: ignore[arg-type]
        checks=tuple(kinds.get(rows.Evidence, [])),  # type: ignore[arg-type]
        snapshots=tuple(kinds.get(rows.Snapshot, [])),  # type: ignore[arg-type]
        churn=tuple(kinds.get(rows.Churn, [])),  # type: ignore[arg-type]
        names=names,
        arms=by_arm,
        baseline=baseline,
        candidate=candidate,
        pairing=pair(baseline, candidate),
        **more,  # type: ignore[arg-type]
    )


def _in_time(
    telemetry: Sequence[rows.ProxyTelemetry], windows: Iterable[rows.Window]
) -> tuple[list[rows.ProxyTelemetry], list[rows.ProxyTelemetry]]:
    """Return the rows whose requests may be their window's, and those of requests at another time."""
    times: dict[str, list[tuple[datetime, datetime]]] = {}
    for window in windows:
        if window.started_at and window.ended_at:
            times.setdefault(window.window, []).append((window.started_at, window.ended_at))

    def is_elsewhere(row: rows.ProxyTelemetry) -> bool:
        first, last, its = row.first_ts, row.last_ts, times.get(row.window)
        if first is None or last is None or its is None:
            return False
        return not any(begun - last <= SLACK and first - ended <= SLACK for begun, ended in its)

    strays = [row for row in telemetry if is_elsewhere(row)]
    return [row for row in telemetry if row not in strays], strays


def _with_arms(features: Iterable[rows.Feature], evidence: TaskEvidence) -> list[rows.Feature]:
    """Return the rows of tasks that are scored, each under the arm of its run: both arms use one window's name."""
    arm_in = {
        (one.task, run.row.window): run.arm
        for one in evidence.scored
        for run in (one.a, one.b)
        if run is not None
    }
    made = []
    for row in features:
        arm = row.methodology or arm_in.get((row.feature_id, row.window))
        made.append(row if arm == row.methodology else msgspec.structs.replace(row, methodology=arm))
    return made


def _of_all_providers(arms: Mapping[tuple[str, str], ArmWindows], methodology: str) -> ArmWindows:
    some = [arm for (label, _), arm in sorted(arms.items()) if label == methodology]
    return ArmWindows(
        tuple(window for arm in some for window in arm.measured),
        tuple(window for arm in some for window in arm.lost),
    )


def shared(windows: Iterable[rows.Window]) -> dict[str, set[str]]:
    """Return the methodologies of each window name that several of them use."""
    arms: dict[str, set[str]] = {}
    for window in windows:
        arms.setdefault(window.window, set()).add(window.methodology)
    return {name: its for name, its in arms.items() if len(its) > 1}


def telemetry_came_again(facts_telemetry: Sequence[rows.ProxyTelemetry], names: Names) -> list[str]:
    """Return the windows with more than one telemetry row, of which the last counts."""
    seen: set[Key] = set()
    again: set[str] = set()
    for row in facts_telemetry:
        key = names.key(row.window, row.methodology)
        if key in seen:
            again.add(row.window)
        seen.add(key)
    return sorted(again)
