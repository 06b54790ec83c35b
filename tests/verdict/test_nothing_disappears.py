"""decision-card: rows taken out, changed, left out or never recorded do not make a verdict better."""

from __future__ import annotations

import json

import pytest

from card_rows import PLAN, A, B, experiment, gate, lines
from conftest import BIN, clean_env, run


@pytest.fixture
def card(tool):
    def call(rows):
        ran = tool("decision-card", "--format", "json", stdin=lines(rows))
        assert not ran.err, ran.err
        made = json.loads(ran.out)
        assert ran.status == {"GO": 0, "SOFT GO": 3, "NO-GO": 1, "INSUFFICIENT": 66}[made["verdict"]]
        return made

    return call


def even(n=12, worst=3):
    """Equal arms: in `worst` blocks the candidate does badly, in the others as much better."""
    rows = experiment(n=n)
    for row in rows:
        if row["kind"] == "window":
            bad = row["block"] < worst
            row["capacity_pp"] = 40 if row["methodology"] == A else (75 if bad else 28)
    return rows


def of(rows, kind, arm=None):
    return [row for row in rows if row["kind"] == kind and (arm is None or row.get("methodology") == arm)]


def dealt(n=12, seed=1):
    """The rows of a deal of n blocks, baseline first in the even ones."""
    return [
        {
            "kind": "feature",
            "ts": "2025-12-02T00:00:00Z",
            "feature_id": f"T{i}-0",
            "window": f"W{i}-{arm[:2]}",
            "methodology": arm,
            "state": "assigned",
            "block": i,
            "turn": turn,
        }
        for i in range(n)
        for turn, arm in enumerate((A, B) if i % 2 == 0 else (B, A), 1)
    ]


def undone(rows, blocks):
    names = {f"W{i}-{arm[:2]}" for i in blocks for arm in (A, B)}
    for row in rows:
        if row["kind"] == "window" and row["window"] in names:
            row["row_id"] = "r-" + row["window"]
    return [{"kind": "undo", "ts": "2026-02-01T00:00:00Z", "undoes": "r-" + name} for name in sorted(names)]


def test_the_worst_blocks_undone_count_as_they_were(card, tool):
    rows = even()
    whole = card(rows)
    taken = undone(rows, range(3))
    made = card([*rows, *taken])
    assert whole["verdict"] not in {"GO", "SOFT GO"}
    assert gate(made, "efficiency")["verdict"] == "pass"
    assert made["verdict"] not in {"GO", "SOFT GO"} and made["worst_case"]["verdict"] != "GO"
    assert made["worst_case"]["lost_blocks"] == ["0", "1", "2"]
    assert made["taken_out"]["put_back"] == whole["verdict"]
    out = tool("decision-card", stdin=lines([*rows, *taken])).out
    assert "What was taken out, changed or never played:" in out and "windows undone: 6 (W0-" in out


def test_a_window_changed_after_a_look_counts_at_the_worse_of_both(card):
    rows = even()
    changed = []
    for row in of(rows, "window", B)[:3]:
        row["row_id"] = "r-" + row["window"]
        changed.append(dict(row, capacity_pp=28, supersedes=row["row_id"], row_id="n-" + row["window"]))
    made = card([*rows, *changed])
    assert gate(made, "efficiency")["verdict"] == "pass"
    assert made["verdict"] not in {"GO", "SOFT GO"}
    assert "W0-mi changed after a look was possible: capacity_pp 75 -> 28" in made["taken_out"]["lines"]


def test_a_slip_corrected_before_anybody_could_look_counts_as_corrected(card):
    rows = experiment()
    for place, row in enumerate(rows):
        row.update(row_id=f"r{place}", recorded_at=row["ts"])
    first = of(rows, "window", B)[0]
    first["capacity_pp"] = 99
    right = dict(
        first, capacity_pp=20, supersedes=first["row_id"], row_id="n", recorded_at="2026-01-01T16:00:00Z"
    )
    made = card([*rows, right])
    assert made["verdict"] == "GO" and made["worst_case"]["lost_blocks"] == []
    assert "W0-mi changed: capacity_pp 99 -> 20" in made["taken_out"]["lines"]


