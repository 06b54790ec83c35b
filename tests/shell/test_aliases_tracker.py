"""The readings' short names, in real bash and zsh."""

from __future__ import annotations

import json
import os

import pytest

from conftest import ROOT

PANE = "Current session: {used}% used · resets Nov 21, 9am (UTC)\nCurrent week (all models): 3% used · resets Nov 28, 4am (UTC)\n"
SOURCE = "source $ROOT/scripts/tracker-aliases.sh; "
AT = "2026-11-21T05:00:00Z"

pytestmark = pytest.mark.shell


def rows(tmp_path, name="snapshots"):
    path = tmp_path / "data" / f"{name}.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_before_and_after_make_a_pair(sh, tmp_path):
    ran = sh(SOURCE + f"as --window W0-CL-1 --at {AT}", stdin=PANE.format(used=12))
    assert ran.status == 0, ran.err
    assert ran.out == (
        "W0-CL-1 claude BEFORE at 05:00 UTC: five_hour 12 % used (resets 21 Nov 09:00), weekly_all 3 % used "
        "(resets 28 Nov 04:00); agent main; AFTER from 05:05 UTC, 5 min after work stops, not 09:00-09:05 (reset)\n"
    )
    ran = sh(SOURCE + "ae --window W0-CL-1 --at 2026-11-21T08:00:00Z", stdin=PANE.format(used=40))
    assert ran.out.startswith("W0-CL-1 claude AFTER at 08:00 UTC: five_hour 40 % used")
    assert [(row["phase"], row["source"], row["agent_id"]) for row in rows(tmp_path)] == [
        ("before", "alias", "main"),
        ("after", "alias", "main"),
    ]


def test_a_second_before_is_refused_until_the_first_is_taken_back(sh, tmp_path):
    before = SOURCE + f"as --window W0-CL-1 --at {AT}"
    assert sh(before, stdin=PANE.format(used=12)).status == 0
    again = sh(before, stdin=PANE.format(used=13))
    assert (again.status, again.out) == (75, "")
    assert "has its before already" in again.err
    assert again.err.count("\n") == 1
    assert sh(SOURCE + "ax").status == 0
    assert sh(before, stdin=PANE.format(used=13)).status == 0
    assert len(rows(tmp_path, "undos")) == 1
    assert len(rows(tmp_path)) == 2, "what was taken back stays in the file"


@pytest.mark.parametrize("name", ["ax", "as_d"])
def test_both_names_of_undo_do_the_same(sh, tmp_path, name):
    assert sh(SOURCE + f"as --window W1 --at {AT}", stdin=PANE.format(used=12)).status == 0
    ran = sh(SOURCE + name)
    assert ran.status == 0
    assert "took back" in ran.err


def test_two_agents_keep_their_windows_apart(sh, tmp_path):
    for agent, used in (("garnin", 10), ("zork", 20)):
        ran = sh(SOURCE + f"as --window W0-{agent} --at {AT}", stdin=PANE.format(used=used), AGENT_ID=agent)
        assert ran.status == 0, ran.err
    for agent, used in (("garnin", 30), ("zork", 50)):
        ran = sh(SOURCE + "ae --at 2026-11-21T08:00:00Z", stdin=PANE.format(used=used), AGENT_ID=agent)
        assert f"W0-{agent} claude AFTER" in ran.out, ran.err
    assert sorted(path.name for path in (tmp_path / "data" / "state").iterdir()) == ["garnin", "zork"]
    pairs = {(row["agent_id"], row["window"], row["phase"]) for row in rows(tmp_path)}
    assert len(pairs) == 4


def test_without_a_text_the_meter_is_read_live(sh, tmp_path):
    """On a terminal `as` reads the meter itself; --live asks for that anywhere."""
    world = tmp_path / "bin"
    world.mkdir()
    claude = world / "claude"
    limits = '{"five_hour":{"utilization":21,"resets_at":"2026-11-21T09:00:00+00:00"}}'
    answer = (
        f'{{"session":{{}},"subscription_type":"max","rate_limits_available":true,"rate_limits":{limits}}}'
    )
    claude.write_text(
        "#!/bin/sh\n"
        'case "$*" in *--version*) echo "2.1.329 (Claude Code)" ;; *) echo \'{"type":"control_response","response":'
        f'{{"subtype":"success","request_id":"meter","response":{answer}}}}}\' ;; esac\n'
    )
    claude.chmod(0o755)
    path = f"{world}:{os.environ['PATH']}"
    ran = sh(SOURCE + f"as --live --window W1 --at {AT}", PATH=path)
    assert ran.status == 0, ran.err
    assert "five_hour 21 % used" in ran.out


def test_paste_says_what_to_do_and_waits_for_a_text(sh):
    ran = sh(SOURCE + f"as --paste --window W1 --at {AT}", stdin=PANE.format(used=7))
    assert "paste the claude usage screen, then press Ctrl-D" in ran.err
    assert "five_hour 7 % used" in ran.out


def test_a_text_that_is_no_reading_leaves_nothing_behind(sh, tmp_path):
    ran = sh(SOURCE + "as --window W1", stdin="Loading usage data…\n")
    assert ran.status == 65
    assert "loading" in ran.err
    assert rows(tmp_path) == []


def test_a_prefix_keeps_as_and_os_for_other_programs(sh):
    ran = sh("TRACKER_ALIAS_PREFIX=t; " + SOURCE + "command -v tas; command -v as; command -v os")
    assert ran.out.splitlines()[0] == "tas"
    assert "os" not in ran.out.splitlines()


