"""Two runs' latencies side by side, for people: differences in, a table out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tracker.print.layout import grid, number, span

Compared = dict[str, Any]


def render(compared: Compared, markdown: bool = False) -> str:
    """Return the table of `{"first": name, "second": name, "differences": [...]}`."""
    headers = [
        "lane",
        "op",
        "quantile",
        "n",
        compared["first"],
        compared["second"],
        "difference ms",
        "95 % CI",
    ]
    return grid(_rows(compared["differences"]), headers, markdown) + "\n"


def _rows(differences: Sequence[Compared]) -> list[list[str]]:
    return [
        [
            one["lane"],
            one["op"],
            one["quantile"],
            f"{one['first_n']}, {one['second_n']}",
            number(one["first_ms"]),
            number(one["second_ms"]),
            f"{one['difference_ms']:+.2f}",
            span(one["low_ms"], one["high_ms"]),
        ]
        for one in differences
    ]