def test_blocks_dealt_and_never_played_count_at_their_worst(card):
    rows = [row for row in even() if row["kind"] == "experiment" or int(row["window"][1:].split("-")[0]) >= 3]
    free = card(rows)
    made = card([*rows, *dealt()])
    assert gate(free, "efficiency")["verdict"] == "pass"
    assert made["verdict"] not in {"GO", "SOFT GO"}
    assert made["worst_case"]["lost_blocks"] == ["0", "1", "2"]
    assert "blocks dealt and never played: 3 (0, 1, 2)" in made["taken_out"]["lines"]


def test_blocks_still_to_come_are_not_missing(card):
    rows = [
        row for row in experiment() if row["kind"] == "experiment" or int(row["window"][1:].split("-")[0]) < 9
    ]
    assert card([*rows, *dealt()])["worst_case"]["lost_blocks"] == []


def test_a_window_relabelled_leaves_its_block_lost(card):
    rows = [*even(), *dealt()]
    for row in of(rows, "window", B)[:3]:
        row["methodology"] = "test_run"
    made = card(rows)
    assert made["verdict"] not in {"GO", "SOFT GO"}
    assert made["worst_case"]["lost_blocks"] == ["0", "1", "2"]
    assert any(
        line.startswith("windows relabelled: 3 (W0-mi (dealt to") for line in made["taken_out"]["lines"]
    )


def test_a_coin_order_not_kept_counts_against_the_candidate(card):
    rows = [*experiment(), *dealt()]
    for row in of(rows, "window"):
        i = row["block"]
        first = (row["methodology"] == A) == (i % 2 == 0)
        row["started_at"] = f"2026-01-{1 + i:02d}T{8 if first else 14:02d}:00:00Z"
    assert card(rows)["verdict"] == "GO"
    for row in of(rows, "window"):
        row["started_at"] = (
            f"2026-01-{1 + row['block']:02d}T{8 if row['methodology'] == A else 14:02d}:00:00Z"
        )
    made = card(rows)
    assert made["verdict"] not in {"GO", "SOFT GO"}
    assert "blocks not done in the order of their coin: 6 (1, 3, 5, ...)" in made["taken_out"]["lines"]


def test_a_coin_that_was_tossed_again_until_it_fell_well_does_not_count(card):
    # given every block played with the baseline first, and a second deal that says that this was the coin
    rows = [*experiment(), *dealt()]
    for row in of(rows, "window"):
        row["started_at"] = (
            f"2026-01-{1 + row['block']:02d}T{8 if row['methodology'] == A else 14:02d}:00:00Z"
        )
    again = [row | {"turn": 1 if row["methodology"] == A else 2} for row in dealt()]
    made = card([*rows, *again])
    # then the first coin counts, and the second is named
    assert made["verdict"] not in {"GO", "SOFT GO"}
    assert (
        "blocks dealt again with another coin, of which the first counts: 6 (1, 3, 5, ...)"
        in made["taken_out"]["lines"]
    )


def test_an_order_that_nobody_can_tell_is_said(card):
    made = card([*experiment(), *dealt()])
    assert any(
        line.startswith(
            "blocks of which nobody can tell whether the coin's order was kept (no started_at, one start for both, or no turn): 12"
        )
        for line in made["taken_out"]["lines"]
    )


def test_tasks_without_any_complete_block_are_no_traceback(card):
    rows = experiment()
    for row in of(rows, "window", B):
        row["block"] = f"{row['block']} "
    made = card(rows)
    assert made["verdict"] == "INSUFFICIENT"
    assert {gate["why"] for gate in made["gates"]} == {"no complete block"} or made["missing"]


def fail_all(rows):
    return [
        dict(row, outcome="fail") if row["kind"] == "window" and row["methodology"] == B else row
        for row in rows
    ]


def block_all(rows):
    return [
        dict(row, state="blocked") if row["kind"] == "feature" and row["methodology"] == B else row
        for row in rows
    ]


