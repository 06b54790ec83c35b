"""Anomalies that are acknowledged: by rows, with a reason; counted and shown ever after."""

from __future__ import annotations

import json

import pytest

from readings import at, lines, parsed, reading


@pytest.fixture
def late(tool, record, complete):
    """A finished window with one anomaly; returns that row."""
    record(reading("W1", at("09:00"), 9.0))
    record(reading("W1", at("09:02"), 31.5), "--force")
    complete("W1", "--claude-features", "3")
    return parsed(tool("ledger-cat", "--kind", "anomaly").out)[0]


def acknowledge(tool, *args: str):
    ran = tool("acknowledge", *args, stdin=tool("ledger-cat").out)
    return ran if ran.status else tool("ledger-append", "--echo", stdin=ran.out)


@pytest.mark.parametrize("how", ["row", "window"])
def test_an_acknowledged_anomaly_is_closed_and_stays_counted_and_shown(tool, late, how):
    named = [late["row_id"][:6]] if how == "row" else ["--window", "W1", "--anomaly", "late-after"]
    made = parsed(acknowledge(tool, *named, "--reason", "the meter was down").out)[0]
    assert (made["acknowledges"], made["anomaly"], made["window"]) == (late["row_id"], "late-after", "W1")
    there = tool("ledger-cat").out
    card = json.loads(tool("decision-card", "--window", "W1", "--format", "json", stdin=there).out)
    assert card["data_gate"]["anomalies"] == []
    assert card["data_gate"]["acknowledged"] == ["W1: late-after (acknowledged: the meter was down)"]
    assert "Anomalies: 0 open, 1 acknowledged" in tool("preview", stdin=there).out
    audited = tool("window-audit", "--window", "W1", stdin=there).out
    assert f"(row {late['row_id'][:8]}, acknowledged)" in audited
    assert "acknowledged: late-after: the meter was down" in audited
    again = acknowledge(tool, late["row_id"], "--reason", "again")
    assert (again.status, "acknowledged already" in again.err) == (75, True)
    assert acknowledge(tool, "--window", "W1", "--reason", "again").status == 66
    assert tool("ledger-undo", made["row_id"]).status == 0
    assert "Anomalies: 1 (" in tool("preview", stdin=tool("ledger-cat").out).out


def test_an_accepted_anomaly_is_closed_everywhere_and_stays_shown(tool, late):
    words = ["--whitelist", "late-after", "--reason", "agreed on 3 March", "--by", "ana"]
    row = tool("append-evidence", *words).out
    assert tool("ledger-append", stdin=row).status == 0
    there = tool("ledger-cat").out
    card = json.loads(tool("decision-card", "--window", "W1", "--format", "json", stdin=there).out)
    assert card["data_gate"]["anomalies"] == []
    assert (
        "W1: late-after (accepted for the whole run: agreed on 3 March)" in card["data_gate"]["acknowledged"]
    )
    assert "accepted for the whole run" in tool("window-audit", "--window", "W1", stdin=there).out


@pytest.mark.parametrize(
    ("args", "status", "words"),
    [
        (["abc", "--reason", "r"], 2, "too little of a row_id"),
        (["abcd", "--reason", "r"], 66, "no row in force is called abcd"),
        (["--reason", "r"], 2, "name the anomalies"),
        (["--window", "W9", "--reason", "r"], 66, "W9 has no open anomaly"),
        (["--window", "W1", "--reason", " "], 2, "--reason is empty"),
        (["abcd", "--anomaly", "x", "--reason", "r"], 2, "--anomaly goes with --window"),
    ],
)
def test_what_cannot_be_acknowledged_is_refused(tool, args, status, words):
    ran = tool("acknowledge", *args, stdin=lines(reading("W1", at("09:00"), 9.0)))
    assert (ran.status, ran.out) == (status, "") and words in ran.err


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ([], "one of --check, --vote and --whitelist"),
        (["--check", "pytest"], "--check needs --result"),
        (["--vote", "GO"], "--vote needs --by"),
        (["--whitelist", "late-after"], "--whitelist needs --reason"),
        (["--vote", "GO", "--by", "ana", "--result", "pass"], "--result belongs to --check"),
    ],
)
def test_half_of_what_was_said_is_refused(tool, args, words):
    ran = tool("append-evidence", *args)
    assert (ran.status, ran.out) == (2, "") and words in ran.err


def test_a_vote_is_on_the_card_with_whose_it_is_and_is_no_check_of_the_window(tool, worked, complete):
    complete("W1", "--claude-features", "3")
    for word in ("GO", "NO-GO"):
        row = tool("append-evidence", "--vote", word, "--by", "ana", "--window", "W1").out
        assert tool("ledger-append", stdin=row).status == 0
    there = tool("ledger-cat").out
    assert (
        "panel votes: 1 NO-GO: ana NO-GO on W1 (before: GO)"
        in tool("decision-card", "--window", "W1", stdin=there).out
    )
    assert (
        "evidence" in json.loads(tool("window-audit", "--window", "W1", "--json", stdin=there).out)["missing"]
    )
