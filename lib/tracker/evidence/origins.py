"""Rows of several people's ledgers in one stream: whose each row is, and names that keep them apart.

An `origin` row says whose ledger the rows after it are of.  Windows, blocks and tasks are then called
PERSON/NAME, or PERSON@MACHINE/NAME where a person has several machines, so that two people's W0-CL-01 are
two windows.  The lines themselves stay as they are in the ledgers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import combinations
from pathlib import Path

import msgspec

from tracker import cli, clock, jsonl, rows
from tracker.evidence.in_force import in_force, taken_back

_LABEL = re.compile(r"[A-Za-z0-9_-]{1,40}")  # no dot: a label is no e-mail address and no host
NAMES = ("window", "block", "feature_id")
EVERY_WINDOW = "WEEK0"  # no window's name
_NOT_A_TERM = {"ts", "seed", "notes", *(field.name for field in msgspec.structs.fields(rows.Row))}


def named(text: str) -> tuple[str, str | None, str]:
    """Return (person, machine, folder) of `PERSON=DIR`, `PERSON@MACHINE=DIR` or a bare folder; cli.Stop (2).

    >>> named("ann@desk=/mnt/a"), named("/mnt/team/bob/")
    (('ann', 'desk', '/mnt/a'), ('bob', None, '/mnt/team/bob/'))
    """
    label, equals, where = text.partition("=")
    if not equals:
        label, where = Path(text).resolve().name, text
    person, at, machine = label.partition("@")
    if not _LABEL.fullmatch(person) or (at and not _LABEL.fullmatch(machine)):
        raise cli.Stop(
            cli.USAGE,
            f"{label!r} is no label; name a ledger PERSON=DIR or PERSON@MACHINE=DIR, in letters, digits, _ and -",
        )
    return person, machine or None, where


def labels(origins: Sequence[rows.Origin]) -> list[str]:
    """Return how each ledger's windows are called; cli.Stop (65) when two ledgers are of one person and machine.

    >>> from datetime import datetime
    >>> [one, two] = (rows.Origin(ts=datetime.min, person="ann", machine=name) for name in ("desk", "lap"))
    >>> labels([one]), labels([one, two])
    (['ann'], ['ann@desk', 'ann@lap'])
    """
    several = Counter(origin.person for origin in origins)
    made = [
        f"{origin.person}@{origin.machine}"
        if origin.machine and several[origin.person] > 1
        else origin.person
        for origin in origins
    ]
    for label, count in Counter(made).items():
        if count > 1:
            raise cli.Stop(
                cli.BAD_INPUT,
                f"{count} ledgers are of {label}; name each once, as PERSON@MACHINE where a person has several machines",
            )
    return made


def kept_apart(came: Sequence[jsonl.Line]) -> list[jsonl.Line]:
    """Return the lines with each ledger's names kept apart; those before any `origin` row stay as they are.

    A registration that repeats, but for its seed, what an earlier ledger registered, is that same one, and
    the earliest of them counts.
    """
    of_line = [line.row for line in came if isinstance(line.row, rows.Origin)]
    if not of_line:
        return list(came)
    named = iter(zip(of_line, labels(of_line), strict=True))
    origin, label = None, ""
    made = []
    for line in came:
        row = line.row
        if isinstance(row, rows.Origin):
            origin, label = next(named)
        elif origin is not None and row is not None:
            line = line._replace(row=_named(row, origin, label))
        made.append(line)
    return _one_registration(made)


def _named(row: rows.Row, origin: rows.Origin, label: str) -> rows.Row:
    """Return a row under its ledger's names."""
    changed: dict[str, object] = {
        name: f"{label}/{value}"
        for name in NAMES
        if (value := getattr(row, name, None)) is not None and value != EVERY_WINDOW
    }
    if isinstance(row, rows.Window | rows.Snapshot):
        changed["person"] = origin.person
    return msgspec.structs.replace(row, **changed) if changed else row


