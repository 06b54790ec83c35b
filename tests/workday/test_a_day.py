"""A window in four words: begun, looked at, ended and checked by commands alone, as a person types them."""

from __future__ import annotations

import json
import re
import shlex
import subprocess

import pytest

from conftest import BIN, clean_env
from workdays import CLAUDE, LATER, MORNING, PRINTED, git, rows, work


def test_a_window_from_begin_to_end(day, dealt, tool, repo):
    begun = day("begin", text=(12, 3))
    assert begun.status == 0, begun.err
    assert "W0-CL-01 has begun (stock_anthropic): F-" in begun.out
    assert "$ capture-claude --window W0-CL-01 --phase before" in begun.err
    work(repo, "part-1")
    ended = day("end", "--feature", "F-1=0.9", "--feature", "F-2=0.5,blocked", text=(34, 5), at=LATER)
    assert ended.status == 0, ended.err
    window = rows(tool, "--kind", "window")[0]
    assert (window["features"], window["capacity_pp"], window["methodology"]) == (1, 22, "stock_anthropic")
    assert (window["quality_score"], window["outcome"]) == (pytest.approx(0.7), "partial")
    assert window["commit_end"] == git(repo, "rev-parse", "HEAD").strip()
    delivered = {
        row["feature_id"]: row for row in rows(tool, "--kind", "feature") if row["state"] != "assigned"
    }
    assert {name: (row["state"], row["quality_score"]) for name, row in delivered.items()} == {
        "F-1": ("delivered", 0.9),
        "F-2": ("blocked", 0.5),
    }
    assert rows(tool, "--kind", "churn")[0]["added_lines"] == 2
    assert "features per point, candidate over baseline" in ended.out


def test_what_begin_began_the_plans_own_commands_end(day, dealt, tool):
    assert day("begin", text=(12, 3)).status == 0
    words = ("tracker", "alias", "end", "claude", "--window", "W0-CL-01", "--at", LATER)
    assert tool(*words, stdin=PRINTED.format(30, 5)).status == 0
    ended = day("end", "--claude-features", "2", "--quality", "0.8", at=LATER)
    assert ended.status == 0, ended.err
    assert "capture-claude" not in ended.err  # the AFTER is there already
    assert rows(tool, "--kind", "window")[0]["features"] == 2


def test_what_the_plans_own_commands_began_end_ends(day, tool, repo):
    words = ("tracker", "ingest", "claude", "--window", "W7", "--stdin", "--at", MORNING)
    assert tool(*words, stdin=PRINTED.format(1, 1)).status == 0
    ended = day("end", "--claude-features", "1", "--repo", str(repo), text=(9, 2), at=LATER)
    assert ended.status == 0, ended.err
    assert rows(tool, "--kind", "window")[0]["capacity_pp"] == 8


def test_a_second_window_is_not_begun_while_one_is_open(day, dealt):
    assert day("begin", text=(12, 3)).status == 0
    again = day("begin", text=(13, 3), at="2026-11-20T10:06:00Z")
    assert (again.status, again.out) == (75, "")
    assert "W0-CL-01 is open since 20 Nov 10:05 UTC (agent main); finish it with `tracker end`" in again.err
    assert (
        day("begin", text=(12, 3), AGENT_ID="zork", at="2026-11-20T10:06:00Z").status == 78
    )  # the next is offload


def test_a_shell_in_the_other_arm_is_refused_with_what_to_type(day, dealt, tool):
    day("begin", text=(12, 3))
    day("end", "--claude-features", "1", text=(20, 4), at=LATER)
    offload = day("begin", text=(20, 4), at="2026-11-20T12:40:00Z")
    assert offload.status == 78
    assert (
        "W0-MITM-01 is dealt to mitm_offload: this window offloads, and this shell goes straight"
        in offload.err
    )
    assert "ccsub" in offload.err
    assert not [row for row in rows(tool, "--kind", "snapshot") if row["window"] == "W0-MITM-01"]
    keyed = day(
        "begin", "W0-CL-02", text=(20, 4), at="2026-11-20T12:40:00Z", ANTHROPIC_API_KEY="sk-ant-made-up"
    )
    assert keyed.status == 78 and "ANTHROPIC_API_KEY is set" in keyed.err
    assert "made-up" not in keyed.err


def test_without_a_deal_a_window_is_named(day):
    unnamed = day("begin", text=(1, 1))
    assert (unnamed.status, unnamed.out) == (66, "")
    assert "no window is dealt" in unnamed.err and "assign-tasks" in unnamed.err
    assert day("begin", "W9", text=(1, 1)).status == 0


def test_where_no_git_is_nothing_is_begun(tool, tmp_path):
    ran = tool(
        "tracker", "begin", "W9", "--text", stdin=PRINTED.format(1, 1), GIT_CEILING_DIRECTORIES=str(tmp_path)
    )
    assert (ran.status, ran.out) == (66, "")
    assert "is no git repository" in ran.err


