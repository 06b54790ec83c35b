"""The rehearsal in its short form: both runbooks in the lab, two agents, bash and zsh, one ledger."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from conftest import ROOT
from lab_world import gone, in_session

REHEARSE = ROOT / "scripts" / "rehearse.sh"
pytestmark = [pytest.mark.router, pytest.mark.shell, pytest.mark.slow]


def start(folder: Path, blocks: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(REHEARSE), blocks],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"DEMO_DIR": str(folder)},
        start_new_session=True,
    )


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory):
    """Two blocks, so four windows of Claude, one of Codex, one of GLM."""
    if os.environ.get("TRACKER_NO_SKIP") and not shutil.which("zsh"):
        pytest.fail("zsh is not installed, and nothing may be skipped here")
    folder = tmp_path_factory.mktemp("rehearsal")
    out, _ = (process := start(folder, "2")).communicate(timeout=400)
    (run,) = folder.iterdir()
    return process.returncode, out, run


def rows(run: Path, name: str) -> list[dict]:
    return [json.loads(line) for line in (run / "ledger" / f"{name}.jsonl").read_text().splitlines()]


def test_it_passes_and_says_how_many_windows(rehearsal):
    status, out, run = rehearsal
    assert status == 0, out
    assert "rehearsal passed: 6 windows, " in out
    assert str(run) in out


def test_each_agent_used_its_own_shell_and_kept_its_own_windows(rehearsal):
    _, out, run = rehearsal
    assert "agent garnin: bash" in out
    if shutil.which("zsh"):
        assert "agent zork: zsh" in out
    kept = {(row["agent_id"], row["window"]) for row in rows(run, "snapshots") if row["provider"] == "claude"}
    assert {agent for agent, _ in kept} == {"garnin", "zork"}
    assert len(kept) == 4
    assert not {window for agent, window in kept if agent == "garnin"} & {
        window for agent, window in kept if agent == "zork"
    }


def test_offloading_used_less_of_the_plan_for_the_same_features(rehearsal):
    *_, run = rehearsal
    used = {}
    for row in rows(run, "windows"):
        used.setdefault(row["methodology"], []).append(row["capacity_pp"])
    assert max(used["mitm_offload"]) < min(used["stock_anthropic"])
    assert used["week0"] == [19.0, pytest.approx(2.84, abs=0.1)]


def test_a_second_before_and_an_early_after_were_refused(rehearsal):
    *_, run = rehearsal
    for agent in ("garnin", "zork"):
        log = (run / f"{agent}.log").read_text()
        assert "has its before already" in log
        assert "the buffer is 5 min 00 s; wait, or use --force" in log


def test_haiku_went_to_zai_in_the_offload_arm_only(rehearsal):
    *_, run = rehearsal
    for row in rows(run, "proxy_telemetry"):
        assert row["routed_prompts"] == (row["offloadable_prompts"] if "MITM" in row["window"] else 0)


def test_each_window_got_its_own_requests_out_of_one_log_of_both_agents(rehearsal):
    """By the plain line as the plans type it; the log grew all the time, and was rotated."""
    *_, run = rehearsal
    assert len(list((run / "logs").glob("usage*.jsonl"))) > 1
    summed = {row["window"]: row["total_prompts"] for row in rows(run, "proxy_telemetry")}
    asked = {
        path.stem.removeprefix("calls-"): len(path.read_text().splitlines())
        for path in run.glob("calls-*.jsonl")
    }
    assert summed == asked
    assert len(summed) == 4


def test_the_ledger_holds_and_the_pack_is_whole(rehearsal):
    *_, run = rehearsal
    pack = {path.name for path in (run / "pack").iterdir()}
    assert {
        "preview.txt",
        "decision-card.txt",
        "router-replay.txt",
        "cost-compare.txt",
        "window-audit.json",
        "ledger-verify.txt",
        "Ledgers",
    } <= pack
    assert sum(name.startswith("window-audit-W0-") for name in pack) == 8
    assert len(list((run / "pack" / "Ledgers").glob("*.csv"))) == 4
    assert len(list((run / "bundle").glob("agentos_tmp_review-*.tgz"))) == 1
    assert "INSUFFICIENT" in (run / "pack" / "decision-card.txt").read_text()
    told = json.loads((run / "pack" / "window-audit.json").read_text())
    claude = [one for one in told if one["methodology"] != "week0"]
    assert [one["missing"] for one in claude] == [[]] * 4


def test_ctrl_c_leaves_nothing_running(tmp_path):
    process = start(tmp_path, "2")
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob("*/calls-*.jsonl")) and time.monotonic() < deadline:
        time.sleep(0.2)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(30) == 130

    assert gone(process.pid), in_session(process.pid)
