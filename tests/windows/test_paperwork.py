"""The experiment's paperwork: blocks by coin, reservations, evidence, CSV ledgers, schedules, checkpoints."""

from __future__ import annotations

import csv
import io
import itertools
import os
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from conftest import BIN, ROOT, clean_env
from readings import at, evidence, lines, parsed, reading, text
from tracker.windows import schedule, tasks

BANK = "feature_id,title,predicted_size\n" + "".join(
    f"F-{number:04},task {number},{40 + 10 * (number % 3)}\n" for number in range(12)
)
NOW = datetime(2026, 1, 4, tzinfo=UTC)


def bank() -> list[tasks.Task]:
    return tasks.read(BANK.splitlines(), "feature_id")


# --- assign-tasks


def test_every_block_has_one_window_of_each_arm_with_the_same_task_and_the_seed_is_recorded(tool):
    ran = tool("assign-tasks", "--seed", "20260104", stdin=BANK)
    plan, *rows = parsed(ran.out)
    assert (plan["kind"], plan["seed"], plan["n_blocks"]) == ("experiment", 20260104, 12)
    for block in range(1, 13):
        first, second = (row for row in rows if row["block"] == block)
        assert {first["methodology"], second["methodology"]} == {"stock_anthropic", "mitm_offload"}
        assert first["feature_id"] == second["feature_id"]
        assert first["predicted_size"] == second["predicted_size"]
        assert (first["turn"], second["turn"]) == (1, 2)
        assert {first["window"], second["window"]} == {f"W0-CL-{block:02}", f"W0-MITM-{block:02}"}
    assert len({row["feature_id"] for row in rows}) == 12
    assert tool("assign-tasks", "--seed", "20260104", stdin=BANK, TRACKER_NOW=plan["ts"]).out == ran.out


def test_a_fresh_seed_is_recorded_and_gives_the_same_blocks_again(tool):
    made = parsed(tool("assign-tasks", stdin=BANK).out)
    seed = made[0]["seed"]
    again = parsed(tool("assign-tasks", "--seed", str(seed), "--registered", stdin=BANK).out)
    for row in [*made, *again]:
        row.pop("ts")
    assert again == made[1:]


def test_the_coins_are_fair_and_do_not_know_of_one_another():
    firsts = []
    for seed in range(400):
        rows = tasks.assign(bank(), seed, NOW)
        firsts.append([row.methodology == "stock_anthropic" for row in rows if row.turn == 1])
    tosses = [toss for run in firsts for toss in run]
    assert 0.47 < sum(tosses) / len(tosses) < 0.53  # 4,800 tosses: 4 standard errors are 0.029
    same = [one == next_one for run in firsts for one, next_one in itertools.pairwise(run)]
    assert 0.47 < sum(same) / len(same) < 0.53
    assert {sum(run) for run in firsts} >= {3, 4, 5, 6, 7, 8, 9}  # no strict half and half


def test_matched_blocks_hold_two_tasks_of_equal_predicted_size():
    rows = tasks.assign(bank(), 5, NOW, matched=True)
    assert len(rows) == 12
    for block in range(1, 7):
        first, second = (row for row in rows if row.block == block)
        assert first.predicted_size == second.predicted_size
        assert first.feature_id != second.feature_id
    baseline = [
        sorted(
            row.feature_id
            for row in tasks.assign(bank(), seed, NOW, matched=True)
            if row.methodology == "mitm_offload"
        )
        for seed in range(20)
    ]
    assert len({tuple(names) for names in baseline}) > 10  # whose task is whose is a coin too


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [
        ("feature_id\n", 66, "no task"),
        ("name,size\nx,1\n", 65, "no column feature_id"),
        ("feature_id,predicted_size\nF-1,50\n,40\n", 65, "line 3: feature_id is empty"),
        ("feature_id,predicted_size\nF-1,many\n", 65, "line 2: predicted_size is no number"),
        ("feature_id\nF-1\nF-1\n", 65, "F-1 is in the CSV twice"),
        ('feature_id\n"F-1', 65, "no CSV"),
    ],
)
def test_a_task_bank_that_is_none_is_refused_by_line(tool, given, status, said):
    ran = tool("assign-tasks", "--seed", "1", stdin=given)
    assert ran.status == status
    assert said in ran.err


