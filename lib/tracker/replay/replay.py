"""A whole replay: every policy on the resampled log, compared with a baseline, as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import IO, Any, NamedTuple

import numpy as np

from tracker import cli, rows
from tracker.replay import budgets, evaluate, log, rejection
from tracker.replay.budgets import BudgetChange
from tracker.replay.environment import Arm, Resampled
from tracker.replay.lp import Floats, optimum
from tracker.replay.policies import POLICIES

Table = dict[str, Any]
Curves = dict[str, tuple[list[float], list[float]]]
MIN_SEEDS = 1000
RUNS = 40  # runs that share one resampled log


class ReplaySettings(NamedTuple):
    """What is asked of a replay."""

    strategy: str = "bwk"
    baseline: str = "greedy"
    rounds: int = 20
    seeds: int = 4000
    seed: int = 20260101


def answer(
    stream: IO[bytes], ask: ReplaySettings, budget: str | None, what: str | None, price: float | None
) -> tuple[Table, Curves]:
    """Return the replay of a stream of rows, with the budgets and changes as a person typed them."""
    changes = budgets.read_changes(budget, "--budget") if budget is not None else []
    asked = budgets.read_changes(what, "--what-if") if what is not None else []
    check(ask, what, price)
    found = log.read(stream)
    table, regrets = replay(found, ask, changes)
    if asked:
        table["what_if"] = what_if(found, ask, changes, asked, price)
    rounds = [float(now) for now in range(1, ask.rounds + 1)]
    return table, {name: (rounds, regret.tolist()) for name, regret in regrets.items()}


def check(ask: ReplaySettings, what: str | None, price: float | None) -> None:
    """Refuse what cannot be asked, with status 2."""
    wrong = {
        f"--rounds {ask.rounds}: a week has 1 to 33 windows of five hours": not 1 <= ask.rounds <= 33,
        f"--seeds {ask.seeds}: between {MIN_SEEDS} and 1,000,000 are needed": not MIN_SEEDS
        <= ask.seeds
        <= 1_000_000,
        f"--seed {ask.seed}: it is 0 or more": ask.seed < 0,
        f"--strategy and --baseline are both {ask.strategy}: name two": ask.strategy == ask.baseline,
        "--price needs --what-if: it is the price of a change": price is not None and not what,
        f"--price {price}: it must be above 0": price is not None and not 0 < price < 1e9,
    }
    for text, is_wrong in wrong.items():
        if is_wrong:
            raise cli.Stop(cli.USAGE, f"{text}; see `router-replay --help`")


def replay(
    found: log.Log, ask: ReplaySettings, changes: Sequence[BudgetChange] = ()
) -> tuple[Table, dict[str, Floats]]:
    """Return everything that `router-replay` prints, and each policy's regret curve (T,)."""
    bound = log.bind(found, ask.rounds, changes)
    world = log.world(bound, ask.rounds, ask.seeds // RUNS, RUNS, ask.seed)
    runs = {name: evaluate.play(name, world, ask.seed) for name in POLICIES}
    most = evaluate.ceiling(world)
    base = runs[ask.baseline].features

    def differs(values: Floats) -> Table:
        return as_table(evaluate.interval(values, RUNS, found.windows, len(found.arms)))

    names = [one.name for one in bound.knapsacks]
    table: Table = {
        "strategy": ask.strategy,
        "baseline": ask.baseline,
        "windows": found.windows,
        "rounds": ask.rounds,
        "seeds": len(base),
        "seed": ask.seed,
        "inputs_sha256": found.sha256,
        "arms": [_arm(arm, seen, names) for arm, seen in zip(bound.arms, found.traffic, strict=True)],
        "budgets": dict(zip(names, (float(value) for value in bound.held), strict=True)),
        "lp_features": ask.rounds * _own_optimum(bound, ask.rounds),
        "policies": [
            {
                "policy": name,
                "features": float(run.features.mean()),
                "used": dict(zip(names, (float(value) for value in run.used.mean(axis=0)), strict=True)),
                "lp_pct": float(100 * run.features.sum() / most.sum()) if most.sum() else None,
                "regret": float((most - run.features).mean()),
                "difference": differs(run.features - base),
                "p_at_least": float((run.features >= base - 1e-9).mean()),
            }
            for name, run in runs.items()
        ],
    }
    compared = evaluate.interval(runs[ask.strategy].features - base, RUNS, found.windows, len(found.arms))
    table["difference"] = as_table(compared)
    table["verdict"] = evaluate.verdict(compared)
    if compared.low == compared.high and compared.low is not None:
        alike = (
            f"{ask.strategy} and {ask.baseline} never differed: more rounds or smaller quotas would part them"
        )
        bound.slack.append(alike)
    table["support"] = _support(bound, world, ask)
    table["notes"] = [*found.notes, *bound.slack]
    steps = np.arange(1, ask.rounds + 1) / ask.rounds
    return table, {name: most.mean() * steps - run.curve for name, run in runs.items()}


def as_row(table: Table) -> rows.Replay:
    """Return the replay as a row; differences are per round there."""
    if "reference" in table:
        raise cli.Stop(cli.USAGE, "--reference has no row; use --format json")
    per_round = {
        end: value / table["rounds"] for end, value in table["difference"].items() if value is not None
    }
    return rows.Replay(
        ts=datetime.now(UTC).replace(microsecond=0),
        strategy=table["strategy"],
        baseline=table["baseline"],
        verdict=table["verdict"],
        windows=table["windows"],
        difference=per_round["mean"],
        low=per_round.get("low"),
        high=per_round.get("high"),
        inputs_sha256=table["inputs_sha256"],
        rounds=table["rounds"],
        seeds=table["seeds"],
        seed=table["seed"],
        budgets=table["budgets"],
    )


def as_table(found: evaluate.Interval) -> Table:
    """Return an interval as plain values."""
    return {"mean": found.mean, "low": found.low, "high": found.high}


def _arm(arm: Arm, traffic: log.ArmTraffic, names: Sequence[str]) -> Table:
    means = arm.costs.mean(axis=0)
    return {
        "arm": arm.name,
        "windows": len(arm.rewards),
        "features_per_window": float(arm.rewards.mean()),
        "features_per_point": float(arm.rewards.sum() / arm.points.sum()) if arm.points.sum() else None,
        "cost_per_window": dict(zip(names, (float(value) for value in means), strict=True)),
        "requests": traffic.requests,
        "routed_to_glm_pct": traffic.routed_pct,
        "error_pct": traffic.error_pct,
    }


def _own_optimum(bound: log.Bound, rounds: int) -> float:
    rewards = np.array([arm.rewards.mean() for arm in bound.arms])
    costs = np.array([arm.costs.mean(axis=0) for arm in bound.arms])
    return optimum(rewards, costs, bound.held / rounds)


def _support(bound: log.Bound, world: Resampled, ask: ReplaySettings) -> Table:
    """Return what the log can carry: propensities, and a rejection replay where coins allow one."""
    if not bound.coins:
        return {"propensity": "0 or 1", "coin_flips": 0, "rejection": []}
    replays = []
    for name in dict.fromkeys([ask.strategy, ask.baseline]):
        seen = rejection.play(name, world, bound.coins, RUNS, ask.seed)
        replays.append(
            {"policy": name, "accepted": seen.accepted, "features_per_round": as_table(seen.features)}
        )
    return {"propensity": "1/2", "coin_flips": len(bound.coins), "rejection": replays}


WEEKS_A_MONTH = 52 / 12
BEST = "lp optimum"


def what_if(
    found: log.Log,
    ask: ReplaySettings,
    changes: Sequence[BudgetChange],
    what: Sequence[BudgetChange],
    price: float | None,
) -> Table:
    """Return what changed budgets would bring in a fresh week, paired by log and by luck.

    `price` is what the change costs a month, in money; with it come features per unit of money.
    """
    fresh = found._replace(quotas=[quota._replace(used=0.0) for quota in found.quotas])
    before, after = log.bind(fresh, ask.rounds, changes), log.bind(fresh, ask.rounds, [*changes, *what])
    holds = {
        one.name: {
            "before": budgets.held(one, quota, ask.rounds, changes),
            "after": budgets.held(one, quota, ask.rounds, [*changes, *what]),
        }
        for one, quota in zip(fresh.knapsacks, fresh.quotas, strict=True)
    }
    for one in fresh.knapsacks:
        both = holds[one.name]
        if both["before"] is None and both["after"] is not None:
            raise cli.Stop(
                cli.NOTHING,
                f"{one.name}: today's plan is not in the log, so nothing can be gained on it; "
                f"say it with --budget {one.provider}=N/{one.period}",
            )
    worlds = [log.world(bound, ask.rounds, ask.seeds // RUNS, RUNS, ask.seed) for bound in (before, after)]
    plays = {
        ask.strategy: [evaluate.play(ask.strategy, world, ask.seed).features for world in worlds],
        BEST: [evaluate.ceiling(world) for world in worlds],
    }
    return {
        "rounds": ask.rounds,
        "binds": [
            _what_binds(bound, world, ask) for bound, world in zip((before, after), worlds, strict=True)
        ],
        "price_per_month": price,
        "budgets": {name: both for name, both in holds.items() if both["before"] != both["after"]},
        "gains": [_gain(name, old, new, found, price) for name, (old, new) in plays.items()],
    }


def _what_binds(bound: log.Bound, world: Resampled, ask: ReplaySettings) -> list[str]:
    """Return the quotas that a fresh week uses up somewhere; none where the rounds are over first."""
    used = evaluate.play(ask.strategy, world, ask.seed).used
    full = [bool((used[:, place] >= held * (1 - 1e-9)).any()) for place, held in enumerate(world.budgets)]
    return [one.name for one, is_full in zip(bound.knapsacks, full, strict=True) if is_full]


def _gain(name: str, old: Floats, new: Floats, found: log.Log, price: float | None) -> Table:
    """Return what a policy gains, a week, a month and per unit of money, of paired runs (S,)."""
    more = as_table(evaluate.interval(new - old, RUNS, found.windows, len(found.arms)))
    if (new == old).all():
        more |= {"low": None, "high": None}  # nothing was seen to differ: there is no interval of that
    if name == BEST and (new >= old).all() and more["low"] is not None:
        more["low"] = max(more["low"], 0.0)  # larger quotas never lower the optimum
    a_month = {end: None if value is None else value * WEEKS_A_MONTH for end, value in more.items()}
    per_price = {end: None if value is None else value / (price or 1) for end, value in a_month.items()}
    return {
        "policy": name,
        "before": float(old.mean()),
        "after": float(new.mean()),
        "gain": more,
        "gain_per_month": a_month,
        "gain_per_price": per_price if price else None,
    }
