"""Router replay: what it answers, what a change of plan would bring, and when a log says nothing."""

from __future__ import annotations

import json

import msgspec
import pytest

from conftest import ROOT
from replay_rows import lines, read, snapshot, two_arms, window
from tracker import rows
from tracker.replay import budgets, replay


def test_the_same_seed_gives_the_same_table_to_the_last_digit():
    ask = replay.ReplaySettings(seeds=1000, seed=9)
    found = read(two_arms())
    assert msgspec.json.encode(replay.replay(found, ask)[0]) == msgspec.json.encode(
        replay.replay(found, ask)[0]
    )


def test_policies_that_never_differ_support_nothing(tool):
    ran = tool("router-replay", "--rounds", "1", "--seeds", "1000", stdin=lines(two_arms()))
    assert ran.status == 66
    assert "bwk and greedy never differed" in ran.out


def test_a_seat_more_holds_one_plan_more():
    changes = budgets.read_changes("claude=+1 seat", "--what-if")
    found = read([row | {"weekly_pp": 2.5 * row["weekly_pp"]} for row in two_arms()])
    gained = replay.what_if(found, replay.ReplaySettings(rounds=20, seeds=1000), [], changes, 100.0)
    assert gained["budgets"]["claude week points"] == {"before": 90.0, "after": 180.0}
    best = gained["gains"][-1]
    assert best["gain"]["low"] > 0
    assert best["gain_per_price"]["mean"] == pytest.approx(best["gain"]["mean"] * 52 / 12 / 100)


def test_a_seat_that_no_quota_binds_brings_nothing():
    changes = budgets.read_changes("claude=+2 seats", "--what-if")
    gained = replay.what_if(
        read(two_arms(weekly=1)), replay.ReplaySettings(rounds=5, seeds=1000), [], changes, None
    )
    assert gained["gains"][-1]["gain"]["mean"] == 0
    assert gained["gains"][-1]["gain_per_price"] is None


BAD_LOGS = {
    "no windows": ([], 66, "no window row"),
    "other rows only": ([snapshot("2026-03-01T09:00:00Z", 4)], 66, "no window row"),
    "one arm": ([window(n) for n in range(5)], 66, "a choice needs two arms"),
    "two windows of the other arm": ([*(window(n) for n in range(5)), *two_arms(2)[1::2]], 66, "two arms"),
    "no capacity": ([row | {"capacity_pp": None} for row in two_arms()], 66, "has a capacity"),
    "nothing used": ([row | {"capacity_pp": 0} for row in two_arms()], 66, "used 0 points"),
    "a slip of the keyboard": ([*two_arms(), window(40, features=1e300)], 65, "`$.features` (1e+300)"),
    "an empty week": ([snapshot("2026-03-05T20:00:00Z", 95), *two_arms()], 66, "nothing is left"),
    "an empty week, no times": (
        [
            snapshot("2026-03-05T20:00:00Z", 95),
            *({k: v for k, v in row.items() if k != "ts"} for row in two_arms()),
        ],
        66,
        "nothing is left",
    ),
}


@pytest.mark.parametrize("name", BAD_LOGS)
def test_a_log_with_nothing_to_replay_is_one_clear_line(name, tool):
    found, status, said = BAD_LOGS[name]
    ran = tool("router-replay", stdin=lines(found))
    assert (ran.status, ran.out) == (status, "")
    assert said in ran.err
    assert ran.err.count("\n") == 1
    assert "; " in ran.err


