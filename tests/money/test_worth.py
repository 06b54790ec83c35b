"""What a point is worth: the requests between two moves of the gauge, priced, and whether a point has shrunk."""

from __future__ import annotations

import json
import random
import sys
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from conftest import ROOT
from tracker import cli, rows
from tracker.history import ticks
from tracker.money import prices, worth

MONDAY = datetime(2026, 10, 5, 8, tzinfo=UTC)
USD = (1000 * 2 + 100 * 10 + 50_000 * 0.1) / 1e6  # of one request below, by the list


def stamp(time):
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"


def request(time, **more):
    row = {
        "kind": "usage",
        "ts": stamp(time),
        "model": "claude-sonnet-5-5",
        "lane": "stock",
        "status": 200,
        "latency_ms": None,
        "decision": "history",
        "op": "stream",
        "prompt_tokens": 1000,
        "completion_tokens": 100,
        "cache_read_tokens": 50_000,
    }
    return row | more


def reading(time, five, resets, weekly=None, weekly_resets=None, **more):
    meters = [{"meter": "five_hour", "used_pct": five, "resets_at": stamp(resets)}]
    if weekly is not None:
        meters.append({"meter": "weekly_all", "used_pct": weekly, "resets_at": stamp(weekly_resets)})
    row = {
        "kind": "snapshot",
        "ts": stamp(time),
        "provider": "claude",
        "surface": "statusline",
        "meters": meters,
    }
    return row | more


