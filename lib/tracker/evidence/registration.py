"""The registration: what will be compared, how often one looks, by which margins, before any data."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import msgspec

from tracker import cli, jsonl, rows

LEAST_LOOK = 5  # blocks: no pattern of fewer coins is rare enough to decide anything
MOST_BLOCKS = 24  # the exact test enumerates 2^blocks patterns
MOST_ALPHA = 0.05  # the budget of the procedure whose errors were measured
DEFAULTS = rows.Experiment(ts=datetime(1970, 1, 1, tzinfo=UTC))  # where nothing was registered


def register(ts: datetime, seed: int | None, **terms: object) -> rows.Experiment:
    """Return a registration; without a seed one is drawn.  cli.Stop (2) says what cannot be registered.

    >>> from datetime import UTC
    >>> register(datetime(2026, 1, 1, tzinfo=UTC), 7, n_blocks=8).n_blocks
    8
    """
    if seed is None:
        import secrets  # starts slowly, and most tools only read plans

        seed = secrets.randbits(32)
    made = rows.Experiment(ts=ts, seed=seed, **terms)  # type: ignore[arg-type]
    if not made.baseline or not made.candidate:
        raise cli.Stop(
            cli.USAGE, f"--baseline and --candidate must have names ({made.baseline!r}, {made.candidate!r})"
        )
    if made.baseline == made.candidate:
        raise cli.Stop(
            cli.USAGE, f"--baseline and --candidate are both {made.baseline!r}; name two methodologies"
        )
    if not LEAST_LOOK <= made.n_blocks <= MOST_BLOCKS:
        raise cli.Stop(cli.USAGE, f"--blocks: {LEAST_LOOK} to {MOST_BLOCKS} ({made.n_blocks})")
    if not LEAST_LOOK <= made.first_look <= made.n_blocks:
        raise cli.Stop(
            cli.USAGE, f"--first-look: {LEAST_LOOK} to --blocks {made.n_blocks} ({made.first_look})"
        )
    limits = (
        ("--effect", made.smallest_effect, 1 < made.smallest_effect < math.inf, "more than 1"),
        ("--alpha", made.alpha, 0 < made.alpha <= MOST_ALPHA, f"more than 0, at most {MOST_ALPHA:g}"),
        ("--quality", made.quality_margin, 0 < made.quality_margin < 1.5, "more than 0, less than 1.5"),
        ("--errors", made.error_margin_pp, 0 <= made.error_margin_pp < 100, "0 or more, less than 100"),
        ("--p95", made.p95_margin, 0 < made.p95_margin < math.inf, "more than 0"),
        ("--cost", made.cost_margin, 0 < made.cost_margin < math.inf, "more than 0"),
    )
    for option, value, holds, words in limits:
        if not holds:
            raise cli.Stop(cli.USAGE, f"{option}: {words} ({value:g})")
    return made


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
    "arm_a": "baseline",
    "arm_b": "candidate",
}
MARGINS = {
    "quality": "quality_margin",
    "errors": "error_margin_pp",
    "p95": "p95_margin",
    "cost": "cost_margin",
    "reliability_errors": "error_margin_pp",
    "reliability_p95": "p95_margin",
    "error_pp": "error_margin_pp",
    "p95_ratio": "p95_margin",
    "cost_ratio": "cost_margin",
}
ARM_KEYS = (("baseline", "candidate"), ("A", "B"), ("a", "b"))


def strange_terms(raw: bytes) -> list[str]:
    """Return the fields of a registration that no tool reads.

    >>> strange_terms(b'{"kind":"experiment","n_blocks":8,"stop_rule":"any time"}')
    ['stop_rule']
    """
    known = {*rows.Experiment.__struct_fields__, *OTHER_NAMES, "kind", "arms", "margins"}
    return [key for key in jsonl.plain(raw) if key not in known]


def spelt_otherwise(raw: bytes, number: int = 0) -> rows.Experiment | None:
    """Return the registration on a line that says more than the row's own words, else None.

    A registration half understood would be judged by defaults that nobody registered, hence ValueError
    for arms that are not two names, for a margin without a known name, for a term said twice, and for
    terms under which no verdict could be true.

    >>> made = spelt_otherwise(b'{"kind":"registration","ts":"2026-01-01T00:00:00Z","arms":["a","b"],"N":8}')
    >>> made.baseline, made.candidate, made.n_blocks
    ('a', 'b', 8)
    """
    said = msgspec.json.decode(raw)
    if not isinstance(said, dict) or said.get("kind") not in KINDS:
        return None
    said = jsonl.plain(raw)
    terms: dict[str, Any] = {key: value for key, value in said.items() if key not in {"arms", "margins"}}
    more = [(OTHER_NAMES[key], terms.pop(key)) for key in OTHER_NAMES if key in terms]
    if "arms" in said:
        arms = said["arms"]
        if isinstance(arms, dict):
            arms = next(([arms[a], arms[b]] for a, b in ARM_KEYS if arms.keys() == {a, b}), arms)
        if not isinstance(arms, list) or len(arms) != 2:
            raise ValueError(f"arms must be two names, baseline first ({arms})")
        more += zip(("baseline", "candidate"), arms, strict=True)
    if "margins" in said:
        margins = said["margins"]
        for key, value in margins.items() if isinstance(margins, dict) else [(str(margins), None)]:
            name = MARGINS.get(key, key)
            if name not in MARGINS.values():
                raise ValueError(f"margins: {', '.join([*MARGINS][:4])} ({key})")
            more.append((name, value))
    usual = not more and said["kind"] == KINDS[0] and not strange_terms(raw)
    for name, value in more:
        if terms.setdefault(name, value) != value:
            raise ValueError(f"{name} is said twice: {terms[name]} and {value}")
    terms.setdefault("ts", jsonl.no_time(number))
    made = msgspec.convert(terms | {"kind": KINDS[0]}, rows.Experiment)
    _refuse_untrue(made)
    return None if usual else made


def _refuse_untrue(made: rows.Experiment) -> None:
    """Raise ValueError for terms under which no verdict could be true."""
    if not made.baseline or not made.candidate:
        raise ValueError(f"an arm has no name ({made.baseline!r} and {made.candidate!r})")
    if made.baseline == made.candidate:
        raise ValueError(f"baseline and candidate are both {made.baseline!r}")
    if made.alpha > MOST_ALPHA:
        raise ValueError(f"alpha: at most {MOST_ALPHA:g} ({made.alpha:g})")
    if made.smallest_effect == 1:
        raise ValueError("smallest_effect: a ratio that is not 1, which is no effect (1)")
