"""Reliability: by how much the share of requests that fail may rise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tracker.evidence.margins import Margin
from tracker.evidence.tables import Side, Tables
from tracker.verdict.gates.gate import Gate, GateKind, Looks, Method, bounded

if TYPE_CHECKING:
    from tracker.stats.noninferiority import Bounds


def columns(tables: Tables) -> tuple[list[list[float]], list[str]]:
    """Return (errors_A, requests_A, errors_B, requests_B) of the windows, and the arms without any."""
    sides = (tables.a, tables.b)
    four = [column for side in sides for column in _counts(side)]
    return four, [side.methodology for side, total in zip(sides, four[1::2], strict=True) if not total]


def _counts(side: Side) -> tuple[list[float], list[float]]:
    counted = [(one.errors, one.requests) for one in side.traffic if one.errors is not None and one.requests]
    return [errors for errors, _ in counted], [requests for _, requests in counted]


def judge(traffic: tuple[list[list[float]], list[str]], margin: float, looks: Looks) -> Gate:
    """Hold the error rate of B minus that of A, in percentage points, at most at the margin."""
    from tracker.stats import noninferiority

    four, without = traffic
    empty = Gate("reliability_errors", "pp", "<=", margin, "windows with telemetry")
    if without:
        return empty._replace(why=f"no proxy telemetry of {' and '.join(without)}")

    def in_points(*asked: Any) -> Bounds:
        found = noninferiority.error_difference(*asked)
        three = [None if x is None else 100 * x for x in (found.estimate, found.low, found.high)]
        return found._replace(estimate=three[0], low=three[1], high=three[2])

    return bounded(Method(in_points, empty, "no request in an arm"), four)


GATE = GateKind(
    name="reliability_errors",
    label="reliability: error rate, B less A",
    about="error rate B - A, Miettinen-Nurminen, variance times the dispersion over windows",
    margin=Margin(
        "errors",
        "pp",
        2.0,
        "points that the error rate may rise",
        least=0,
        below=100,
        open_end=False,
        field="error_margin_pp",
        other_names=("reliability_errors", "error_pp"),
    ),
    columns=columns,
    judge=judge,
    expansion=True,
)