def claim_more(rows):
    return [
        dict(row, features=9, capacity_pp=43) if row["kind"] == "window" and row["methodology"] == B else row
        for row in rows
    ]


def leave_out_the_failed(rows):
    return [
        row
        for row in rows
        if row["kind"] != "feature" or row["methodology"] == A or row["feature_id"].endswith("-0")
    ]


@pytest.mark.parametrize("attack", [fail_all, block_all, claim_more, leave_out_the_failed])
def test_what_the_candidate_did_not_deliver_counts_as_nothing(card, attack):
    made = card(attack(experiment()))
    assert made["verdict"] not in {"GO", "SOFT GO"}
    assert any(
        "candidate windows that count less than they claim: 12" in line for line in made["taken_out"]["lines"]
    )


def test_telemetry_left_out_of_the_worst_windows_decides_nothing(card):
    rows = experiment()
    for row in of(rows, "proxy_telemetry", B):
        row["errors"] = 120 if row["window"] < "W2" else 3
    worst = card(rows)
    left = [row for row in rows if row["kind"] != "proxy_telemetry" or row["errors"] != 120]
    made = card(left)
    assert gate(worst, "reliability_errors")["verdict"] in {"fail", "undecided"}
    assert made["verdict"] == "INSUFFICIENT"
    for name in ("reliability_errors", "reliability_p95"):
        assert gate(made, name)["verdict"] == "undecided"
        assert "not recorded, which could be the worst" in gate(made, name)["why"]


def test_costs_left_out_of_a_block_decide_nothing(card):
    rows = [
        row for row in experiment() if row["kind"] != "feature" or not row["feature_id"].startswith("T5-")
    ]
    made = card(
        [
            *rows,
            *(
                dict(row, cost_usd=None)
                for row in experiment()
                if row.get("feature_id", "").startswith("T5-")
            ),
        ]
    )
    assert (
        gate(made, "cost")["verdict"] == "undecided" and "block 5 not recorded" in gate(made, "cost")["why"]
    )


def test_a_feature_that_only_the_baseline_has_a_price_for_is_as_dear_as_the_dearest(card):
    rows = experiment()
    for row in of(rows, "feature", B):
        if row["feature_id"].endswith("-2"):
            row["cost_usd"] = None
    assert gate(card(rows), "cost")["estimate"] < gate(card(experiment()), "cost")["estimate"] / 1.5


def test_windows_below_the_meters_resolution_count_at_their_worst(card):
    rows = experiment()
    for row in of(rows, "window", B)[:6]:
        row["capacity_pp"] = 0
    made = card(rows)
    assert made["verdict"] not in {"GO", "SOFT GO"}
    assert (
        "windows that delivered for 0 points, below what a meter shows: 6 (W0-mi, W1-mi, W2-mi, ...)"
        in (made["taken_out"]["lines"])
    )


def test_more_errors_than_requests_is_refused(tool):
    rows = experiment()
    of(rows, "proxy_telemetry")[0]["errors"] = 5000
    ran = tool("decision-card", stdin=lines(rows))
    assert ran.status == 65
    assert "line 3: 5,000 errors in 400 requests of W0-st; no request fails twice" in ran.err


def test_blocks_beyond_the_registered_ones_are_not_tested(card, tool):
    rows = experiment(n=20)
    made = card(rows)
    assert "8 blocks beyond the 12 registered are not tested" in made["notes"]
    assert gate(made, "cost")["n"] == 12
    assert "8 blocks beyond the 12 registered are not tested" in tool("preview", stdin=lines(rows)).out


def readings(rows, plan):
    return [
        {
            "kind": "snapshot",
            "ts": row["ts"],
            "provider": "claude",
            "surface": "print",
            "window": row["window"],
            "phase": phase,
            "plan": plan(row, phase),
            "meters": [{"meter": "five_hour", "used_pct": used, "resets_at": "2026-03-01T00:00:00Z"}],
        }
        for row in of(rows, "window")
        for phase, used in (("before", 0), ("after", row["capacity_pp"]))
    ]


