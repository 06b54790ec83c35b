"""What two arms must not share, or do not have in common; and a gate that one window, or a side show, would carry."""

from __future__ import annotations

import json
import sys
from io import BytesIO

import pytest

from card_rows import gate
from conftest import ROOT
from tracker import cli
from tracker.evidence import reader
from tracker.verdict import card, overview
from tracker.verdict.gates import MARGINS
from whole_story import REGISTERED, A, B, at, chained, judged, of, story

sys.path.append(str(ROOT / "tests" / "verdict"))
from test_bent_stories import by_task, candidates

EVERY = range(1, 13)
YES = {"GO", "SOFT GO"}


def with_(rows, some, **changed):
    return [row | changed if row in some else row for row in rows]


def noted(made, start):
    return [note for note in made["notes"] if note.startswith(start)]


def test_a_window_played_inside_the_other_arms_makes_the_other_dear_and_is_not_judged():
    """Equal arms: A's readings stand around B's window, so that A seems to take what both took."""
    rows = [row for row in story() if row["kind"] != "snapshot"]
    both = {row["block"]: [] for row in rows if row["kind"] == "window"}
    for row in rows:
        if row["kind"] == "window":
            both[row["block"]].append(row)
    around = [
        row
        | {
            "started_at": min(one["started_at"] for one in both[row["block"]]),
            "ended_at": max(one["ended_at"] for one in both[row["block"]]),
        }
        if row in of(rows, "window", A, EVERY)
        else row
        for row in rows
    ]
    made = judged(around)
    assert made["gates"][0]["verdict"] == "pass" and made["verdict"] == "INSUFFICIENT"
    assert any(said.startswith("windows of one meter at one time: 12 (W0-") for said in made["missing"])
    assert judged(rows)["verdict"] == "GO"
    claims = overview.preview(reader.read(BytesIO(chained(around)), None, MARGINS))["claims"]
    assert any(said.startswith("nothing may be claimed: windows of one meter at one time") for said in claims)
    assert not any(said.startswith("may be claimed") for said in claims)


def test_a_window_that_ended_before_it_began_is_named():
    rows = [row for row in story() if row["kind"] != "snapshot"]
    [one] = of(rows, "window", B, [4])
    made = judged(with_(rows, [one], started_at=one["ended_at"], ended_at=one["started_at"]))
    assert made["verdict"] == "INSUFFICIENT"
    assert any(
        "W0-MITM-04: ended_at" in said and "lies before started_at" in said for said in made["missing"]
    )


def test_good_small_features_of_the_candidate_alone_do_not_make_up_for_bad_ones():
    rows = story(quality=(0.1, 0.93))
    more = [
        {name: value for name, value in row.items() if name != "cost_usd"}
        | {
            "row_id": f"m{place}{row['row_id']}",
            "feature_id": f"{row['feature_id']}-{place}",
            "quality_score": 1.0,
        }
        for row in of(rows, "feature", B)
        for place in range(10)
    ]
    made = judged([*rows, *more])
    found = gate(made, "quality")
    assert made["verdict"] not in YES and found["verdict"] == "undecided"
    assert found["why"].startswith("over the baseline's own features: the candidate's others do not make up")
    assert found["bound"] == pytest.approx(gate(judged(rows), "quality")["bound"])
    assert noted(made, "features that one arm alone delivered: stock_anthropic 0; mitm_offload 90 (")


@pytest.mark.parametrize("arm", [A, B])
def test_a_flood_of_requests_in_one_window_does_not_drown_the_errors_of_others(arm):
    """Equal errors are not hidden either way: many good ones of B, or many bad ones of A, in one window."""
    rows = story(errors=(80, 3))
    flood = {"total_prompts": 40_000, "errors": 0 if arm == B else 8_000}
    made = judged(with_(rows, of(rows, "proxy_telemetry", arm, [9]), **flood))
    found = gate(made, "reliability_errors")
    assert found["verdict"] == "undecided" and made["verdict"] not in YES
    assert found["why"].startswith("one block of 12 has most of an arm's requests, and this is without it; ")
    calm = story()
    busy = judged(with_(calm, of(calm, "proxy_telemetry", B, [9]), total_prompts=40_000, errors=30))
    assert gate(busy, "reliability_errors")["verdict"] in {"pass", "soft pass"}


