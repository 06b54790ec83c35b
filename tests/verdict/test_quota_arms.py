"""Windows that went by what was left of the quota are judged with nothing else."""

from __future__ import annotations

from tracker.evidence.facts import Names
from tracker.verdict import quota_arms
from verdict_rows import A, B, telemetry

QUOTA = "mitm_quota"


def mixed(*rows, arms=(A, B, QUOTA, "mitm_quota_80")):
    return quota_arms.mixed(rows, Names({"W1": A}, {}), arms)


def under(name, arm, *rules):
    return telemetry(name, arm, offload_when=list(rules))


def test_arms_that_are_what_they_are_called_are_not_complained_of():
    assert (
        mixed(
            under("W1", A), under("W2", B), under("W3", QUOTA, "weekly>90"), under("W4", QUOTA, "weekly>90")
        )
        == []
    )


def test_a_stock_or_forced_window_that_went_by_a_rule_is_named():
    [said] = mixed(under("W1", None, "weekly>90"), under("W2", A))
    assert said.startswith(
        f"W1 of {A} went by what was left of the quota (OFFLOAD_WHEN=weekly>90): that is the arm {QUOTA}"
    )
    [said] = mixed(*(under(f"W{n}", B, "weekly>90") for n in range(5)))
    assert said.startswith(f"W0, W1, W2 and 2 windows more of {B} went by")


def test_a_window_of_the_arm_that_went_by_no_rule_is_named():
    [said] = mixed(under("W3", QUOTA, "weekly>90"), under("W4", QUOTA))
    assert said.startswith(f"W4 of {QUOTA} went by no OFFLOAD_WHEN")


def test_two_rules_are_two_arms():
    [said] = mixed(under("W3", QUOTA, "weekly>90"), under("W4", QUOTA, "weekly>80"))
    assert said.startswith(f"{QUOTA} went by several rules (weekly>80; weekly>90)")
    assert mixed(under("W3", QUOTA, "weekly>90"), under("W4", "mitm_quota_80", "weekly>80")) == []


def test_arms_that_are_not_compared_are_nobodys_matter():
    assert mixed(under("W1", "else", "weekly>90"), arms=(A, B)) == []
