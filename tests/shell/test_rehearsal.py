"""The rehearsal: both field plans in the lab, by commands alone, to a GO and to a NO-GO."""

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
from shipped_sample import SAMPLE, shape

REHEARSE = ROOT / "scripts" / "rehearse.sh"
BLOCKS = 7
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
    if os.environ.get("TRACKER_NO_SKIP") and not shutil.which("zsh"):
        pytest.fail("zsh is not installed, and nothing may be skipped here")
    folder = tmp_path_factory.mktemp("rehearsal")
    out, _ = (process := start(folder, str(BLOCKS))).communicate(timeout=1500)
    (run,) = folder.iterdir()
    return process.returncode, out, run


def rows(run: Path, truth: str, name: str) -> list[dict]:
    return [json.loads(line) for line in (run / truth / "ledger" / f"{name}.jsonl").read_text().splitlines()]


def test_it_passes_and_says_how_many_windows(rehearsal):
    status, out, run = rehearsal
    assert status == 0, out
    assert f"truth go: GO after {2 * BLOCKS} windows" in out
    assert f"truth no-go: NO-GO after {2 * BLOCKS} windows" in out
    assert str(run) in out


def test_each_agent_used_its_own_shell_and_kept_its_own_windows(rehearsal):
    _, out, run = rehearsal
    assert "agent garnin: bash" in out
    if shutil.which("zsh"):
        assert "agent zork: zsh" in out
    kept = {(row["agent_id"], row["window"]) for row in rows(run, "go", "snapshots")}
    assert {agent for agent, _ in kept} == {"garnin", "zork"}
    assert len(kept) == 2 * BLOCKS


def test_windows_in_four_words_and_by_the_plans_commands_made_the_same_rows(rehearsal):
    *_, run = rehearsal
    assert "tracker begin W0-" in (run / "go" / "garnin.log").read_text()
    fields = {frozenset(row) for row in rows(run, "go", "windows")}
    assert len(fields) == 1
    assert {row["block"] for row in rows(run, "go", "windows")} == set(range(1, BLOCKS + 1))


def test_a_second_before_and_an_early_after_were_refused(rehearsal):
    *_, run = rehearsal
    for agent in ("garnin", "zork"):
        log = (run / "go" / f"{agent}.log").read_text()
        assert "has its before already" in log
        assert "the buffer is 5 min 00 s; wait, or use --force" in log


@pytest.mark.parametrize("truth", ["go", "no-go"])
def test_each_window_got_its_own_requests_out_of_one_growing_log(rehearsal, truth):
    *_, run = rehearsal
    assert len(list((run / "logs").glob("usage*.jsonl"))) > 1
    summed = {row["window"]: row["total_prompts"] for row in rows(run, truth, "proxy_telemetry")}
    asked = {
        path.stem.removeprefix("calls-"): len(path.read_text().splitlines())
        for path in (run / truth).glob("calls-*.jsonl")
    }
    assert summed == asked and len(summed) == 2 * BLOCKS
    priced = {
        row["window"]: row["requests"] for row in rows(run, truth, "features") if row["state"] == "priced"
    }
    assert priced == asked


def test_the_ledger_holds_and_the_pack_is_whole(rehearsal):
    *_, run = rehearsal
    for truth in ("go", "no-go"):
        assert "windows: as their readings give" in (run / truth / "pack" / "ledger-verify.txt").read_text()
        told = json.loads((run / truth / "pack" / "window-audit.json").read_text())
        assert [one["missing"] for one in told] == [[]] * 2 * BLOCKS
    assert len(list((run / "bundle").glob("agentos_tmp_review-*.tgz"))) == 1


def test_every_row_was_stamped_by_a_command(rehearsal):
    *_, run = rehearsal
    for truth in ("go", "no-go"):
        for path in (run / truth / "ledger").glob("*.jsonl"):
            for line in path.read_text().splitlines():
                assert json.loads(line)["row_id"]


def test_the_sample_that_is_shipped_has_the_shape_of_this_ledger(rehearsal, tmp_path):
    *_, run = rehearsal
    done = subprocess.run([ROOT / "scripts/sample.sh", run, tmp_path], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    made, shipped = shape(tmp_path), shape(SAMPLE)
    assert made.keys() == shipped.keys()
    assert {sort: shipped[sort] - made[sort] for sort in shipped} == dict.fromkeys(shipped, frozenset())
    assert len((tmp_path / "logs" / "usage.jsonl").read_text().splitlines()) == 120


def test_ctrl_c_leaves_nothing_running(tmp_path):
    process = start(tmp_path, "7")
    deadline = time.monotonic() + 120
    while not list(tmp_path.glob("*/go/calls-*.jsonl")) and time.monotonic() < deadline:
        time.sleep(0.2)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(30) == 130
    assert gone(process.pid), in_session(process.pid)
