"""Marks at a task's start and end: which run it is, and what is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest

from task_rows import deal
from tracker import cli, rows
from tracker.windows import task_marks
from verdict_rows import START


def marked(there, task, state, minute, window=None):
    run = (task_marks.to_start if state == task_marks.STARTED else task_marks.to_end)(there, task, window)
    return [*there, task_marks.mark(run, state, START + timedelta(minutes=minute))]


def test_a_task_is_begun_and_ended_first_in_one_window_then_in_the_other():
    there = deal()
    task = there[0].feature_id
    there = marked(there, task, "started", 0)
    assert there[-1].window == "W0-T-01" and there[-1].methodology == there[0].methodology
    assert there[-1].predicted_size == 50.0
    there = marked(there, task, "ended", 20)
    run = task_marks.to_start(there, task, None)
    assert run.dealt.window == "W0-T-02" and task_marks.out_of_turn(there, run).startswith(
        "the first window of block 1 still has"
    )
    there = marked(there, task, "started", 30, "W0-T-02")
    there = marked(there, task, "ended", 40)
    with pytest.raises(cli.Stop, match="was begun already") as stop:
        task_marks.to_start(there, task, None)
    assert stop.value.status == cli.TRY_LATER
    with pytest.raises(cli.Stop, match="has ended already; take its mark back with"):
        task_marks.to_end(there, task, None)


def test_what_the_deal_does_not_allow_is_refused_with_what_to_do():
    there = deal()
    first, second = there[0].feature_id, there[1].feature_id
    with pytest.raises(cli.Stop, match=r"F-99 was not dealt \(dealt: .*tracker assign-tasks --per-window"):
        task_marks.to_start(there, "F-99", None)
    with pytest.raises(cli.Stop, match="was not begun; begin it"):
        task_marks.to_end(there, first, None)
    there = marked(there, first, "started", 0)
    with pytest.raises(cli.Stop, match=f"{first} in W0-T-01 .* runs since .*tracker task end {first}"):
        task_marks.to_start(there, second, None)
    with pytest.raises(cli.Stop, match="after this end"):
        marked(there, first, "ended", -5)


def test_a_session_of_the_routers_log_marks_both_ends():
    def usage(minute, session):
        return rows.Usage(
            ts=START + timedelta(minutes=minute),
            model="m",
            lane="anthropic",
            status=200,
            latency_ms=60000.0,
            decision="kept",
            op="stream",
            session_id=session,
        )

    first, last = task_marks.of_session([usage(5, "s"), usage(30, "other"), usage(9, "s")], "s")
    assert (first, last) == (START + timedelta(minutes=4), START + timedelta(minutes=9))
    with pytest.raises(cli.Stop, match="no request of session x"):
        task_marks.of_session([usage(5, "s")], "x")


def test_a_session_that_is_not_in_the_log(tool, tmp_path):
    rows_ = "".join(
        f'{{"kind":"feature","ts":"2026-01-01T00:00:00Z","feature_id":"F-1","window":"W{n}","block":1,"turn":{n},"methodology":"a{n}","state":"assigned"}}\n'
        for n in (1, 2)
    )
    ran = tool("task-end", "F-1", "--session", "s", stdin=rows_)
    assert ran.status == 2 and "--session and --log go together" in ran.err
    ran = tool("task-end", "F-1", "--session", "s", "--log", str(tmp_path / "none"), stdin=rows_)
    assert ran.status == 66 and "give the router's log" in ran.err
    ran = tool("task-start", "F-1", "--any-arm", "--read", "--text", "x", stdin=rows_)
    assert ran.status == 2 and "leave one out" in ran.err


def test_the_times_of_an_arms_tasks_in_a_window_are_those_between_its_marks():
    there = deal()
    assert task_marks.runs_in(there, "W0-T-01", "stock_anthropic") is None
    first, second = there[0], there[1]
    there = marked(there, first.feature_id, "started", 0)
    there = marked(there, first.feature_id, "ended", 20)
    there = marked(there, second.feature_id, "started", 30)
    every = [
        one
        for arm in ("stock_anthropic", "mitm_offload")
        for one in task_marks.runs_in(there, "W0-T-01", arm)
    ]
    minutes = [tuple(at and (at - START) / timedelta(minutes=1) for at in one) for one in every]
    assert sorted(minutes) == [(0, 20), (30, None)]
    assert task_marks.runs_in(there, "W0-T-02", first.methodology) is None