def day(number, a_point=10, points=20, **more):
    """A five-hour window in which every `a_point` requests are one point, and each is seen."""
    start = MONDAY + timedelta(days=number)
    resets = start + timedelta(hours=5)
    made = [reading(start, 0, resets)]
    for count in range(1, a_point * points + 1):
        now = start + timedelta(seconds=60 * count)
        if now >= resets:
            break
        made += [request(now, **more), reading(now, count // a_point, resets)]
    return made


@pytest.fixture
def worth_of(tool):
    def call(made, *args, status=0, **env):
        stdin = "".join(json.dumps(row) + "\n" for row in made)
        ran = tool("point-worth", "--format", "json", *args, stdin=stdin, **env)
        assert ran.status == status, ran.err
        return json.loads(ran.out)

    return call


def test_a_point_is_the_requests_between_two_moves_of_the_gauge(worth_of):
    (quota,) = worth_of([row for number in range(4) for row in day(number)])["quotas"]
    assert (quota["provider"], quota["quota"], quota["all"]["stretches"]) == ("claude", "five_hour", 4)
    assert quota["all"]["usd"]["estimate"] == pytest.approx(10 * USD)
    assert quota["all"]["tokens"]["estimate"] == pytest.approx(10 * 51_100)
    assert quota["all"]["usd"]["low"] < 10 * USD < quota["all"]["usd"]["high"]
    assert quota["all"]["usd"]["rounded_high"] > quota["all"]["usd"]["high"]


def test_the_routers_log_alone_tells_it_too(worth_of):
    made = []
    for count in range(300):
        now = MONDAY + timedelta(seconds=60 * count)
        limits = {
            "5h_utilization": (count // 20) / 100,
            "5h_reset": (MONDAY + timedelta(hours=5)).timestamp(),
        }
        made.append(request(now, lane="anthropic", decision="kept", rate_limits=limits))
    (quota,) = worth_of(made)["quotas"]
    assert quota["all"]["usd"]["estimate"] == pytest.approx(20 * USD)
    assert list(quota["by_lane"]) == ["anthropic"]


def test_a_model_without_a_price_is_named_and_its_stretch_has_no_money_rather_than_none(worth_of):
    made = [*day(0), *day(1), *day(2), *day(3, model="claude-of-tomorrow-9")]
    found = worth_of(made)
    (quota,) = found["quotas"]
    assert found["unpriced"] == {"claude-of-tomorrow-9": 200}
    assert quota["all"]["usd"]["n"] == 3 and quota["all"]["tokens"]["n"] == 4
    assert quota["all"]["usd"]["estimate"] == pytest.approx(10 * USD)
    assert quota["by_mix"]["unpriced"]["usd"]["estimate"] is None


def test_weeks_mixes_and_lanes_stand_apart(worth_of):
    made = [
        row
        for number in range(8)
        for row in day(number, model="claude-opus-5-5" if number % 2 else "claude-sonnet-5-5")
    ]
    (quota,) = worth_of(made)["quotas"]
    assert {name: one["stretches"] for name, one in quota["by_week"].items()} == {
        "2026-W41": 7,
        "2026-W42": 1,
    }
    assert {name: one["stretches"] for name, one in quota["by_mix"].items()} == {
        "claude-sonnet-5-5": 4,
        "claude-opus-5-5": 4,
    }


def test_a_weekly_quota_is_followed_by_days(worth_of):
    resets, made, count = MONDAY + timedelta(days=7), [], 0
    for number in range(5):
        for minute in range(0, 400, 2):
            count += 1
            now = MONDAY + timedelta(days=number, minutes=minute)
            made += [
                request(now),
                reading(now, 1, MONDAY + timedelta(days=number, hours=5), count // 25, resets),
            ]
    weekly = worth_of(made)["quotas"][1]
    assert weekly["quota"] == "weekly_all" and weekly["all"]["stretches"] == 5
    assert weekly["all"]["usd"]["estimate"] == pytest.approx(25 * USD, rel=0.02)


def test_features_per_point_are_those_of_the_windows(worth_of):
    windows = [
        {"kind": "window", "ts": f"2026-10-0{5 + n}T13:00:00Z", "window": f"W{n}", "methodology": "stock", "provider": "claude",
         "features": 2, "capacity_pp": 20, "weekly_pp": 3}
        for n in range(3)
    ]  # fmt: skip
    (quota,) = worth_of([*day(0), *windows])["quotas"]
    (arm,) = quota["features"].values()
    assert arm["estimate"] == pytest.approx(0.1) and arm["n"] == 3


def test_features_per_point_of_two_arms_are_two_numbers():
    """One number of both would be that of neither."""
    windows = [
        rows.Window(
            ts=MONDAY, window=f"{arm}{n}", methodology=arm, provider="claude", features=done, capacity_pp=20
        )
        for arm, done in (("stock", 2), ("offload", 8))
        for n in range(3)
    ]
    found = worth._features(worth.QuotaOf("claude", None, "five_hour", "default"), windows)
    assert {arm: one["estimate"] for arm, one in found.items()} == pytest.approx(
        {"stock": 0.1, "offload": 0.4}
    )


def shrunk(days=60, at=30, times=0.5):
    luck = np.random.default_rng(1)
    made = []
    for number in range(days):
        tokens = int(1000 * luck.lognormal(0, 0.2))
        made += day(
            number, a_point=5 if number >= at else 10, prompt_tokens=tokens, cache_read_tokens=50 * tokens
        )
    return made


def test_a_point_that_has_shrunk_is_said_with_about_when_and_ends_with_no(worth_of, tool):
    made = shrunk()
    (quota,) = worth_of(made, status=cli.NO)["quotas"]
    found = quota["drift"]
    assert found["smaller"] and found["evidence"] > 20
    assert found["change"]["from"] <= stamp(MONDAY + timedelta(days=30)) <= found["change"]["to"]
    assert found["change"]["low"] < 0.5 < found["change"]["high"]
    ran = tool("point-worth", stdin="".join(json.dumps(row) + "\n" for row in made))
    assert "YES, by more than 2 %" in ran.out and "changed around 2026-11-0" in ran.out


def test_another_model_or_cache_share_is_no_smaller_quota(worth_of):
    made = []
    for number in range(40):
        late = {"model": "claude-opus-5-5"} if number >= 20 else {}
        made += day(
            number, a_point=3 if late else 10, **late
        )  # Opus takes more of the plan than its list price says
    assert worth_of(made)["quotas"][0]["drift"]["smaller"] in (False, None)


def test_requests_belong_to_the_account_and_the_plan_whose_gauge_it_is(worth_of):
    elsewhere = [
        request(MONDAY + timedelta(minutes=m), account=".claude-work", prompt_tokens=10**6)
        for m in range(200)
    ]
    codex = [
        request(MONDAY + timedelta(minutes=m), model="gpt-5.5", client="codex 0.171.0") for m in range(200)
    ]
    offloaded = [
        request(MONDAY + timedelta(minutes=m), lane="zai", routed_model="glm-4.6") for m in range(200)
    ]
    (quota,) = worth_of([*day(0), *elsewhere, *codex, *offloaded])["quotas"]
    assert quota["all"]["usd"]["estimate"] == pytest.approx(10 * USD)


@pytest.mark.parametrize(
    ("made", "status", "said"),
    [
        ([], 66, "no reading of a quota (0 rows read"),
        ([request(MONDAY)], 66, "no reading of a quota (1 rows read, 1 requests)"),
    ],
    ids=["nothing", "requests only"],
)
def test_rows_without_a_reading_are_nothing_to_work_on(tool, made, status, said):
    ran = tool("point-worth", stdin="".join(json.dumps(row) + "\n" for row in made))
    assert (ran.status, ran.out) == (status, "") and said in ran.err


def test_readings_without_requests_say_nothing_of_a_points_worth(worth_of):
    made = [row for row in day(0) if row["kind"] == "snapshot"]
    assert worth_of(made, status=66)["quotas"][0]["all"]["stretches"] == 0


def test_whose_plan_a_request_used():
    def of(**more):
        return worth.provider_of(
            rows.Usage(**({key: value for key, value in request(MONDAY).items() if key != "kind"} | more))
        )

    assert of() == "claude" and of(lane="anthropic") == "claude"
    assert of(lane="zai") == "glm" and of(lane="kimi") is None
    assert of(client="codex 0.98.0", model="whatever") == "codex" and of(model="gpt-5.5") == "codex"


def row(minute=0, **more):
    told = request(MONDAY + timedelta(minutes=minute), session_id="s") | more
    return rows.Usage(**{key: value for key, value in told.items() if key not in ("kind", "ts")}, ts=MONDAY + timedelta(minutes=minute))  # fmt: skip


def test_a_request_of_the_history_that_the_router_logged_as_well_counts_once():
    logged = row(lane="anthropic", decision="kept")
    assert worth.once([row(1), logged]) == [logged]
    assert len(worth.once([row(1), row(2), logged])) == 2, "the router saw one of these two"
    assert len(worth.once([row(11), logged])) == 2, "hours later the same tokens are another request"
    assert len(worth.once([row(1, session_id="t"), logged])) == 2
    assert len(worth.once([row(1, completion_tokens=7), logged])) == 2
    assert len(worth.once([row(1), row(1)])) == 2, "without a log nothing is taken away"
    glm = row(
        lane="zai",
        model="claude-haiku-4-5",
        routed_model="glm-4.5-air",
        decision="forced_model",
        cache_creation_tokens=None,
    )
    assert worth.once([row(1, model="glm-4.5-air", cache_creation_tokens=0), glm]) == [glm]


def test_a_request_that_the_clients_telemetry_tells_of_too_counts_once():
    logged, history, telemetry = (
        row(lane="anthropic", decision="kept"),
        row(1, decision="history"),
        row(1, decision="client_otel"),
    )
    assert worth.once([telemetry, history, logged]) == [logged]
    assert worth.once([telemetry, logged]) == [logged]
    assert worth.once([telemetry, history]) == [history]
    assert worth.once([telemetry]) == [telemetry]
    assert len(worth.once([telemetry, row(2, decision="client_otel"), history])) == 2


def test_points_are_worth_the_same_when_the_log_and_the_history_tell_of_the_same_requests(worth_of):
    history = [
        one | ({"session_id": "s"} if one["kind"] == "usage" else {})
        for number in range(4)
        for one in day(number)
    ]
    log = [
        one | {"lane": "anthropic", "decision": "kept", "latency_ms": 5}
        for one in history
        if one["kind"] == "usage"
    ]
    one, both = worth_of(history), worth_of([*history, *log])
    assert (
        both["requests"] == one["requests"]
        and both["quotas"][0]["all"]["usd"] == one["quotas"][0]["all"]["usd"]
    )


def test_a_price_is_looked_up_once_an_hour_and_not_for_every_request(monkeypatch):
    asked = []
    look_up = prices._rates_of
    monkeypatch.setattr(prices, "_rates_of", lambda *key: asked.append(key) or look_up(*key))
    usage = [rows.Usage(**{key: value for key, value in request(MONDAY).items() if key not in ("kind", "ts")}, ts=MONDAY + timedelta(seconds=20 * n)) for n in range(1000)]  # fmt: skip
    found, unpriced = worth.priced(usage, prices.find(None))
    assert not unpriced and len(found["claude", None]) == 1000
    assert len(asked) == 6, "1000 requests, 20 seconds apart, lie in six hours"


def test_a_slice_of_the_simulation_holds_its_error_and_finds_a_halved_quota():
    sys.path.insert(0, str(ROOT / "bench/statistics"))
    import drift as simulated

    try:
        for family in simulated.FAMILIES:
            assert simulated.alarms(family, 12, 7)["alarms_pct"] <= 100 * 2 / 12
        assert simulated.alarms("one model", 6, 8, 0.5, 180)["alarms_pct"] == 100
    finally:
        sys.path.remove(str(ROOT / "bench/statistics"))
        del sys.modules["drift"]


def test_a_limit_that_was_reached_weighs_its_whole_window_from_its_start(worth_of):
    """No gauge was read: 100 points are the requests from five hours before the reset up to the banner."""
    made = []
    for number in range(4):
        start = MONDAY + timedelta(days=number)
        resets = start + timedelta(hours=5)
        made += [
            request(start - timedelta(minutes=3)),
            request(resets + timedelta(minutes=3)),
        ]  # of other windows
        made += [request(start + timedelta(minutes=1 + place)) for place in range(200)]
        made.append(reading(start + timedelta(hours=4), 100, resets, surface="banner"))
    found = worth_of(made)["quotas"][0]["all"]
    assert (found["stretches"], found["points"], found["requests"]) == (4, 400.0, 800)
    assert found["usd"]["estimate"] == pytest.approx(
        2 * USD * (200 - 0.5) / 200
    )  # it was full within the last


def test_a_models_own_quota_weighs_that_models_requests_alone(worth_of):
    made = []
    for number in range(3):
        start, resets = MONDAY + timedelta(days=7 * number), MONDAY + timedelta(days=7 * number + 7)
        for place in range(1, 201):
            now = start + timedelta(minutes=place)
            made += [request(now, model="claude-opus-5-5"), request(now)]
        row = reading(start + timedelta(hours=20), 100, resets, surface="banner")
        row["meters"][0] |= {"meter": "weekly_scoped", "pool": "Opus"}
        made.append(row)
    found = worth_of(made)["quotas"][0]
    assert found["pool"] == "Opus"
    assert (found["all"]["requests"], list(found["by_mix"])) == (600, ["claude-opus-5-5"])


def test_what_a_full_gauge_hides_is_in_no_stretch(worth_of):
    """Bought usage goes on at 100 %, and one large request ends beyond it: both would make a point look larger."""
    made = []
    for number in range(3):
        start, resets = MONDAY + timedelta(days=number), MONDAY + timedelta(days=number, hours=5)
        for place in range(1, 260):
            now = start + timedelta(minutes=place)
            made += [request(now), reading(now, min(100, place // 2), resets)]
    (quota,) = worth_of(made)["quotas"]
    assert quota["all"]["points"] == 3 * 98
    assert quota["all"]["usd"]["estimate"] == pytest.approx(2 * USD)
    ends = [
        reading(MONDAY, 0, MONDAY + timedelta(hours=5)),
        reading(MONDAY + timedelta(hours=4), 100, MONDAY + timedelta(hours=5)),
    ]
    assert (
        worth_of([*ends, request(MONDAY + timedelta(hours=1))], status=66)["quotas"][0]["all"]["stretches"]
        == 0
    )


def test_by_limits_alone_the_worth_of_a_point_is_not_biased_and_its_interval_holds():
    """Sixty made-up accounts whose quota holds 3 USD by the list; requests are of many sizes, so each limit overshoots."""
    luck = random.Random(5)
    found = []
    for _ in range(60):
        asked, seen = [], []
        for number in range(12):
            start, used = MONDAY + timedelta(days=number), 0.0
            now, resets = start, start + timedelta(hours=5)
            while used < 3.0 and (now := now + timedelta(seconds=luck.randint(30, 300))) < resets:
                usd = luck.expovariate(1) * luck.choice([0.01, 0.04, 0.08])
                used += usd
                asked.append(worth.Priced(now, "claude-sonnet-5-5", "stock", 1000, 0, usd))
            if used >= 3.0:
                quota = ticks.QuotaOf("claude", None, "five_hour")
                seen.append(
                    ticks.DatedTick(quota, now + timedelta(seconds=9), 100.0, resets, 1.0, ticks.BANNER)
                )
        some = worth.stretches(seen, asked)
        found += [worth.worth_of(some)["usd"]] if len(some) > 2 else []
    assert len(found) > 50
    assert np.mean([one["estimate"] for one in found]) == pytest.approx(0.03, rel=0.005)
    assert np.mean([one["low"] <= 0.03 <= one["high"] for one in found]) >= 0.9
    assert all(one["rounded_low"] <= 0.03 <= one["rounded_high"] for one in found)
