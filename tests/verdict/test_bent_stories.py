"""What a stranger tries on a whole ledger, each row of it well formed and the chain whole; and what honest people do."""

from __future__ import annotations

import json
from io import BytesIO

import msgspec
import pytest

import task_rows
from tracker.evidence import reader
from tracker.verdict import overview
from tracker.verdict.gates import MARGINS
from whole_story import BAD, LATE, REGISTERED, A, B, at, chained, instead, judged, of, reading, story, undo

EARLY = at(3, 20)  # before anybody could look at five blocks
YES = {"GO", "SOFT GO"}
UNEVEN = {"points_b": (72, 27)}  # equal arms: badly in three blocks, well in the others


def labelled(rows, arms, blocks=BAD):
    """Give windows the methodology that `arms` says."""
    windows = of(rows, "window", blocks=blocks)
    return [row | {"methodology": arms[row["methodology"]]} if row in windows else row for row in rows]


def called_warm_ups(rows):
    return labelled(rows, {A: "warm_up", B: "warm_up"})


def called_almost_alike(rows):
    return labelled(rows, {A: "stock_anthropic\u200b", B: "Mitm_Offload"})


def dated_later(rows):
    return [row | {"ts": at(40)} if row in of(rows, "window") else row for row in rows]


def dated_later_without_readings(rows):
    changed = {"ts": at(40), "started_at": at(39), "ended_at": at(40)}
    return [
        row | changed | {"recorded_at": row["ts"]} if row in of(rows, "window") else row
        for row in rows
        if row["kind"] not in {"snapshot", "proxy_telemetry"}
        or row not in of(rows, "snapshot", blocks=range(13))
    ]


def typed_without_readings(rows):
    gone = of(rows, "snapshot")
    return [
        row | {"capacity_pp": 28} if row in of(rows, "window", B) else row for row in rows if row not in gone
    ]


def readings_taken_back_and_typed(rows):
    return [*rows, *undo(of(rows, "snapshot"), EARLY), *instead(of(rows, "window", B), EARLY, capacity_pp=28)]


def read_again_and_lower(rows):
    seen = [row for row in of(rows, "snapshot") if row["phase"] == "after" and "MITM" in row["window"]]
    again = [
        instead([row], EARLY, says=False, meters=[row["meters"][0] | {"used_pct": 33}])[0] for row in seen
    ]
    return [*rows, *undo(seen, EARLY), *again, *instead(of(rows, "window", B), EARLY, capacity_pp=28)]


@pytest.mark.parametrize(
    ("bend", "how", "words"),
    [
        (called_warm_ups, {"deal": False}, "windows without an arm: 6 (W0-MITM-01, W0-CL-01"),
        (called_almost_alike, {"deal": False}, "windows without an arm: 6 (W0-MITM-01, W0-CL-01"),
        (dated_later_without_readings, {"readings": False}, "blocks recorded in another order than they say"),
        (typed_without_readings, {}, "points typed, where other windows have readings: 6 ("),
        (readings_taken_back_and_typed, {}, "points typed, where other windows have readings: 6 ("),
        (read_again_and_lower, {}, "a reading that was taken back says otherwise: 3 (W0-MITM-01"),
    ],
)
def test_bad_blocks_do_not_go_by_another_name_time_or_reading(bend, how, words):
    rows = story(**UNEVEN, **how)
    assert judged(rows)["verdict"] not in YES  # and without those blocks it would be one
    assert judged([row for row in rows if row not in of(rows, "window")])["gates"][0]["verdict"] == "pass"
    made = judged(bend(rows))
    assert made["verdict"] not in YES
    assert any(line.startswith(words) for line in made["taken_out"]["lines"]), made["taken_out"]["lines"]


def test_blocks_come_in_the_order_of_their_readings_and_not_of_a_typed_time():
    rows = story(**UNEVEN)
    assert judged(dated_later(rows))["gates"][0] == judged(rows)["gates"][0]


def test_times_that_the_readings_do_not_say_are_named():
    rows = story()
    moved = [row | {"started_at": at(0, 1)} if row in of(rows, "window", B, [5]) else row for row in rows]
    made = judged(moved)
    assert made["verdict"] == "INSUFFICIENT"
    assert any(
        "W0-MITM-05: started_at is 2026-03-02T09:00:00.000000Z, its readings say" in line
        for line in made["missing"]
    )


def test_windows_of_another_experiment_that_was_dealt_or_that_share_a_block_are_none_of_this_one():
    third = [row | {"methodology": "mitm_quota"} for row in of(story(), "window", B, range(13))]
    third = [row | {"window": f"Q{place}", "row_id": f"q{place}"} for place, row in enumerate(third)]
    for rows in (story(deal=False), story()):
        made = judged([*rows, *third])
        assert made["verdict"] == "GO" and not any(
            "without an arm" in line for line in made["taken_out"]["lines"]
        )