def test_a_reading_that_is_refused_begins_nothing(day, dealt, tool):
    ran = day("begin", text=("Loading usage data…", 3))
    assert ran.status == 65
    assert "copy the usage screen" in ran.err
    assert rows(tool, "--kind", "snapshot") == []


@pytest.mark.parametrize("words", ["--claude-features 3", "--features 3"])
def test_features_are_counted_by_the_name_that_complete_has_and_by_the_older_one(day, dealt, tool, words):
    day("begin", text=(12, 3))
    ended = day("end", *words.split(), text=(20, 4), at=LATER)
    assert ended.status == 0, ended.err
    assert "--claude-features 3" in ended.err  # as the pipe that is printed
    assert rows(tool, "--kind", "window")[0]["features"] == 3


def test_features_of_a_provider_that_nobody_read_are_refused(day, dealt, tool):
    day("begin", text=(12, 3))
    ended = day("end", "--codex-features", "3", text=(20, 4), at=LATER)
    assert (ended.status, rows(tool, "--kind", "window")) == (2, [])
    assert "W0-CL-01 has no codex readings" in ended.err and "--claude-features" in ended.err


def test_an_end_without_a_begin_or_without_features_says_so(day, dealt):
    assert day("end", "--claude-features", "1").status == 66
    day("begin", text=(12, 3))
    untold = day("end", at=LATER)
    assert untold.status == 2 and "--feature F-1=0.9" in untold.err
    doubled = day("end", "--feature", "F-1=1", "--feature", "F-1=0", at=LATER)
    assert doubled.status == 2 and "F-1 is given twice" in doubled.err
    wrong = day("end", "--feature", "F-1=1.2", at=LATER)
    assert wrong.status == 2 and "from 0 to 1" in wrong.err


def test_a_window_that_is_finished_is_not_begun_again_and_no_reading_is_taken_for_it(day, tool, repo):
    day("begin", "W9", text=(12, 3))
    day("end", "--claude-features", "1", text=(20, 4), at=LATER)
    again = day("begin", "W9", text=(20, 4), at="2026-11-20T12:40:00Z")
    assert (again.status, again.out) == (75, "")
    assert "W9 was begun already (finished); name another window" in again.err
    assert "capture-claude" not in again.err


def test_what_the_ledger_refuses_is_no_matter_of_the_screen(day):
    full = day("begin", "W9", text=(12, 93))  # the week's last points
    assert full.status == 75
    assert full.err.splitlines()[-1] == (
        "window-begin: ledger-append ended with 75, as it says above; nothing was recorded"
    )


def test_an_end_that_was_broken_off_behind_its_row_goes_on_from_there(day, dealt, tool, repo, tmp_path):
    day("begin", text=(12, 3))
    work(repo, "part-1")
    head = git(repo, "rev-parse", "HEAD").strip()
    note = (tmp_path / "data" / "state" / "main" / "work.json").read_text()
    start = json.loads(note)["head"]
    words = ("tracker", "alias", "end", "claude", "--window", "W0-CL-01", "--at", LATER)
    assert tool(*words, stdin=PRINTED.format(30, 5)).status == 0
    told = ("--feature", "F-1=0.9", "--commit-start", start, "--commit-end", head)
    assert tool("tracker", "complete", "--window", "W0-CL-01", *told, TRACKER_NOW=LATER).status == 0
    left = "the commits of W0-CL-01 are not measured yet: `tracker end` goes on from there"
    assert left in " ".join(day("status", at=LATER).out.split())
    ended = day("end", at=LATER)
    assert ended.status == 0, ended.err
    assert "complete-window" not in ended.err and "W0-CL-01: 8/9 required items" in ended.out
    (churn,) = rows(tool, "--kind", "churn")
    assert (churn["added_lines"], churn["methodology"]) == (2, "stock_anthropic")
    assert len(rows(tool, "--kind", "window")) == 1
    assert day("end", at=LATER).status == 66
    assert "not measured" not in day("status", at=LATER).out


def test_a_window_that_begins_before_the_last_ones_commits_are_measured_says_how_they_are(day, tool, repo):
    day("begin", "W8", text=(12, 3))
    work(repo, "part-1")
    start, head = git(repo, "rev-list", "--reverse", "HEAD").split()
    words = ("tracker", "alias", "end", "claude", "--window", "W8", "--at", LATER)
    assert tool(*words, stdin=PRINTED.format(30, 5)).status == 0
    told = ("--claude-features", "1", "--commit-start", start, "--commit-end", head)
    assert tool("tracker", "complete", "--window", "W8", *told, TRACKER_NOW=LATER).status == 0
    begun = day("begin", "W9", text=(31, 5), at=LATER)
    assert begun.status == 0, begun.err
    said = re.search(r"`tracker (churn --window W8 .*)` does it", begun.err)[1]
    assert tool("tracker", *shlex.split(said)).status == 0
    assert rows(tool, "--kind", "churn")[0]["added_lines"] == 2


