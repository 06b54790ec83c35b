"""A window gets its own requests out of a log that goes on growing, and what was left out is said."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from conftest import BIN, clean_env
from tracker import rows
from tracker.telemetry.window_cut import began_in
from usage_logs import line, sonnet, usage

DAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
PANE = "Current session: {used}% used · resets {reset} (UTC)\nCurrent week (all models): 3% used · resets Mar 7, 4am (UTC)\n"


def at(minutes):
    return (DAY + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")


def requests(begin, arm="mitm_offload", count=40, session="s", **more):
    """A request a minute, every fourth of them Haiku."""
    made = []
    for n in range(count):
        same = {
            "ts": at(begin + n),
            "trace_id": f"{session}-{begin}-{n}",
            "session_id": session,
            "latency_ms": 800.0,
            "force_haiku": arm == "mitm_offload",
        } | more
        haiku = {"decision": "off", "lane": "anthropic", "upstream": "anth", "header_mode": None}
        stays = {} if arm == "mitm_offload" else haiku
        made.append(line(usage(**same | stays) if n % 4 == 0 else sonnet(**same)))
    return made


@pytest.fixture
def world(tool, tmp_path):
    """`world.read(W, phase, minutes)` records a reading, `world.ingest(W, *options)` types the plain line."""
    return World(tool, tmp_path / "data")


class World:
    def __init__(self, tool, data):
        self.tool, self.data, self.log = tool, data, []

    def read(self, window, phase, minutes, reset="2pm", agent="main"):
        ran = self.tool(
            *("tracker", "ingest", "claude", "--window", window, "--phase", phase, "--at", at(minutes)),
            *("--force", "--probe"),
            stdin=PANE.format(used=5 if phase == "before" else 20, reset=reset),
            AGENT_ID=agent,
        )
        assert ran.status == 0, ran.err

    def window(self, name, begin, reset="2pm", agent="main"):
        self.read(name, "before", begin - 1, reset, agent)
        self.read(name, "after", begin + 46, reset, agent)

    def ingest(self, window, *options, log=None):
        return self.tool(
            *("tracker", "ingest", "proxy-telemetry", "--window", window, "--stdin", *options),
            stdin=b"".join(self.log if log is None else log),
        )

    def row(self):
        return json.loads((self.data / "proxy_telemetry.jsonl").read_text().splitlines()[-1])


def test_six_windows_on_one_growing_log_get_forty_requests_each(world):
    for number in range(6):
        arm = ("stock_anthropic", "mitm_offload")[number % 2]
        world.window(f"W{number}", 60 * number, reset=f"{2 + number // 5}pm")
        world.log += requests(60 * number, arm)
        ran = world.ingest(f"W{number}", "--methodology", arm)
        assert ran.status == 0, ran.err
        row = world.row()
        assert (row["total_prompts"], row["routed_to_glm_pct"]) == (40, 25.0 if number % 2 else 0.0)
        if number:
            assert (
                f"40 of {40 * (number + 1)} requests are W{number}'s; left out: {40 * number} before it"
                in ran.err
            )


def test_since_and_until_are_the_operators_own_word(world):
    world.window("W1", 0)
    world.log = requests(0)
    assert world.ingest("W1", "--since", at(10), "--until", at(20)).status == 0
    assert world.row()["total_prompts"] == 10


def test_accounts_of_two_agents_that_overlap_are_told_by_their_resets(world):
    world.window("G1", 0, "2pm", "garnin")
    world.window("Z1", 5, "1pm", "zork")
    resets = {"G1": DAY.replace(hour=14), "Z1": DAY.replace(hour=13)}
    for name, begin in (("G1", 0), ("Z1", 5)):
        seen = {"5h_reset": resets[name].timestamp()}
        world.log += requests(begin, session=name, rate_limits={})
        world.log.append(line(sonnet(ts=at(begin + 41), session_id=name, trace_id=name, rate_limits=seen)))
    for name in ("G1", "Z1"):
        ran = world.ingest(name)
        assert ran.status == 0, ran.err
        assert world.row()["total_prompts"] == 41


def test_a_session_seen_while_only_one_window_was_open_is_that_windows(world):
    world.window("G1", 0, agent="garnin")
    world.window("Z1", 20, agent="zork")
    world.log = requests(0, session="g") + requests(22, session="z")
    assert world.ingest("G1").status == 0
    assert world.row()["total_prompts"] == 40


def test_requests_that_nothing_tells_apart_are_refused_until_a_session_is_named(world):
    world.window("G1", 0, agent="garnin")
    world.window("Z1", 0, agent="zork")
    world.log = requests(0, session="g") + requests(2, session="z")
    ran = world.ingest("G1")
    assert ran.status == 66
    assert "80 requests may be G1's or Z1's" in ran.err
    assert "--session or --account" in ran.err
    assert world.ingest("G1", "--session", "g").status == 0
    assert world.row()["total_prompts"] == 40


def test_requests_of_the_other_arm_in_a_windows_own_time_are_refused(world):
    world.window("W1", 0)
    world.log = requests(0, "stock_anthropic", count=20) + requests(20, "mitm_offload", count=5)
    ran = world.ingest("W1", "--methodology", "stock_anthropic")
    assert ran.status == 65
    assert (
        "5 requests in W1's own time are of the other arm: it is stock_anthropic, and Haiku was offloaded"
        in ran.err
    )
    assert world.ingest("W1", "--methodology", "stock_anthropic", "--lenient").status == 0
    assert (world.row()["total_prompts"], world.row()["routed_prompts"]) == (20, 0)


def by_rule(begin, rule="five_hour>80", **more):
    """Requests under a rule: Haiku goes above the mark."""
    return requests(begin, count=20, offload_when=rule, **more)


def test_requests_by_what_is_left_are_of_no_forced_and_no_stock_window(world):
    world.window("W1", 0)
    for arm, rest in (
        ("stock_anthropic", requests(0, "stock_anthropic", count=20)),
        ("mitm_offload", requests(0, count=20)),
    ):
        world.log = rest + by_rule(20)
        ran = world.ingest("W1", "--methodology", arm)
        assert ran.status == 65
        assert (
            f"20 requests in W1's own time are of the other arm: it is {arm}, and Haiku went by OFFLOAD_WHEN"
            in ran.err
        )
        assert world.ingest("W1", "--methodology", arm, "--lenient").status == 0
        assert (world.row()["total_prompts"], world.row()["offload_when"]) == (20, [])


def test_a_window_by_what_is_left_takes_what_went_and_what_stayed_and_nothing_else(world):
    world.window("W1", 0)
    stayed = by_rule(
        0, decision="below_mark", lane="anthropic", upstream="anth", header_mode=None, force_haiku=False
    )
    world.log = stayed + by_rule(20)
    assert world.ingest("W1", "--methodology", "mitm_quota").status == 0
    row = world.row()
    assert (row["total_prompts"], row["routed_prompts"], row["offload_when"]) == (40, 5, ["five_hour>80"])
    world.log += requests(40, count=3)
    ran = world.ingest("W1", "--methodology", "mitm_quota_80")
    assert ran.status == 65 and "it is mitm_quota_80, and Haiku went by no OFFLOAD_WHEN" in ran.err


def test_a_window_of_no_arm_that_mixes_both_is_said(world):
    world.window("W1", 0)
    world.log = by_rule(0) + requests(20, count=4)
    ran = world.ingest("W1")
    assert (
        ran.status == 65
        and "20 of W1's 24 requests were under OFFLOAD_WHEN and the others were not" in ran.err
    )
    world.log = by_rule(0) + by_rule(20, "weekly>90")
    assert world.ingest("W1").status == 0
    assert world.row()["offload_when"] == ["five_hour>80", "weekly>90"]


def test_a_window_without_readings_gets_what_no_other_claims(world):
    """The offload runbook as the plan types it takes no reading at all."""
    for number in (1, 2):
        world.log += requests(60 * number, session=f"s{number}")
        assert world.ingest(f"W0-MITM-{number}").status == 0
        assert world.row()["total_prompts"] == 40


def test_a_window_without_readings_gets_no_week(world):
    world.log = requests(0) + requests(60 * 24)
    ran = world.ingest("W1")
    assert ran.status == 66
    assert "no reading says when W1 was open" in ran.err
    assert "--since and --until" in ran.err


def test_a_window_that_is_open_says_that_more_may_come(world):
    world.read("W1", "before", -1)
    world.log = requests(-30, count=10) + requests(0, count=10)
    ran = world.ingest("W1")
    assert ran.status == 0
    assert "W1 has no AFTER yet: counted until the log's end" in ran.err
    assert world.row()["total_prompts"] == 10


def test_none_of_the_windows_requests_is_nothing(world):
    world.window("W1", 0)
    ran = world.ingest("W1", log=requests(300))
    assert ran.status == 66
    assert "left out: 40 after it" in ran.err


@pytest.mark.parametrize("left", [20, 0], ids=["some are left", "none is left"])
def test_what_was_rotated_away_while_the_window_was_open_counts(world, tmp_path, left):
    world.window("W1", 0)
    (tmp_path / "logs").mkdir()
    log = tmp_path / "logs" / "usage.jsonl"
    (tmp_path / "logs" / "usage-20260302T092000.jsonl").write_bytes(b"".join(requests(0, count=40 - left)))
    log.write_bytes(b"".join(requests(40 - left, count=left)))
    with log.open("rb") as stream:
        ran = subprocess.run(
            [str(BIN / "tracker"), "ingest", "proxy-telemetry", "--window", "W1", "--stdin"],
            stdin=stream,
            env=clean_env(tmp_path),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
    assert ran.returncode == 0, ran.stderr
    assert world.row()["total_prompts"] == 40


def test_a_log_that_is_rotated_away_after_it_was_opened_still_has_its_siblings(world, tmp_path):
    """The shell opens the log; by the time it is read it has another name, and a new one stands in its place."""
    world.window("W1", 0)
    (tmp_path / "logs").mkdir()
    log = tmp_path / "logs" / "usage.jsonl"
    (tmp_path / "logs" / "usage-20260302T092000.jsonl").write_bytes(b"".join(requests(0, count=10)))
    log.write_bytes(b"".join(requests(10, count=10)))
    with log.open("rb") as stream:
        log.rename(log.with_name("usage-20260302T093000-1.jsonl"))
        log.write_bytes(b"".join(requests(20, count=20)))
        ran = subprocess.run(
            [str(BIN / "tracker"), "ingest", "proxy-telemetry", "--window", "W1", "--stdin"],
            stdin=stream,
            env=clean_env(tmp_path),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
    assert ran.returncode == 0, ran.stderr
    assert world.row()["total_prompts"] == 40


def test_a_ledger_that_cannot_be_read_is_said(tool):
    ran = tool("ingest-proxy", "--window", "W", "--ledger", "/no/such", stdin=line(usage()))
    assert ran.status == 66
    assert "--ledger <(ledger-cat)" in ran.err


def test_a_request_is_a_tasks_when_it_began_while_the_task_ran():
    runs = [(DAY, DAY + timedelta(minutes=5)), (DAY + timedelta(minutes=9), None)]
    ends = {-1: False, 0.5: False, 1: True, 6: True, 6.1: False, 9.5: False, 99: True}  # each took a minute
    for minute, within in ends.items():
        row = json.loads(line(usage(ts=at(minute), latency_ms=60_000.0)))
        assert began_in(msgspec.convert(row, rows.Usage), runs) is within, minute
