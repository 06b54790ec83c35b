"""Exact sequential sign-flip tests on arrays: a replication a row instead of an experiment a call.

`rejects` says what `tracker.stats.task_flip` says at every look.  Replications that cannot reject at any look, by a
sample of patterns far from the error spent, are not enumerated.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import betainc

SAMPLE = np.random.default_rng(20260130).choice([-1.0, 1.0], (2000, 24))
FAR = 6.0  # standard errors of the sample
CHUNK = 2**18  # sums in memory at once
FEW = 10  # units of which all patterns are as fast as a sample


def rejects(units: list[np.ndarray], spent: list[float]) -> np.ndarray:
    """Return whether the sum of the units reaches the threshold of each look, (replications, looks).

    `units`: for each look (replications, units so far), in one order; a unit of 0 changes nothing.
    """
    reps, most = units[-1].shape
    made = np.zeros((reps, len(units)), bool)
    asked = np.arange(reps)
    if most > FEW:
        asked = np.flatnonzero(_possible(units, spent))
    chunk = max(1, CHUNK // 2 ** (most if len(units) == 1 else units[-2].shape[1]))
    for start in range(0, len(asked), chunk):
        rows = asked[start : start + chunk]
        made[rows] = _rejects([x[rows] for x in units], spent)
    return made


def _possible(units: list[np.ndarray], spent: list[float]) -> np.ndarray:
    """Return whether one look alone could reject at any look: no less than what is left after earlier ones."""
    some = np.zeros(len(units[0]), bool)
    for x, share in zip(units, spent, strict=True):
        limit = share + FAR * math.sqrt(share / len(SAMPLE)) + 1 / len(SAMPLE)
        for start in range(0, len(x), 2000):
            part = x[start : start + 2000]
            sums = np.abs(part) @ SAMPLE[:, : x.shape[1]].T
            reached = (sums >= part.sum(axis=1, keepdims=True) - _close(part)[:, None]).mean(axis=1)
            some[start : start + 2000] |= reached <= limit
    return some


def _close(part: np.ndarray) -> np.ndarray:
    close: np.ndarray = 1e-9 * np.maximum(1e-300, np.abs(part).sum(axis=1))
    return close


def signed(sizes: np.ndarray) -> np.ndarray:
    """Return the sums under every pattern of signs of each row, in the order of `sequential.signed_sums`."""
    sums = np.zeros((len(sizes), 1))
    for size in sizes.T:
        sums = np.concatenate((sums + size[:, None], sums - size[:, None]), axis=1)
    return sums


def _rejects(units: list[np.ndarray], spent: list[float]) -> np.ndarray:
    reps = len(units[0])
    made = np.zeros((reps, len(units)), bool)
    crossed, many = np.zeros((reps, 1), bool), 0
    for look, part in enumerate(units):
        total, close = part.sum(axis=1), _close(part)
        size, sizes = 2 ** part.shape[1], np.abs(part)
        budget = np.floor(spent[look] * size + 1e-9)
        if look == len(units) - 1 and many:  # patterns are counted, not laid out
            budget = budget - crossed.sum(axis=1) * 2 ** (part.shape[1] - many)
            left = np.where(crossed, -np.inf, signed(sizes[:, :many]))
            at_least = (total - close)[:, None] - signed(sizes[:, many:])
            count = sum((left >= one[:, None]).sum(axis=1) for one in at_least.T)
            made[:, look] = (budget >= 1) & (count <= budget)
            break
        crossed = np.tile(crossed, (1, 2 ** (part.shape[1] - many)))
        many = part.shape[1]
        sums = signed(sizes)
        budget = budget - crossed.sum(axis=1)
        left = np.where(crossed, -np.inf, sums)
        threshold = np.array(
            [_rarest(row, int(room), near) for row, room, near in zip(left, budget, close, strict=True)]
        )
        made[:, look] = total >= threshold - close
        crossed |= sums >= (threshold - close)[:, None]
    return made


def _rarest(sums: np.ndarray, budget: int, close: float) -> float:
    """Return `sequential.rarest_sum`; infinite where there is none."""
    if budget < 1:
        return math.inf
    if budget >= len(sums):
        return float(sums[sums > -math.inf].min())
    split = np.partition(sums, len(sums) - budget - 1)[len(sums) - budget - 1 :]
    top = split[split > split[0] + close]
    return float(top.min()) if len(top) else math.inf


def apart(scores: np.ndarray, groups: np.ndarray, most: int) -> np.ndarray:
    """Return `task_flip.clustered` of each row; `groups` are whole numbers below `most`."""
    names = groups[:, :, None] == np.arange(most)
    count, sums = names.sum(axis=1), (scores[:, :, None] * names).sum(axis=1)
    between = (count > 0).sum(axis=1) - 1
    within = scores.shape[1] - between - 1
    mean = np.divide(sums, count, out=np.zeros_like(sums), where=count > 0)
    among = (count * (mean - scores.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    rest = ((scores - np.take_along_axis(mean, groups, 1)) ** 2).sum(axis=1)
    made = np.ones(len(scores))
    asked = (between >= 1) & (within >= 1)
    still = asked & (rest <= 1e-12)
    made[still] = np.where(among[still] > 1e-12, 0.0, 1.0)
    some = asked & ~still
    k, w = between[some], within[some]
    f = (among[some] / k) / (rest[some] / w)
    made[some] = betainc(w / 2, k / 2, w / (w + k * f))
    return made


def sums_of(scores: np.ndarray, groups: np.ndarray, most: int) -> np.ndarray:
    """Return the sums of the scores by group, (replications, most); 0 where a group has none."""
    made: np.ndarray = (scores[:, :, None] * (groups[:, :, None] == np.arange(most))).sum(axis=1)
    return made
