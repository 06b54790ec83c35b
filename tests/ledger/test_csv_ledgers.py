"""The field plans' CSV ledgers: which rows stand in which file, and what of them."""

from __future__ import annotations

import pytest

from readings import evidence, lines
from tracker import jsonl
from tracker.ledger import csv_ledgers


def row(**fields):
    return jsonl.decode(lines({"ts": "2026-01-05T09:00:00Z", **fields}), 1)


ROWS = [
    row(**evidence(1)),
    row(kind="evidence", check="checkpoint", result="mid", window="W1"),
    row(kind="evidence", check="checkpoint", result="plan", window="W2"),
    row(kind="window", window="W1", methodology="m", provider="claude", features=3, capacity_pp=20.0),
    row(kind="churn", window="W1", added_lines=7),
    row(kind="feature", feature_id="F1"),
]


@pytest.fixture
def by_file():
    return {ledger.file: (ledger, list(ledger.lines(ROWS))) for ledger in csv_ledgers.LEDGERS.values()}


def test_the_plans_four_files_are_there_with_columns_that_stand_once(by_file):
    assert set(by_file) == {
        f"{name}.csv" for name in ("Acceptance_Evidence", "Feature_Log", "Token_Churn_Ledger", "Churn_Ledger")
    }
    for ledger, _ in by_file.values():
        assert len(set(ledger.columns)) == len(ledger.columns)


def test_a_checkpoint_is_an_entry_with_what_its_window_is_known_to_have_used(by_file):
    entries = by_file["Token_Churn_Ledger.csv"][1]
    assert [
        (one["checkpoint"], one["window"], one["capacity_pp"], one["total_tokens"]) for one in entries
    ] == [
        ("mid", "W1", 20.0, None),
        ("plan", "W2", None, None),
    ]
    assert [one["result"] for one in by_file["Acceptance_Evidence.csv"][1]] == ["pass 1"]


def test_every_column_is_one_that_its_rows_have(by_file):
    for ledger, made in by_file.values():
        assert made, ledger.file
        for line in made:
            assert set(ledger.columns) <= set(line), ledger.file


def test_no_rows_are_files_without_lines():
    assert [list(ledger.lines([])) for ledger in csv_ledgers.LEDGERS.values()] == [[]] * len(
        csv_ledgers.LEDGERS
    )
