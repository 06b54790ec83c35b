"""What finds a gate's bounds: of blocks, and of several people no nearer than of people, each counted once.

Blocks of one person share that person: what is bad for one is bad in many of them.  So where several people's rows are
read together, a bound is the further of two: that of all blocks, and Student's of the people's own figures.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tracker.stats.noninferiority import Bounds


class BoundsOf(NamedTuple):
    """How bounds of columns are found, the blocks' columns, and each person's own figure."""

    bounds: Callable[..., Bounds]  # columns and a one-sided error
    columns: Sequence[Sequence[float]]
    is_ratio: bool = False  # whether the mean of people is that of logarithms
    figures: Sequence[float | None] = ()  # estimates over one person's blocks alone, in the gate's unit
    places: Sequence[Sequence[int]] = ()  # of each person's blocks

    @property
    def without(self) -> bool:
        """Whether somebody's blocks give no figure."""
        return None in self.figures

    def at(self, tail: float) -> Bounds:
        """Return the bounds at a one-sided error; of several people their mean, and the further of both bounds."""
        from tracker.stats.across_people import mean_of_people

        of_blocks = self.bounds(*self.columns, tail)
        if not self.places or of_blocks.estimate is None:
            return of_blocks
        figures = [one for one in self.figures if one is not None]
        found = mean_of_people(figures, tail, is_ratio=self.is_ratio)
        lows, highs = (found.low, of_blocks.low), (found.high, of_blocks.high)
        return found._replace(
            low=None if None in lows or self.without else min(one for one in lows if one is not None),
            high=None if None in highs or self.without else max(one for one in highs if one is not None),
            passing=of_blocks.passing + found.passing,
            failing=of_blocks.failing + found.failing,
        )

    def times(self, times: float) -> BoundsOf:
        """Return the same of so many times as many blocks, or people, of the same kind."""
        if not self.places:
            of_blocks = _again(range(len(self.columns[0])), times)
            return self._replace(columns=_taken(self.columns, of_blocks))
        who = _again(range(len(self.places)), times)
        at = [place for one in who for place in self.places[one]]
        ends = list(accumulate(len(self.places[one]) for one in who))
        return self._replace(
            columns=_taken(self.columns, at),
            figures=[self.figures[one] for one in who],
            places=[range(*two) for two in pairwise([0, *ends])],
        )


def _again(places: Sequence[int], times: float) -> list[int]:
    """Return places one after another, beginning anew, until there are so many times as many."""
    return [places[place % len(places)] for place in range(round(times * len(places)))]


def _taken(columns: Sequence[Sequence[float]], places: Sequence[int]) -> list[list[float]]:
    return [[column[place] for place in places] for column in columns]


def bounds_of(
    bounds: Callable[..., Bounds],
    columns: Sequence[Sequence[float]],
    people: Sequence[str] = (),
    is_ratio: bool = False,
) -> BoundsOf:
    """Return what finds the bounds of these columns, of which entry i is of person i of `people`."""
    places = [[place for place, one in enumerate(people) if one == name] for name in sorted(set(people))]
    figures = [bounds(*_taken(columns, its), 0.5).estimate for its in places]
    return BoundsOf(bounds, columns, is_ratio, figures, places)
