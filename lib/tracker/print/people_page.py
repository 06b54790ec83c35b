"""Several people in one preview: each person's arms and ratio, and what they say together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tracker.print.layout import grid, number, span, total

Table = dict[str, Any]


def lines(made: Table) -> list[str]:
    """Return what is said of several people together."""
    across = (
        f"features per point, candidate over baseline, a person like these: {number(made['ratio'])} "
        f"(95 % CI {span(made['ci']['low'], made['ci']['high'])}, {made['people']} {'person' if made['people'] == 1 else 'people'}, each counted once)"
    )
    without = f"no complete block with points in both arms: {', '.join(made['without'])}"
    return [across, *([without] if made["without"] else [])]


def table(people: Sequence[Table], markdown: bool, columns: int | None = -1) -> str:
    """Return a line for each person."""
    headers = [
        "person",
        "blocks",
        "features A",
        "points A",
        "features B",
        "points B",
        "features per point, B over A",
    ]
    cells = [
        [
            one["person"],
            one["blocks"],
            total(one["features_a"]),
            total(one["points_a"]),
            total(one["features_b"]),
            total(one["points_b"]),
            number(one["ratio"]),
        ]
        for one in people
    ]
    return grid(
        cells,
        headers,
        markdown,
        columns=columns,
        least=("points A", "points B", "features A", "features B", "blocks"),
    )
