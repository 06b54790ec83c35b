"""What was taken out, changed or never played: each found, and put back."""

from __future__ import annotations

from datetime import timedelta

from tracker import rows
from tracker.evidence.deal import deal
from tracker.evidence.in_force import in_force
from tracker.evidence.pairing import arm_of, pair
from tracker.verdict import taken_out
from verdict_rows import START, A, B, blocks, feature, plan, window


def changes(came, first_look=None):
    found = in_force(came)
    now = [came[place] for place in found.places if isinstance(came[place], rows.Window)]
    return taken_out.changes(found.taken_out, now, B, first_look), now


def test_undone_and_changed_windows_are_found_and_put_back():
    came = [
        window("W1", row_id="1"),
        window("W2", row_id="2"),
        rows.Undo(ts=START, undoes="1"),
        window("W2", points=10.0, supersedes="2"),
    ]
    found, now = changes(came)
    assert [change.said for change in found] == [
        "W1 undone",
        "W2 changed after a look was possible: capacity_pp 40 -> 10",
    ]
    assert {one.window: one.capacity_pp for one in taken_out.as_first_recorded(now, found)} == {
        "W2": 40,
        "W1": 40,
    }


def test_a_grade_given_later_is_no_change_of_what_is_judged():
    assert changes([window("W", row_id="1"), window("W", quality_score=0.9, supersedes="1")])[0] == []


def test_a_failure_that_became_a_pass_counts_as_the_nothing_that_it_was():
    came = [window("W", B, outcome="fail", row_id="1"), window("W", B, outcome="pass", supersedes="1")]
    assert [change.said for change in changes(came)[0]] == [
        "W changed after a look was possible: features 0 -> 3"
    ]


def test_when_somebody_could_have_looked():
    some = blocks(6)
    for one in some:
        one.recorded_at = one.ts
    whole = pair(*(arm_of(w for w in some if w.methodology == arm) for arm in (A, B))).blocks
    fifth = START + timedelta(days=4, hours=6)
    assert taken_out.looked_from(whole, 5, []) == fifth
    early = rows.Decision(ts=START + timedelta(days=1), verdict="INSUFFICIENT", inputs_sha256="")
    assert taken_out.looked_from(whole, 5, [early]) == early.ts
    assert taken_out.looked_from((), 5, []) is None
    came = [window("W", row_id="1"), window("W", points=1.0, supersedes="1", recorded_at=START)]
    assert not changes(came, fifth)[0][0].late and changes(came, START)[0][0].late


def dealt():
    return deal(
        feature("T", f"{arm[:1]}{i}", arm, state="assigned", block=i, turn=turn)
        for i in range(3)
        for turn, arm in enumerate((A, B), 1)
    )


def test_the_deal_is_held_against_what_was_played():
    assert taken_out.never_played(dealt(), {1}) == [0] and taken_out.never_played(dealt(), {0}) == []
    some = [window("s1", A, block=7), window("m1", B, block=1)]
    assert taken_out.relabelled(dealt(), some, (A, B)) == [
        "s1 (dealt to stock_anthropic, block 1; is stock_anthropic, block 7)"
    ]


def test_the_coin_is_held_against_who_began():
    late, early = START + timedelta(hours=6), START
    some = [window("a", A, block=0, started_at=late), window("b", B, block=0, started_at=early)]
    whole = pair(arm_of(some[:1]), arm_of(some[1:])).blocks
    assert (
        taken_out.out_of_turn(whole, dealt(), (A, B)) == [0]
        and taken_out.out_of_turn(whole, (), (A, B)) == []
    )


def test_windows_without_an_arm_or_a_row_are_found_in_the_time_of_the_experiment():
    judged = blocks(3)
    stray, later = window("S", "week0", day=1), window("T", "week0", day=30)
    assert taken_out.unlabelled([stray, later], judged, []) == [stray]
    pilot = window("P", "week0", day=-1)
    assert taken_out.unlabelled([pilot], judged, []) == []
    assert taken_out.unlabelled([pilot], judged, [plan(days=-2)]) == [pilot]
    meters = [rows.Meter(meter="five_hour", used_pct=1)]
    open_one = rows.Snapshot(
        ts=START, provider="claude", surface="print", window="U", phase="before", meters=meters
    )
    assert taken_out.unfinished([open_one], set(), judged) == ["U"]
    assert taken_out.unfinished([open_one], {"U"}, judged) == []
