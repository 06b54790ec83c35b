"""The declarations of rows: kinds, ranges, and that fields are only ever added."""

from __future__ import annotations

import json

import msgspec
import pytest

from conftest import ROOT
from tracker import rows

# The fields without a default, at the first version: a row written then must be read for ever.
NEEDED = {
    kind: [field.name for field in msgspec.structs.fields(declared) if field.required]
    for kind, declared in rows.KINDS.items()
}


def test_every_kind_says_its_name_and_has_a_sentence():
    for kind, declared in rows.KINDS.items():
        assert declared.__struct_config__.tag == kind
        assert (declared.__doc__ or "").strip().endswith(".")
        assert issubclass(declared, rows.Row)


def test_every_field_says_what_it_is():
    schema = msgspec.json.schema_components(rows.KINDS.values())[1]
    mute = [
        f"{name}.{field}"
        for name, made in schema.items()
        for field, said in made.get("properties", {}).items()
        if field != "kind" and "description" not in json.dumps(said)
    ]
    assert mute == []


@pytest.mark.parametrize("kind", rows.KINDS)
def test_no_kind_needs_a_field_that_rows_of_the_samples_lack(kind):
    """`data/samples` may have been written by an earlier version."""
    for path in (ROOT / "data/samples/week0").glob("*.jsonl"):
        for line in path.read_text().splitlines():
            row = json.loads(line)
            if row["kind"] == kind:
                assert set(NEEDED[kind]) <= row.keys()
                msgspec.convert(row, rows.KINDS[kind])


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("churn", {"window": "W", "churn_14d": 1.01}),
        ("churn", {"window": "W", "added_lines": -1}),
        ("window", {"window": "", "methodology": "m", "provider": "p", "features": 1}),
        ("window", {"window": "W", "methodology": "m", "provider": "p", "features": -1}),
        ("window", {"window": "W", "methodology": "m", "provider": "p", "features": 1, "quality_score": 2}),
        ("snapshot", {"provider": "claude", "surface": "tui", "meters": []}),
        ("snapshot", {"provider": "nobody", "surface": "tui", "meters": [{"meter": "five_hour"}]}),
    ],
)
def test_a_figure_that_cannot_be_is_refused(kind, fields):
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"kind": kind, "ts": "2026-01-01T00:00:00Z", **fields}, rows.KINDS[kind])


@pytest.mark.parametrize("ts", ["2026-01-01T00:00:00", "2026-01-01", "yesterday", 5])
def test_a_row_s_time_needs_its_zone(ts):
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"kind": "undo", "ts": ts, "undoes": "a"}, rows.Undo)
