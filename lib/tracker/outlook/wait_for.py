"""`five_hour<80,codex.weekly<=50`: conditions on percent used, for scripts and agents that wait."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from tracker import cli, providers
from tracker.outlook.quota_outlook import SHOWN, QuotaOutlook

QUOTA_WORDS = {**{name: name for name in SHOWN}, "weekly": "weekly_all"}
COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
ALLOWED = (
    f"write QUOTA<PERCENT, with {', '.join(QUOTA_WORDS)}, one of < <= > >= and percent used; "
    f"{', '.join(providers.NAMES)} and a dot may stand before it, several are parted by commas"
)
_TERM = re.compile(r"(?:([a-z]+)\.)?([a-z_]+)\s*(<=|>=|<|>)\s*(\d+(?:\.\d+)?)")


class QuotaCondition(NamedTuple):
    """One comparison; it holds when it does for every quota that it speaks of."""

    provider: str | None  # None: of every provider
    quota: str
    comparison: str
    percent: float

    def speaks_of(self, one: QuotaOutlook) -> bool:
        """Say whether a quota is meant."""
        return (self.provider is None or one.provider == self.provider) and one.quota == self.quota


def parse(text: str) -> list[QuotaCondition]:
    """Return the conditions; cli.WrongValue says what is allowed.

    >>> parse("five_hour<80, codex.weekly<=50")[1]
    QuotaCondition(provider='codex', quota='weekly_all', comparison='<=', percent=50.0)
    """
    made = []
    for part in text.split(","):
        found = _TERM.fullmatch(part.strip())
        if (
            not found
            or found[2] not in QUOTA_WORDS
            or (found[1] is not None and found[1] not in providers.BY_NAME)
            or float(found[4]) > providers.MOST_PCT
        ):
            raise cli.WrongValue(f"{part.strip()!r} is no condition; {ALLOWED}")
        made.append(QuotaCondition(found[1], QUOTA_WORDS[found[2]], found[3], float(found[4])))
    return made


def holds(conditions: Sequence[QuotaCondition], found: Sequence[QuotaOutlook]) -> bool:
    """Return whether all of them hold now; cli.Stop (66) when one speaks of a quota that nobody has read.

    Of a quota that was reset since it was read nothing is used.
    """
    result = True
    for one in conditions:
        meant = [quota for quota in found if one.speaks_of(quota)]
        if not meant:
            whose = f"{one.provider}.{one.quota}" if one.provider else one.quota
            raise cli.Stop(
                cli.NOTHING,
                f"no reading of {whose}; take one (`read-meter claude | tracker ingest claude`), "
                "or see `tracker now` for what there is",
            )
        compare = COMPARISONS[one.comparison]
        result &= all(compare(quota.used_pct or 0.0, one.percent) for quota in meant)
    return result
