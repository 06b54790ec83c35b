"""The task bank: blocks by coin, and capabilities that are taken once."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

import pytest

from conftest import ROOT
from readings import lines, parsed
from tracker.windows import tasks

BANK = "feature_id,title,predicted_size\n" + "".join(
    f"F-{number:04},task {number},{40 + 10 * (number % 3)}\n" for number in range(12)
)
NOW = datetime(2026, 1, 4, tzinfo=UTC)


def bank() -> list[tasks.BankTask]:
    return tasks.read(BANK.splitlines(), "feature_id")


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


def test_a_spec_that_waits_is_reserved_when_its_time_comes_and_may_be_set_back(tool):
    ready = parsed(reserve(tool, "--ready", "--blocked-by", "capacity").out)[0]
    assert (ready["capability"], ready["state"], ready["blocked_by"]) == ("export-csv", "ready", "capacity")
    docs = parsed(reserve(tool, "--blocked-by", "docs").out)[0]
    assert (docs["capability"], docs["state"]) == ("import-csv", "blocked")
    taken = parsed(reserve(tool, "--window", "W1").out)[0]
    assert (taken["capability"], taken["state"], taken["supersedes"]) == (
        "export-csv",
        "reserved",
        ready["row_id"],
    )
    assert reserve(tool, "--capability", "export-csv").status == 75
    back = parsed(reserve(tool, "--capability", "export-csv", "--ready").out)[0]
    assert (back["state"], back["window"], back["supersedes"]) == ("ready", None, taken["row_id"])
    assert [row["state"] for row in parsed(tool("ledger-cat", "--kind", "feature").out)] == [
        "blocked",
        "ready",
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [(["--blocked-by", " "], "--blocked-by is empty"), (["--ready", "--window", "W1"], "leave --window out")],
)
def test_what_a_waiting_spec_cannot_be_is_refused(tool, words, said):
    ran = tool("reserve-feature", "--map", MAP, *words)
    assert (ran.status, ran.out) == (2, "") and said in ran.err


def test_a_task_that_was_blocked_in_its_window_is_taken_up_again_and_that_row_stays(tool):
    ended = {"kind": "feature", "ts": "2026-01-05T09:00:00Z", "feature_id": "F-0001", "window": "W1"}
    tool("ledger-append", stdin=lines({**ended, "capability": "export-csv", "state": "blocked"}))
    again = parsed(reserve(tool, "--capability", "export-csv", "--window", "W2").out)[0]
    assert (again["state"], again["supersedes"]) == ("reserved", None)
    assert len(parsed(tool("ledger-cat", "--kind", "feature").out)) == 2
