"""The plans' gates G1 to G3."""

from __future__ import annotations

from tracker.evidence.facts import facts_of
from tracker.print import preview_page
from tracker.verdict import expansion, overview
from verdict_rows import B, feature, window


def test_g1_asks_for_precision_twice_in_a_row():
    many = [window(f"W{i}", B, 3, 20 + i % 2, i) for i in range(30)]
    made = expansion.precision(many, 1.5, "pass")
    assert made["pass"] and (made["now"]["n"], made["one_window_ago"]["n"]) == (30, 29)
    assert not expansion.precision(many, 1.5, "undecided")["pass"]
    assert expansion.precision(many[:2], 1.5, "pass")["now"]["power"] is None


def test_g2_counts_the_last_state_of_each_spec():
    waits = {"state": "ready", "blocked_by": "capacity"}
    some = [
        feature("S1", **waits),
        feature("S2", **waits),
        feature("S2", state="delivered"),
        feature("S3", **waits),
    ]
    assert expansion.specs(some)["blocked_by_capacity"] == ["S1", "S3"] and expansion.specs(some)["pass"]
    assert not expansion.specs(some[:1])["pass"]


def test_g3_is_the_gates_that_the_plans_name():
    assert expansion.gates_pass({"cost": "pass", "quality": "pass"})["pass"]
    assert expansion.gates_pass({"cost": "pass", "quality": "soft pass"})["verdicts"] == ["pass", "soft pass"]


def test_every_spec_that_waits_is_named_with_what_it_waits_for():
    some = [feature("S1", state="ready"), feature("S2", state="blocked", blocked_by="docs")]
    made = expansion.specs(some)
    assert (made["ready"], made["blocked_otherwise"]) == (["S1"], {"S2": "docs"})
    page = preview_page.render(overview.preview(facts_of([window("W"), *some])))
    assert "1 ready (S1); 0 blocked by capacity alone, of which gate G2 asks for 2" in page
    assert "1 blocked by something else (S2: docs)" in page
