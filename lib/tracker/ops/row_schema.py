"""JSON Schema of the rows, made from their declarations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from tracker import rows

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def row_schema(kinds: Sequence[str]) -> dict[str, Any]:
    """Return the schema of a row that is of one of these kinds, in the order given.

    Fields that a version does not know may stand beside the declared ones, as everywhere.

    >>> found = row_schema(["undo", "churn"])
    >>> [one["$ref"] for one in found["oneOf"]], found["$defs"]["Undo"]["properties"]["kind"]
    (['#/$defs/Undo', '#/$defs/Churn'], {'enum': ['undo']})
    """
    found, definitions = msgspec.json.schema_components(
        [rows.KINDS[kind] for kind in kinds], ref_template="#/$defs/{name}"
    )
    return {
        "$schema": DIALECT,
        "title": "tracker row" if len(found) > 1 else f"tracker row: {kinds[0]}",
        "x-schema-version": rows.SCHEMA_VERSION,
        "oneOf": list(found),
        "$defs": definitions,
    }
