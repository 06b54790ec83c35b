"""Both arms' dispersion taken together, beside each arm's own: a second line, which no gate reads."""

from __future__ import annotations

from typing import Any

from tracker import rows
from tracker.evidence.pairing import ArmWindows

Table = dict[str, Any]


def pooled(terms: rows.Experiment | None, a: ArmWindows, b: ArmWindows) -> Table | None:
    """Return the pooled dispersion, its test, and each arm's interval by it; None where an arm has too few windows.

    `terms`: what is registered, None without.  Windows recorded before it lend their scatter, about a rate of their
    own; n, phi and interval of an arm are of its windows since.  Without alike scatter there is no interval.
    """
    from tracker.stats.efficiency import LEAST, add, around
    from tracker.stats.pooled_scatter import pooled_scatter

    if a.measured and b.measured and a.measured[0].provider != b.measured[0].provider:
        return None  # points of two plans are not one unit
    now, earlier = zip(*(_since(terms, arm) for arm in (a, b)), strict=True)
    columns = [arm.numbers() for arm in (*now, *earlier)]
    if any(len(f) < LEAST or not (add(f) > 0 and add(c) > 0) for f, c in columns[:2]):
        return None
    found = pooled_scatter(columns)
    if found is None:
        return None
    sums = [(float(add(f)), float(add(c))) for f, c in columns[:2]]
    return {
        "phi": found.phi,
        "df": found.df,
        "p": found.p,
        "alike": found.is_alike,
        "earlier": sum(len(arm.measured) for arm in earlier),
        "arms": [
            {
                "name": arm.measured[0].methodology,
                "n": len(arm.measured),
                "phi": phi,
                "ci": around(*both, found.phi, found.df)._asdict() if found.is_alike else None,
            }
            for arm, phi, both in zip(now, found.each, sums, strict=False)
        ],
    }


def _since(terms: rows.Experiment | None, arm: ArmWindows) -> tuple[ArmWindows, ArmWindows]:
    """Return an arm's windows since the registration, and those before it; all of them when there are none since."""
    early = tuple(window for window in arm.measured if terms is not None and window.ts < terms.ts)
    since = tuple(window for window in arm.measured if window not in early)
    return (ArmWindows(since), ArmWindows(early)) if since else (arm, ArmWindows())