def test_a_bank_that_a_spreadsheet_saved_is_read(tool):
    saved = "\ufeff" + BANK.replace("\n", "\r\n")
    assert len(tool("assign-tasks", "--seed", "1", stdin=saved).out.splitlines()) == 25


def test_a_deal_of_few_blocks_registers_a_test_that_can_decide(tool):
    deal = tool("assign-tasks", "--blocks", "1", stdin=BANK).out
    assert parsed(deal)[0]["n_blocks"] == 5
    assert "registration" not in tool("preview", stdin=deal).err


def test_a_window_is_dealt_once_until_its_row_is_taken_back(tool):
    """Coins that are tossed again until their order pleases are no coins."""
    deal = tool("assign-tasks", "--blocks", "1", stdin=BANK).out
    assert tool("ledger-append", stdin=deal + deal).status == 65
    assert tool("ledger-append", stdin=deal).status == 0
    again = tool("ledger-append", stdin=tool("assign-tasks", "--blocks", "1", stdin=BANK).out)
    assert again.status == 75
    assert "has its task already" in again.err
    for row in parsed(tool("ledger-cat", "--kind", "feature").out):
        tool("ledger-undo", row["row_id"])
    assert tool("ledger-append", stdin=deal).status == 0


def test_more_blocks_than_tasks_are_refused(tool):
    ran = tool("assign-tasks", "--blocks", "13", stdin=BANK)
    assert ran.status == 65
    assert "13 blocks asked for, 12 tasks there" in ran.err
    assert tool("assign-tasks", "--matched", "--blocks", "7", stdin=BANK).status == 65
    assert tool("assign-tasks", "--blocks", "0", stdin=BANK).status == 2
    unequal = tool("assign-tasks", "--matched", stdin="feature_id,predicted_size\nF-1,50\nF-2,40\n")
    assert unequal.err == (
        "assign-tasks: no pairs of tasks of equal predicted_size there (2 tasks); add tasks\n"
    )


# --- reserve-feature

MAP = str(ROOT / "tests" / "fixtures" / "capabilities.csv")


def reserve(tool, *args: str):
    ran = tool("reserve-feature", "--map", MAP, *args, stdin=tool("ledger-cat").out)
    return ran if ran.status else tool("ledger-append", "--echo", stdin=ran.out)


def test_capabilities_are_taken_one_by_one_until_none_is_left(tool):
    taken = [parsed(reserve(tool, "--window", "W1").out)[0]["capability"] for _ in range(4)]
    assert taken == ["export-csv", "import-csv", "sort-columns", "filter-rows"]
    full = reserve(tool)
    assert full.status == 75
    assert "all 4 capabilities" in full.err


def test_of_two_shells_that_reserve_at_once_one_gets_the_capability(tool):
    made = [tool("reserve-feature", "--map", MAP).out for _ in range(2)]
    assert tool("ledger-append", stdin=made[0]).status == 0
    late = tool("ledger-append", stdin=made[1])
    assert late.status == 75
    assert "is taken already" in late.err


def test_a_taken_capability_is_refused_until_its_row_is_undone(tool):
    row = parsed(reserve(tool, "--capability", "sort-columns", "--provider", "claude").out)[0]
    assert (row["feature_id"], row["state"], row["predicted_size"]) == ("F-0003", "reserved", 45.0)
    refused = reserve(tool, "--capability", "sort-columns")
    assert refused.status == 75
    assert f"row {row['row_id'][:8]}" in refused.err
    assert tool("ledger-undo", row["row_id"]).status == 0
    assert reserve(tool, "--capability", "sort-columns").status == 0
    assert reserve(tool, "--capability", "teleport").status == 65


def test_the_map_of_a_project_is_found_where_the_plans_put_it(tool, tmp_path):
    folder = tmp_path / "docs/System/capability_map/app"
    folder.mkdir(parents=True)
    (folder / "capabilities.csv").write_text("capability\nexport\n")
    ran = tool("reserve-feature", "--project", "app")
    assert parsed(ran.out)[0]["feature_id"] == "export"
    assert tool("reserve-feature", "--project", "other").status == 66
    assert parsed(tool("reserve-feature").out)[0]["feature_id"] == "export"  # the only map there is
    other = folder.parent / "other"
    other.mkdir()
    (other / "capabilities.csv").write_text("capability\nimport\n")
    ran = tool("reserve-feature")
    assert (ran.status, "there are app, other" in ran.err) == (2, True)
    assert tool("reserve-feature", "--project", "app", "--map", MAP).status == 2