def test_commits_that_nobody_can_know_are_not_called_none(day, tool, tmp_path):
    new = tmp_path / "new"
    new.mkdir()
    git(new, "init", "-q")
    words = ("tracker", "begin", "W9", "--repo", str(new), "--text")
    assert tool(*words, stdin=PRINTED.format(12, 3), TRACKER_NOW=MORNING).status == 0
    work(new, "part-1")
    ended = day("end", "--claude-features", "1", text=(20, 4), at=LATER)
    assert ended.status == 0, ended.err
    assert "what W9 committed is not known" in ended.out and "before the first commit" in ended.out
    assert "no commit since" not in ended.out


def test_a_task_that_was_not_dealt_to_the_window_is_said_with_what_corrects_it(day, dealt, tool):
    day("begin", text=(12, 3))
    ended = day("end", "--feature", "F5=0.9", text=(20, 4), at=LATER)
    assert ended.status == 0, ended.err
    assert "F5 was not dealt to W0-CL-01 (F-5 was)" in ended.err
    assert "of what was dealt to W0-CL-01, F-5 is not named" in ended.err
    for grade in ("0.9", "0.7"):  # what is corrected twice stands once
        again = ("complete", "--window", "W0-CL-01", "--supersede", "--feature", f"F-5={grade}")
        right = tool("tracker", *again, TRACKER_NOW=LATER)
        assert right.status == 0 and "not dealt" not in right.err
    ends = [row for row in rows(tool, "--kind", "feature") if row["state"] == "delivered"]
    assert [(row["feature_id"], row["quality_score"]) for row in ends] == [("F-5", 0.7)]
    assert rows(tool, "--kind", "window")[0]["features"] == 1
    assert tool("ledger-verify").status == 0


def test_a_baseline_whose_requests_nobody_sees_is_said_before_its_first_request(day, dealt, tool):
    begun = day("begin", text=(12, 3))
    assert begun.status == 0, begun.err
    assert (
        "no router sees the requests of W0-CL-01" in begun.err and "FORCE_HAIKU_TO_ZAI=0 ccmitm" in begun.err
    )
    day("end", "--feature", "F-5=0.9", text=(20, 4), at=LATER)
    said = " ".join(day("status", at=LATER).out.split())
    assert "1 finished window of the baseline without the router's requests" in said
    assert "1 finished window without churn: `tracker churn --window W0-CL-01 --repo DIR" in said
    supplies = re.search(r"without evidence: `tracker ([^`]*)`", said)[1]
    assert tool("tracker", *shlex.split(supplies)).status == 0
    assert "without evidence" not in day("status", at=LATER).out


