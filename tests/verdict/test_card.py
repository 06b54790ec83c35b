"""decision-card: the verdict and its status, gate by gate, and that looking cannot fool it."""

from __future__ import annotations

import hashlib
import json

import pytest

from card_rows import PLAN, experiment, gate, lines, lose, sample_rows
from conftest import BIN, ROOT


@pytest.fixture
def card(tool):
    def call(rows, *args):
        ran = tool("decision-card", "--format", "json", *args, stdin=lines(rows))
        assert not ran.err
        return ran.status, json.loads(ran.out)

    return call


def test_the_sample_ledger_gives_a_full_verdict(card):
    status, made = card(sample_rows())
    assert (status, made["verdict"]) == (0, "GO")
    assert {one["verdict"] for one in made["gates"]} == {"pass"}


def test_every_gate_has_what_others_read(card):
    made = card(experiment())[1]
    assert {"verdict", "gates", "data_gate", "inputs_sha256"} <= made.keys()
    for one in made["gates"]:
        assert {"name", "estimate", "bound", "margin", "verdict"} <= one.keys()


@pytest.mark.parametrize(
    "change, failed",
    [
        ({"cb": 80}, "efficiency"),
        ({"quality": 0.6}, "quality"),
        ({"errors": 40}, "reliability_errors"),
        ({"p95": 2600}, "reliability_p95"),
        ({"cost": 0.9}, "cost"),
    ],
)
def test_one_gate_proven_failed_is_no_go(card, change, failed):
    status, made = card(experiment(**change))
    assert (status, made["verdict"]) == (1, "NO-GO")
    assert gate(made, failed)["verdict"] == "fail"


def test_a_gate_that_holds_at_a_fifth_only_is_soft(card):
    status, made = card(experiment(n=12, cb=27))
    verdicts = {one["name"]: one["verdict"] for one in made["gates"]}
    assert verdicts["efficiency"] in {"pass", "soft pass"}
    assert (made["verdict"], status) in {("GO", 0), ("SOFT GO", 3)}
    soft = [
        row
        for row in experiment(n=12)
        if row["kind"] != "feature" or row["feature_id"].endswith("-0") or row["feature_id"] < "T12"
    ]
    for row in soft:
        if row["kind"] == "feature" and not row["feature_id"].endswith("-0"):
            row["quality_score"] = None
        if row["kind"] == "window":
            row["quality_score"] = None
    status, made = card([dict(row, features=1) if row["kind"] == "window" else row for row in soft])
    assert gate(made, "quality")["verdict"] == "soft pass"


def test_below_five_blocks_a_verdict_is_impossible(card, tool):
    status, made = card(experiment(n=4))
    assert (status, made["verdict"]) == (66, "INSUFFICIENT")
    assert "a verdict below 5 is impossible" in tool("decision-card", stdin=lines(experiment(n=4))).out


@pytest.mark.parametrize(
    "damage, says",
    [
        (lambda rows: [row for row in rows if row["kind"] != "experiment"], "no seed"),
        (lambda rows: [dict(row, seed=None) if row is rows[0] else row for row in rows], "no seed"),
        (lambda rows: [row for row in rows if row["kind"] != "proxy_telemetry"], "no proxy telemetry"),
        (lambda rows: [row for row in rows if row["kind"] != "feature"], "cost"),
        (
            lambda rows: [
                *rows,
                {"kind": "anomaly", "ts": "2026-01-02T00:00:00Z", "window": "W3-mi", "anomaly": "x"},
            ],
            "open anomaly, W3-mi: x",
        ),
    ],
    ids=["no-plan", "no-seed", "no-telemetry", "no-features", "anomaly"],
)
def test_what_is_missing_is_insufficient_and_named(card, damage, says):
    status, made = card(damage(experiment()))
    assert (status, made["verdict"]) == (66, "INSUFFICIENT")
    assert any(says in line for line in made["missing"])


def test_an_incomplete_window_does_not_hold(card):
    rows = experiment()
    for row in rows:
        if row.get("window") == "W5-mi" and row["kind"] == "window":
            row.update(outcome=None, block=None)
    made = card(rows)[1]
    assert not made["data_gate"]["pass"]
    assert any(line.startswith("W5-mi is 5/7 complete") for line in made["missing"])


def test_a_lost_window_is_open_until_it_is_explained(card):
    rows = lose(experiment(), "W5-mi")
    assert card(rows)[1]["data_gate"]["anomalies"] == []
    without = [row for row in rows if not row.get("acknowledges")]
    assert card(without)[1]["data_gate"]["anomalies"] == ["W5-mi: negative-delta"]