# --- evidence


def test_a_check_is_run_and_recorded_as_it_ended(sh, tool):
    script = '"$ROOT/scripts/tools/append_evidence.sh" --window W1 --feature-id F-1'
    good = sh(f"{script} pytest -- sh -c 'echo one; echo 12 passed'")
    assert (good.status, good.out) == (0, "one\n12 passed\n")
    bad = sh(f"{script} behave -- sh -c 'echo 1 failed; exit 3'")
    assert bad.status == 3
    none = sh(f"{script} pytest -- sh -c 'exit 5'")
    assert none.status == 5
    sh(f"{script} manual-qa pass opens in a spreadsheet")
    rows = parsed(tool("ledger-cat", "--kind", "evidence").out)
    assert [(row["check"], row["result"], row["detail"]) for row in rows] == [
        ("pytest", "pass", "exit 0: 12 passed"),
        ("behave", "fail", "exit 3: 1 failed"),
        ("pytest", "nothing-run", "exit 5: "),
        ("manual-qa", "pass", "opens in a spreadsheet"),
    ]
    assert {row["window"] for row in rows} == {"W1"}
    assert sh(f"{script} pytest").status == 2


# --- CSV ledgers


def test_the_csv_ledgers_say_what_is_in_force_and_nothing_else(sh, tool, tmp_path):
    rows = [
        evidence(1, window="W1", detail='said "yes", twice'),
        {"kind": "feature", "ts": text(at("08:00")), "feature_id": "F-1", "block": 3, "state": "assigned"},
        {"kind": "churn", "ts": text(at("12:00")), "window": "W1", "added_lines": 10, "churn_14d": 0.25},
        {"kind": "evidence", "ts": text(at("12:00")), "window": "W1", "check": "checkpoint", "result": "mid"},
        {
            "kind": "proxy_telemetry",
            "ts": text(at("12:00")),
            "window": "W1",
            "total_prompts": 7,
            "total_tokens": 900,
        },
    ]
    kept = parsed(tool("ledger-append", "--echo", stdin=lines(*rows)).out)
    ran = sh('LEDGERS_DIR="$HOME/L" "$ROOT/scripts/automation/write_ledgers.sh"')
    assert ran.status == 0, ran.err
    found = {
        path.name: list(csv.DictReader(io.StringIO(path.read_text()))) for path in (tmp_path / "L").iterdir()
    }
    assert sorted(found) == [
        "Acceptance_Evidence.csv",
        "Churn_Ledger.csv",
        "Feature_Log.csv",
        "Token_Churn_Ledger.csv",
    ]
    (proof,) = found["Acceptance_Evidence.csv"]
    assert (proof["detail"], proof["row_id"]) == ('said "yes", twice', kept[0]["row_id"])
    assert found["Feature_Log.csv"][0]["block"] == "3"
    assert found["Churn_Ledger.csv"][0]["churn_14d"] == "0.25"
    (entry,) = found["Token_Churn_Ledger.csv"]
    assert (entry["checkpoint"], entry["total_tokens"], entry["capacity_pp"]) == ("mid", "900", "")
    tool("ledger-undo", kept[0]["row_id"])
    sh('LEDGERS_DIR="$HOME/L" "$ROOT/scripts/automation/write_ledgers.sh"')
    assert len((tmp_path / "L" / "Acceptance_Evidence.csv").read_text().splitlines()) == 1


def test_an_empty_ledger_leaves_the_csv_ledgers_alone(sh, tmp_path):
    (tmp_path / "L").mkdir()
    (tmp_path / "L" / "Churn_Ledger.csv").write_text("kept\n")
    assert sh('LEDGERS_DIR="$HOME/L" "$ROOT/scripts/automation/write_ledgers.sh"').status == 66
    assert [path.name for path in (tmp_path / "L").iterdir()] == ["Churn_Ledger.csv"]