@pytest.mark.parametrize(
    "more",
    [
        instead([REGISTERED | {"row_id": "e"}], says=False, ts=at(-1), cost_margin=0.1),
        [REGISTERED | {"ts": at(-1), "cost_margin": 0.1}],
    ],
    ids=["recorded late, dated early", "a plain row"],
)
def test_margins_moved_by_a_registration_that_dates_itself_back_are_not_judged_by(more):
    rows = story(cost=(3.0, 0.5))
    assert judged(rows)["verdict"] not in YES
    made = judged([*rows, *(row | {"recorded_at": row.get("recorded_at")} for row in more)])
    assert made["verdict"] not in YES and "another plan" in made["plan"]["changed"]


def test_a_plain_registration_does_not_stand_in_for_the_ledgers():
    rows = [row for row in story() if row["kind"] != "experiment"]
    made = judged([*rows, REGISTERED | {"recorded_at": None}])
    assert made["verdict"] == "INSUFFICIENT" and "the plan is a plain row" in made["plan"]["changed"]


def test_good_features_of_no_window_are_read_by_no_gate():
    rows = story(quality=(0.1, 0.9), cost=(3.0, 0.5))
    more = [
        {"kind": "feature", "feature_id": f"X{i}", "methodology": arm, "state": "delivered", "ts": LATE}
        | {"quality_score": 1.0 if arm == B else 0.1, "cost_usd": 0.1 if arm == B else 9.0}
        | {"row_id": f"x{i}{arm}", "recorded_at": LATE}
        for arm in (A, B)
        for i in range(80)
    ]
    made = judged([*rows, *more])
    plain = judged(rows)
    assert [one["estimate"] for one in made["gates"]] == [one["estimate"] for one in plain["gates"]]
    assert (
        "features of no complete block: 80 (X0, X1, X2, ...); no gate of quality or cost reads them"
        in made["notes"]
    )


def test_requests_of_another_time_are_not_a_windows():
    rows = story(errors=(80, 3))
    good = instead(
        of(rows, "proxy_telemetry", B), at(0), says=False, errors=3, first_ts=at(30), last_ts=at(31)
    )
    made = judged([*(row for row in rows if row not in of(rows, "proxy_telemetry", B)), *good])
    assert made["verdict"] not in YES
    assert any(
        "telemetry of requests at another time than its window, left out: 3" in note for note in made["notes"]
    )


def test_telemetry_in_two_parts_or_told_again_with_as_many_requests_counts_at_its_worse():
    rows = story(errors=(80, 3))
    parts = instead(of(rows, "proxy_telemetry", B), EARLY, says=False, total_prompts=200, errors=0)
    for more in (parts, [row | {"total_prompts": 400} for row in parts]):
        assert judged([*rows, *more])["verdict"] not in YES
    recounted = [row | {"total_prompts": 401} for row in parts]  # by `ingest-proxy`, when a line was added
    assert judged([*rows, *recounted])["verdict"] == "GO"


def test_what_was_corrected_before_anybody_could_look_is_said_with_the_verdict_without_it():
    rows = story(quality=(0.1, 0.93))
    made = judged([*rows, *instead(of(rows, "feature", B), EARLY, quality_score=0.93)])
    assert made["verdict"] == "GO" and made["taken_out"]["put_back"] not in YES
    assert any(
        line.startswith(
            "scores or prices of features changed before a look was possible, of which the last counts: 9 ("
        )
        for line in made["taken_out"]["lines"]
    )


def test_an_order_is_unknown_where_both_windows_began_at_once_or_the_deal_gives_no_turn():
    rows = story(readings=False)
    together = [row | {"started_at": at(0)} if row["kind"] == "window" else row for row in rows]
    no_turn = [row | {"turn": None} if row.get("state") == "assigned" else row for row in rows]
    for some in (together, no_turn):
        assert any(
            "nobody can tell whether the coin's order was kept" in line
            for line in judged(some)["taken_out"]["lines"]
        )


def test_a_plain_week_a_reading_tried_again_a_slip_and_a_late_row_are_go():
    rows = story()
    assert judged(rows)["verdict"] == "GO" and judged(rows)["taken_out"]["lines"] == []
    before = of(rows, "snapshot", blocks=[4])[:1]
    retried = [*rows, *undo(before, at(3, 1)), *instead(before, at(3, 2), says=False)]
    slip = instead(of(rows, "window", A, [2]), at(1, 22), quality_score=0.9)
    late = [row | {"recorded_at": at(9)} if row in of(rows, "window", blocks=[6]) else row for row in rows]
    for some in (retried, [*rows, *slip], late):
        made = judged(some)
        assert made["verdict"] == made["worst_case"]["verdict"] == "GO", made["taken_out"]["lines"]
    assert (
        judged([*rows, reading("W0-MITM-13", "before", at(13), 5, 13)])["verdict"] == "GO"
    )  # one is still running


def by_task():
    """Return the rows of a whole experiment whose unit is the task, as they were recorded."""
    made = [
        json.loads(msgspec.json.encode(row))
        for row in task_rows.played(15, ratio=3.0, scatter=0.1, quality=0.95)
    ]
    rows = [{name: value for name, value in row.items() if value is not None} for row in made]
    return [row | {"row_id": f"r{place}", "recorded_at": row["ts"]} for place, row in enumerate(rows)]


