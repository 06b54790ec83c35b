"""decision-card and preview: what plain rows may lack, and that nothing is dropped or judged unseen."""

from __future__ import annotations

import json

import pytest

from card_rows import A, B, experiment, gate, lines, lose


@pytest.fixture
def card(tool):
    def call(rows):
        ran = tool("decision-card", "--format", "json", stdin=lines(rows))
        assert not ran.err
        return ran.status, json.loads(ran.out)

    return call


def without_ts(rows, *kinds):
    return [{k: v for k, v in row.items() if k != "ts" or row["kind"] not in kinds} for row in rows]


def test_plain_rows_need_no_time(card, tool):
    rows = experiment()
    dated = card(rows)[1]
    for kinds in (("proxy_telemetry", "feature", "experiment"), ("window", "proxy_telemetry", "feature")):
        status, made = card(without_ts(rows, *kinds))
        assert (status, made["gates"], made["plan"]["changed"]) == (0, dated["gates"], None)
    plain = without_ts(rows, "proxy_telemetry", "feature", "experiment")
    row = json.loads(tool("decision-card", "--format", "jsonl", stdin=lines(plain)).out)
    assert row["ts"] == max(row["ts"] for row in rows)
    refused = tool("ledger-append", stdin=lines(plain[:1]))
    assert refused.status == 65 and "missing required field `ts`" in refused.err
    for name in ("router-replay", "cost-compare"):
        assert "required field" not in tool(name, stdin=lines(plain)).err


def test_windows_without_a_time_are_taken_in_the_order_of_the_file(card, tool):
    rows = without_ts(experiment(fb=4), "window")
    windows = [row for row in rows if row["kind"] == "window"]
    windows[0]["features"] = 9  # the first block is bad for the candidate
    others = [row for row in rows if row["kind"] != "window"]
    first = card(others + windows)[1]
    last = card(others + windows[2:] + windows[:2])[1]
    assert gate(first, "efficiency")["bound"] != gate(last, "efficiency")["bound"]
    assert (
        "windows without a ts: 24; taken as the first ones, in the order in which they came" in first["notes"]
    )
    undated = tool(
        "decision-card", "--format", "jsonl", stdin=lines(without_ts(rows, "proxy_telemetry", "feature"))
    )
    assert undated.status == 65 and "no row has a ts" in undated.err


def test_a_registration_without_a_time_claims_nothing_of_when(card):
    rows = without_ts(experiment(), "experiment")
    made = card([*rows[1:], rows[0]])[1]
    assert made["plan"]["registered"] and made["plan"]["changed"] is None
    assert "the registration has no ts: it is taken as registered before the data" in made["notes"]
    other = {"kind": "experiment", "n_blocks": 8, "seed": 1}
    made = card([*rows, other])[1]
    assert made["plan"]["n_blocks"] == 8
    assert made["plan"]["changed"] == "the plan changed, and a registration without a time does not say when"


def test_a_feature_row_without_quality_takes_its_windows(card):
    rows = experiment()
    for row in rows:
        if row["kind"] == "feature":
            row["quality_score"] = None
    made = gate(card(rows)[1], "quality")
    assert (made["n"], made["estimate"]) == (36, pytest.approx(0.9 - 0.8 * 0.9))
    for row in rows:
        if row["kind"] == "feature":
            row["state"] = "reserved"
    assert gate(card(rows)[1], "quality")["verdict"] == "no data"


@pytest.mark.parametrize("arms", [(A, B), (B,)])
def test_an_arm_that_used_no_points_is_not_judged(card, tool, arms):
    rows = experiment()
    for row in rows:
        if row["kind"] == "window" and row["methodology"] in arms:
            row["capacity_pp"] = 0
    status, made = card(rows)
    assert (status, made["verdict"], gate(made, "efficiency")["verdict"]) == (66, "INSUFFICIENT", "no data")
    words = f"{' and '.join(arms)} used no points"
    assert any(words in line for line in made["missing"])
    preview = tool("preview", stdin=lines(rows)).out
    assert words in preview and "- may be claimed:" not in preview


