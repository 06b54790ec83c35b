"""Many numbers, their mean and their quantiles: exact up to a size, a mergeable sketch beyond it."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Iterable

EXACT = 10_000_000  # values kept as they are, 8 bytes each; more than that become a sketch
SHIFT = 42  # bits of a double dropped by the sketch: 10 of the mantissa's 52 are kept
RELATIVE_ERROR = 2.0**-11  # of a sketched quantile: half a bucket, 0.05 %
_SCALE = 2**20  # sums of sketched values are kept in whole 2^-20ths, so that any order gives one sum
_LARGE = 20_000  # from here on numpy earns its import


class Values:
    """A bag of numbers >= 0 that can be added to, merged in any order, and asked for quantiles.

    Up to `exact` numbers are kept and the answers are those of `numpy.quantile`.  Beyond that only
    counts are kept, in buckets cut by the leading bits of the double (1,024 per factor of two, as
    in an HDR histogram), and a quantile is within `RELATIVE_ERROR` of the true one.  Which of the
    two it is depends on how many numbers there are and on nothing else, so a merge gives the
    same answer however the numbers were split.

    >>> bag = Values([10.0, 20.0, 30.0, 40.0])
    >>> len(bag), bag.mean(), bag.quantile(0.5)
    (4, 25.0, 25.0)
    """

    def __init__(self, values: Iterable[float] = (), exact: int = EXACT) -> None:
        self.exact = exact
        self.kept = array("d", values)
        self.buckets: Counter[int] = Counter()
        self.sketched = 0
        self.scaled_sum = 0
        self._shrink()

    def __len__(self) -> int:
        return len(self.kept) + self.sketched

    def extend(self, values: Iterable[float]) -> None:
        """Add numbers."""
        self.kept.extend(values)
        self._shrink()

    def extend_packed(self, doubles: memoryview) -> None:
        """Add numbers that stand one after the other as eight bytes each."""
        self.kept.frombytes(doubles)
        self._shrink()

    def merge(self, other: Values) -> None:
        """Add another bag's numbers."""
        self.kept.extend(other.kept)
        self.buckets.update(other.buckets)
        self.sketched += other.sketched
        self.scaled_sum += other.scaled_sum
        self._shrink()

    def _shrink(self) -> None:
        """Turn the kept numbers into counts, once there are too many of them."""
        if not self.kept or len(self) <= self.exact:
            return
        bits = memoryview(self.kept).cast("B").cast("q")
        self.buckets.update(bit >> SHIFT for bit in bits)
        self.scaled_sum += sum(map(_scaled, self.kept))
        self.sketched += len(self.kept)
        del bits
        self.kept = array("d")

    def mean(self) -> float | None:
        """Return the mean; None when there are no numbers."""
        if not len(self):
            return None
        if self.sketched:
            return self.scaled_sum / _SCALE / self.sketched
        try:
            return math.fsum(self.kept) / len(self.kept)  # correctly rounded: the same in any order
        except OverflowError:
            return math.fsum(value / len(self.kept) for value in self.kept)

    def quantile(self, share: float) -> float | None:
        """Return the value below which this share (0..1) lies, interpolated as numpy does."""
        return self.quantiles([share])[0]

    def quantiles(self, shares: list[float]) -> list[float | None]:
        """Return a quantile for each share; None when there are no numbers."""
        if not len(self):
            return [None] * len(shares)
        at = [share * (len(self) - 1) for share in shares]
        wanted = sorted({index for place in at for index in (math.floor(place), math.ceil(place))})
        found = self._ranked(wanted)
        answers: list[float | None] = []
        for place in at:
            low, high = found[math.floor(place)], found[math.ceil(place)]
            answers.append(low + (high - low) * (place - math.floor(place)))
        return answers

    def _ranked(self, wanted: list[int]) -> dict[int, float]:
        """Return the values that would stand at these places (from 0) if all were sorted."""
        if self.sketched:
            return self._ranked_buckets(wanted)
        if len(self.kept) >= _LARGE:
            import numpy as np

            # In place, as the order means nothing; `sorted` would make an object out of each number.
            kept = np.frombuffer(self.kept)
            kept.partition(wanted)
            return {index: float(kept[index]) for index in wanted}
        ordered = sorted(self.kept)
        return {index: ordered[index] for index in wanted}

    def _ranked_buckets(self, wanted: list[int]) -> dict[int, float]:
        found: dict[int, float] = {}
        seen = 0
        left = list(wanted)
        for bucket in sorted(self.buckets):
            seen += self.buckets[bucket]
            while left and left[0] < seen:
                found[left.pop(0)] = _middle(bucket)
        return found


def _scaled(value: float) -> int:
    whole = int(value)
    return whole * _SCALE + int((value - whole) * _SCALE)


def _middle(bucket: int) -> float:
    """Return the value half way through a bucket; 0 for the bucket of 0."""
    if not bucket:
        return 0.0
    edges = array("q", [bucket << SHIFT, (bucket + 1) << SHIFT])
    low, high = memoryview(edges).cast("B").cast("d").tolist()
    return float((low + high) / 2)
