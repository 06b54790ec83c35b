"""Router replay: the LP, the policies, what a log supports, and when it says nothing."""

from __future__ import annotations

import json

import msgspec
import numpy as np
import pytest

from conftest import ROOT
from tracker import cli, rows
from tracker.replay import budgets, evaluate, log, policies, reference, rejection, replay
from tracker.replay.environment import Arm, Pricing, Resampled
from tracker.replay.lp import best_mix, optimum


def window(number, arm="stock_anthropic", features=3, points=30, weekly=4, **more):
    """A window row as a dict; `number` gives it a name and a time."""
    day, part = divmod(number, 3)
    start = f"2026-03-{1 + day:02d}T{7 + 5 * part:02d}:00:00Z"
    row = {
        "kind": "window",
        "ts": f"2026-03-{1 + day:02d}T{11 + 5 * part:02d}:30:00Z",
        "window": f"W0-{arm[:4]}-{number}",
        "methodology": arm,
        "provider": "claude",
        "features": features,
        "capacity_pp": points,
        "weekly_pp": weekly,
        "started_at": start,
    }
    return row | more


def two_arms(count=6, coin=False, **offload):
    """A log of both arms, `count` windows each, the second one cheaper in points."""
    made = []
    if coin:
        made.append({"kind": "experiment", "ts": "2026-02-28T09:00:00Z", "n_blocks": 12, "seed": 7})
    for block in range(count):
        first, second = (0, 1) if block % 3 else (1, 0)
        made.append(
            window(
                2 * block + first,
                features=2 + block % 3,
                points=28 + 3 * block,
                weekly=3 + block % 3,
                block=block,
            )
        )
        other = {"features": 2 + (block + 1) % 3, "points": 15 + 2 * block, "weekly": 2 + block % 2} | offload
        made.append(window(2 * block + second, arm="mitm_offload", block=block, **other))
    return made


def lines(found):
    return "".join(json.dumps(row) + "\n" for row in found)


def read(found):
    import io

    return log.read(io.BytesIO(lines(found).encode()))


def test_the_side_by_side_simplex_agrees_with_highs():
    rng = np.random.default_rng(1)
    for arms, knapsacks in ((2, 1), (3, 2), (9, 1), (5, 4), (2, 0)):
        rewards, costs = rng.random((40, arms)), rng.random((40, arms, knapsacks))
        costs[costs < 0.2] = 0.0
        held = rng.random((40, knapsacks)) * 0.6
        held[:4] = 0.0
        shares = best_mix(rewards, costs, held)
        assert (np.einsum("sa,sad->sd", shares, costs) <= held + 1e-9).all()
        assert (shares.sum(axis=1) <= 1 + 1e-9).all()
        best = [optimum(*each) for each in zip(rewards, costs, held, strict=True)]
        assert (shares * rewards).sum(axis=1) == pytest.approx(best, abs=1e-9)


@pytest.mark.parametrize("name", policies.POLICIES)
def test_no_policy_takes_more_than_the_knapsacks_hold_nor_beats_the_lp(name):
    world = replay.log.world(log.bind(read(two_arms()), 20, []), 20, 20, 40, 3)
    run = evaluate.play(name, world, 3)
    assert (run.used <= world.budgets + 1e-9).all()
    assert run.features.mean() <= 1.03 * evaluate.ceiling(world).mean()
    assert (np.diff(run.curve) >= -1e-9).all()


def test_with_a_budget_for_everything_the_arm_with_most_features_wins():
    arms = [
        Arm("few", np.full(4, 1.0), np.ones((4, 1)), np.full(4, 1.0)),
        Arm("many", np.full(4, 3.0), np.ones((4, 1)), np.full(4, 9.0)),
    ]
    world = Resampled(arms, np.array([1000.0]), 20, 0, 50, 1)
    assert (evaluate.play("fixed", world, 1).features == 60).all()
    assert (evaluate.play("lp", world, 1).features == 58).all()  # one round to try the other arm
    # Greedy looks at points only, which do not bind: it takes the wrong arm.
    assert (evaluate.play("greedy", world, 1).features == 22).all()