def test_points_of_different_sizes_of_plan_are_refused(card):
    rows = experiment()
    one = card([*rows, *readings(rows, lambda row, phase: "max20x")])
    assert one["verdict"] == "GO"
    assert one["taken_out"]["recomputed"] == "24 windows recomputed from their readings, all the same"
    mixed = card([*rows, *readings(rows, lambda row, phase: "pro" if row["methodology"] == A else "max20x")])
    assert mixed["verdict"] == "INSUFFICIENT"
    assert any("points of different plans are not one unit (pro: W0-st" in line for line in mixed["missing"])
    between = card(
        [
            *rows,
            *readings(
                rows, lambda row, phase: "pro" if row["window"] == "W3-mi" and phase == "before" else "max20x"
            ),
        ]
    )
    assert any("changed between BEFORE and AFTER of W3-mi" in line for line in between["missing"])
    assert any("compare them in money: `plan-cost`" in line for line in between["missing"])


def test_a_window_that_is_not_what_its_readings_give_is_named(card):
    rows = experiment()
    seen = readings(rows, lambda row, phase: None)
    next(row for row in of(rows, "window", B))["capacity_pp"] = 11
    made = card([*rows, *seen])
    assert made["verdict"] == "INSUFFICIENT"
    assert any("W0-mi: capacity_pp is 11, its readings give 20" in line for line in made["missing"])


@pytest.mark.parametrize(
    "plans",
    [
        [dict(PLAN, ts="2026-01-06T00:00:00Z")],
        [PLAN, dict(PLAN, ts="2026-01-06T00:00:00Z", cost_margin=1.5)],
        [PLAN, dict(PLAN, ts="2026-01-06T00:00:00Z", n_blocks=8)],
    ],
    ids=["late", "another-margin", "another-number-of-blocks"],
)
def test_a_registration_late_or_changed_is_not_go(card, plans):
    made = card([*plans, *experiment()[1:]])
    assert made["verdict"] == "INSUFFICIENT"
    assert any("after data were seen" in line and "register anew" in line for line in made["missing"])


def test_a_registration_that_dates_itself_back_is_late(card):
    rows = experiment()
    for place, row in enumerate(rows):
        row.update(row_id=f"r{place}", recorded_at=row["ts"])
    assert card(rows)["verdict"] == "GO"
    rows[0]["recorded_at"] = "2026-01-20T00:00:00Z"
    made = card(rows)
    assert made["verdict"] == "INSUFFICIENT"
    assert made["plan"]["changed"].startswith(
        "the plan says 2025-12-01, and was recorded on 2026-01-20, after data were"
    )


def test_totals_and_pairs_that_point_in_opposite_directions_get_one_note(card):
    rows = [row for row in experiment() if row["kind"] != "feature"]  # what was typed counts then
    for row in of(rows, "window"):
        # Each pair says B by a tenth; in the easy blocks A worked long and B hardly.
        easy, of_a = row["block"] % 2 == 0, row["methodology"] == A
        many = easy == of_a
        row["features"] = 9 if many else 3
        row["capacity_pp"] = (30 if many else 10) if easy else (90 if many else 30)
        row["capacity_pp"] *= 1 if of_a else 0.9
    notes = [note for note in card(rows)["notes"] if "the pairs count" in note]
    assert len(notes) == 1 and notes[0].startswith("the totals say 0.6")
    assert not any("the pairs count" in note for note in card(experiment())["notes"])


BAD = {f"W{i}-{arm}" for i in range(4) for arm in ("st", "mi")}


def costly():
    """The candidate is more efficient, and in four blocks slow, dear, faulty and of poor quality."""
    rows = experiment()
    for place, row in enumerate(rows):
        row["row_id"] = f"r{place}"
        if row.get("window") in BAD and row.get("methodology") == B:
            if row["kind"] == "proxy_telemetry":
                row.update(p95_latency_ms=5000, errors=70)
            elif row["kind"] == "feature":
                row.update(cost_usd=3, quality_score=0.2)
    return rows


