"""Reports for people: tables, intervals drawn in characters, plain text and Markdown."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

from tracker.print import screen

Table = dict[str, Any]
WIDTH = 44  # characters of a drawn interval
BEYOND = 4.0  # times the second widest interval's end, where a scale stops


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


def count(value: int | None) -> str:
    """Return a count with commas.

    >>> count(12345), count(None)
    ('12,345', 'n/a')
    """
    return "n/a" if value is None else f"{value:,}"


def grid(
    rows: Sequence[Sequence[Any]],
    headers: Sequence[str],
    markdown: bool = False,
    *,
    least: Sequence[str] = (),
    columns: int | None = -1,
) -> str:
    """Return a table; numbers are formatted by whoever calls, and stand to the right.

    In text it is no wider than `columns` (default: the screen): first cells wrap at words, then the columns
    called `least` are left out in that order, and named below; below 60 columns, or when even that does not
    do, every row becomes a block of `name: value` lines.

    >>> print(grid([["W0-CL-01", "1.62"]], ["window", "features/pp"], columns=40))
    window: W0-CL-01
    features/pp: 1.62
    """
    cells = [["" if cell is None else str(cell) for cell in row] for row in rows]
    if markdown:
        return _drawn(
            [[_MARKS.sub(r"\\\g<0>", cell) for cell in row] for row in cells], headers, "pipe", None
        )
    limit = screen.width() if columns == -1 else columns
    if limit is None:
        return _drawn(cells, headers, "simple", None)
    if limit < screen.NARROW:
        return blocks(cells, headers, limit)
    return _fitted(cells, headers, least, limit)


def _fitted(cells: Sequence[Sequence[str]], headers: Sequence[str], least: Sequence[str], limit: int) -> str:
    """Return a table in so many columns: as it is, wrapped, without its least columns, or as blocks."""
    left_out: list[str] = []
    for name in (None, *least):  # first with every column
        left_out += [name] if name is not None and name in headers[1:] else []
        kept = [i for i, header in enumerate(headers) if header not in left_out]
        heads, body = [headers[i] for i in kept], [[row[i] for i in kept] for row in cells]
        widths = _widths(body, heads, limit)
        if widths:
            said = f"\n(not shown at {limit} columns: {', '.join(left_out)})" if left_out else ""
            return _drawn(body, heads, "simple", widths) + screen.fitted(said, limit)
    return blocks(cells, headers, limit)


def blocks(rows: Sequence[Sequence[str]], headers: Sequence[str], columns: int) -> str:
    """Return every row as lines of `name: value`, a blank line between rows."""
    return "\n\n".join(
        "\n".join(
            screen.fitted(f"{name}: {cell}" if name else cell, columns - 2).replace("\n", "\n  ")
            for name, cell in zip(headers, row, strict=True)
            if cell
        )
        for row in rows
    )


_MARKS = re.compile(r"[|<]")  # what would end a cell, or begin a tag, in Markdown
GAP = 2  # blanks between columns
_NUMERIC = re.compile(r"[-+(]?[\d.,]+(?:[eE][-+]?\d+)?\*?(?: %|%)?|n/a|-|")


def _drawn(rows: Sequence[Sequence[str]], headers: Sequence[str], form: str, widths: list[int] | None) -> str:
    from tracker.print.import_tabulate import tabulate

    sides = [
        "right" if any(column) and all(_NUMERIC.fullmatch(cell) for cell in column) else "left"
        for column in (zip(*rows, strict=True) if rows else [()] * len(headers))
    ]
    if widths:
        headers, *rows = (
            [screen.fitted(cell, width) for cell, width in zip(row, widths, strict=True)]
            for row in (headers, *rows)
        )
    return tabulate.tabulate(
        rows, headers=headers, tablefmt=form, disable_numparse=True, colalign=sides if rows else None
    )


def _widths(rows: Sequence[Sequence[str]], headers: Sequence[str], limit: int) -> list[int] | None:
    """Return how wide each column may be so that all fit, none narrower than its longest word; None: impossible."""
    columns = list(zip(headers, *rows, strict=True))
    natural = [max(map(len, column)) for column in columns]
    widths = [max(len(word) for cell in column for word in cell.split() or [""]) for column in columns]
    spare = limit - GAP * (len(widths) - 1) - sum(widths)
    if spare < 0:
        return None
    widths = [max(1, width) for width in widths]
    while spare > 0:  # each column of it goes to whoever has most lines
        wrapped = max(range(len(widths)), key=lambda i: natural[i] / widths[i])
        if natural[wrapped] <= widths[wrapped]:
            break
        widths[wrapped] += 1
        spare -= 1
    return widths


def drawn(low: float, estimate: float, high: float, most: float, width: int = WIDTH) -> str:
    """Return an interval drawn on a line that goes from 0 to `most`.

    What lies beyond is cut: the line ends in `>`.

    >>> drawn(0.1, 0.2, 0.4, 0.4, 20)
    '     |----o--------|'
    >>> drawn(0.1, 0.2, 4.0, 0.4, 20)
    '     |----o-------->'
    """

    def place(value: float) -> int:
        return min(width - 1, max(0, round(value / most * (width - 1)))) if most > 0 else 0

    line = [" "] * width
    for i in range(place(low), place(high) + 1):
        line[i] = "-"
    line[place(low)] = line[place(high)] = "|"
    line[place(estimate)] = "o"
    if high > most:
        line[-1] = ">"
    return "".join(line).rstrip()


def intervals(lines: Sequence[tuple[str, float | None, float | None, float | None]], unit: str) -> str:
    """Return named intervals (name, low, estimate, high) drawn under one another on one scale.

    >>> print(intervals([("a", 0.1, 0.2, 0.4), ("b", None, None, None)], "x"))  # doctest: +ELLIPSIS
       0...0.4 x
    a             |----...
    b  ci=n/a

    One that is far wider than the others is cut, so that these can still be told apart.
    """
    most = _most_shown(lines)
    wide = max((len(name) for name, *_ in lines), default=0)
    scale = f"{most:.3g} {unit}" if most else f"0 {unit}"
    columns = max(len(scale) + 3, min(WIDTH, (screen.width() or 200) - wide - GAP))
    made = [f"{'':{wide}}  0{scale:>{columns - 1}}"]
    for name, low, estimate, high in lines:
        made.append(f"{name:{wide}}  {_interval(low, estimate, high, most, columns)}")
    return "\n".join(made)


def _most_shown(lines: Sequence[tuple[str, float | None, float | None, float | None]]) -> float:
    """Return where the scale ends: at the largest end, at most so far beyond what the others take.

    >>> _most_shown([("a", 0.1, 0.2, 0.4), ("b", 0.1, 0.2, 0.3)])
    0.4
    >>> _most_shown([("a", 0.1, 0.2, 0.4), ("b", 0.1, 5.0, 90.0)])
    1.6
    """
    ends = sorted(
        max(value for value in (estimate, high) if value is not None)
        for _, _, estimate, high in lines
        if estimate is not None or high is not None
    )
    if not ends:
        return 0.0
    return min(ends[-1], BEYOND * ends[-2]) if len(ends) > 1 and ends[-2] > 0 else ends[-1]


def _interval(
    low: float | None, estimate: float | None, high: float | None, most: float, columns: int
) -> str:
    if low is None or high is None or estimate is None or most <= 0:
        return "ci=n/a"
    return drawn(low, estimate, high, most, columns)


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
    blocks = f"{plan['n_blocks']} blocks"
    if plan.get("unit") == "task":
        blocks = f"{plan['n_tasks']} tasks in {plan['n_blocks']} blocks of two windows"
    line = (
        f"{head}: {plan['candidate']} against {plan['baseline']}, {blocks}, first look at "
        f"{plan['first_look']}, smallest effect {plan['smallest_effect']:g}x, {seed}"
    )
    return "\n".join([line, *(f"WARNING: {warning}" for warning in plan["warnings"])])