def test_a_window_that_empties_a_knapsack_counts_by_its_share_and_the_arm_is_closed():
    arms = [
        Arm("paid", np.full(3, 4.0), np.full((3, 1), 10.0), np.full(3, 10.0)),
        Arm("free", np.full(3, 1.0), np.zeros((3, 1)), np.full(3, 99.0)),
    ]
    world = Resampled(arms, np.array([25.0]), 10, 0, 8, 1)
    run = evaluate.play("greedy", world, 1)
    # 2.5 windows of `paid` bring 10; the 3 rounds that they take leave 7 for `free`.
    assert (run.features == 17).all()
    assert (run.used == 25).all()


def test_differences_are_paired_by_luck():
    world = Pricing(300, 30)
    assert (evaluate.play("greedy", world, 5).features == evaluate.play("greedy", world, 5).features).all()
    assert (evaluate.play("greedy", world, 6).features != evaluate.play("greedy", world, 5).features).any()


def test_the_same_seed_gives_the_same_table_to_the_last_digit():
    ask = replay.ReplaySettings(seeds=1000, seed=9)
    found = read(two_arms())
    assert msgspec.json.encode(replay.replay(found, ask)[0]) == msgspec.json.encode(
        replay.replay(found, ask)[0]
    )


def test_pricing_regret_grows_like_the_root_for_the_learners_and_in_proportion_for_greedy():
    table, _ = reference.pricing(sizes=(250, 800, 2500), seeds=15)
    by_name = {line["policy"]: line for line in table["policies"]}
    for name in ("bwk", "ucb-bwk"):
        assert 0.35 <= by_name[name]["slope"] <= 0.65
        assert by_name[name]["lp_pct"] >= 88
    assert by_name["greedy"]["slope"] >= 0.85
    assert by_name["greedy"]["lp_pct"] < 60


def test_an_interval_holds_the_truth_in_most_simulated_logs():
    rng = np.random.default_rng(11)

    def arms(count):
        costs = [np.round(rng.gamma(6, mean / 6, (count, 1))) for mean in (2.5, 4.2)]
        return [
            Arm(f"arm{k}", rng.poisson(3, count).astype(float), cost, 8 * cost[:, 0])
            for k, cost in enumerate(costs)
        ]

    held = np.array([30.0])

    def differences(world, seed):
        return evaluate.play("bwk", world, seed).features - evaluate.play("greedy", world, seed).features

    truth = differences(Resampled(arms(20_000), held, 20, 0, 4000, 1), 1).mean()
    hits = 0
    for seed in range(40):
        world = Resampled(arms(6), held, 20, 40, 40, seed)
        found = evaluate.interval(differences(world, seed), 40, 12, 2)
        hits += found.low <= truth <= found.high
    assert hits >= 36


def test_below_three_windows_an_arm_there_is_no_interval_and_no_verdict():
    found = evaluate.interval(np.arange(8.0), runs=2, windows=4, arms=2)
    assert (found.low, found.high) == (None, None)
    assert evaluate.verdict(found) == "INCONCLUSIVE"


def test_policies_that_never_differ_support_nothing(tool):
    ran = tool("router-replay", "--rounds", "1", "--seeds", "1000", stdin=lines(two_arms()))
    assert ran.status == 66
    assert "bwk and greedy never differed" in ran.out


def test_five_hour_quotas_are_full_again_each_round_and_weekly_ones_are_not():
    found = read(two_arms())
    bound = log.bind(found, 20, [])
    assert [one.name for one in bound.knapsacks] == ["claude week points"]
    assert bound.held.tolist() == [90.0]
    assert any("claude 5h points: 1800 held" in line for line in bound.slack)


def snapshot(ts, percent, resets_at=None, provider="claude", **units):
    meter = {"meter": "weekly_all", "used_pct": percent, "resets_at": resets_at} | units
    return {"kind": "snapshot", "ts": ts, "provider": provider, "surface": "print", "meters": [meter]}


def test_the_week_holds_what_the_latest_reading_leaves_less_headroom():
    late = snapshot("2026-03-05T20:00:00Z", 35, "2026-03-09T09:00:00Z")
    early = snapshot("2026-03-01T06:00:00Z", 5, "2026-03-09T09:00:00Z")
    assert log.bind(read([late, early, *two_arms()]), 20, []).held.tolist() == [55.0]


def test_a_reading_of_a_week_that_is_over_leaves_a_fresh_one():
    old = snapshot("2026-02-20T20:00:00Z", 80, "2026-02-23T09:00:00Z")
    assert log.bind(read([old, *two_arms()]), 20, []).held.tolist() == [90.0]


