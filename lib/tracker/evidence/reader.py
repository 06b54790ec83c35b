"""A stream of rows, read once, into the one frozen value that everything else works on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import IO

from tracker import cli, jsonl, rows
from tracker.evidence import origins, registration
from tracker.evidence.chain import chain
from tracker.evidence.deal import deal
from tracker.evidence.facts import Facts, facts_of
from tracker.evidence.in_force import in_force
from tracker.evidence.margins import Margin, names_of

ALL_WINDOWS = "WEEK0"  # the roll-up's name where a window's is expected
JUDGED = {
    rows.Window,
    rows.ProxyTelemetry,
    rows.Feature,
    rows.Experiment,
    rows.Anomaly,
    rows.Evidence,
}


def read(stream: IO[bytes], window: str | None = None, margins: Sequence[Margin] = ()) -> Facts:
    """Read a stream of rows; `window` restricts it to one, WEEK0 means all; `margins` may be registered.

    Rows that were undone or superseded are left out, so that plain ledger files, joined with `cat`,
    say the same as `ledger-cat`; of several rows of one window, arm and provider the last counts.
    Raises cli.Stop (65) at a line that is no row.
    """
    only = None if window in {None, ALL_WINDOWS} else window
    came, strange = _lines(stream, names_of(margins))
    stamped = [(line.row, line.raw) for line in came]
    came = origins.kept_apart(came)
    every = [line.row for line in came]
    counted, came_again, taken_out = in_force(every)
    if only is not None:
        counted = [place for place in counted if _speaks_of(came[place].row, only)]
        came_again = [name for name in came_again if name == only]
    return facts_of(
        [row for place in counted if (row := came[place].row) is not None],
        every,
        came_again=tuple(came_again),
        strange_terms=tuple(term for place in counted for term in strange.get(place, ())),
        lines=tuple(came[place].raw for place in counted if type(came[place].row) in JUDGED),
        rows_read=len(came),
        taken_out=tuple(taken_out),
        line_numbers=_window_lines([came[place] for place in counted]),
        run_lines=_run_lines([came[place] for place in counted]),
        dealt=deal(row for row in every if isinstance(row, rows.Feature)),
        chain=chain(stamped, JUDGED),
    )


def _window_lines(some: Iterable[jsonl.Line]) -> dict[tuple[str, str | None], int]:
    """Return the number of each window's line, by window and arm."""
    return {
        (row.window, row.methodology): line.number
        for line in some
        if isinstance(row := line.row, rows.Window)
    }


def _run_lines(some: Iterable[jsonl.Line]) -> dict[tuple[str, str | None], int]:
    """Return the number of the line of each run that has points, by task and window."""
    return {
        (row.feature_id, row.window): line.number
        for line in some
        if isinstance(row := line.row, rows.Feature) and row.points_pp is not None
    }


def _speaks_of(row: rows.Row | None, window: str) -> bool:
    """Say whether a row is of a window, or of no window in particular; what was accepted is of all of them."""
    if isinstance(row, rows.Evidence) and row.check == rows.ERROR_WHITELIST and row.window is None:
        return True
    return bool(getattr(row, "window", window) == window)


def _lines(stream: IO[bytes], margins: Mapping[str, Margin]) -> tuple[list[jsonl.Line], dict[int, list[str]]]:
    """Return every line with registrations understood, and by place what of them no tool reads."""
    came: list[jsonl.Line] = []
    strange: dict[int, list[str]] = {}
    for line in jsonl.read(stream, undated=True):
        if line.row is None or isinstance(line.row, rows.Experiment):
            line, strange[len(came)] = _registration(line, margins)
        if isinstance(line.row, rows.ProxyTelemetry) and (line.row.errors or 0) > line.row.total_prompts:
            raise cli.Stop(
                cli.BAD_INPUT,
                f"line {line.number}: {line.row.errors:,} errors in {line.row.total_prompts:,} requests of "
                f"{line.row.window}; no request fails twice, so count them anew with `ingest-proxy`",
            )
        came.append(line)
    return came, strange


def _registration(line: jsonl.Line, margins: Mapping[str, Margin]) -> tuple[jsonl.Line, list[str]]:
    """Return a line with its registration understood, if it is one, and what of it no tool reads."""
    try:
        found = registration.understood(line.raw, line.number, margins)
    except ValueError as wrong:  # msgspec's errors are ValueErrors
        raise cli.Stop(
            cli.BAD_INPUT, f"line {line.number}: registration: {wrong}; see docs/rows.md, experiment"
        ) from None
    if found is None:
        return line, []
    return line._replace(row=found[0]), found[1]