def test_points_below_what_any_meter_shows_are_none():
    rows = story(points_b=(72, 27), readings=False)
    made = judged(with_(rows, of(rows, "window", B), capacity_pp=1e-9))
    assert made["verdict"] not in YES
    assert any(
        said.startswith("windows that delivered for 0 points, below what a meter shows: 3")
        for said in made["taken_out"]["lines"]
    )


@pytest.mark.parametrize(
    ("kind", "changed", "said"),
    [
        ("feature", {"cost_usd": 0.0}, "the candidate's features at a price of 0: 9 (F-"),
        (
            "window",
            {"account": "second"},
            "the arms drew on different accounts (stock_anthropic: no account named",
        ),
        ("window", {"plan": "max20x"}, "windows that name no plan, where others do: 21 ("),
        (
            "proxy_telemetry",
            {"refused_lines": 80},
            "W0-MITM-01: 80 lines of its log were no request's and count",
        ),
    ],
)
def test_what_the_arms_do_not_have_in_common_is_noted(kind, changed, said):
    rows = story()
    made = judged(with_(rows, of(rows, kind, B), **changed))
    assert noted(made, said), made["notes"]
    assert not noted(judged(rows), said[:20])


@pytest.mark.parametrize("time", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00"])
def test_a_time_that_no_calendar_holds_is_one_line(time):
    rows = story()
    bent = with_(rows, of(rows, "window", B, [12]), ended_at=time)
    text = "".join(json.dumps(row) + "\n" for row in bent).encode()
    with pytest.raises(cli.Stop, match="lies outside of the years 1 to 9999 in UTC"):
        reader.read(BytesIO(text), None, MARGINS)
    late = with_(rows, of(rows, "window", B, [12]), ts="9999-12-31T23:59:59Z")
    assert reader.read(BytesIO(chained(late)), None, MARGINS).rows_read == len(rows)


def test_runs_that_took_more_than_their_window_or_at_one_time_are_not_judged():
    rows = by_task()
    runs = [row for row in rows if row.get("points_pp") is not None]
    assert judged(rows)["verdict"] in YES
    by_window = {row["window"]: [] for row in runs}
    for row in runs:
        by_window[row["window"]].append(row)

    def with_windows(points):
        return [
            *rows,
            *(
                {
                    "kind": "window",
                    "window": name,
                    "methodology": "both",
                    "provider": "claude",
                    "outcome": "pass",
                }
                | {"features": len(its), "capacity_pp": points(its), "block": its[0]["block"], "errors": []}
                | {"ts": its[-1]["ts"], "recorded_at": its[-1]["ts"], "row_id": f"w{name}"}
                for name, its in by_window.items()
            ),
        ]

    made = judged(with_windows(lambda its: 1.0))
    assert made["verdict"] == "INSUFFICIENT"
    assert any("points, and the window took 1; correct" in said for said in made["missing"])
    as_used = judged(with_windows(lambda its: sum(row["points_pp"] for row in its)))
    assert as_used["verdict"] in YES
    first = runs[0]
    together = [row | {"started_at": first["started_at"]} if row in runs[:3] else row for row in rows]
    made = judged(together)
    assert made["verdict"] == "INSUFFICIENT"
    assert any(said.startswith("runs of one meter at one time: 2 (") for said in made["missing"])


def test_runs_for_fewer_points_than_any_meter_shows_are_at_their_worst():
    rows = by_task()
    its = candidates(rows, "feature")
    bent = [
        {**row, "points_pp": 1e-9, "points_low_pp": 0.0, "points_high_pp": 100.0} if row in its else row
        for row in rows
    ]
    made = judged(bent)
    assert made["verdict"] not in YES
    assert any(line.startswith("runs that delivered for 0 points") for line in made["taken_out"]["lines"])


@pytest.mark.parametrize(
    ("rows", "more"),
    [
        (story(cost=0.9), [REGISTERED | {"cost_margin": 0.5, "row_id": "other", "recorded_at": at(-3)}]),
        (
            story(quality=(0.1, 0.93)),
            [row | {"row_id": f"o{row['row_id']}"} for row in of(story(), "feature", B)],
        ),
    ],
    ids=["a milder plan", "better scores"],
)
def test_rows_of_a_ledger_of_another_clock_put_behind_this_one_are_not_judged(rows, more):
    """A second folder, filled with the clock set back, and joined with `cat`."""
    joined = chained(rows) + chained(more)
    made = card.card(reader.read(BytesIO(joined), None, MARGINS))
    assert made["verdict"] not in YES
    assert any(said.startswith("several ledgers came in one stream") for said in made["missing"])
