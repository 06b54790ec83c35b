"""The sample that is shipped: every row of it was written by a command that the rehearsal types, and by nothing else."""

from __future__ import annotations

import json
import re

from conftest import ROOT, clean_env, run
from shipped_sample import SAMPLE, rows, shape

LEDGER = SAMPLE / "week0"
LOG = SAMPLE / "logs" / "usage.jsonl"
TYPED = "".join((ROOT / "scripts" / name).read_text() for name in ("rehearse.sh", "rehearse-agent.sh"))
WRITERS = {
    ("experiment", "block"): "tracker experiment register",
    ("feature", "assigned"): "tracker assign-tasks",
    ("feature", "delivered"): "tracker end --buffer-seconds 0",
    ("feature", "priced"): "cost-compare --features | ledger-append",
    ("feature", "ready"): "tracker reserve-feature --map next.csv --ready",
    ("snapshot", "claude"): "tracker begin",
    ("snapshot", "glm"): "glm_reading zs",
    ("window", "claude"): "tracker complete",
    ("proxy_telemetry", ""): "tracker ingest proxy-telemetry",
    ("churn", "claude"): "tracker churn",
    ("evidence", "pytest"): "append_evidence.sh",
    ("evidence", "checkpoint"): "ledger_checkpoint.sh final",
    ("evidence", "panel-vote"): "tracker append-evidence --check panel-vote",
}
KINDS = ("churn", "evidence", "experiments", "features", "proxy_telemetry", "snapshots", "windows")
NUMBERS = ("total_prompts", "errors", "total_tokens", "routed_prompts", "p50_latency_ms", "p95_latency_ms")


def test_every_sort_of_row_is_one_that_a_typed_command_writes():
    assert set(shape(SAMPLE)) == set(WRITERS)
    assert [command for command in WRITERS.values() if command not in TYPED] == []


def test_the_chain_holds_and_the_windows_follow_from_their_readings(tool):
    ran = tool("ledger-verify", "--data-dir", str(LEDGER))
    assert ran.status == 0, ran.err
    assert ran.out.count(" ok") == len(list(LEDGER.glob("*.jsonl"))) == 7
    assert "windows: as their readings give" in ran.out


def test_a_row_put_in_by_hand_breaks_it(tool, tmp_path):
    for path in LEDGER.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    windows = tmp_path / "windows.jsonl"
    windows.write_text(windows.read_text() + windows.read_text().splitlines()[-1] + "\n")
    assert tool("ledger-verify", "--data-dir", str(tmp_path)).status == 1


def test_the_log_is_what_the_windows_telemetry_was_summed_from(tool, tmp_path):
    log = [json.loads(line) for line in LOG.read_text().splitlines()]
    assert {(row["force_haiku"], row["lane"]) for row in log if "haiku" in row["model"]} == {
        (True, "zai"),
        (False, "anthropic"),
    }
    first = min(row["ts"] for row in log)
    summed = {row["window"]: row for row in rows(SAMPLE) if row["kind"] == "proxy_telemetry"}
    whole = [name for name, row in summed.items() if row["first_ts"] > first]
    assert whole, "the log holds no window from its first request to its last"
    ledger = tmp_path / "ledger.jsonl"
    ledger.write_text(tool("ledger-cat", "--data-dir", str(LEDGER)).out)
    for name in whole:
        ran = tool("ingest-proxy", "--window", name, "--ledger", str(ledger), stdin=LOG.read_bytes())
        assert ran.status == 0, ran.err
        made = json.loads(ran.out)
        assert [made[field] for field in NUMBERS] == [summed[name][field] for field in NUMBERS]


def test_nothing_else_is_there_and_no_folder_or_name_of_a_machine():
    assert {path.relative_to(SAMPLE).as_posix() for path in SAMPLE.rglob("*") if path.is_file()} == {
        "README.md",
        "logs/usage.jsonl",
        "week0/heads.txt",
        *(f"week0/{name}.jsonl" for name in KINDS),
    }
    text = "".join(path.read_text() for path in SAMPLE.rglob("*.jsonl"))
    assert re.findall(r"(?:/(?:home|root|Users|tmp|work|var)/|[A-Z]:\\)[^\"]*", text) == []
    assert len(text) < 500_000


def test_a_folder_that_is_no_rehearsal_is_refused_and_nothing_is_written(tmp_path):
    words = [str(ROOT / "scripts" / "sample.sh"), str(tmp_path), str(tmp_path / "made")]
    ran = run(words, cwd=tmp_path, env=clean_env(tmp_path))
    assert ran.status == 66 and "is no rehearsal with a GO" in ran.err
    assert not (tmp_path / "made").exists()
