"""Reports for people: tables, intervals drawn in characters, plain text and Markdown."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from typing import Any

from tracker import cli

Table = dict[str, Any]
WIDTH = 44  # characters of a drawn interval


def number(value: float | None, digits: int = 3, none: str = "n/a") -> str:
    """Return a number with so many significant digits, without exponents where people can read it.

    >>> number(0.14230), number(1234.0), number(None)
    ('0.142', '1,234', 'n/a')
    """
    if value is None or not math.isfinite(value):
        return none
    if value == 0:
        return "0"
    magnitude = math.floor(math.log10(abs(value)))
    if not -5 < magnitude < 9:
        return f"{value:.{digits - 1}e}"
    return f"{value:,.{max(0, digits - 1 - magnitude)}f}"


def total(value: float) -> str:
    """Return a sum as it is, with commas.

    >>> total(3668.0), total(2.5)
    ('3,668', '2.5')
    """
    return f"{value:,.12g}"


def span(low: float | None, high: float | None, digits: int = 3, none: str = "n/a") -> str:
    """Return an interval as `low..high`.

    >>> span(0.11, 0.2), span(None, None), span(0.5, None)
    ('0.110..0.200', 'n/a', '0.500..')
    """
    if low is None and high is None:
        return none
    return f"{number(low, digits, '')}..{number(high, digits, '')}"


def grid(rows: Sequence[Sequence[Any]], headers: Sequence[str], markdown: bool = False) -> str:
    """Return a table; numbers are formatted by whoever calls."""
    from tabulate import tabulate

    if markdown:
        rows = [[c.replace("|", "\\|") if isinstance(c, str) else c for c in cells] for cells in rows]
    return tabulate(
        rows,
        headers=headers,
        tablefmt="pipe" if markdown else "simple",
        disable_numparse=True,
        colalign=None,
    )


def drawn(low: float, estimate: float, high: float, most: float, width: int = WIDTH) -> str:
    """Return an interval drawn on a line that goes from 0 to `most`.

    >>> drawn(0.1, 0.2, 0.4, 0.4, 20)
    '     |----o--------|'
    """

    def place(value: float) -> int:
        return min(width - 1, max(0, round(value / most * (width - 1)))) if most > 0 else 0

    line = [" "] * width
    for i in range(place(low), place(high) + 1):
        line[i] = "-"
    line[place(low)] = line[place(high)] = "|"
    line[place(estimate)] = "o"
    return "".join(line).rstrip()


def intervals(lines: Sequence[tuple[str, float | None, float | None, float | None]], unit: str) -> str:
    """Return named intervals (name, low, estimate, high) drawn under one another on one scale.

    >>> print(intervals([("a", 0.1, 0.2, 0.4), ("b", None, None, None)], "x"))  # doctest: +ELLIPSIS
       0...0.4 x
    a             |----...
    b  ci=n/a
    """
    ends = [high for _, _, _, high in lines if high is not None]
    ends += [estimate for _, _, estimate, _ in lines if estimate is not None]
    most = max(ends, default=0.0)
    wide = max((len(name) for name, *_ in lines), default=0)
    scale = f"{most:.3g}" if most else "0"
    made = [f"{'':{wide}}  0{scale + ' ' + unit:>{WIDTH - 1}}"]
    for name, low, estimate, high in lines:
        if low is None or high is None or estimate is None or most <= 0:
            made.append(f"{name:{wide}}  ci=n/a")
        else:
            made.append(f"{name:{wide}}  {drawn(low, estimate, high, most)}")
    return "\n".join(made)


def as_json(table: Any) -> str:
    """Return JSON, indented, with a newline, without numbers that JSON does not have."""
    text = json.dumps(_plain(table), indent=2, ensure_ascii=False, default=str)
    # JSON lets these stand, and some terminals obey them.
    return re.sub("[\x7f-\x9f]", lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"


def shown(value: Any) -> Any:
    """Return a table whose texts are safe to print.

    >>> shown({"arms": [{"name": "a\\x1b[2J"}]})
    {'arms': [{'name': 'a\\\\x1b[2J'}]}
    """
    if isinstance(value, dict):
        return {key: shown(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [shown(inner) for inner in value]
    return cli.harmless(value) if isinstance(value, str) else value


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def section(title: str, lines: Sequence[str], markdown: bool) -> str:
    """Return a titled list.

    >>> print(section("Notes", ["one"], False))
    Notes:
      - one
    """
    mark = "- " if markdown else "  - "
    body = "\n".join(mark + line for line in lines)
    if not title:
        return body
    return f"### {title}\n\n{body}" if markdown else f"{title}:\n{body}"


def plan_line(plan: Table) -> str:
    """Return the plan in one sentence, and a line for each thing that makes the whole comparison doubtful."""
    head = "Plan" if plan["registered"] else "Plan (not registered; defaults)"
    seed = "no seed" if plan["seed"] is None else f"seed {plan['seed']}"
    line = (
        f"{head}: {plan['candidate']} against {plan['baseline']}, {plan['n_blocks']} blocks, first look at "
        f"{plan['first_look']}, smallest effect {plan['smallest_effect']:g}x, {seed}"
    )
    return "\n".join([line, *(f"WARNING: {warning}" for warning in plan["warnings"])])
