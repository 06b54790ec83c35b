"""Tables of twelve made-up blocks, for the tests of single gates."""

from __future__ import annotations

from tracker.evidence.facts import facts_of
from tracker.evidence.tables import tables_of
from verdict_rows import A, B, blocks, feature, telemetry

NUMBERS = {"quality": {"good": 0.95, "bad": 0.5, None: None}, "cost": {"good": 0.3, "bad": 0.9, None: None}}


def tables(quality="good", cost="good", errors=3, p95=1500.0, left_out=False, without=(), cb=20.0, n=12):
    """Return the tables of n blocks of three tasks; `without` names windows without telemetry."""
    some = blocks(n, cb=cb)
    for i in range(n):
        for arm, name in ((A, f"A{i}"), (B, f"B{i}")):
            bad = arm == B
            if name not in without:
                some.append(
                    telemetry(
                        name,
                        arm,
                        errors=errors if bad else 3,
                        p95_latency_ms=(p95 if bad else 1500.0) + 10 * (i % 3),
                    )
                )
            for task in range(3):
                if bad and left_out and task == 2:
                    continue
                some.append(
                    feature(
                        f"T{i}-{task}",
                        name,
                        arm,
                        quality_score=NUMBERS["quality"][quality] if bad else 0.95,
                        cost_usd=NUMBERS["cost"][cost] if bad else 0.9 + 0.01 * (i % 2),
                    )
                )
    facts = facts_of(some)
    return tables_of(
        facts.pairing.blocks, (A, B), facts.windows, facts.features, facts.telemetry, facts.names, n
    )
