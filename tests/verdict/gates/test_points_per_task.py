"""Efficiency by task: passes, fails and waits as the test over tasks says."""

from __future__ import annotations

import pytest

from tracker.evidence.tables import TaskColumns
from tracker.verdict.gates import points_per_task
from tracker.verdict.gates.gate import FAIL, NO_DATA, PASS, UNDECIDED, Looks


def columns(points_b):
    n = len(points_b)
    names = [str(place) for place in range(n)]
    return TaskColumns(
        names, [str(place // 3) for place in range(n)], names, [1.0] * n, [12.0] * n, [1.0] * n, points_b
    )


@pytest.mark.parametrize(
    ("points", "verdict"),
    [
        ([6.0, 5.0, 7.0] * 3, PASS),
        ([24.0, 20.0, 30.0] * 3, FAIL),
        ([12.0, 11.0, 13.0] * 3, UNDECIDED),
        ([], NO_DATA),
    ],
)
def test_its_verdict_is_the_tests(points, verdict):
    gate = points_per_task.judge(columns(points), 1.0, Looks(9, 5, 0.05, len(points)))
    assert gate.verdict == verdict and gate.counted == "tasks"
    if verdict == PASS:
        assert gate.bound > 1 and gate.table["score"][0] == pytest.approx(1 / 3)