def test_go_must_survive_the_worst_that_lost_windows_could_have_been(card):
    rows = experiment()
    assert card(lose(rows, "W11-mi"))[1]["verdict"] == "GO"
    rows = experiment()
    for name in ("W0-mi", "W1-mi", "W2-mi", "W3-mi"):
        rows = lose(rows, name)
    made = card(rows)[1]
    assert gate(made, "efficiency")["verdict"] == "pass"
    assert made["worst_case"]["lost_blocks"] == ["0", "1", "2", "3"]
    assert made["worst_case"]["verdict"] != "GO" and made["verdict"] == "INSUFFICIENT"


def test_dropping_a_window_of_the_candidate_counts_as_losing_it(card):
    rows = [row for row in experiment() if row.get("window") != "W3-mi"]
    assert card(rows)[1]["worst_case"]["lost_blocks"] == ["3"]


def test_a_block_that_is_still_running_is_not_lost(card):
    rows = [row for row in experiment() if row.get("window") != "W11-mi"]
    assert card(rows)[1]["worst_case"]["lost_blocks"] == []


def test_a_plan_changed_after_data_were_seen_is_told(tool, card):
    late = dict(PLAN, ts="2026-01-06T00:00:00Z", n_blocks=6)
    out = tool("decision-card", stdin=lines([*experiment(), late])).out
    assert "WARNING: the plan changed after data were seen (2026-01-06)" in out
    first = dict(PLAN, ts="2026-01-06T00:00:00Z")
    made = card([first, *experiment()[1:]])[1]
    assert made["plan"]["changed"].startswith("the plan was registered after data were seen")
    same = dict(PLAN, ts="2026-01-06T00:00:00Z")
    assert card([*experiment(), same])[1]["plan"]["changed"] is None


def test_anyone_can_recompute_the_hash_of_the_inputs(card, sh, tmp_path):
    rows = experiment()
    (tmp_path / "rows.jsonl").write_text(lines(rows))
    by_shell = sh("LC_ALL=C sort rows.jsonl | sha256sum").out.split()[0]
    assert card(rows)[1]["inputs_sha256"] == by_shell
    assert card(rows[::-1])[1]["inputs_sha256"] == by_shell
    usage_is_not_judged = {"kind": "undo", "ts": "2026-01-01T00:00:00Z", "undoes": "nothing"}
    assert card([*rows, usage_is_not_judged])[1]["inputs_sha256"] == by_shell
    assert card([*rows[:-1], dict(rows[-1], cost_usd=9)])[1]["inputs_sha256"] != by_shell
    assert len(hashlib.sha256().hexdigest()) == len(by_shell)


def test_one_window_is_no_verdict_but_its_part_is_shown(tool):
    ran = tool("decision-card", "--window", "W3-mi", stdin=lines(experiment()))
    assert ran.status == 66
    assert (
        "completeness 7/7" in ran.out and "quality 0.9" in ran.out and "counts towards the verdict" in ran.out
    )
    assert "one window is no verdict" in ran.out


def test_week0_is_all_windows(card):
    assert card(experiment(), "--window", "WEEK0") == card(experiment())


def test_the_decision_is_a_row_that_the_ledger_takes(tool):
    ran = tool("decision-card", "--format", "jsonl", stdin=lines(experiment()))
    row = json.loads(ran.out)
    assert (row["kind"], row["verdict"]) == ("decision", "GO")
    assert tool("ledger-append", stdin=ran.out).status == 0
    assert tool("decision-card", "--format", "jsonl", stdin=lines(experiment())).out == ran.out


def test_votes_are_shown_and_never_counted(tool, card):
    vote = {"kind": "evidence", "ts": "2026-01-14T00:00:00Z", "check": "panel-vote", "result": "no-go"}
    assert card([*experiment(), vote])[1]["verdict"] == "GO"
    assert "panel-vote no-go" in tool("decision-card", stdin=lines([*experiment(), vote])).out


def test_specs_blocked_by_capacity_only_are_counted_for_g2(card):
    specs = [
        {
            "kind": "feature",
            "ts": "2026-01-14T00:00:00Z",
            "feature_id": f"S{i}",
            "state": "ready",
            "blocked_by": why,
        }
        for i, why in enumerate(["capacity", "capacity", "tooling"])
    ]
    g2 = next(one for one in card([*experiment(), *specs])[1]["expansion"] if one["name"] == "G2")
    assert g2["pass"] and g2["blocked_by_capacity"] == ["S0", "S1"]


def test_a_features_own_row_goes_before_its_windows_quality(card):
    rows = experiment()
    for row in rows:
        if row["kind"] == "window":
            row.update(feature_id=f"X{row['block']}", quality_score=0.9)
    assert gate(card(rows)[1], "quality")["n"] == 36 + 12


def test_nothing_on_stdin_is_no_verdict(tool):
    ran = tool("decision-card")
    assert ran.status == 66 and "no window row" in ran.err


def test_the_card_reads_the_ledger(sh):
    ran = sh(f"{BIN}/ledger-cat --data-dir {ROOT}/data/samples/week0 | {BIN}/decision-card")
    assert ran.status == 0 and ran.out.startswith("GO  (WEEK0)")
