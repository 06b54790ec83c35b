"""The field plans' CSV ledgers: which rows stand in which file, and what of them."""

from __future__ import annotations

import pytest

from readings import evidence, lines
from tracker import jsonl
from tracker.exports import csv_ledgers


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


def token_lines(*some):
    lines_of = csv_ledgers.LEDGERS["tokens"].lines
    return {(one["window"], one["checkpoint"]): one for one in lines_of([row(**fields) for fields in some])}


def window(**fields):
    return {
        "kind": "window",
        "window": "W1",
        "methodology": "week0",
        "provider": "glm",
        "features": 1,
        **fields,
    }


def counted(phase, used, block="a", provider="glm"):
    meters = [{"meter": "five_hour", "used": used, "label": f"block {block}"}]
    said = {"provider": provider, "surface": "ccusage", "meters": meters, "flags": ["local-estimate"]}
    return {"kind": "snapshot", "window": "W1", "phase": phase, "agent_id": "main", **said}


CHURN = {"kind": "churn", "window": "W1", "added_lines": 120, "deleted_lines": 8, "churn_14d": 0.25}
TELEMETRY = {"kind": "proxy_telemetry", "window": "W1", "total_prompts": 40, "total_tokens": 900}


def test_a_window_without_an_entry_has_a_line_of_what_telemetry_ccusage_and_churn_say():
    (line,) = token_lines(
        window(), TELEMETRY, counted("before", 1000), counted("after", 51000), CHURN
    ).values()
    assert (line["checkpoint"], line["provider"], line["methodology"]) == (None, "glm", "week0")
    assert (line["total_prompts"], line["total_tokens"], line["routed_prompts"]) == (40, 900, None)
    assert line["ccusage_tokens"] == 50000
    assert (line["added_lines"], line["deleted_lines"], line["churn_14d"]) == (120, 8, 0.25)


def test_each_of_the_three_alone_makes_a_line_and_the_rest_is_empty():
    for some in ([TELEMETRY], [CHURN], [counted("before", 0), counted("after", 7)]):
        (line,) = token_lines(*some).values()
        shown = {name for name in csv_ledgers._FIGURES if line[name] is not None}
        assert shown and not {0} & {line[name] for name in shown}, line
        assert len(shown) < 4, line


def test_tokens_are_not_known_over_the_end_of_a_block_nor_when_the_count_fell():
    for before, after in (
        (counted("before", 1000), counted("after", 51000, block="b")),
        (counted("before", 51000), counted("after", 1000)),
    ):
        (line,) = token_lines(window(capacity_pp=2.0), before, after).values()
        assert line["ccusage_tokens"] is None


def test_tokens_of_another_provider_are_no_part_of_the_window_s():
    some = [counted(phase, used, provider=who) for who, phase, used in CCUSAGE_OF_TWO]
    (line,) = token_lines(window(), *some).values()
    assert line["ccusage_tokens"] == 5
    (line,) = token_lines(*some, CHURN).values()
    assert line["ccusage_tokens"] is None, "whose work it was nobody said"


CCUSAGE_OF_TWO = [("glm", "before", 1), ("glm", "after", 6), ("claude", "before", 1), ("claude", "after", 90)]


def test_requests_of_both_arms_in_one_window_are_added_and_a_second_sum_of_one_replaces_it():
    both = [
        {**TELEMETRY, "methodology": arm, "total_tokens": n} for arm, n in (("a", 10), ("b", 5), ("a", 20))
    ]
    (line,) = token_lines(*both).values()
    assert line["total_tokens"] == 25
    (line,) = token_lines(*both, {**TELEMETRY, "methodology": "c", "total_tokens": None}).values()
    assert line["total_tokens"] is None, "of one arm they are not known, so of the window they are not"


def test_a_measured_churn_stands_before_one_that_was_skipped_later():
    skipped = {"kind": "churn", "window": "W1", "skipped": "no-commits"}
    (line,) = token_lines(CHURN, skipped).values()
    assert (line["added_lines"], line["skipped"]) == (120, None)
    (line,) = token_lines(skipped).values()
    assert (line["added_lines"], line["skipped"]) == (None, "no-commits")


def test_every_column_is_one_that_its_rows_have(by_file):
    for ledger, made in by_file.values():
        assert made, ledger.file
        for line in made:
            assert set(ledger.columns) <= set(line), ledger.file


def test_no_rows_are_files_without_lines():
    assert [list(ledger.lines([])) for ledger in csv_ledgers.LEDGERS.values()] == [[]] * len(
        csv_ledgers.LEDGERS
    )
