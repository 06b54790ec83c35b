"""Runs in the lab with a real router: what they show, what they leave, and that nothing stays running."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from conftest import ROOT, clean_env, run
from lab_world import gone, in_session

SCRIPTS = ROOT / "scripts"


def env(folder: Path, **more: str) -> dict[str, str]:
    return clean_env(folder, LAB="1", RESULTS_DIR=str(folder / "results"), **more)


def in_lab(folder: Path, script: str, *args: str, **more: str):
    return run([str(SCRIPTS / script), *args], cwd=folder, env=env(folder, **more), timeout=90)


def running_in(folder: Path) -> list[str]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if str(folder) in words:
            found.append(words)
    return found


@pytest.mark.router
def test_parallel_haiku_jobs_all_go_to_zai_and_arrive_whole(tmp_path):
    ran = in_lab(tmp_path, "parallel-subagents.sh", "4")
    assert ran.status == 0, ran.err + ran.out
    assert "requests: 20 sent, 20 whole; rows: anthropic 0, zai 20" in ran.out
    for line in ("streams broken: 0", "misroutes: 0", "replies without a row: 0", "sockets left: 0"):
        assert line in ran.out
    tests = (tmp_path / "results" / "TESTS.md").read_text()
    assert tests.startswith("## parallel: passed (")
    assert 1 <= sum('"kind":"usage"' in line for line in tests.splitlines()) <= 4
    assert running_in(tmp_path) == []


@pytest.mark.router
def test_chaos_measures_recovery_and_loses_nothing(tmp_path):
    ran = in_lab(tmp_path, "chaos-restart-mitm.sh", "", "3")
    assert ran.status == 0, ran.err + ran.out
    assert "chaos: passed" in ran.out
    assert "s after it was stopped" in ran.out
    for line in ("replies without a row: 0", "requests with two rows: 0", "sockets left: 0"):
        assert line in ran.out
    (folder,) = (tmp_path / "results" / "runs").iterdir()
    calls = [json.loads(line) for line in (folder / "calls.jsonl").read_text().splitlines()]
    (restart,) = [json.loads(line) for line in (folder / "restarts.jsonl").read_text().splitlines()]
    assert any(not call["is_whole"] for call in calls), "the restart was in mid-load"
    assert restart["ready_at"] > restart["stopped_at"]
    assert running_in(tmp_path) == []


@pytest.mark.router
@pytest.mark.parametrize("script", ["soak.sh", "chaos-restart-mitm.sh"])
def test_ctrl_c_leaves_nothing_running(tmp_path, script):
    process = subprocess.Popen(
        [str(SCRIPTS / script)],
        cwd=tmp_path,
        env=env(tmp_path),
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 40
        while time.monotonic() < deadline:
            if any(path.stat().st_size for path in tmp_path.glob("results/runs/*/calls.jsonl")):
                break
            time.sleep(0.1)
        assert any("bin/router" in words for words in in_session(process.pid))
        assert any("drive-client" in words for words in in_session(process.pid))
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(20) == 130
        assert gone(process.pid), in_session(process.pid)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)


def test_the_sdk_against_a_real_account_needs_its_key_and_says_so(tmp_path):
    ran = run(
        [str(SCRIPTS / "soak.sh"), "1"],
        cwd=tmp_path,
        env=clean_env(tmp_path, RESULTS_DIR=str(tmp_path), CLIENT="sdk"),
    )
    assert ran.status == 78
    assert "use CLIENT=claude for your plan, or LAB=1" in ran.err


def test_an_unknown_client_is_refused(tmp_path):
    ran = in_lab(tmp_path, "burst.sh", CLIENT="curl")
    assert ran.status == 2
    assert "use CLIENT=sdk or CLIENT=claude" in ran.err


def test_a_run_without_a_router_says_how_to_start_one(tmp_path):
    ran = run(
        [str(SCRIPTS / "burst.sh")],
        cwd=tmp_path,
        env=clean_env(tmp_path, RESULTS_DIR=str(tmp_path), MITM_PORT="1", ANTHROPIC_API_KEY="made-up"),
    )
    assert ran.status == 75
    assert "start the router with: ccmitm 1" in ran.err


class TestHousekeeping:
    def test_prune_keeps_the_newest_of_each_kind(self, tmp_path):
        metrics = tmp_path / "results" / "metrics"
        metrics.mkdir(parents=True)
        for kind in ("soak", "burst"):
            for hour in range(5):
                (metrics / f"{kind}-20260302T0{hour}0000Z.json").write_text("{}")
        (tmp_path / "results" / "TESTS.md").write_text("kept")
        old = tmp_path / "logs" / "usage-20250101T000000.jsonl"
        old.parent.mkdir()
        for path in (old, old.with_name("usage.jsonl")):
            path.write_text("{}")
            os.utime(path, (0, 0))
        ran = run(
            [str(SCRIPTS / "prune-results.sh")],
            cwd=tmp_path,
            env=env(tmp_path, KEEP="2", USAGE_LOG=str(tmp_path / "logs" / "usage.jsonl")),
        )
        assert ran.out == "removed 7; kept the newest 2 of each kind, and rotated logs of the last 30 days\n"
        assert sorted(path.name for path in metrics.iterdir()) == [
            f"{kind}-20260302T0{hour}0000Z.json" for kind in ("burst", "soak") for hour in (3, 4)
        ]
        assert [path.name for path in old.parent.iterdir()] == ["usage.jsonl"]
        assert (tmp_path / "results" / "TESTS.md").exists()

    def test_a_wrong_number_to_keep_removes_nothing(self, tmp_path):
        ran = run([str(SCRIPTS / "prune-results.sh")], cwd=tmp_path, env=env(tmp_path, KEEP="all"))
        assert ran.status == 2

    def test_versions_say_what_is_installed(self, tmp_path):
        ran = run([str(SCRIPTS / "print-versions.sh"), "V.json"], cwd=tmp_path, env=env(tmp_path))
        told = json.loads((tmp_path / "V.json").read_text())
        assert json.loads(ran.out) == told
        assert told["tracker"] == "0.1.0"
        assert told["mitmproxy"]

    def test_the_tee_is_switched_in_dotenv_and_nothing_else_is(self, tmp_path):
        (tmp_path / "scripts").mkdir()
        (tmp_path / "scripts" / "tee.sh").write_text((SCRIPTS / "tee.sh").read_text())
        dotenv = tmp_path / ".env"
        dotenv.write_text("ZAI_API_KEY=made-up\nENABLE_BODY_TEE=0\n")
        for word, value in (("on", 1), ("off", 0)):
            assert run(["bash", "scripts/tee.sh", word], cwd=tmp_path, env=env(tmp_path)).status == 0
            assert dotenv.read_text() == f"ZAI_API_KEY=made-up\nENABLE_BODY_TEE={value}\n"
            assert dotenv.stat().st_mode & 0o777 == 0o600

    @pytest.mark.router
    def test_the_router_starts_in_the_background_and_stops(self, tmp_path):
        from tracker.mock.ports import free_port

        port = str(free_port())
        more = {"MITM_LOG_DIR": str(tmp_path), "USAGE_LOG": str(tmp_path / "usage.jsonl")}

        def mitm(*words: str):
            return run([str(SCRIPTS / "mitm.sh"), *words], cwd=tmp_path, env=env(tmp_path, **more))

        assert mitm("status", port).status == 1
        started = mitm("start", port, "--set", f"confdir={tmp_path / 'conf'}")
        assert started.status == 0, started.err
        assert f"router on 127.0.0.1:{port}" in mitm("status", port).out
        assert mitm("stop", port).status == 0
        assert mitm("stop", port).status == 66
        assert running_in(tmp_path) == []