def registered(plan: rows.Experiment) -> dict[str, object]:
    """Return what a registration says that people must agree on: all but its seed, its time and its notes."""
    return {
        name: getattr(plan, name)
        for name in (field.name for field in msgspec.structs.fields(plan))
        if name not in _NOT_A_TERM
    }


def _one_registration(came: Sequence[jsonl.Line]) -> list[jsonl.Line]:
    """Return the lines without the registrations that say again what an earlier ledger's says."""
    gone = taken_back([line.row for line in came])
    plans = [
        line.row
        for line in came
        if isinstance(line.row, rows.Experiment) and (line.row.row_id is None or line.row.row_id not in gone)
    ]
    first = min(plans, key=lambda row: row.ts, default=None)
    again = {
        id(row)
        for row in plans
        if first is not None and row is not first and registered(row) == registered(first)
    }
    return [line._replace(row=None) if id(line.row) in again else line for line in came]


def contradictions(ledgers: Mapping[str, Sequence[rows.Row]]) -> Iterator[str]:
    """Yield why ledgers, each under its label, cannot be read as those of different people or machines.

    Two that hold the same rows, registrations that differ in more than the seed, and windows of one
    account, or of one person's machines, at the same time: their points are of one meter.
    """
    in_each = {label: _in_force(its) for label, its in ledgers.items()}
    for one, other in combinations(ledgers, 2):
        names = {row.row_id for row in ledgers[one] if row.row_id}
        if same := sum(row.row_id in names for row in ledgers[other]):
            yield f"{one} and {other} hold {same} rows in common: one ledger, or a part of it, was copied into the other"
            continue
        if differ := _unlike(in_each[one], in_each[other]):
            yield f"{one} and {other} registered differently ({differ}): a team registers one plan, each with a seed of its own"
        if both := _at_once(in_each[one], in_each[other], one.partition("@")[0] == other.partition("@")[0]):
            yield f"{one} and {other} used one meter at the same time ({both}): nobody can say whose points those are"


def same_coins(ledgers: Mapping[str, Sequence[rows.Row]]) -> str | None:
    """Return a sentence when people's blocks were dealt with one seed: their coins are then one coin."""
    of_seed: dict[int, list[str]] = {}
    for label, its in ledgers.items():
        if (plan := _plan(_in_force(its))) is not None and plan.seed is not None:
            of_seed.setdefault(plan.seed, []).append(label)
    again = [f"{seed}: {', '.join(some)}" for seed, some in of_seed.items() if len(some) > 1]
    if not again:
        return None
    return f"one seed for several people ({'; '.join(again)}): their coins are one coin, so an order effect does not average out"


def _in_force(some: Sequence[rows.Row]) -> list[rows.Row]:
    return [some[place] for place in in_force(some).places]


def _plan(some: Sequence[rows.Row]) -> rows.Experiment | None:
    plans = [row for row in some if isinstance(row, rows.Experiment)]
    return max(plans, key=lambda row: row.ts, default=None)


def _unlike(one: Sequence[rows.Row], other: Sequence[rows.Row]) -> str | None:
    """Return the first term in which the registrations in force differ, with both values."""
    a, b = _plan(one), _plan(other)
    if a is None or b is None:
        return None
    two = registered(a), registered(b)
    return next(
        (f"{name}: {two[0][name]} and {two[1][name]}" for name in two[0] if two[0][name] != two[1][name]),
        None,
    )


def _at_once(one: Sequence[rows.Row], other: Sequence[rows.Row], same_person: bool) -> str | None:
    """Return the first two windows that drew on one account's quota at the same time."""
    for a, begun, ended in _windows(one):
        for b, begun_b, ended_b in _windows(other):
            same = a.account == b.account if a.account or b.account else same_person
            if same and a.provider == b.provider and begun < ended_b and begun_b < ended:
                return f"{a.window} and {b.window}, {clock.text(max(begun, begun_b))}"
    return None


def _windows(some: Sequence[rows.Row]) -> list[tuple[rows.Window, datetime, datetime]]:
    return [
        (row, row.started_at, row.ended_at)
        for row in some
        if isinstance(row, rows.Window) and row.started_at and row.ended_at
    ]