def undo_the_blocks(rows):
    return [*rows, *(undo(row) for row in rows if row.get("window") in BAD)]


def undo(row):
    return {"kind": "undo", "ts": "2026-02-01T00:00:00Z", "undoes": row["row_id"]}


def better(row):
    if row.get("window") not in BAD or row.get("methodology") != B or row["kind"] == "window":
        return None
    new = (
        {"p95_latency_ms": 1500, "errors": 3}
        if row["kind"] != "feature"
        else {"cost_usd": 0.3, "quality_score": 0.93}
    )
    return row | new | {"row_id": "n" + row["row_id"]}


def supersede_the_numbers(rows):
    return [*rows, *(made | {"supersedes": row["row_id"]} for row in rows if (made := better(row)))]


def tell_the_numbers_again(rows):
    return [*rows, *(made for row in rows if (made := better(row)))]


def undo_the_telemetry(rows):
    return [
        *rows,
        *(undo(row) for row in rows if row.get("window") in BAD and row["kind"] == "proxy_telemetry"),
    ]


def undo_the_baselines_features(rows):
    its = [
        row
        for row in rows
        if row.get("window") in BAD and row["kind"] == "feature" and row["methodology"] == A
    ]
    return [*supersede_the_numbers(rows), *map(undo, its)]


def leave_out_the_baselines_features(rows):
    """In each block the candidate does one feature badly, of which the baseline's row is missing."""
    rows = experiment()
    for row in of(rows, "feature", B):
        if row["feature_id"].endswith("-0"):
            row.update(cost_usd=3, quality_score=0.1)
    return [
        row
        for row in rows
        if row["kind"] != "feature" or row["methodology"] == B or not row["feature_id"].endswith("-0")
    ]


def give_the_worst_no_label(rows):
    return [
        row | {"methodology": "week0"} if row.get("window") in BAD and row["kind"] == "window" else row
        for row in rows
    ]


def give_the_worst_no_block(rows):
    return [
        row | {"block": None} if row.get("window") in BAD and row["kind"] == "window" else row for row in rows
    ]


@pytest.mark.parametrize(
    "attack",
    [
        lambda rows: rows,
        undo_the_blocks,
        supersede_the_numbers,
        tell_the_numbers_again,
        undo_the_telemetry,
        undo_the_baselines_features,
        leave_out_the_baselines_features,
        give_the_worst_no_label,
        give_the_worst_no_block,
    ],
)
def test_what_a_gate_of_quality_errors_latency_or_cost_once_saw_still_counts(card, attack):
    made = card(attack(costly()))
    assert made["verdict"] not in {"GO", "SOFT GO"}
    assert set(made["worst_case"]["gates"].values()) & {"fail", "undecided"}


def test_windows_that_failed_and_were_made_to_pass_count_as_nothing(card):
    rows = experiment()
    failed = of(rows, "window", B)[:6]
    for row in failed:
        row.update(row_id="r" + row["window"], outcome="fail")
    made = card(
        [
            *rows,
            *(
                row | {"outcome": "pass", "supersedes": row["row_id"], "row_id": "n" + row["window"]}
                for row in failed
            ),
        ]
    )
    assert made["verdict"] not in {"GO", "SOFT GO"}
    assert "W0-mi changed after a look was possible: features 0 -> 3" in made["taken_out"]["lines"]


@pytest.mark.parametrize(
    ("terms", "change", "words"),
    [
        ({"candidate_provider": "glm"}, {}, f"{B} drew on the plan of claude, and glm is registered"),
        (
            {"candidate_lane": "zai"},
            {"routed_by_lane": {"zai": 3, "codex": 9}},
            f"{B} was answered by lane codex, zai, and zai is registered",
        ),
        ({"baseline_provider": "codex"}, {}, f"{A} drew on the plan of claude, and codex is registered"),
    ],
)
def test_an_arm_on_another_provider_than_registered_is_not_judged(card, tool, terms, change, words):
    rows = experiment()
    rows[0].update(terms)
    for row in of(rows, "proxy_telemetry", B):
        row.update(change)
    made = card(rows)
    assert made["verdict"] == "INSUFFICIENT" and words in made["missing"]
    out = tool("preview", stdin=lines(rows)).out
    assert f"nothing of both arms: {words}" in out and "- may be claimed:" not in out


