"""The demo: the main job end to end, what it says, what it leaves, and that nothing of it stays running."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from conftest import ROOT
from lab_world import gone, in_session

DEMO = ROOT / "scripts" / "demo.sh"


def start(folder: Path, *args: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(DEMO), *args],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"DEMO_DIR": str(folder), "ANTHROPIC_API_KEY": "sk-ant-must-not-be-used"},
        start_new_session=True,
    )


def running_in(folder: Path) -> list[str]:
    """Return the command lines of processes that name the folder or run in it."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            where = str((process / "cwd").readlink())
        except OSError:
            continue
        if str(folder) in words or where.startswith(str(folder)):
            found.append(words)
    return found


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    process = start(folder)
    out, _ = process.communicate(timeout=300)
    (run,) = folder.iterdir()
    return process.returncode, out, run


@pytest.mark.router
def test_the_demo_ends_well_and_names_its_folder(demo):
    status, out, run = demo
    assert status == 0, out
    assert f"Everything is kept in {run}" in out


@pytest.mark.router
def test_it_shows_haiku_on_zai_and_the_rest_on_anthropic(demo):
    _, out, run = demo
    assert (
        "Anthropic saw 16 x claude-haiku-5-5, 8 x claude-opus-5-5, 8 x claude-sonnet-5-5; Z.AI saw 16 x glm-4.5-air."
        in out
    )
    usage = [json.loads(line) for line in (run / "logs" / "usage.jsonl").read_text().splitlines()]
    assert len(usage) == 48
    assert {row["model"] for row in usage if row["lane"] == "zai"} == {"claude-haiku-5-5"}


@pytest.mark.router
def test_neither_provider_saw_the_others_credential(demo):
    *_, run = demo
    for provider, own in (("anthropic", {"anthropic"}), ("zai", {"other"})):
        lines = [json.loads(line) for line in (run / "lab" / f"{provider}.jsonl").read_text().splitlines()]
        asked = [
            line for line in lines if line["path"].endswith("/v1/messages")
        ]  # else: the stand-in for the client's meter
        seen = {kind for line in asked for kind in line["credentials"].values()}
        assert seen == own


@pytest.mark.router
def test_nothing_but_the_two_providers_was_asked_for(demo):
    *_, run = demo
    asked = {json.loads(line)["target"] for line in (run / "lab" / "network.jsonl").read_text().splitlines()}
    assert asked == {"api.anthropic.com:443", "api.z.ai:443"}


@pytest.mark.router
def test_it_plays_a_pair_of_windows_in_four_words_and_keeps_its_verdict_small(demo):
    _, out, run = demo
    stock, mitm = (json.loads(line) for line in (run / "ledger" / "windows.jsonl").read_text().splitlines())
    assert (stock["methodology"], mitm["methodology"]) == ("stock_anthropic", "mitm_offload")
    assert (stock["capacity_pp"], mitm["capacity_pp"]) == (34.0, 22.0)
    assert stock["feature_id"] == mitm["feature_id"]
    for word in (
        "tracker begin",
        "tracker status",
        "tracker end",
        "tracker preview",
        "tracker decision-card",
    ):
        assert f"$ {word}" in out
    assert "INSUFFICIENT" in out.split("7. The same road")[0]


@pytest.mark.router
def test_no_colour_is_in_what_it_prints_into_a_file_nor_in_the_files_that_it_keeps(demo):
    _, out, run = demo
    assert "\x1b" not in out
    kept = [
        path
        for path in run.rglob("*")
        if path.is_file() and path.suffix in {".jsonl", ".log", ".txt", ".csv"}
    ]
    assert {"calls.jsonl", "begun.txt", "usage.jsonl", "windows.jsonl"} <= {path.name for path in kept}
    assert [path for path in kept if b"\x1b" in path.read_bytes()] == []


@pytest.mark.router
def test_it_shows_a_full_verdict_on_the_sample_ledger(demo):
    _, out, _ = demo
    shown = out.split("7. The same road eleven pairs further")[1]
    assert "\nGO  (WEEK0)" in shown
    assert "complete blocks: 12" in shown


@pytest.mark.router
def test_no_process_of_the_demo_is_left(demo):
    *_, run = demo
    assert running_in(run) == []


@pytest.mark.router
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_no_process_is_left_when_it_is_interrupted(tmp_path, number):
    process = start(tmp_path)
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "router on 127.0.0.1" in line:
            break
    assert any("bin/router" in words for words in running_in(tmp_path))
    if number == signal.SIGINT:
        os.killpg(process.pid, number)  # as Ctrl-C does: to every process of the terminal
    else:
        process.send_signal(number)
    assert process.wait(15) == 128 + number
    assert gone(process.pid), in_session(process.pid)


def test_an_unknown_client_is_refused_with_the_two_that_are_known(tmp_path):
    process = start(tmp_path, "curl")
    out, _ = process.communicate(timeout=10)
    assert process.returncode == 2
    assert "use sdk or claude" in out
    assert list(tmp_path.iterdir()) == []


def test_a_missing_claude_is_said_with_the_way_out(tmp_path):
    done = subprocess.run(
        [str(DEMO), "claude"],
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "DEMO_DIR": str(tmp_path)},
    )
    assert done.returncode == 78
    assert "no claude on PATH" in done.stderr


if shutil.which("claude"):  # the client is an extra of the machine, not something to be skipped

    @pytest.mark.router
    @pytest.mark.slow
    def test_a_real_claude_code_goes_the_same_way(tmp_path):
        process = start(tmp_path, "claude")
        out, _ = process.communicate(timeout=300)
        assert process.returncode == 0, out
        (run,) = tmp_path.iterdir()
        windows = [json.loads(line) for line in (run / "ledger" / "windows.jsonl").read_text().splitlines()]
        assert [window["capacity_pp"] is not None for window in windows] == [True, True]
        usage = [json.loads(line) for line in (run / "logs" / "usage.jsonl").read_text().splitlines()]
        assert {(row["model"], row["lane"]) for row in usage} == {
            ("claude-haiku-5-5", "zai"),
            ("claude-haiku-5-5", "anthropic"),
            ("claude-sonnet-5-5", "anthropic"),
            ("claude-opus-5-5", "anthropic"),
        }
        arrived = [json.loads(line) for line in (run / "lab" / "zai.jsonl").read_text().splitlines()]
        assert all(line["traces"] == [] for line in arrived), (
            "nothing of the person or the account reaches Z.AI"
        )