def test_sourcing_is_silent_and_leaves_only_names_of_ours(sh):
    ran = sh(
        "set > before; "
        + SOURCE
        + "set > after; diff before after | grep '^[<>] [A-Za-z_]*=' | cut -c3- | cut -d= -f1 | sort -u"
    )
    assert ran.err == ""
    noise = {
        "_",
        "RANDOM",
        "SECONDS",
        "LINENO",
        "EPOCHREALTIME",
        "EPOCHSECONDS",
        "SRANDOM",
        "BASH_ARGC",
        "BASH_ARGV",
        "BASH_COMMAND",
        "PIPESTATUS",
        "TTYIDLE",
        "status",
        "ERRNO",
        "pipestatus",
        "OLDPWD",
        "BASHPID",
        "BASH_LINENO",
        "BASH_SOURCE",
        "FUNCNAME",
    }
    assert set(ran.out.split()) - noise == {"AGENT_ID", "_tracker_root"}


def test_the_names_work_from_any_folder_and_through_a_folder_with_blanks(sh, tmp_path):
    linked = tmp_path / "a folder"
    linked.symlink_to(ROOT)
    ran = sh(
        f"source '{linked}/scripts/tracker-aliases.sh'; cd /; as --window W1 --at {AT}",
        stdin=PANE.format(used=5),
    )
    assert ran.status == 0, ran.err


def test_an_alias_of_the_same_name_gives_way(sh):
    ran = sh(
        f"shopt -s expand_aliases 2>/dev/null; alias as=false\n{SOURCE}\nas --window W1 --at {AT}",
        stdin=PANE.format(used=5),
    )
    assert ran.status == 0, ran.err


def test_json_shows_the_row_and_a_feature_is_kept_with_the_reading(sh, tmp_path):
    ran = sh(SOURCE + f"as --json --feature-id F-1 --window W1 --at {AT}", stdin=PANE.format(used=5))
    assert ran.status == 0, ran.err
    told = json.loads(ran.out)
    assert (told["window"], told["phase"], told["notes"]) == ("W1", "before", ["feature:F-1"])


@pytest.mark.parametrize("option", ["--feature-id F-1", "--feature-id=F-1"])
def test_a_task_s_before_is_taken_back_by_the_task_and_another_s_stays(sh, tmp_path, option):
    for window, task in (("W1", "F-1"), ("W2", "F-2")):
        ran = sh(
            SOURCE + f"as --window {window} --feature-id={task} --at {AT} --force", stdin=PANE.format(used=5)
        )
        assert ran.status == 0, ran.err
    ran = sh(SOURCE + f"ax {option}")
    assert ran.status == 0, ran.err
    assert "(snapshot W1 claude before)" in ran.err
    again = sh(SOURCE + f"ax {option}")
    assert (again.status, again.err.count("\n")) == (66, 1)
    assert "no claude before of F-1 in force" in again.err


def test_a_window_is_of_the_task_that_its_reading_was_taken_for(sh, tool):
    for name, used, at in (("as", 12, AT), ("ae", 40, "2026-11-21T08:00:00Z")):
        assert (
            sh(SOURCE + f"{name} --window W1 --feature-id F-1 --at {at}", stdin=PANE.format(used=used)).status
            == 0
        )
    ran = tool("tracker", "complete", "--window", "W1", "--claude-features", "1", "--echo")
    assert json.loads(ran.out)["feature_id"] == "F-1", ran.err


@pytest.mark.parametrize("words", ["--feature-id", "--feature-id=", "--feature-id --json"])
@pytest.mark.parametrize("name", ["as", "ae", "ax"])
def test_a_feature_id_without_a_task_is_refused_with_an_example(sh, name, words):
    ran = sh(SOURCE + f"{name} {words}", stdin=PANE.format(used=5))
    assert (ran.status, ran.out) == (2, "")
    assert "as in --feature-id F-1" in ran.err and ran.err.count("\n") == 1


def test_options_of_the_alias_s_own_may_stand_anywhere(sh):
    words = f"as --window W1 --at {AT} --json --paste"
    ran = sh(SOURCE + words, stdin=PANE.format(used=7))
    assert ran.status == 0, ran.err
    assert ran.err.startswith("paste the claude usage screen")
    assert json.loads(ran.out)["window"] == "W1"


@pytest.mark.parametrize("option", ["--buffer-seconds 600", "--buffer-seconds=600"])
def test_the_line_says_the_buffer_that_was_asked_for(sh, option):
    ran = sh(SOURCE + f"as {option} --window W1 --at {AT}", stdin=PANE.format(used=7))
    assert "AFTER from 05:10 UTC, 10 min after work stops" in ran.out, ran.err


def test_help_is_shown_before_any_meter_is_read(sh, tmp_path):
    world = tmp_path / "bin"
    world.mkdir()
    for name in ("claude", "claude-monitor"):
        (world / name).write_text('#!/bin/sh\ntouch "$HOME/asked"\n')
        (world / name).chmod(0o755)
    for name in ("as --live", "ae", "ax", "acm"):
        ran = sh(SOURCE + f"{name} --help", PATH=f"{world}:{os.environ['PATH']}")
        assert ran.status == 0 and "usage: " in ran.out, (name, ran.err)
    assert not (tmp_path / "asked").exists()


@pytest.mark.parametrize(("name", "words"), [("occ", "no npx on PATH"), ("acm", "no claude-monitor on PATH")])
def test_a_missing_helper_is_said_with_the_way_out(sh, name, words):
    ran = sh(SOURCE + f"PATH=/nowhere; {name}")
    assert ran.status == 78
    assert words in ran.err
