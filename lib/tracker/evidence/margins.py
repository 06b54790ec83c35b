"""A margin: the number that a gate is held against, under every name that a registration may give it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from tracker import rows


class Margin(NamedTuple):
    """One margin of the plan."""

    name: str  # as in `margins: {name: 2}` of a registration, and `--name` of `experiment`
    unit: str
    default: float
    about: str  # help of its option
    least: float  # what may be registered: from here, itself left out when `open_end`
    below: float = math.inf  # up to here, itself left out
    open_end: bool = True
    field: str | None = None  # of rows.Experiment; None: it stands in the row's `margins`
    other_names: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Return the name under which a plan shows it."""
        return self.field or self.name

    def of(self, plan: rows.Experiment) -> float:
        """Return what the plan says, or the default."""
        value: float = getattr(plan, self.field) if self.field else plan.margins.get(self.name, self.default)
        return value

    def wrong(self, value: float) -> str | None:
        """Return what may be registered instead of a value that no test can follow, else None.

        >>> Margin("cost", "ratio", 2.0, "", least=0).wrong(0), Margin("cost", "ratio", 2.0, "", least=0).wrong(1)
        ('more than 0', None)
        """
        inside = value > self.least if self.open_end else value >= self.least
        if inside and value < self.below:
            return None
        words = f"more than {self.least:g}" if self.open_end else f"{self.least:g} or more"
        return words if math.isinf(self.below) else f"{words}, less than {self.below:g}"


def names_of(margins: Iterable[Margin]) -> dict[str, Margin]:
    """Return every name under which a registration may give a margin.

    >>> sorted(names_of([Margin("errors", "pp", 2.0, "", least=0, other_names=("error_pp",))]))
    ['error_pp', 'errors']
    """
    return {name: margin for margin in margins for name in (margin.name, margin.key, *margin.other_names)}


def said_otherwise(said: object, known: Mapping[str, Margin]) -> list[tuple[Margin, object]]:
    """Return the margins that a registration gives by name; ValueError names one that no gate has.

    >>> said_otherwise({"speed": 2}, names_of([Margin("cost", "ratio", 2.0, "", least=0)]))
    Traceback (most recent call last):
    ...
    ValueError: margins: cost (speed)
    """
    given = said.items() if isinstance(said, dict) else [(str(said), None)]
    allowed = ", ".join(dict.fromkeys(margin.name for margin in known.values()))
    found = []
    for name, value in given:
        if name not in known:
            raise ValueError(f"margins: {allowed} ({name})")
        found.append((known[name], value))
    return found
