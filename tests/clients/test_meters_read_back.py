"""Real clients print numbers that a backend of our own gave them, and the capture tools read them back.

`make test-clients` installs the clients and runs this; plain `make test` does not.  The clients run with
an empty environment, a home of the test's own and a made-up login, and reach nothing but loopback.
"""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime

import pytest

from clients.world import ROOT, World, installed, later

CLAUDE, CODEX = installed("claude-code"), installed("codex")
WIDTHS = [40, 60, 80, 120]
USES = [(0.9, 37.9, 99.6), (100.0, 100.0, 100.0), (112.0, 3.0, 1.0), (41.5, 8.0, None)]


@pytest.fixture
def world(tmp_path):
    made = []

    def make(client, version):
        made.append(World(tmp_path, client, version))
        return made[-1]

    yield make
    for one in made:
        one.stop()


def quotas(session, week, sonnet):
    """Return what the backend says, and (meter, percent, reset) as it must come back."""
    resets = later(2.5), later(100), later(101)
    names = ("five_hour", "seven_day", "seven_day_sonnet")
    meters = ("five_hour", "weekly_all", "weekly_scoped")
    said = {
        name: None if used is None else {"utilization": used, "resets_at": reset.isoformat()}
        for name, used, reset in zip(names, (session, week, sonnet), resets, strict=True)
    }
    truth = [
        (meter, used, reset)
        for meter, used, reset in zip(meters, (session, week, sonnet), resets, strict=True)
        if used is not None
    ]
    return {**said, "seven_day_opus": None, "extra_usage": {"is_enabled": False}}, truth


def captured(world, tool, pane):
    ran = world.run(str(ROOT / "bin" / tool), stdin=pane)
    assert ran.returncode == 0, ran.stderr.decode() + pane.decode()
    return json.loads(ran.stdout)


def agree(row, truth, *, exact):
    assert [meter["meter"] for meter in row["meters"]] == [meter for meter, _, _ in truth]
    for meter, (_, used, reset) in zip(row["meters"], truth, strict=True):
        assert meter["used_pct"] == (used if exact else math.floor(used))
        if meter["resets_at"]:
            apart = datetime.fromisoformat(meter["resets_at"]) - reset
            assert abs(apart.total_seconds()) <= 60


@pytest.mark.parametrize("use", USES, ids=str)
@pytest.mark.parametrize("version", CLAUDE)
def test_what_claude_prints_reads_back(world, version, use):
    machine = world("claude-code", version)
    said, truth = quotas(*use)
    machine.backend.answers["/api/oauth/usage"] = (200, said)
    printed = machine.run("claude", "-p", "/usage").stdout
    if version.startswith("2.0."):
        assert printed.strip() == b""  # these clients have no printed usage, and no data is not zero
        return
    agree(captured(machine, "capture-claude", printed), truth, exact=False)


@pytest.mark.parametrize("use", USES, ids=str)
@pytest.mark.parametrize("version", [version for version in CLAUDE if not version.startswith("2.0.")])
def test_the_control_request_reads_back_exactly_and_asks_no_model(world, version, use):
    machine = world("claude-code", version)
    said, truth = quotas(*use)
    machine.backend.answers["/api/oauth/usage"] = (200, said)
    ran = machine.run(str(ROOT / "scripts" / "read-meter.sh"), "claude")
    assert "get_usage" in ran.stderr.decode()
    agree(captured(machine, "capture-claude", ran.stdout), truth, exact=True)
    assert not [asked for asked in machine.backend.seen if "/v1/messages" in asked]


@pytest.mark.parametrize("version", CLAUDE[-1:])
def test_two_readings_within_the_clients_minute_are_never_one_in_silence(world, version):
    machine = world("claude-code", version)
    rows, truths = [], []
    for use in (USES[3], USES[1]):
        said, truth = quotas(*use)
        machine.backend.answers["/api/oauth/usage"] = (200, said)
        ran = machine.run(str(ROOT / "scripts" / "read-meter.sh"), "claude")
        rows.append(captured(machine, "capture-claude", ran.stdout))
        truths.append(truth)
    if rows[1]["flags"] == ["cached"]:
        agree(rows[1], truths[0], exact=True)
        assert rows[1]["ts"] == rows[0]["ts"]
    else:
        agree(rows[1], truths[1], exact=True)