# --- checkpoints


def test_a_checkpoint_keeps_heads_that_show_a_later_cut(sh, tool, tmp_path):
    tool("ledger-append", stdin=lines(reading("W1", at("09:00"), 5.0), evidence(1), evidence(2)))
    script = (
        'LEDGERS_DIR="$HOME/L" SESSION_HANDOFF="$HOME/H.md" "$ROOT/scripts/automation/ledger_checkpoint.sh"'
    )
    ran = sh(f"{script} plan two windows today")
    assert ran.status == 0, ran.err
    assert "## W1 plan, " in (tmp_path / "H.md").read_text()
    entry = parsed(tool("ledger-cat", "--kind", "evidence").out)[-1]
    assert (entry["check"], entry["result"], entry["detail"], entry["source"]) == (
        "checkpoint",
        "plan",
        "two windows today",
        "automation",
    )
    path = tmp_path / "data" / "evidence.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:2]))
    (tmp_path / "data" / "heads.txt").unlink()
    assert tool("ledger-verify", "--against", "L/heads.txt").status == 1
    assert sh(script).status == 2


def test_a_checkpoint_is_for_the_window_that_was_recorded_last(sh, tool):
    finished = reading("W1", at("09:00"), 5.0) | {"kind": "window", "methodology": "m", "provider": "claude"}
    finished |= {"features": 1}
    for key in ("meters", "surface", "status"):
        finished.pop(key, None)
    assert tool("ledger-append", stdin=lines(finished)).status == 0
    assert tool("ledger-append", stdin=lines(reading("W2", at("12:00"), 5.0))).status == 0
    ran = sh(
        'LEDGERS_DIR="$HOME/L" SESSION_HANDOFF="$HOME/H.md" "$ROOT/scripts/automation/ledger_checkpoint.sh" plan'
    )
    assert "plan of W2 is in the ledger" in ran.err


# --- schedules


PLAN = "# a comment\n\n2026-01-05T09:00Z 2026-01-05T14:00Z W0-CL-01 claude  # morning\n"
CALENDAR = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;TZID=Europe/Oslo:20260105T100000\r\n"
    "DTEND:20260105T140000Z\r\nSUMMARY:W0-CL-01 cl\r\n aude\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


@pytest.mark.parametrize("plan", [PLAN, CALENDAR], ids=["text", "ics"])
def test_a_schedule_is_read_as_text_and_as_a_calendar(tool, plan):
    ran = tool("window-schedule", stdin=plan)
    assert ran.status == 0, ran.err
    nine, two = int(at("09:00").timestamp()), int(at("14:00").timestamp())
    assert ran.out == f"{nine} before W0-CL-01 claude\n{two + 300} after W0-CL-01 claude\n"


@pytest.mark.parametrize(
    ("plan", "status", "said"),
    [
        ("# nothing\n", 66, "no window"),
        ("2026-01-05T09:00 2026-01-05T14:00 W claude\n", 65, "line 1: no time with a zone"),
        ("2026-01-05T09:00Z 2026-01-05T08:00Z W claude\n", 65, "stops before it starts"),
        ("2026-01-05T09:00Z 2026-01-05T14:00Z W heron\n", 65, "no window and provider"),
        (PLAN + PLAN, 65, "twice"),
        (PLAN.replace("claude", "claude glm"), 65, "line 3: too much ('glm')"),
        (PLAN + PLAN.replace("-01 ", "-02 "), 65, "W0-CL-02 starts before W0-CL-01 stops"),
        (CALENDAR.replace("UID:1", "RRULE:FREQ=DAILY;COUNT=3"), 65, "line 3: an event that repeats"),
        (CALENDAR.replace("DTEND", "X"), 65, "without DTEND"),
        (CALENDAR.replace(";TZID=Europe/Oslo", ""), 65, "no time with a zone"),
    ],
)
def test_a_schedule_that_is_none_is_refused(tool, plan, status, said):
    ran = tool("window-schedule", stdin=plan)
    assert ran.status == status
    assert said in ran.err


