"""A panel's votes: the last of each person, and what it was before."""

from __future__ import annotations

from tracker import rows
from tracker.verdict.votes import votes
from verdict_rows import START


def vote(word, by=None, **more):
    return rows.Evidence(ts=START, check="panel-vote", result=word, by=by, **more)


def test_the_last_vote_of_each_person_counts_and_the_ones_before_are_kept():
    found = votes([vote("GO", "ana"), vote("NO-GO", "ben", detail="too few"), vote("SOFT GO", "ana")])
    assert [(one["by"], one["vote"], one["before"]) for one in found] == [
        ("ana", "SOFT GO", ["GO"]),
        ("ben", "NO-GO", []),
    ]


def test_a_vote_of_nobody_stands_among_the_checks():
    assert votes([vote("GO"), rows.Evidence(ts=START, check="pytest", result="pass", by="ana")]) == []