def test_two_shells_that_begin_at_once_begin_two_windows(dealt, repo, tmp_path, tool):
    """Reading a meter takes seconds; who comes second waits, and is given the next window of the deal."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "claude").write_text(CLAUDE.replace("#!/bin/sh", "#!/bin/sh\nsleep 1"))
    (tmp_path / "bin" / "claude").chmod(0o755)
    env = clean_env(tmp_path)
    env["PATH"] = f"{tmp_path / 'bin'}:{env['PATH']}"
    words = [BIN / "tracker", "begin", "--any-arm", "--repo", repo]
    both = [
        subprocess.Popen(
            words, env=env | {"AGENT_ID": agent}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        for agent in ("garnin", "zork")
    ]
    assert [(one.communicate()[1].decode(), one.returncode)[1] for one in both] == [0, 0]
    begun = {row["agent_id"]: row["window"] for row in rows(tool, "--kind", "snapshot")}
    assert sorted(begun.values()) == ["W0-CL-01", "W0-MITM-01"]


def test_an_end_that_failed_goes_on_where_it_stopped(day, dealt, tool):
    day("begin", text=(12, 3))
    stale = day("end", "--claude-features", "1", text=("Loading usage data…", 3), at=LATER)
    assert stale.status == 65 and "type `tracker end` again" not in stale.out
    assert rows(tool, "--kind", "window") == []
    assert day("end", "--claude-features", "1", text=(20, 4), at=LATER).status == 0


def test_telemetry_is_of_the_window_alone_on_one_growing_log(day, dealt, tool, tmp_path):
    log = tmp_path / "usage.jsonl"

    def request(minute, hour=10):
        made = {"kind": "usage", "ts": f"2026-11-20T{hour:02}:{minute:02}:00Z", "model": "claude-sonnet-5-5"}
        made |= {"lane": "anthropic", "status": 200, "latency_ms": 5, "decision": "kept", "op": "stream"}
        with log.open("a") as file:
            file.write(json.dumps(made | {"trace_id": f"{hour}-{minute}"}) + "\n")

    for minute in (0, 10, 20):  # the first is older than the window
        request(minute)
    day("begin", text=(12, 3))
    assert json.loads(day("status", "--json", at=LATER).out)["open"]["requests"] == {"anthropic": 2}
    day("end", "--claude-features", "1", text=(20, 4), at=LATER)
    assert rows(tool, "--kind", "proxy_telemetry")[0]["total_prompts"] == 2


def test_status_says_when_the_after_may_be_read_and_fits_the_screen(day, dealt, repo):
    day("begin", text=(12, 3))
    work(repo, "part-1")
    screen = day("status", at="2026-11-20T10:07:00Z").out
    assert "AFTER        from 10:10 on, in 3 min" in screen
    assert "work         app, 1 commits since" in screen
    assert "88 % left, resets 15:00" in screen
    assert max(map(len, screen.splitlines())) <= 80
    assert str(repo) not in screen
    one = day("status", "--line", at="2026-11-20T10:07:00Z").out
    assert one == "W0-CL-01 2 min · AFTER in 3 min · claude 5 h 88 % left · claude week 97 % left\n"


def test_status_of_an_empty_ledger_says_what_comes_first(day):
    screen = day("status").out
    assert "no reading yet" in screen
    assert "experiment register" in screen and "assign-tasks" in screen


def test_the_doctor_names_what_is_bad_and_never_a_key(day, tmp_path):
    well = day("doctor", ZAI_API_KEY="made-up-0123")
    assert "made-up" not in well.out
    assert "ok    keys" in well.out
    ill = day("doctor", ANTHROPIC_API_KEY="sk-ant-made-up", NO_PROXY="*.anthropic.com", MITM_PORT="none")
    assert ill.status == 1
    found = {line.split()[1]: line for line in ill.out.splitlines() if line.startswith("bad")}
    assert {"this", "NO_PROXY", "port", "clock"} <= set(found)
    assert "made-up" not in ill.out


@pytest.mark.router
def test_a_running_router_is_known_by_what_it_says(day, dealt, tmp_path):
    day("begin", text=(12, 3))
    day("end", "--claude-features", "1", text=(20, 4), at=LATER)
    env = clean_env(
        tmp_path, USAGE_LOG=str(tmp_path / "usage.jsonl"), ZAI_API_KEY="made-up", FORCE_HAIKU_TO_ZAI="1"
    )
    router = subprocess.Popen(
        [str(BIN / "router"), "--port", "0"], env=env, cwd=tmp_path, stdout=subprocess.PIPE
    )
    try:
        port = json.loads(router.stdout.readline())["port"]
        here = {"HTTPS_PROXY": f"http://127.0.0.1:{port}"}
        stock = day("begin", "W0-CL-02", text=(20, 4), at="2026-11-20T12:40:00Z", **here)
        assert stock.status == 78 and "the router sends Haiku elsewhere" in stock.err
        (tmp_path / "router.control").write_text("OFFLOAD_PAUSED=1\n")
        paused = day("begin", text=(20, 4), at="2026-11-20T12:40:00Z", **here)
        assert paused.status == 78 and "the router keeps Haiku on Anthropic; type `ccresume`" in paused.err
        (tmp_path / "router.control").unlink()
        assert f"through the router on {port}; Haiku goes to the offload lane" in day("status", **here).out
        begun = day("begin", text=(20, 4), at="2026-11-20T12:40:00Z", **here)
        assert begun.status == 0, begun.err
        assert "W0-MITM-01 has begun (mitm_offload)" in begun.out
    finally:
        router.terminate()
        router.wait(timeout=20)
    assert not (tmp_path / "router.state.json").exists()


def test_a_text_that_was_copied_before_the_after_counts_is_no_after(day, tool, tmp_path):
    """It once waited five minutes, and kept the numbers of before as read behind the wait."""
    assert day("begin", "W1", "--any-arm", text=(12, 3)).status == 0
    typed = ["tracker", "end", "--claude-features", "1", "--text"]
    at = {"TRACKER_NOW": "2026-11-20T10:30:00Z", "USAGE_LOG": str(tmp_path / "usage.jsonl")}
    ran = tool(*typed, stdin=PRINTED.format(20, 4), **at)
    assert ran.status == 75
    assert (
        "the AFTER counts from 10:35 UTC on; copy the screen then, and give it with --buffer-seconds 0"
        in ran.err
    )
    assert "AFTER in" not in ran.err  # it did not wait
    assert json.loads(tool("tracker", "status", "--json", **at).out)["open"]["window"] == "W1"
    assert tool(*typed, "--buffer-seconds", "0", stdin=PRINTED.format(20, 4), **at).status == 0
