"""The one row that a person means, and what is said when there is none or more than one."""

from __future__ import annotations

import pytest

from readings import at, evidence, lines, parsed, reading
from tracker import cli, jsonl
from tracker.ledger import append, find


def test_a_row_cannot_replace_or_undo_what_is_not_there(tool, put):
    put(evidence(1))
    lost = tool("ledger-append", stdin=lines(evidence(2, supersedes="feedfeedfeedfeed")))
    assert lost.status == 65
    assert "feedfeedfeedfeed" in lost.err
    assert tool("ledger-undo", "feedfeed").status == 66
    assert tool("ledger-undo", "fe").status == 2
    assert tool("ledger-undo").status == 2


def test_the_last_before_of_this_agent_is_taken_back_and_nobody_elses(tool, put):
    for agent in ("garnin", "zork"):
        put(reading(f"W-{agent}", at("09:00"), 5.0), AGENT_ID=agent)
    assert tool("ledger-undo", "--last", "before", "--provider", "claude", AGENT_ID="garnin").status == 0
    assert [row["window"] for row in parsed(tool("ledger-cat").out)] == ["W-zork"]
    none_left = tool("ledger-undo", "--last", "before", "--provider", "claude", AGENT_ID="garnin")
    assert none_left.status == 66


@pytest.fixture
def three(data):
    """Three rows in force whose row_ids begin alike or not."""
    made = [("aaaa1111", 1), ("aaaa2222", 2), ("bbbb", 3), ("bbbb3333", 4)]
    fresh = [
        append.new(jsonl.decode(lines(evidence(n, row_id=name)), 1), lines(evidence(n, row_id=name)))
        for name, n in made
    ]
    append.append(data, fresh, fsync=False)
    return data


@pytest.mark.parametrize(
    ("start", "result"),
    [("aaaa1", "pass 1"), ("aaaa2222", "pass 2"), ("bbbb3", "pass 4"), ("bbbb", "pass 3")],
)
def test_a_row_is_found_by_the_start_of_its_id_and_a_whole_id_wins(three, start, result):
    assert find.by_id(three, start).result == result


@pytest.mark.parametrize(
    ("start", "status", "said"),
    [
        ("aaaa", cli.USAGE, "begins 2 row_ids"),
        ("aaa", cli.USAGE, "too little of a row_id"),
        ("cccc", cli.NOTHING, "no row in force is called cccc"),
    ],
)
def test_a_start_that_means_no_row_or_several_is_refused(three, start, status, said):
    with pytest.raises(cli.Stop, match=said) as stopped:
        find.by_id(three, start)
    assert stopped.value.status == status


def test_the_last_of_a_kind_goes_by_agent_provider_and_window(put, data):
    put(reading("W1", at("09:00"), 5.0, phase="before"))
    put(reading("W2", at("09:30"), 6.0, phase="before", provider="codex"))
    put(reading("W1", at("11:30"), 9.0, phase="after"))
    put(evidence(1))

    def last(what, provider=None, window=None):
        return find.named(find.last(data, what, "main", provider, window)).partition(" (")[2]

    assert last("before") == "snapshot W2 codex before)"
    assert last("before", provider="claude") == "snapshot W1 claude before)"
    assert last("snapshot") == "snapshot W1 claude after)"
    assert last("evidence") == "evidence)"
    with pytest.raises(cli.Stop, match="agent main has no codex after of W2 in force"):
        last("after", "codex", "W2")


def test_a_window_is_finished_while_its_row_is_in_force(put, data):
    made = {
        "kind": "window",
        "ts": "2026-01-05T12:00:00Z",
        "window": "W1",
        "methodology": "m",
        "provider": "claude",
        "features": 1,
    }
    (row,) = put(made)
    assert find.finished(data, "W1")
    assert not find.finished(data, "W2")
    put({"kind": "undo", "ts": "2026-01-05T13:00:00Z", "undoes": row["row_id"]})
    assert not find.finished(data, "W1")