@pytest.mark.parametrize("arm", [A, B])
def test_an_arm_with_a_window_that_went_by_what_is_left_is_not_judged(card, tool, arm):
    rows = experiment()
    first = of(rows, "proxy_telemetry", arm)[0]
    first["offload_when"] = ["five_hour>80"]
    words = f"{first['window']} of {arm} went by what was left of the quota (OFFLOAD_WHEN=five_hour>80)"
    made = card(rows)
    assert made["verdict"] == "INSUFFICIENT" and any(words in said for said in made["missing"])
    out = tool("preview", stdin=lines(rows)).out
    assert f"nothing of both arms: {words}" in out and "- may be claimed:" not in out


def test_windows_by_what_is_left_are_an_arm_that_can_be_registered(card, tool):
    rows = experiment()
    rows[0]["candidate"] = "mitm_quota"
    for row in rows[1:]:
        if row.get("methodology") == B:
            row["methodology"] = "mitm_quota"
            if row["kind"] == "proxy_telemetry":
                row["offload_when"] = ["five_hour>80"]
    assert card(rows)["verdict"] == "GO"
    assert "claude, mitm_quota" in tool("preview", "--by", "provider", stdin=lines(rows)).out


def test_arms_on_the_providers_and_lanes_registered_are_judged(card):
    rows = experiment()
    rows[0].update(candidate_provider="claude", baseline_provider="claude", candidate_lane="zai")
    for row in of(rows, "proxy_telemetry", B):
        row["routed_by_lane"] = {"zai": 30}
    assert card(rows)["verdict"] == "GO"


@pytest.fixture
def ledger(tmp_path):
    """A ledger on disk: `ledger("tool", ...)` runs a tool on it."""

    def call(name, *args, stdin=""):
        return run([str(BIN / name), *args], stdin=stdin, cwd=tmp_path, env=clean_env(tmp_path))

    return call


def test_the_chain_tells_a_whole_ledger_from_one_with_rows_missing(ledger):
    rows = experiment()
    assert ledger("ledger-append", stdin=lines(rows)).status == 0
    whole = ledger("ledger-cat", "--raw").out
    made = json.loads(ledger("decision-card", "--format", "json", stdin=whole).out)
    assert made["taken_out"]["chain"] == f"chain verified: {len(rows)} rows"
    assert made["verdict"] == "GO"
    picked = "".join(line + "\n" for line in whole.splitlines() if '"W0-' not in line or '"feature"' in line)
    made = json.loads(ledger("decision-card", "--format", "json", stdin=picked).out)
    assert made["verdict"] == "INSUFFICIENT"
    assert made["taken_out"]["chain"].startswith("chain broken at ")
    plain = json.loads(ledger("decision-card", "--format", "json", stdin=lines(rows)).out)
    assert plain["verdict"] == "GO" and plain["ledger_head"] is None
    assert plain["taken_out"]["chain"] == "chain none: plain rows, which nothing proves to be all"


def test_the_card_carries_the_head_that_shows_a_ledger_written_anew(ledger, tmp_path):
    assert ledger("ledger-append", stdin=lines(experiment())).status == 0
    whole = ledger("ledger-cat", "--raw").out
    published = ledger("ledger-verify", "--publish", "line").out.split()
    card = ledger("decision-card", stdin=whole).out
    derived = ledger("decision-card", "--explain", stdin=whole).out
    made = json.loads(ledger("decision-card", "--format", "json", stdin=whole).out)
    row = json.loads(ledger("decision-card", "--format", "jsonl", stdin=whole).out)
    assert made["ledger_head"].split()[2:] == published[2:] and row["ledger_head"] == made["ledger_head"]
    for text in (card, derived, json.dumps(made)):
        assert all(head in text for head in published[2:])
        (tmp_path / "kept").write_text(text)
        assert ledger("ledger-verify", "--against", "kept").status == 0
    anew = lines(dict(row, features=9.0) if row["kind"] == "window" else row for row in experiment())
    assert ledger("ledger-append", "--data-dir", "anew", stdin=anew).status == 0
    assert ledger("ledger-verify", "--data-dir", "anew").status == 0
    found = ledger("ledger-verify", "--data-dir", "anew", "--against", "kept")
    assert found.status == 1 and "is not the row that the earlier head names" in found.out