def candidates(rows, kind):
    return [
        row
        for row in rows
        if row["kind"] == kind and row["methodology"] == B and row.get("state") != "assigned"
    ][:8]


@pytest.mark.parametrize("when", ["superseded", "told again", "undone and told again"])
@pytest.mark.parametrize(
    ("kind", "bad"),
    [
        ("feature", {"cost_usd": 3.0}),
        ("feature", {"quality_score": 0.1}),
        ("proxy_telemetry", {"errors": 300}),
        ("proxy_telemetry", {"p95_latency_ms": 9000.0}),
    ],
    ids=["prices", "scores", "errors", "latencies"],
)
def test_by_task_too_what_a_gate_once_saw_still_counts(kind, bad, when):
    good = by_task()
    assert judged(good)["verdict"] in YES
    its = candidates(good, kind)
    rows = [row | bad if row in its else row for row in good]
    assert judged(rows)["verdict"] not in YES
    again = instead(its, LATE, says=when == "superseded")
    gone = undo(candidates(rows, kind), LATE) if when.startswith("undone") else []
    made = judged([*rows, *gone, *again])
    assert made["verdict"] not in YES and made["worst_case"]["verdict"] not in YES
    assert any("of which the worse counts: " in line for line in made["taken_out"]["lines"])


def test_by_task_the_blocks_come_in_the_order_in_which_they_were_recorded_if_that_is_worse():
    rows = by_task()
    first = [row for row in rows if row.get("points_pp") and row["block"] in (1, 2)]
    dear = [row for row in first if row["methodology"] == B]
    bad = [
        row | {"points_pp": 60.0, "points_low_pp": 59.0, "points_high_pp": 61.0} if row in dear else row
        for row in rows
    ]
    moved = [
        row | {"ts": "2026-06-01T00:00:00Z", "ended_at": "2026-06-01T00:00:00Z"}
        if row.get("points_pp") and row["block"] in (1, 2)
        else row
        for row in bad
    ]
    assert judged(bad)["verdict"] not in YES and judged(moved)["verdict"] not in YES


def test_by_task_a_plan_recorded_after_the_runs_is_late():
    rows = by_task()
    made = judged([rows[0] | {"recorded_at": LATE}, *rows[1:]])
    assert made["verdict"] == "INSUFFICIENT" and "after data were" in made["plan"]["changed"]


def test_points_outside_of_their_own_bounds_are_open():
    rows = by_task()
    its = candidates(rows, "feature")
    made = judged(
        [
            row | {"points_pp": 0.5, "points_low_pp": 20.0, "points_high_pp": 60.0} if row in its else row
            for row in rows
        ]
    )
    assert set(made["worst_case"]["why"].values()) == {"points outside of their own bounds"}
    assert made["verdict"] not in YES


def test_readings_of_other_work_before_the_registration_do_not_make_it_late():
    old = reading("LAST-WEEK", "before", at(-9), 5, -8) | {"row_id": "old", "recorded_at": at(-9)}
    assert judged([*story(), old])["verdict"] == "GO"


@pytest.mark.parametrize(
    ("lacking", "words"),
    [
        (
            "proxy_telemetry",
            "reliability_errors: no proxy telemetry of stock_anthropic and mitm_offload; record the router's requests",
        ),
        (
            "feature",
            "cost: no feature has a cost above zero in both arms; record a price of each feature: `(ledger-cat",
        ),
        ("feature", "quality: no feature has a quality score in both arms; record a score of each feature"),
    ],
)
def test_what_a_ledger_lacks_is_named_with_what_records_it(lacking, words):
    rows = story()
    made = judged([row for row in rows if row not in of(rows, lacking, blocks=range(13))])
    assert made["verdict"] == "INSUFFICIENT" and any(line.startswith(words) for line in made["missing"]), (
        made["missing"]
    )


def test_a_coin_given_by_hand_is_said():
    rows = [
        row | {"turn": 1 if row["methodology"] == A else 2} if row.get("state") == "assigned" else row
        for row in story()
    ]
    assert any(
        line.startswith("the turns dealt are not those that seed 7 gives")
        for line in judged(rows)["taken_out"]["lines"]
    )


def test_a_claim_says_what_was_undone_or_never_played():
    rows = story()
    plain = claimed(rows)
    assert any(line.startswith("may be claimed") for line in plain) and not any(
        "not all" in line for line in plain
    )
    [said] = [
        line for line in claimed([*rows, *undo(of(rows, "window"))]) if "these rows are not all" in line
    ]
    assert "windows with rows undone: 6 (" in said and "`decision-card` says" in said
    assert plain[0].startswith("may be claimed: mitm_offload delivers more")
    assert claimed([*rows, *undo(of(rows, "window"))])[0].startswith("may be claimed of these rows alone: ")
    never = [row for row in rows if row not in of(rows, "window")]
    assert any("blocks dealt and never played: 3 (" in line for line in claimed(never))
    runs = by_task()
    assert any(
        "windows with rows undone: " in line
        for line in claimed([*runs, *undo(candidates(runs, "feature")[:1])])
    )


def claimed(rows):
    return overview.preview(reader.read(BytesIO(chained(rows)), None, MARGINS))["claims"]