def loose(i, arm, features, points):
    return {
        "kind": "window",
        "ts": f"2026-01-{20 + i}T09:00:00Z",
        "window": f"L{i}",
        "methodology": arm,
        "provider": "claude",
        "features": features,
        "capacity_pp": points,
        "quality_score": 0.9,
        "outcome": "pass",
        "errors": [],
    }


def test_windows_without_a_block_count_as_lost(card):
    extra = [loose(i, B, 0, 95) for i in range(4)]
    seen = [row for row in experiment() if row.get("window") == "W0-mi" and row["kind"] == "proxy_telemetry"]
    made = card([*experiment(), *extra, *(dict(seen[0], window=row["window"]) for row in extra)])[1]
    assert made["worst_case"]["lost_blocks"] == ["L0", "L1", "L2", "L3"]
    assert (made["verdict"], gate(made, "efficiency")["verdict"]) == ("INSUFFICIENT", "pass")
    assert (
        "windows without a block: 4 (L0, L1, L2, ...); in the worst case they count as lost blocks"
        in made["notes"]
    )


def test_two_windows_of_one_arm_in_a_block_are_lost_even_while_the_other_is_to_come(card):
    rows = experiment()
    again = next(dict(row, window="again") for row in rows if row.get("window") == "W11-st")
    made = card([row for row in rows if row.get("window") != "W11-mi"] + [again])[1]
    assert made["worst_case"]["lost_blocks"] == ["11"]


def test_an_acknowledgement_of_nothing_explains_nothing(card):
    rows = lose(experiment(), "W5-mi")
    rows = [row for row in rows if row.get("row_id") != "a-W5-mi"]
    made = card(rows)[1]
    assert made["data_gate"]["anomalies"] == ["W5-mi: negative-delta"]
    assert any("'a-W5-mi' explains nothing" in note for note in made["notes"])


def test_dropped_and_impossible_telemetry_is_named(card, tool):
    rows = [
        row
        for row in experiment()
        if row["kind"] != "proxy_telemetry" or row["methodology"] == A or row["window"] >= "W6"
    ]
    telemetry = {row["window"]: row for row in rows if row["kind"] == "proxy_telemetry"}
    telemetry["W1-st"].update(total_prompts=0, errors=0)
    telemetry["W2-st"]["p95_latency_ms"] = 0
    notes = card(rows)[1]["notes"]
    assert "8 of 12 candidate windows have no telemetry: W0-mi, W1-mi, W2-mi, ..." in notes
    assert "W1-st: telemetry of no request, left out of the error rate" in notes
    assert "W2-st: a p95 latency of 0, left out" in notes
    assert "8 of 12 candidate windows" in tool("preview", stdin=lines(rows)).out


def test_repeated_rows_are_named_with_the_one_that_counts(card, tool):
    rows = experiment()
    again = [dict(row) for row in rows if row.get("window") == "W3-mi"]
    for made in (
        card([*rows, *again])[1]["notes"],
        [tool("preview", "--full", stdin=lines([*rows, *again])).out],
    ):
        for said in (
            "windows that came more than once: 1 (W3-mi)",
            "windows with several telemetry rows: 1 (W3-mi)",
            "features with several quality scores or costs in one arm: 3 (T3-0, T3-1, T3-2)",
        ):
            assert any(f"{said}; the last row counts" in note for note in made)


def test_arms_may_use_the_same_window_names(card):
    rows = experiment(p95=1580, errors=4)
    status, made = card(rows)
    same = [dict(row, window=row["window"][:-3]) if "window" in row else row for row in rows]
    assert made["verdict"] == "GO"
    again = card(same)
    assert (again[0], again[1]["verdict"], again[1]["gates"]) == (status, "GO", made["gates"])
    assert again[1]["data_gate"]["pass"] and again[1]["notes"] == made["notes"]
    for row in same:
        if row["kind"] == "proxy_telemetry":
            del row["methodology"]
    said = card(same)[1]
    assert {gate(said, name)["verdict"] for name in ("reliability_errors", "reliability_p95")} == {"no data"}
    assert any(
        "rows without a methodology, of windows in several arms: 12 (W0" in note for note in said["notes"]
    )


