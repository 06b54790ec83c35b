"""The dice of the hostile tests, and how often they are thrown: a slice in the suite, all of it by `make hostile`."""

from __future__ import annotations

import os
import random

SEED = int(os.environ.get("HOSTILE_SEED", "17"))
TIMES = int(os.environ.get("HOSTILE", "1"))
IDLE_SECONDS = 60 * float(os.environ.get("HOSTILE_IDLE", "0.05"))


def dice(what: str) -> random.Random:
    """Return dice of a test's own."""
    return random.Random(f"{SEED} {what}")
