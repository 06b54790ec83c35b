"""The whole card on arrays says what the card itself says, and a slice of what is simulated with it."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta

import pytest

from conftest import ROOT
from tracker import rows
from tracker.evidence.facts import facts_of
from tracker.verdict import card

sys.path.append(str(ROOT / "bench" / "statistics"))
worlds = pytest.importorskip("worlds")
whole = pytest.importorskip("whole")
cells = pytest.importorskip("cells")

START = datetime(2026, 1, 5, tzinfo=UTC)
WORDS = {
    "GO": whole.GO,
    "SOFT GO": whole.SOFT_GO,
    "NO-GO": whole.NO_GO,
    "INSUFFICIENT": whole.INSUFFICIENT,
}
SEED = 5150


def ledger(ledgers, place, blocks, n_blocks):
    """Return the rows of one replication's first blocks."""
    one = {name: column[place] for name, column in ledgers._asdict().items()}
    made = [rows.Experiment(ts=START - timedelta(days=1), n_blocks=n_blocks, seed=1)]
    for block in range(blocks):
        for arm, label in (("a", "stock_anthropic"), ("b", "mitm_offload")):
            number = {name[:-2]: float(x[block]) for name, x in one.items() if name.endswith(f"_{arm}")}
            ts, window = START + timedelta(days=block, hours=6 * (arm == "b")), f"{arm}{block}"
            made.append(
                rows.Window(
                    ts=ts,
                    window=window,
                    methodology=label,
                    provider="claude",
                    block=block,
                    features=number["features"],
                    capacity_pp=number["points"],
                    quality_score=None,
                    outcome="pass",
                )
            )
            made.append(
                rows.ProxyTelemetry(
                    ts=ts,
                    window=window,
                    methodology=label,
                    total_prompts=int(number["requests"]),
                    errors=int(number["errors"]),
                    p95_latency_ms=number["p95"],
                )
            )
            tasks = int(one["tasks"][block])
            for task in range(max(tasks, int(number["features"]))):
                share = 1 / tasks if task < tasks else None
                made.append(
                    rows.Feature(
                        ts=ts,
                        feature_id=f"T{block}-{task}",
                        window=window,
                        methodology=label,
                        quality_score=share and number["quality"] * share,
                        cost_usd=share and number["cost"] * share,
                    )
                )
    return facts_of(made)


MIXED = {  # every gate near its margin, so that each of them decides some of the words
    "efficiency": worlds.storms(0.15, of_b=True),
    "quality": worlds.scores(0.95, tasks=6),
    "errors": worlds.failures(0.0, "bursts", 0.004),
    "p95": worlds.slowest(1.05, 0.12),
    "cost": worlds.costs(2.8, 0.2, size=0.8),
}
CASES = [
    ("near every margin", 6, MIXED),
    ("near every margin", 8, MIXED),
    ("near every margin", 12, MIXED),
    ("truly better", 8, worlds.GOOD),
    ("four points a window", 8, worlds.EXCELLENT | {"efficiency": worlds.of_family("tiny-meter", 1.5)}),
    ("unequal", 8, worlds.EXCELLENT | {"efficiency": worlds.unequal(1.0)}),
    ("worse", 8, worlds.GOOD | {"efficiency": worlds.of_family("planned", 0.5)}),
]


@pytest.mark.parametrize(("name", "n", "draws"), CASES, ids=[f"{name}, {n}" for name, n, _ in CASES])
def test_the_arrays_say_what_the_card_says_at_every_look(name, n, draws):
    reps = 20
    ledgers = worlds.ledgers(cells.generator(SEED, name, n), (reps, n), draws)
    said = whole.words(ledgers)
    for place in range(reps):
        for look in range(whole.FIRST, n + 1):
            verdict = card.card(ledger(ledgers, place, look, n))["verdict"]
            assert WORDS[verdict] == said[place, look - whole.FIRST], (place, look, verdict)