def test_a_corrected_window_is_not_said_to_have_come_twice(card):
    rows = experiment()
    rows[1]["row_id"] = "r1"
    corrected = dict(rows[1], row_id="r2", supersedes="r1")
    undo = {"kind": "undo", "ts": "2026-02-01T00:00:00Z", "undoes": "r1"}
    for more in ([corrected], [undo, dict(rows[1], row_id="r2")]):
        assert card([*rows, *more])[1]["notes"] == card(rows)[1]["notes"]
    assert "windows that came more than once: 1 (W0-st)" in str(
        card([*rows, corrected, dict(rows[1], row_id="r3")])[1]["notes"]
    )


def test_an_open_anomaly_counts_whatever_its_windows_name(card):
    rows = [dict(row, window="A: W1") if row.get("window") == "W1-mi" else row for row in experiment()]
    anomaly = {
        "kind": "anomaly",
        "ts": "2026-02-01T00:00:00Z",
        "window": "A: W1",
        "anomaly": "negative-delta",
    }
    made = card([*rows, anomaly])[1]
    assert (made["verdict"], made["data_gate"]["anomalies"]) == ("INSUFFICIENT", ["A: W1: negative-delta"])


def test_more_than_a_hundred_points_is_noted_on_the_card(card):
    rows = experiment()
    rows[1]["capacity_pp"] = 101
    assert any("more than 100 points in one window: W0-st" in note for note in card(rows)[1]["notes"])


def test_points_of_different_plans_are_warned_of_and_nothing_is_claimed(tool):
    rows = [dict(row, provider="codex") if row.get("methodology") == B else row for row in experiment()]
    for name in ("decision-card", "preview"):
        out = tool(name, stdin=lines(rows)).out
        assert (
            f"points of different plans are compared as if they were one unit ({A}: claude; {B}: codex)"
            in out
        )
        assert "- may be claimed:" not in out
    assert tool("decision-card", stdin=lines(rows)).out.startswith("INSUFFICIENT")


def test_when_every_look_is_spent_the_card_says_what_a_new_registration_takes(card):
    rows = experiment(cb=40)
    for row in rows:
        if row["kind"] == "window" and row["methodology"] == B:
            row["features"] = 2 + row["block"] % 2
        elif row["kind"] == "window":
            row["features"] = 3 - row["block"] % 2
    rows = [
        row
        for row in rows
        if not (
            row["kind"] == "feature"
            and row["methodology"] == A
            and row["feature_id"].endswith("-2")
            and int(row["feature_id"][1:-2]) % 2
        )
    ]
    made = card(rows)[1]
    assert gate(made, "efficiency")["verdict"] == "undecided"
    said = [line for line in made["missing"] if line.startswith("all 12 registered blocks are in")]
    assert len(said) == 1 and "takes a new registration with about" in said[0]
    assert not any("more windows per arm" in line for line in made["missing"])
    assert any("efficiency: 6 of 12 blocks" in line for line in card(rows[: 1 + 10 * 6])[1]["missing"])


def test_a_bound_that_misses_says_by_how_much_and_how_many_more_would_do(card):
    rows = experiment()
    for row in rows:
        if row["kind"] == "feature" and row["methodology"] == B:
            row["cost_usd"] = (0.05, 0.9, 0.15)[int(row["feature_id"][1:].split("-")[0]) % 3]
    made = gate(card(rows)[1], "cost")
    assert (made["verdict"], made["n"]) == ("undecided", 12)
    assert f"the bound misses by {2 - made['bound']:.3g}; of the same kind about" in made["why"]
    for row in rows:
        if row["kind"] == "feature" and row["methodology"] == B:
            row["cost_usd"] *= 2
    assert "more of the same would not do" in gate(card(rows)[1], "cost")["why"]


def test_power_is_not_printed_below_three_windows(card):
    made = card(experiment(n=2))[1]
    assert made["expansion"][0]["now"]["power"] is None
