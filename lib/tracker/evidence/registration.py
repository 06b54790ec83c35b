"""The registration: what will be compared, how often one looks, by which margins, before any data."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from tracker import cli, jsonl, rows
from tracker.evidence.margins import Margin, said_otherwise

LEAST_LOOK = 5  # blocks: no pattern of fewer coins is rare enough to decide anything
MOST_BLOCKS = 24  # the exact test enumerates 2^blocks patterns
MOST_ALPHA = 0.05  # the budget of the procedure whose errors were measured
UNITS = ("block", "task")  # what the efficiency test may count
TASK = "task"
PER_WINDOW = 3  # tasks dealt to a window, where nobody says otherwise
DEFAULTS = rows.Experiment(ts=datetime(1970, 1, 1, tzinfo=UTC))  # where nothing was registered


def looks_alike(one: str, other: str) -> bool:
    """Return whether two names differ at most in what is easily missed: case, spaces at an end, signs of no width.

    >>> looks_alike("router", "Router "), looks_alike("router", "router\\u200b"), looks_alike("router", "router-2")
    (True, True, False)
    """

    def seen(name: str) -> str:
        shown = (sign for sign in unicodedata.normalize("NFKC", name) if unicodedata.category(sign) != "Cf")
        return "".join(shown).strip().casefold()

    return seen(one) == seen(other)


def register(
    ts: datetime, seed: int | None, margins: Mapping[Margin, float] | None = None, **terms: object
) -> rows.Experiment:
    """Return a registration; without a seed one is drawn.  cli.Stop (2) says what cannot be registered.

    >>> from datetime import UTC
    >>> register(datetime(2026, 1, 1, tzinfo=UTC), 7, n_blocks=8).n_blocks
    8
    """
    if seed is None:
        import secrets  # starts slowly, and most tools only read plans

        seed = secrets.randbits(32)
    margins = margins or {}
    fields = {margin.field: value for margin, value in margins.items() if margin.field}
    others = {margin.name: value for margin, value in margins.items() if not margin.field}
    made = rows.Experiment(ts=ts, seed=seed, margins=others, **terms, **fields)  # type: ignore[arg-type]
    _refuse_terms(made)
    for margin, value in margins.items():
        if words := margin.wrong(value):
            raise cli.Stop(cli.USAGE, f"--{margin.name}: {words} ({value:g})")
    return made


def _refuse_terms(made: rows.Experiment) -> None:
    """Raise cli.Stop (2) for arms, looks, effect or error that cannot be registered."""
    if not made.baseline or not made.candidate:
        raise cli.Stop(
            cli.USAGE, f"--baseline and --candidate must have names ({made.baseline!r}, {made.candidate!r})"
        )
    if looks_alike(made.baseline, made.candidate):
        raise cli.Stop(
            cli.USAGE,
            f"--baseline and --candidate look alike ({made.baseline!r}, {made.candidate!r}); name two methodologies",
        )
    if made.unit not in UNITS:
        raise cli.Stop(cli.USAGE, f"--unit: {' or '.join(UNITS)} ({made.unit})")
    what, count = ("tasks", made.n_tasks or 0) if made.unit == TASK else ("blocks", made.n_blocks)
    if not LEAST_LOOK <= count <= MOST_BLOCKS:
        raise cli.Stop(cli.USAGE, f"--{what}: {LEAST_LOOK} to {MOST_BLOCKS} ({count})")
    if not LEAST_LOOK <= made.first_look <= count:
        raise cli.Stop(cli.USAGE, f"--first-look: {LEAST_LOOK} to --{what} {count} ({made.first_look})")
    if not 1 < made.smallest_effect < math.inf:
        raise cli.Stop(cli.USAGE, f"--effect: more than 1 ({made.smallest_effect:g})")
    if not 0 < made.alpha <= MOST_ALPHA:
        raise cli.Stop(cli.USAGE, f"--alpha: more than 0, at most {MOST_ALPHA:g} ({made.alpha:g})")


def by_task(n_tasks: int, per_window: int) -> dict[str, object]:
    """Return the terms of a registration whose unit is the task; a block is two windows with the same tasks.

    >>> by_task(9, 3)["n_blocks"], by_task(10, 3)["n_blocks"]
    (3, 4)
    """
    if per_window < 1:
        raise cli.Stop(cli.USAGE, f"--per-window: at least 1 ({per_window})")
    blocks = max(1, -(-n_tasks // per_window))
    return {"unit": TASK, "n_tasks": n_tasks, "per_window": per_window, "n_blocks": blocks}


def units(plan: rows.Experiment) -> int:
    """Return at how many of its units, blocks or tasks, a registered test ends."""
    return plan.n_tasks or 0 if plan.unit == TASK else plan.n_blocks


KINDS = ("experiment", "registration", "pre_registration", "pre-registration", "preregistration")
# The plans' own words and those of `experiment register`, beside the row's names.
OTHER_NAMES = {
    "n": "n_blocks",
    "N": "n_blocks",
    "blocks": "n_blocks",
    "planned_blocks": "n_blocks",
    "n_pairs": "n_blocks",
    "first": "first_look",
    "effect": "smallest_effect",
    "min_effect": "smallest_effect",
    "tasks": "n_tasks",
    "planned_tasks": "n_tasks",
    "arm_a": "baseline",
    "arm_b": "candidate",
}
ARM_KEYS = (("baseline", "candidate"), ("A", "B"), ("a", "b"))


def strange_terms(said: Mapping[str, Any]) -> list[str]:
    """Return the fields of a registration that no tool reads.

    >>> strange_terms({"kind": "experiment", "n_blocks": 8, "stop_rule": "any time"})
    ['stop_rule']
    """
    known = {*rows.Experiment.__struct_fields__, *OTHER_NAMES, "kind", "arms", "margins", "unit", "looks"}
    return [key for key in said if key not in known]


def understood(
    raw: bytes, number: int, margins: Mapping[str, Margin]
) -> tuple[rows.Experiment, list[str]] | None:
    """Return the registration on a line, in whatever words, and its fields that no tool reads; else None.

    A registration half understood would be judged by defaults that nobody registered, hence ValueError
    for arms that are not two names, for a margin without a known name, for a term said twice, and for
    terms under which no verdict could be true.

    >>> line = b'{"kind":"registration","ts":"2026-01-01T00:00:00Z","arms":["a","b"],"N":8}'
    >>> made, strange = understood(line, 1, {})
    >>> made.baseline, made.candidate, made.n_blocks, strange
    ('a', 'b', 8, [])
    """
    said = msgspec.json.decode(raw)
    if not isinstance(said, dict) or said.get("kind") not in KINDS:
        return None
    said = jsonl.plain(raw)
    terms: dict[str, Any] = {key: value for key, value in said.items() if key not in {"arms", "margins"}}
    more = [(OTHER_NAMES[key], terms.pop(key)) for key in OTHER_NAMES if key in terms]
    if "arms" in said:
        more += zip(("baseline", "candidate"), _two_arms(said["arms"]), strict=True)
    more, others = _margins(said, more, margins)
    for name, value in more:
        if terms.setdefault(name, value) != value:
            raise ValueError(f"{name} is said twice: {terms[name]} and {value}")
    terms.setdefault("ts", jsonl.no_time(number))
    if terms.get("unit") == "window":  # which the test joins to blocks
        terms["unit"] = UNITS[0]
    if terms.get("unit", UNITS[0]) not in UNITS:
        raise ValueError(f"unit: {' or '.join(UNITS)} ({terms['unit']})")
    if terms.get("unit") == TASK and isinstance(terms.get("n_tasks"), int):
        terms = by_task(terms["n_tasks"], terms.get("per_window") or PER_WINDOW) | terms
    made = msgspec.convert(terms | {"kind": KINDS[0], "margins": others}, rows.Experiment)
    _refuse_untrue(made)
    _refuse_other_tests(said, made)
    _refuse_margins(made, said, margins)
    return made, strange_terms(said)


def _two_arms(arms: Any) -> Sequence[Any]:
    """Return the two names, the baseline's first."""
    if isinstance(arms, dict):
        arms = next(([arms[a], arms[b]] for a, b in ARM_KEYS if arms.keys() == {a, b}), arms)
    if not isinstance(arms, list) or len(arms) != 2:
        raise ValueError(f"arms must be two names, baseline first ({arms})")
    return arms


