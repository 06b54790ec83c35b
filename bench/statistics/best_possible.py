"""How often the best test there is would say "A is better" where it is, knowing what nobody knows: that features are Poisson.

Given each block's features m and points, F_A is binomial of m and C_A/(C_A + C_B) at equal rates, and no unbiased test of one
look beats the one of the sum of F_A (Lehmann and Romano, 2005, 4.4-4.5).  The card's test knows nothing of the sort.
"""

from __future__ import annotations

import numpy as np
import whole
from cells import BY_NAME, Result, blocks, generator

ALPHA = 0.05


def power(name: str, effect: float, n: int, reps: int, seed: int) -> Result:
    """Return how often the exact test rejects, its power when ties are decided by lot, and the sign-flip at one look."""
    four = blocks(BY_NAME[name], generator(seed, "best", name, n, effect), (reps, n), effect)
    exact = by_lot = 0.0
    for fa, ca, fb, cb in zip(*four, strict=True):
        beyond, at = _tail(fa, ca, fb, cb)
        exact += beyond + at <= ALPHA
        by_lot += min(1.0, max(0.0, (ALPHA - beyond) / at))
    return {
        "exact": exact / reps,
        "by lot": by_lot / reps,
        "sign-flip, one look": float(_one_look(four).mean()),
        "reps": reps,
    }


def _tail(fa: np.ndarray, ca: np.ndarray, fb: np.ndarray, cb: np.ndarray) -> tuple[float, float]:
    """Return the chance of a sum beyond that of F_A, and of the sum itself, at equal rates."""
    from scipy.stats import binom

    chances = np.ones(1)
    for m, share in zip(fa + fb, ca / np.maximum(ca + cb, 1e-9), strict=True):
        chances = np.convolve(chances, binom.pmf(np.arange(int(m) + 1), int(m), share))
    seen = int(fa.sum())
    return float(chances[seen + 1 :].sum()), float(chances[seen])


def _one_look(four: list[np.ndarray]) -> np.ndarray:
    """Return where the sign-flip test says "A is better" when it is asked once, after all blocks."""
    made = []
    for start in range(0, len(four[0]), whole.CHUNK):
        scores = whole.block_scores([x[start : start + whole.CHUNK] for x in four])
        sums, close = whole.signed_sums(scores)
        many = (sums >= (-scores.sum(axis=1) - close)[:, None]).sum(axis=1)
        made.append(many <= ALPHA * 2 ** scores.shape[1])
    return np.concatenate(made)
