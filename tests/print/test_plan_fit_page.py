"""Which plan fits, for people."""

from __future__ import annotations

from tracker.print import plan_fit_page

ENDS = {"estimate": 12.0, "low": 9.0, "high": 15.0}
QUOTA = {
    "quota": "five_hour",
    "basis": "measured",
    "usd_per_point": ENDS,
    "stretches": 7,
    "source": "",
    "takes_pct": ENDS,
}
LACKS = QUOTA | {"quota": "weekly_all", "basis": "not known", "usd_per_point": None, "takes_pct": None}
WORD = QUOTA | {"basis": "assumption", "source": "small holds 0.2 times what max does (2026-10-01, made up)"}


def fit(**more):
    base = {
        "plan": "max", "seats": 1, "offload": False, "now": False, "cost": 100.0, "unknown": [], "quotas": [QUOTA],
        "whole": True, "waiting_pct": ENDS, "hours": {"median": 1.0, "p90": 2.0, "longest": 3.0}, "after_end_pct": 0.0,
        "binds": "five_hour", "used": ENDS,
    }  # fmt: skip
    return base | more


NOTHING = {
    "waiting_pct": {},
    "hours": None,
    "after_end_pct": None,
    "whole": False,
    "used": dict.fromkeys(ENDS),
}


def page(*fits, markdown=False, **more):
    load = {
        "provider": "claude", "account": None, "plan": "max", "unknown": "", "requests": 1200, "usd": 34.0, "days": 28.0,
        "unpriced": {}, "offloadable_pct": 0.0, "offloaded_requests": 0, "full": {}, "not_replayed": [], "fits": list(fits),
        "comparisons": [], "carries": None,
    } | more  # fmt: skip
    plans = [
        {"provider": "claude", "plan": "max", "price": 100.0, "as_of": "2026-10-31", "source": "made up"}
    ]
    made = {"prices": "today", "currency": "USD", "most_waiting_pct": 5.0, "loads": [load], "plans": plans}
    return plan_fit_page.render(made, markdown)


def test_a_line_says_what_waits_for_how_long_and_what_it_costs():
    said = page(fit(now=True), fit(plan="small", seats=2, offload=True))
    assert "max (now)" in said and "small x 2 + glm" in said and "9.00..15.0 %" in said
    assert "claude max: 100 USD a month (2026-10-31, made up)" in said


def test_a_quota_that_is_not_known_is_a_least_and_a_sellers_word_an_assumption():
    said = page(fit(quotas=[WORD, LACKS], whole=False))
    assert ">= 12.0 %" in said and "assumption, not known" in said
    assert "an ASSUMPTION: small holds 0.2 times what max does" in said and "not known: max weekly;" in said
    gone = page(
        fit(), fit(plan="ultra", cost=None, unknown=["no price of ultra is known"], quotas=[], **NOTHING)
    )
    assert "ultra: no price of ultra is known" in gone and "ultra every quota" in gone


def test_what_carries_it_is_sure_or_by_the_estimate_or_nobody_known():
    one = {"plan": "max", "seats": 1, "offload": False, "cost": 100.0, "sure": True, "assumed": False}
    assert "the cheapest that carries it: max, 100 USD a month (at most 5.00 % of the work waits)\n" in page(
        fit(), carries=one
    )
    said = page(fit(), carries=one | {"sure": False, "assumed": True})
    assert (
        "by the estimate, not at the end of its interval" in said and "if its seller's multiples hold" in said
    )
    assert "no plan with a known price is known to carry it" in page(fit())


def test_two_plans_are_compared_with_an_interval_or_without_a_verdict():
    one = {"a": "small", "b": "max", "ratio": 0.5, "low": 0.4, "high": 0.6, "cheaper": "small"}
    assert "small costs 0.500 times max for this work (95 % CI 0.400..0.600): small is cheaper" in page(
        fit(), comparisons=[one]
    )
    assert "which is cheaper is not known" in page(fit(), comparisons=[one | {"cheaper": None}])
    assert "(ci=n/a)" in page(fit(), comparisons=[one | {"low": None, "high": None}])


def test_what_the_load_does_not_show_is_said():
    said = page(
        fit(after_end_pct=3.0, waiting_pct={"estimate": 4.0, "low": None, "high": None}),
        full={"five_hour": {"full": 2, "windows": 30}, "weekly_all": {"full": 0, "windows": 4}}, days=3.0, account="work",
        unpriced={"claude-x": 1200}, not_replayed=["weekly_scoped Opus"], offloadable_pct=12.0, offloaded_requests=40,
        markdown=True,
    )  # fmt: skip
    assert "2 of 30 five-hour windows were seen full" in said and "weekly windows were seen full" not in said
    assert (
        "less than a week" in said
        and "claude-x (1,200)" in said
        and "weekly_scoped Opus" in said
        and "claude (work)" in said
    )
    assert (
        "12.0 % of it could be offloaded; 40 requests were" in said
        and "3.00 % of the work would still have waited" in said
    )


def test_without_any_reading_there_is_the_load_and_no_table():
    said = page(fit(quotas=[], **NOTHING), unknown="claude: no reading names the plan")
    assert said.startswith("claude:\n") and "nothing can be replayed" in said and "Prices:" not in said