def _margins(
    said: Mapping[str, Any], more: list[tuple[str, Any]], margins: Mapping[str, Margin]
) -> tuple[list[tuple[str, Any]], dict[str, Any]]:
    """Return the terms with the margins that are fields of the row, and the other margins by name."""
    others: dict[str, Any] = {}
    found = said_otherwise(said["margins"], margins) if said.get("margins") and margins else []
    for margin, value in found:
        if margin.field:
            more.append((margin.field, value))
        else:
            others[margin.name] = value
    return more, others


def _refuse_untrue(made: rows.Experiment) -> None:
    """Raise ValueError for terms under which no verdict could be true."""
    if not made.baseline or not made.candidate:
        raise ValueError(f"an arm has no name ({made.baseline!r} and {made.candidate!r})")
    if looks_alike(made.baseline, made.candidate):
        raise ValueError(f"baseline and candidate look alike ({made.baseline!r}, {made.candidate!r})")
    if made.unit == TASK and made.n_tasks is None:
        raise ValueError("n_tasks: where the task is the unit, the tasks at which the test ends (not said)")
    if made.unit == TASK and not LEAST_LOOK <= units(made) <= MOST_BLOCKS:
        raise ValueError(f"n_tasks: {LEAST_LOOK} to {MOST_BLOCKS} ({made.n_tasks})")
    if made.unit != TASK and (made.n_tasks is not None or made.per_window is not None):
        raise ValueError("n_tasks and per_window are of a plan whose unit is the task (unit is block)")
    if made.first_look > max(units(made), LEAST_LOOK):
        raise ValueError(
            f"first_look: {LEAST_LOOK} to the {units(made)} {made.unit}s registered ({made.first_look})"
        )
    if made.alpha > MOST_ALPHA:
        raise ValueError(f"alpha: at most {MOST_ALPHA:g} ({made.alpha:g})")
    if made.smallest_effect == 1:
        raise ValueError("smallest_effect: a ratio that is not 1, which is no effect (1)")


def _refuse_other_tests(said: Mapping[str, Any], made: rows.Experiment) -> None:
    """Raise ValueError for looks that no test here follows."""
    looks, first = said.get("looks"), max(made.first_look, LEAST_LOOK)
    if looks is None or made.n_blocks > MOST_BLOCKS:
        return
    every = list(range(first, made.n_blocks + 1))
    if looks not in (every, len(every)):
        raise ValueError(
            f"looks: after every block from first_look to n_blocks, {first} to {made.n_blocks} ({looks})"
        )


def _refuse_margins(made: rows.Experiment, said: Mapping[str, Any], margins: Mapping[str, Margin]) -> None:
    """Raise ValueError for a margin that no gate can be held against."""
    for margin in dict.fromkeys(margins.values()):
        given = margin.field in said or "margins" in said
        if given and (words := margin.wrong(margin.of(made))):
            raise ValueError(f"{margin.name}: {words} ({margin.of(made):g})")