@pytest.mark.parametrize("version", [version for version in CLAUDE if version.startswith("2.0.")])
def test_a_client_that_would_ask_a_model_is_not_asked(world, version):
    machine = world("claude-code", version)
    ran = machine.run(str(ROOT / "scripts" / "read-meter.sh"), "claude")
    assert (ran.returncode, ran.stdout) == (75, b"")
    assert machine.backend.seen == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("version", CLAUDE)
def test_claudes_screen_reads_back_at_every_width(world, version, width):
    machine = world("claude-code", version)
    said, truth = quotas(*USES[WIDTHS.index(width)])
    machine.backend.answers["/api/oauth/usage"] = (200, said)
    pane = machine.screen(width, str(machine.bin / "claude"), "/usage", r"\d% used")
    agree(captured(machine, "capture-claude", pane), truth, exact=False)


@pytest.mark.parametrize("version", CLAUDE[-1:])
@pytest.mark.parametrize("status", [401, 429, 500])
def test_a_screen_without_numbers_is_refused(world, version, status):
    machine = world("claude-code", version)
    kind = {401: "authentication_error", 429: "rate_limit_error", 500: "api_error"}[status]
    machine.backend.answers["/api/oauth/usage"] = (
        status,
        {"type": "error", "error": {"type": kind, "message": "no"}},
    )
    pane = machine.screen(80, str(machine.bin / "claude"), "/usage", r"load usage|rate limited|error")
    ran = machine.run(str(ROOT / "bin" / "capture-claude"), stdin=pane)
    assert (ran.returncode, ran.stdout) == (65, b"")


def limits(session, week):
    now = int(datetime.now(UTC).timestamp())

    def window(used, seconds, after):
        return {
            "used_percent": used,
            "limit_window_seconds": seconds,
            "reset_after_seconds": after,
            "reset_at": now + after,
        }

    both = {"primary_window": window(session, 18000, 7500), "secondary_window": window(week, 604800, 400000)}
    said = {
        "plan_type": "plus",
        "rate_limit": {"allowed": True, "limit_reached": False, **both},
        "credits": None,
    }
    resets = [datetime.fromtimestamp(now + after, UTC) for after in (7500, 400000)]
    return said, [("five_hour", session, resets[0]), ("weekly_all", week, resets[1])]


@pytest.mark.parametrize("version", CODEX)
def test_codexs_app_server_reads_back(world, version):
    machine = world("codex", version)
    said, truth = limits(37, 12)
    machine.backend.answers["/usage"] = (200, said)
    ran = machine.run(str(ROOT / "scripts" / "read-meter.sh"), "codex")
    agree(captured(machine, "capture-codex", ran.stdout), truth, exact=True)
    assert not [asked for asked in machine.backend.seen if "/responses" in asked]


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("version", CODEX)
def test_codexs_card_reads_back_at_every_width(world, version, width):
    machine = world("codex", version)
    said, truth = limits(63, 4)
    machine.backend.answers["/usage"] = (200, said)
    plain = " --no-daemon" if tuple(map(int, version.split("."))) >= (0, 150) else ""
    pane = machine.screen(width, f"{machine.bin / 'codex'}{plain}", "/status", r"Weekly limit|Limits:")
    agree(captured(machine, "capture-codex", pane), truth, exact=True)


@pytest.mark.parametrize("version", [version for version in CLAUDE if not version.startswith("2.0.")])
def test_what_claude_code_kept_of_its_quotas_is_what_tracker_now_says(world, version):
    machine = world("claude-code", version)
    said, truth = quotas(*USES[0])
    machine.backend.answers["/api/oauth/usage"] = (200, said)
    machine.run("claude", "-p", "/usage")
    asked = len(machine.backend.seen)
    machine.env["TRACKER_HOME"] = str(machine.home)
    (machine.home / ".claude" / ".credentials.json").chmod(0)
    ran = machine.run(str(ROOT / "bin" / "plan-now"), "--json")
    assert ran.returncode == 0, ran.stderr.decode()
    told = [(one["quota"], one["used_pct"]) for one in json.loads(ran.stdout)["quotas"]]
    assert told == [(meter, used) for meter, used, _ in truth]
    assert len(machine.backend.seen) == asked  # nobody was asked
