"""The registration: what will be compared, how often one looks, by which margins, before any data."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import msgspec

from tracker import cli, rows

LEAST_LOOK = 5  # blocks: no pattern of fewer coins is rare enough to decide anything
MOST_BLOCKS = 24  # the exact test enumerates 2^blocks patterns
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
    limits = {
        "--effect": (made.smallest_effect, 1.0, math.inf),
        "--alpha": (made.alpha, 0.0, 0.5),
        "--quality": (made.quality_margin, 0.0, 1.5),
        "--errors": (made.error_margin_pp, -1e-9, 100.0),
        "--p95": (made.p95_margin, 0.0, math.inf),
        "--cost": (made.cost_margin, 0.0, math.inf),
    }
    for option, (value, low, high) in limits.items():
        if not low < value < high:
            raise cli.Stop(cli.USAGE, f"{option}: more than {max(low, 0):g}, less than {high:g} ({value:g})")
    return made


KINDS = ("experiment", "registration", "pre_registration", "pre-registration", "preregistration")
# The plans' own words and those of `experiment register`, beside the row's names.
OTHER_NAMES = {
    "n": "n_blocks",
    "N": "n_blocks",
    "blocks": "n_blocks",
    "effect": "smallest_effect",
    "arm_a": "baseline",
    "arm_b": "candidate",
}
MARGINS = {
    "quality": "quality_margin",
    "errors": "error_margin_pp",
    "p95": "p95_margin",
    "cost": "cost_margin",
}


def spelt_otherwise(raw: bytes) -> rows.Experiment | None:
    """Return the registration on a line that uses other words than the row's own, else None.

    A registration half understood would be judged by defaults that nobody registered, hence ValueError
    for arms that are not two names, for a margin without a known name, and for a term said twice.

    >>> made = spelt_otherwise(b'{"kind":"registration","ts":"2026-01-01T00:00:00Z","arms":["a","b"],"N":8}')
    >>> made.baseline, made.candidate, made.n_blocks
    ('a', 'b', 8)
    """
    said = msgspec.json.decode(raw)
    if not isinstance(said, dict) or said.get("kind") not in KINDS:
        return None
    terms: dict[str, Any] = {key: value for key, value in said.items() if key not in {"arms", "margins"}}
    more = [(OTHER_NAMES[key], terms.pop(key)) for key in OTHER_NAMES if key in terms]
    if "arms" in said:
        arms = said["arms"]
        if not isinstance(arms, list) or len(arms) != 2 or arms[0] == arms[1]:
            raise ValueError(f"arms must be two names, baseline first ({arms})")
        more += zip(("baseline", "candidate"), arms, strict=True)
    if "margins" in said:
        margins = said["margins"]
        for key, value in margins.items() if isinstance(margins, dict) else [(str(margins), None)]:
            name = MARGINS.get(key, key)
            if name not in MARGINS.values():
                raise ValueError(f"margins: {', '.join(MARGINS)} ({key})")
            more.append((name, value))
    if not more and said["kind"] == KINDS[0]:
        return None
    for name, value in more:
        if terms.setdefault(name, value) != value:
            raise ValueError(f"{name} is said twice: {terms[name]} and {value}")
    return msgspec.convert(terms | {"kind": KINDS[0]}, rows.Experiment)
