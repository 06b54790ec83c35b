"""An experiment whose unit is the task, from its registration to the card, by the commands that a person types."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

TASKS = "feature_id,predicted_size\n" + "".join(f"F-{n},50\n" for n in range(1, 10))


class Plan:
    """A day's meter, as Claude Code prints it, which goes up by what a run takes."""

    def __init__(self, tool, day):
        self.tool, self.day, self.used = tool, day, 2
        self.at = datetime(2026, 3, day, 8, tzinfo=UTC)

    def pane(self):
        return (
            f"Current session: {self.used}% used · resets Mar {self.day}, 12:55pm (UTC)\n"
            f"Current week (all models): 5% used · resets Mar {self.day + 3}, 9am (UTC)\n"
        )

    def later(self, minutes, took=0):
        self.at += timedelta(minutes=minutes)
        self.used += took

    def __call__(self, *words, stdin=""):
        ran = self.tool("tracker", *words, stdin=stdin, TRACKER_NOW=f"{self.at:%Y-%m-%dT%H:%M:%SZ}")
        assert ran.status == 0, (words, ran.err)
        return ran.out

    def read(self, phase, window):
        at = f"{self.at:%Y-%m-%dT%H:%M:%SZ}"
        self("ingest", "claude", "--window", window, "--phase", phase, "--at", at, stdin=self.pane())


def play(plan, window, runs, folder):
    """One window: its readings, and each of its tasks between two marks; B takes about a third of A."""
    pane = folder / "pane.txt"
    plan.read("before", window)
    for task, arm in runs:
        plan.later(60)
        pane.write_text(plan.pane())
        plan("task", "start", task, "--window", window, "--text", str(pane), "--any-arm")
        number = int(task.removeprefix("F-"))
        plan.later(40, 14 + number % 5 if arm == "stock_anthropic" else 5 + number % 3)
        pane.write_text(plan.pane())
        plan("task", "end", task, "--window", window, "--text", str(pane))
        plan.later(-40)
    plan.later(60)
    plan.read("after", window)
    features = [word for task, _ in runs for word in ("--feature", f"{task}=0.9")]
    plan("complete", "--window", window, *features, "--methodology", "by_task", "--outcome", "pass")


@pytest.mark.slow
def test_nine_tasks_by_coin_decide_efficiency_by_commands_alone(tool, tmp_path):
    first = Plan(tool, 1)
    first("experiment", "register", "--unit", "task", "--tasks", "9", "--per-window", "3", "--seed", "7")
    first("assign-tasks", "--per-window", "3", "--registered", "--seed", "7", stdin=TASKS)
    dealt = [
        json.loads(line)
        for line in tool("ledger-cat", "--kind", "feature", "--format", "jsonl").out.splitlines()
    ]
    windows = sorted({row["window"] for row in dealt})
    assert len(windows) == 6 and len(dealt) == 18
    for day, window in enumerate(windows, 2):
        runs = [(row["feature_id"], row["methodology"]) for row in dealt if row["window"] == window]
        play(Plan(tool, day), window, runs, tmp_path)

    preview = json.loads(tool("tracker", "preview", "--format", "json").out)
    assert preview["sequential"]["rejected_at"] == 6, (
        "the least that six tasks can say is 1 in 64, of 2.2 % spent"
    )
    assert any(
        "for a typical task of this bank mitm_offload takes fewer points" in said
        for said in preview["claims"]
    )
    ran = tool("tracker", "decision-card", "--format", "json")
    card = json.loads(ran.out)
    assert (ran.status, card["verdict"]) == (66, "INSUFFICIENT"), "nothing was routed or priced"
    assert card["gates"][0]["verdict"] == "pass" and card["gates"][0]["n"] == 9
    assert card["worst_case"]["lost_blocks"] == [] and "verified" in card["taken_out"]["chain"]
    assert "18 runs recomputed from their readings, all the same" in card["taken_out"]["recomputed"]
