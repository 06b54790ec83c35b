"""The sample that is shipped, or one made elsewhere: its rows, and which sorts of row there are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from conftest import ROOT

SAMPLE = ROOT / "data" / "samples"
SORTS = {"experiment": "unit", "feature": "state", "evidence": "check"}  # else: by provider


def rows(folder: Path) -> list[dict[str, Any]]:
    """Return the rows of a sample's ledger."""
    return [
        json.loads(line)
        for path in sorted((folder / "week0").glob("*.jsonl"))
        for line in path.read_text().splitlines()
    ]


def shape(folder: Path) -> dict[tuple[str, str], frozenset[str]]:
    """Return every sort of row of a sample, and the fields that it has."""
    return {
        (row["kind"], row.get(SORTS.get(row["kind"], "provider"), "")): frozenset(row) for row in rows(folder)
    }
