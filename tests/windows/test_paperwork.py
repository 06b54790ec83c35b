"""The experiment's paperwork: evidence, CSV ledgers, checkpoints, the registration."""

from __future__ import annotations

import csv
import io

import pytest

from readings import at, evidence, lines, parsed, reading, text

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
    assert len([*(tmp_path / "L").iterdir()]) == 4, "the others have their headers"


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


def test_a_checkpoint_finds_its_papers_from_any_folder_and_leaves_the_toolkit_alone(sh, tool, tmp_path):
    tool("ledger-append", stdin=lines(reading("W1", at("09:00"), 5.0)))
    (tmp_path / "elsewhere").mkdir()
    ran = sh('"$ROOT/scripts/automation/ledger_checkpoint.sh" plan', cwd=tmp_path / "elsewhere")
    assert ran.status == 0, ran.err
    made = {path.name for path in (tmp_path / "docs" / "Ledgers").iterdir()}
    assert "heads.txt" in made and len(made) == 5
    handoff = (tmp_path / "docs" / "SESSION_HANDOFF.md").read_text()
    assert "- docs/Ledgers/heads.txt" in handoff and str(tmp_path) not in handoff
    assert "plan of W1" in (tmp_path / "progress.md").read_text()
    assert not list((tmp_path / "elsewhere").iterdir())


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