@pytest.mark.parametrize(
    "args",
    [
        ("--strategy", "thompson"),
        ("--strategy", "greedy"),
        ("--rounds", "0"),
        ("--rounds", "34"),
        ("--seeds", "10"),
        ("--seeds", "0"),
        ("--budget", "claude=50/week,claude=60/week"),
        ("--what-if", "claude=1e999/week"),
        ("--seed", "-1"),
        ("--price", "20"),
        ("--price", "nan", "--what-if", "claude=+1 seat"),
        ("--price", "-3", "--what-if", "claude=+1 seat"),
        ("--what-if", "claude"),
        ("--reference", "pricing", "--seeds", "0"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_asked_is_status_2(args, tool):
    ran = tool("router-replay", *args, stdin=lines(two_arms()))
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("router-replay: ")
    assert ran.err.count("\n") == 1


def test_a_change_of_a_quota_that_the_log_knows_nothing_of_is_said(tool):
    ran = tool("router-replay", "--what-if", "codex=+1 seat", stdin=lines(two_arms()))
    assert ran.status == 66
    assert "nothing of what codex used" in ran.err
    unknown = tool("router-replay", "--what-if", "glm=120000/week", stdin=lines(two_arms(glm_credits=900)))
    assert unknown.status == 66
    assert "--budget glm=N/week" in unknown.err


def test_the_row_can_be_appended_and_says_what_it_rests_on(tool):
    ran = tool("router-replay", "--format", "jsonl", "--seeds", "1000", stdin=lines(two_arms()))
    assert ran.status in (0, 1, 66)
    row = msgspec.json.decode(ran.out, type=rows.Replay)
    assert (row.strategy, row.baseline, row.windows, row.rounds, row.seeds) == ("bwk", "greedy", 12, 20, 1000)
    assert row.low < row.difference < row.high
    assert len(row.inputs_sha256) == 64


def test_status_follows_the_verdict(tool):
    stdin = lines(two_arms())
    for strategy in ("bwk", "fixed"):
        ran = tool(
            "router-replay", "--strategy", strategy, "--format", "json", "--seeds", "1000", stdin=stdin
        )
        verdict = json.loads(ran.out)["verdict"]
        assert ran.status == {"SUPPORTED": 0, "NOT SUPPORTED": 1, "INCONCLUSIVE": 66}[verdict]


def test_a_log_without_coins_is_told_what_would_make_it_answerable(tool):
    without = tool("router-replay", "--seeds", "1000", stdin=lines(two_arms()))
    assert "no counterfactual support" in without.out
    assert "rejection replay are undefined" in without.out
    assert "assign-tasks" in without.out
    coins = tool("router-replay", "--seeds", "1000", stdin=lines(two_arms(count=12, coin=True)))
    assert "propensity 1/2 at the first window of 12 coin-flipped blocks" in coins.out


def test_the_plot_is_an_svg_and_the_same_again(tool, tmp_path):
    ran = tool("router-replay", "--seeds", "1000", "--plot", "regret.svg", stdin=lines(two_arms()))
    drawn = (tmp_path / "regret.svg").read_text()
    assert ran.err == ""
    assert "<svg" in drawn
    assert "<dc:date>" not in drawn
    nowhere = tool(
        "router-replay", "--seeds", "1000", "--plot", "no/such/folder.svg", stdin=lines(two_arms())
    )
    assert (nowhere.status, nowhere.out) == (66, "")
    assert "cannot write no/such/folder.svg" in nowhere.err


def test_providers_become_arms_when_they_are_what_varies(tool):
    found = two_arms()
    for row in found:
        if row["methodology"] == "mitm_offload":
            row |= {"provider": "codex", "methodology": "stock_anthropic"}
    ran = tool("router-replay", "--seeds", "1000", "--format", "json", stdin=lines(found))
    assert [arm["arm"] for arm in json.loads(ran.out)["arms"]] == ["claude", "codex"]
    # Each has a week of its own; codex would use 60 points of its 90 at most, so that one cannot bind.
    assert set(json.loads(ran.out)["budgets"]) == {"claude week points"}


def test_the_sample_ledger_replays(tool):
    sample = ROOT / "data/samples/week0"
    ran = tool("router-replay", stdin=b"".join(path.read_bytes() for path in sorted(sample.glob("*.jsonl"))))
    assert ran.status in (0, 1, 66)
    assert "Verdict: " in ran.out
    assert ran.err == ""


def test_a_week_whose_rounds_bind_says_so_and_gives_no_interval_of_nothing(tool):
    ran = tool(
        "router-replay",
        "--rounds",
        "5",
        "--seeds",
        "1000",
        "--what-if",
        "claude=+2 seats",
        stdin=lines(two_arms(weekly=1)),
    )
    assert "today the 5 rounds bind and no quota does" in ran.out
    assert "gain 0 (ci=n/a)" in ran.out and "CI 0..0" not in ran.out


@pytest.mark.parametrize("change", ["claude=x0.2", "claude=-0.8 seats"])
def test_a_smaller_plan_is_a_loss_and_no_mistake(change):
    changes = budgets.read_changes(change, "--what-if")
    found = read([row | {"weekly_pp": 2.5 * row["weekly_pp"]} for row in two_arms()])
    lost = replay.what_if(found, replay.ReplaySettings(rounds=20, seeds=1000), [], changes, None)
    assert lost["budgets"]["claude week points"]["after"] == pytest.approx(18)
    assert lost["gains"][-1]["gain"]["high"] < 0 and "claude week points" in lost["binds"][1]


def test_a_seat_less_than_there_are_leaves_nothing_and_is_said(tool):
    ran = tool("router-replay", "--seeds", "1000", "--what-if", "claude=-1 seat", stdin=lines(two_arms()))
    assert (ran.status, ran.out) == (66, "") and "nothing is left" in ran.err
    two = tool(
        "router-replay",
        "--seeds",
        "1000",
        "--budget",
        "claude=+1 seat",
        "--what-if",
        "claude=-1 seat",
        stdin=lines(two_arms()),
    )
    assert two.status in (0, 1, 66) and "claude 5h points" in two.out + two.err
    for wrong in ("claude=x0", "claude=x-1", "claude=+0 seats"):
        assert tool("router-replay", "--what-if", wrong, stdin=lines(two_arms())).status == 2


@pytest.mark.parametrize("option", ["--what-if", "--budget"])
def test_an_empty_change_is_a_wrong_option_and_not_none(tool, option):
    ran = tool("router-replay", option, "", stdin="")
    assert (ran.status, option in ran.err) == (2, True)
