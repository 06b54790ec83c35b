"""What is chosen: known files by name, and of rows the fields that are declared."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import ROOT
from planted import ENDING, PLANTED
from tracker.ops.bundle import chosen


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("logs/usage-20260302T090000.jsonl", "rows"),
        ("ledger/snapshots.jsonl", "rows"),
        ("ledger/heads.txt", "text"),
        ("docs/adr/0001-rows.md", "text"),
        ("reports/window-audit-W1.json", "text"),
        ("logs/router-8082.log", None),
        ("results/notes.md", None),
        ("results/metrics/notes.md", None),
        ("README.md.bak", None),
        (".env", None),
        ("", None),
    ],
)
def test_a_file_is_known_by_its_place_or_left_out(path, what):
    assert chosen.known(path) == what


def test_what_is_asked_for_is_taken_as_what_its_name_says():
    assert chosen.known("notes/a.jsonl", ["notes/*"]) == "rows"
    assert chosen.known("notes/a.log", ["*.log"]) == "text"
    assert chosen.known("notes/a.txt", ["*.log"]) is None


def one(row: dict) -> tuple[dict, chosen.Kept]:
    kept = chosen.rows_of(json.dumps(row) + "\n")
    return json.loads(kept.data), kept


def test_a_field_that_no_kind_declares_is_dropped_and_counted_at_any_depth():
    meter = {"meter": "five_hour", "used_pct": 9.0, "colour": "red"}
    row = {
        "kind": "snapshot",
        "ts": "2026-01-01T00:00:00Z",
        "provider": "claude",
        "surface": "tui",
        "meters": [meter],
    }
    made, kept = one(row | {"prompt": "my secret plan"})
    assert made == row | {"meters": [{"meter": "five_hour", "used_pct": 9.0}]}
    assert kept.dropped == {"colour": 1, "prompt": 1}


def test_names_that_a_person_chose_stay_as_keys_of_a_declared_table():
    row = {
        "kind": "window",
        "ts": "2026-01-01T00:00:00Z",
        "window": "W1",
        "methodology": "m",
        "provider": "claude",
        "features": 3,
        "features_by_provider": {"claude": 3, "ada@example.com": 1},
    }
    made, _ = one(row)
    assert made["features_by_provider"] == {"claude": 3, "[redacted e-mail]": 1}


def test_the_client_s_own_names_get_stand_ins_that_are_the_same_for_the_same():
    name = "0190a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b"
    row = {"kind": "usage", "ts": "2026-01-01T00:00:00Z", "session_id": name, "trace_id": None, "status": 200}
    made, _ = one(row)
    assert made["session_id"].startswith("id-")
    assert name not in made["session_id"]
    assert made["trace_id"] is None
    assert one(row)[0] == made


def test_what_links_rows_stays_and_only_when_it_looks_like_it():
    row = {
        "kind": "undo",
        "ts": "2026-01-01T00:00:00Z",
        "row_id": "0190a1b23c4d7e5f",
        "undoes": "ada@example.com",
    }
    made, _ = one(row)
    assert (made["row_id"], made["undoes"]) == ("0190a1b23c4d7e5f", "[redacted e-mail]")


@pytest.mark.parametrize(
    "line",
    [
        "a note",
        '["kind"]',
        '{"kind":"horoscope"}',
        '{"kind":3}',
        '{"kind":"undo","undoes":"a","undoes":"b"}',
        "{" * 9999,
    ],
)
def test_a_line_that_is_no_known_row_is_dropped(line):
    kept = chosen.rows_of(f"{line}\n")
    assert (kept.data, kept.dropped) == (b"", {"a line that is no known row": 1})


def test_an_event_of_the_field_plans_has_no_kind_and_keeps_a_request_s_fields():
    made, kept = one(
        {"ts": "2026-01-01T00:00:00Z", "model": "claude-haiku-4-5", "status": 200, "body": "words"}
    )
    assert made == {"ts": "2026-01-01T00:00:00Z", "model": "claude-haiku-4-5", "status": 200}
    assert kept.dropped == {"body": 1}


def test_rows_that_hold_nothing_else_stay_byte_for_byte():
    """So that a shared ledger can be verified like one's own."""
    for path in sorted((ROOT / "data/samples/week0").glob("*.jsonl")):
        kept = chosen.rows_of(path.read_text())
        assert (kept.data, kept.kinds, kept.dropped) == (path.read_bytes(), {}, {}), path.name


@given(st.sampled_from(PLANTED), st.sampled_from(["detail", "result", "check", "window", "row_id", "colour"]))
@settings(max_examples=60, deadline=None)
def test_no_secret_gets_out_of_any_field(secret, field):
    kept = chosen.rows_of(
        json.dumps({"kind": "evidence", "ts": "2026-01-01T00:00:00Z", field: f"x {secret} y"})
    )
    assert ENDING.lower() not in kept.data.decode().lower()
