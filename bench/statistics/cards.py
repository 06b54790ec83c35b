"""Decision cards of invented experiments: how often GO, with any one gate exactly at its margin."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
from cells import BY_NAME, Result, blocks, generator

from tracker import rows
from tracker.evidence.facts import Facts, facts_of
from tracker.verdict import card

START = datetime(2026, 1, 5, tzinfo=UTC)
GOOD = {"effect": 2.0, "quality": 0.0, "errors": 0.0, "p95": 1.0, "cost": 3.0}
NULLS = {
    "efficiency": {"effect": 1.0},
    "quality": {"quality": -0.2},
    "reliability_errors": {"errors": 0.02},
    "reliability_p95": {"p95": 1.30},
    "cost": {"cost": 2.0},
}
SCENES = {f"null {name}": GOOD | change for name, change in NULLS.items()} | {
    "all at the margin": {"effect": 1.0, "quality": -0.2, "errors": 0.02, "p95": 1.3, "cost": 2.0},
    "truly better": GOOD,
    "truly worse": {"effect": 0.7, "quality": -0.3, "errors": 0.03, "p95": 1.6, "cost": 0.8},
}
TASKS = 3  # features a window


def experiment(rng: np.random.Generator, family: str, n: int, scene: dict[str, float]) -> Facts:
    """Return the rows of one experiment: n blocks, three tasks each, the same in both arms."""
    fa, ca, fb, cb = blocks(BY_NAME[family], rng, (1, n), scene["effect"])
    made: list[rows.Row] = [rows.Experiment(ts=START - timedelta(days=1), n_blocks=n, seed=1)]
    for block in range(n):
        task_quality = rng.uniform(0.75, 0.95, TASKS)
        task_cost = rng.lognormal(0, 0.5, TASKS)
        for arm, features, points in (("A", fa, ca), ("B", fb, cb)):
            name, ts = f"{arm}{block}", START + timedelta(days=block, hours=6 * (arm == "B"))
            label = "stock_anthropic" if arm == "A" else "mitm_offload"
            made.append(
                rows.Window(
                    ts=ts,
                    window=name,
                    methodology=label,
                    provider="claude",
                    features=float(features[0, block]),
                    capacity_pp=float(points[0, block]),
                    block=block,
                    quality_score=0.9,
                    outcome="pass",
                )
            )
            made.append(telemetry(rng, name, label, ts, scene if arm == "B" else None))
            for task in range(TASKS):
                # The null is q_B = 0.8 q_A: a fifth of the baseline's own quality less.
                q = task_quality[task] * (1 + (scene["quality"] if arm == "B" else 0)) + rng.normal(0, 0.08)
                cost = task_cost[task] * rng.lognormal(0, 0.25) / (scene["cost"] if arm == "B" else 1)
                made.append(
                    rows.Feature(
                        ts=ts,
                        feature_id=f"T{block}-{task}",
                        window=name,
                        methodology=label,
                        quality_score=float(q),
                        cost_usd=float(cost),
                    )
                )
    return facts_of(made)


def telemetry(rng, name, label, ts, scene) -> rows.ProxyTelemetry:
    total = int(rng.integers(250, 450))
    # Errors come in bursts: the rate itself varies over windows.
    rate = rng.beta(2, 2 / (0.01 + (scene["errors"] if scene else 0)) - 2)
    return rows.ProxyTelemetry(
        ts=ts,
        window=name,
        methodology=label,
        total_prompts=total,
        errors=int(rng.binomial(total, rate)),
        p95_latency_ms=float(1500 * rng.lognormal(0, 0.15) * (scene["p95"] if scene else 1)),
    )


def cards(family: str, n: int, reps: int, seed: int, scene: str) -> Result:
    """How often each verdict comes out of so many experiments."""
    rng = generator(seed, "card", family, n, scene)
    counts = dict.fromkeys((card.GO, card.SOFT_GO, card.NO_GO, card.INSUFFICIENT), 0)
    for _ in range(reps):
        counts[card.card(experiment(rng, family, n, SCENES[scene]))["verdict"]] += 1
    return {verdict: count / reps for verdict, count in counts.items()} | {"reps": reps}