def test_readings_come_in_the_order_of_their_times():
    slots = [
        schedule.Slot(at("09:00"), at("10:00"), "A", "claude"),
        schedule.Slot(at("09:30"), at("09:50"), "B", "glm"),
    ]
    found = schedule.readings(slots, timedelta(minutes=5))
    assert [(one.window, one.phase) for one in found] == [
        ("A", "before"),
        ("B", "before"),
        ("B", "after"),
        ("A", "after"),
    ]


def test_the_timer_tries_again_and_then_records_what_is_missing(tmp_path, tool):
    """A fake clock: `date` tells it and `sleep` moves it."""
    fake = tmp_path / "fake"
    fake.mkdir()
    start = int(at("09:00").timestamp())
    (tmp_path / "now").write_text(str(start - 60))
    scripts = {
        "date": 'case "$*" in +%s) cat "$HOME/now" ;; *) TZ=UTC0 /bin/date -d "@$(cat "$HOME/now")" "$@" ;; esac',
        "sleep": 'echo "$1" >> "$HOME/slept"; now=$(($(cat "$HOME/now") + $1)); echo $now > "$HOME/now"',
        "meter": 'n=$(cat "$HOME/n" 2>/dev/null || echo 0); echo $((n + 1)) > "$HOME/n"\n'
        'case $n in 0) exit 1 ;; 1) echo "Current session: 9% used · resets Jan 5, 1pm (UTC)" ;; *) exit 1 ;; esac',
    }
    for name, body in scripts.items():
        (fake / name).write_text(f"#!/bin/sh\n{body}\n")
        (fake / name).chmod(0o755)
    (tmp_path / "plan.txt").write_text("2026-01-05T09:00Z 2026-01-05T11:00Z W1 claude\n")
    env = clean_env(tmp_path, READ_METER=str(fake / "meter"))
    env["PATH"] = f"{fake}:{BIN}:{os.environ['PATH']}"
    ran = subprocess.run(
        [ROOT / "scripts/automation/window_timer.sh", "plan.txt"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=env,
    )
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "slept").read_text().split() == ["60", "60", str(2 * 3600 + 300 - 60), "60", "60"]
    (before,) = parsed(tool("ledger-cat", "--kind", "snapshot").out)
    assert (before["phase"], before["source"], before["ts"]) == (
        "before",
        "automation",
        "2026-01-05T09:01:00Z",
    )
    (missed,) = parsed(tool("ledger-cat", "--kind", "anomaly").out)
    assert (missed["anomaly"], missed["window"], missed["source"]) == ("missed-reading", "W1", "automation")


def test_the_timer_passes_over_what_is_long_gone_and_once_does_not_wait(tmp_path):
    now = datetime.now(UTC)
    (tmp_path / "plan.txt").write_text(
        f"{text(now - timedelta(hours=9))} {text(now - timedelta(hours=5))} OLD claude\n"
        f"{text(now + timedelta(hours=1))} {text(now + timedelta(hours=5))} NEW claude\n"
    )
    ran = subprocess.run(
        [ROOT / "scripts/automation/window_timer.sh", "--once", "plan.txt"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=clean_env(tmp_path, READ_METER="false"),
        timeout=30,
    )
    assert ran.returncode == 0
    assert ran.stderr.count("passed over") == 2
    missing = subprocess.run(
        [ROOT / "scripts/automation/window_timer.sh", "none.txt"],
        capture_output=True,
        cwd=tmp_path,
        env=clean_env(tmp_path),
    )
    assert missing.returncode == 66


# --- experiment register


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--alpha", "0.06"], "--alpha: more than 0, at most 0.05 (0.06)"),
        (["--errors", "-1"], "--errors: 0 or more, less than 100 (-1)"),
        (["--effect", "1"], "--effect: more than 1 (1)"),
        (["--blocks", "4"], "--blocks: 5 to 24 (4)"),
        (["--candidate", ""], "must have names ('stock_anthropic', '')"),
    ],
)
def test_a_plan_without_a_true_verdict_is_not_registered(tool, words, said):
    ran = tool("experiment", "register", *words)
    assert (ran.status, ran.out) == (2, "") and said in ran.err


def test_no_rise_of_the_error_rate_can_be_registered(tool):
    assert parsed(tool("experiment", "register", "--errors", "0").out)[0]["error_margin_pp"] == 0
