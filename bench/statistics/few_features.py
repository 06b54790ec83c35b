"""The e-value where features are few and capacities unequal: how often it ever claims what is not so."""

from __future__ import annotations

import numpy as np
from cells import Result, generator

from tracker.stats import sequential


def false_claims(capacity_a: float, capacity_b: float, rate: float, reps: int, seed: int) -> Result:
    """How often the e-value ever reaches 20 in 50 looks at one rate a point and unequal capacities."""
    rng = generator(seed, "sparse", capacity_a, capacity_b, rate)
    points = np.full(50, float(capacity_a)), np.full(50, float(capacity_b))
    rejects = sum(
        sequential.e_process(
            rng.poisson(rate * points[0]), points[0], rng.poisson(rate * points[1]), points[1]
        ).rejected_at
        is not None
        for _ in range(reps)
    )
    return {"rejects": rejects / reps, "reps": reps}