def test_a_reading_that_was_undone_does_not_count():
    taken_back = snapshot("2026-03-05T20:00:00Z", 80) | {"row_id": "aa01"}
    undo = {"kind": "undo", "ts": "2026-03-05T20:01:00Z", "undoes": "aa01"}
    assert log.bind(read([taken_back, undo, *two_arms()]), 20, []).held.tolist() == [90.0]


def test_glm_credits_bind_when_the_plan_is_known():
    rows_ = two_arms(glm_credits=900)
    known = snapshot("2026-03-05T20:00:00Z", 20, None, "glm", used=2000, total=10_000)
    bound = log.bind(read([known, *rows_]), 20, [])
    assert dict(zip([one.name for one in bound.knapsacks], bound.held.tolist(), strict=True)) == {
        "claude week points": 90.0,
        "glm week credits": 7000.0,
    }
    assert any("plan's size is not in the log" in line for line in log.bind(read(rows_), 20, []).slack)


def test_a_quota_that_one_arm_does_not_tell_of_is_left_out_and_said():
    found = read(two_arms(weekly=None))
    assert all(one.period == "5h" for one in found.knapsacks)
    assert any("claude week points: not in every window of mitm_offload" in note for note in found.notes)


def test_windows_without_capacity_are_left_out_and_counted():
    found = read([*two_arms(), window(40, points=None), window(41, errors=["negative-delta"])])
    assert found.windows == 12
    assert "2 of 14 windows have no capacity: left out" in found.notes


def test_telemetry_shows_what_each_arm_really_sent_to_glm():
    seen = {"kind": "proxy_telemetry", "ts": "2026-03-01T12:00:00Z", "total_prompts": 40}
    telemetry = [
        seen | {"window": "W0-mitm-0", "routed_prompts": 30, "errors": 2},
        seen | {"window": "W0-mitm-3", "routed_prompts": 10},
        seen | {"window": "W0-elsewhere", "routed_prompts": 40, "errors": 40},
    ]
    found = read([*telemetry, *two_arms()])
    assert [arm.name for arm in found.arms] == ["mitm_offload", "stock_anthropic"]
    assert found.traffic[0] == log.ArmTraffic(windows=2, requests=80, routed_pct=50.0, error_pct=5.0)
    assert found.traffic[1] == log.ArmTraffic(windows=0, requests=0, routed_pct=None, error_pct=None)


def test_coin_flips_need_a_recorded_seed():
    assert read(two_arms()).coins == []
    assert len(read(two_arms(coin=True)).coins) == 6


def test_rejection_replay_counts_only_rounds_on_which_coin_and_policy_agree():
    found = read(two_arms(count=12, coin=True))
    bound = log.bind(found, 20, [])
    seen = rejection.play("greedy", log.world(bound, 20, 25, 40, 1), bound.coins, 40, 1)
    assert seen.blocks == 12
    assert 3 <= seen.accepted <= 9
    assert seen.features.low < seen.features.mean < seen.features.high
    assert 2 <= seen.features.mean <= 4


def test_rejection_replay_of_a_fixed_arm_is_that_arms_mean_on_its_coin_flips():
    arms = [
        Arm("a", np.array([1.0, 2, 3, 2]), np.ones((4, 1)), np.ones(4)),
        Arm("b", np.full(4, 9.0), np.ones((4, 1)), np.full(4, 1.0)),
    ]
    world = Resampled(arms, np.array([1e6]), 20, 0, 4000, 1)
    coins = [log.Coin(at % 2, [2.0, 9.0][at % 2], np.ones(1), 1.0) for at in range(40)]
    assert rejection.play("fixed", world, coins, 40, 1).features.mean == pytest.approx(9.0)


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


@pytest.mark.parametrize(
    "text",
    [
        "glm",
        "glm=",
        "glm=12",
        "glm=12/year",
        "=3/week",
        "claude=+1",
        "claude=+ seat",
        "glm=1.2.3/week",
        "a=1/week,,",
    ],
)
def test_an_unreadable_change_is_named(text):
    with pytest.raises(cli.Stop) as stop:
        budgets.read_changes(text, "--what-if")
    assert stop.value.status == 2
    assert "cannot read" in str(stop.value)


@pytest.mark.parametrize("text", ["glm=0/week", "claude=-5/week", "claude=+0 seats"])
def test_a_budget_of_nothing_is_refused(text):
    with pytest.raises(cli.Stop) as stop:
        budgets.read_changes(text, "--budget")
    assert stop.value.status == 2
    assert "above 0" in str(stop.value)


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
