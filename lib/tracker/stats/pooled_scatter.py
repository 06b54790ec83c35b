"""Several groups of windows, each at its own rate: do they scatter alike, and by how much together?

A few windows know their own dispersion badly, so their interval pays with a wide quantile.  Where groups scatter
alike, their dispersions taken together have more degrees of freedom.  That they do is an assumption which few windows
can hardly refute (docs/statistics.md), so it stands beside the arms' own intervals and decides nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from tracker.stats.distributions import gamma_share
from tracker.stats.efficiency import Numbers, dispersion

MOST = 300.0  # half of a chi-square beyond which its p is 0
UNLIKE = 0.1  # p below which groups do not scatter alike, and nothing is pooled


class PooledScatter(NamedTuple):
    """The dispersion of groups of windows together."""

    phi: float  # mean of the groups' own, weighted by their degrees of freedom; above 0
    df: int  # degrees of freedom: windows less groups, 2 and up
    p: float  # of the test that all scatter alike, 0..1
    each: tuple[float | None, ...]  # dispersion of each group; None for one that has none, which is left out

    @property
    def is_alike(self) -> bool:
        """Whether the test leaves it open that all scatter alike."""
        return self.p >= UNLIKE


def pooled_scatter(groups: Sequence[tuple[Numbers, Numbers]]) -> PooledScatter | None:
    """Return the dispersion of groups, each (features, points) with a number a window; None when only one has any.

    Each group's phi is that of `efficiency.dispersion`, about the group's own rate.  The test is Bartlett's, its
    statistic over 1 + (sum 1/df_i - 1/df)/(3 (k - 1)) against chi-square with k - 1 freedom.
    Source: Bartlett (1937), Proc. R. Soc. A 160, 268; how it errs at few windows is in docs/statistics.md.

    >>> found = pooled_scatter([([2, 3, 4], [20.0, 22.0, 30.0]), ([4, 4, 6], [19.0, 18.0, 27.0])])
    >>> round(found.phi, 4), found.df, round(found.p, 2), found.is_alike
    (0.0369, 4, 0.12, True)
    """
    each = tuple(dispersion(features, capacity) for features, capacity in groups)
    known = [(phi, len(features) - 1) for phi, (features, _) in zip(each, groups, strict=True) if phi]
    if len(known) < 2:
        return None
    df = sum(freedom for _, freedom in known)
    phi = sum(one * freedom for one, freedom in known) / df
    if not 0 < phi < math.inf:
        return None
    apart = df * math.log(phi) - sum(freedom * math.log(one) for one, freedom in known)
    others = len(known) - 1
    correction = 1 + (sum(1 / freedom for _, freedom in known) - 1 / df) / (3 * others)
    half = min(max(apart, 0.0) / correction / 2, MOST)
    return PooledScatter(phi, df, max(0.0, 1 - gamma_share(half, others / 2)), each)