def test_the_field_command_reads_what_was_undone(ledger):
    rows = even()
    assert ledger("ledger-append", stdin=lines(rows)).status == 0
    for i in range(3):
        for arm in (A, B):
            found = [json.loads(line) for line in ledger("ledger-cat", "--kind", "window").out.splitlines()]
            target = next(row for row in found if row["window"] == f"W{i}-{arm[:2]}")
            undo = {"kind": "undo", "ts": "2026-02-01T00:00:00Z", "undoes": target["row_id"]}
            assert ledger("ledger-append", stdin=lines([undo])).status == 0
    made = ledger("tracker", "decision-card")
    assert made.status in {1, 66} and "windows undone: 6" in made.out
    pipe = ledger("decision-card", stdin=ledger("ledger-cat").out)
    assert pipe.status == 66 and "`ledger-cat --raw` gives every row" in pipe.out


def test_a_baseline_that_claims_less_than_its_rows_say_counts_its_rows(card):
    """One claimed and three with rows of their own, in every baseline window: three times too good a candidate."""
    honest = card(experiment(cb=45))
    rows = experiment(cb=45)
    for row in of(rows, "window", A):
        row["features"] = 1
    bent = card(rows)
    assert gate(bent, "efficiency")["estimate"] == pytest.approx(gate(honest, "efficiency")["estimate"])
    assert bent["verdict"] == honest["verdict"] != "GO"
    assert any("features claimed" in line for line in bent["taken_out"]["lines"])


def test_blocks_that_were_registered_and_not_dealt_are_counted(card):
    """A ledger without any row of blocks 2, 5 and 8, their deal included: what is left tells how many there were to be."""
    gone = {2, 5, 8}
    rows = [
        row
        for row in [*experiment(), *dealt()]
        if row.get("block") not in gone
        and not any(str(row.get("window", "")).startswith(f"W{i}-") for i in gone)
    ]
    assert "blocks dealt: 9 of the 12 registered" in card(rows)["taken_out"]["lines"]
    assert not any("blocks dealt" in line for line in card([*experiment(), *dealt()])["taken_out"]["lines"])


def test_a_window_left_unfinished_beside_a_worst_case_without_a_lost_block_is_not_waved_through(tool):
    # given a deal that was played to its end, and a window begun on the side that nobody ended
    rows = [*experiment(), *dealt()]
    begun = {
        "kind": "snapshot",
        "ts": "2026-01-01T00:00:00Z",
        "provider": "claude",
        "surface": "print",
        "window": "W99",
        "phase": "before",
        "meters": [{"meter": "five_hour", "used_pct": 3, "resets_at": "2026-03-01T00:00:00Z"}],
    }
    ran = tool("decision-card", stdin=lines([*rows, begun]))
    out = ran.out
    assert "windows left unfinished: 1 (W99)" in out, ran.err
    # then the worst case does not say that nothing happened
    assert (
        "(no block was lost; what is listed above was counted at its worse as far as it bears on a gate)"
        in out
    )
    assert "Worst case: GO (no block was lost)" in tool("decision-card", stdin=lines(experiment())).out


def test_a_refused_card_does_not_say_that_its_rows_tell_of_nothing(tool):
    rows = experiment()
    mixed = [*rows, *readings(rows, lambda row, phase: "pro" if row["methodology"] == A else "max20x")]
    out = tool("decision-card", stdin=lines(mixed)).out
    assert "points of different plans" in out and "nothing that these rows tell of" not in out
    assert "nothing beside what the card is refused for (see Missing)" in out
