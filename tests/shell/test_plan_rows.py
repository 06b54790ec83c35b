"""Rows of docs/plans.md that no other test shows: each typed as the field plans type it."""

from __future__ import annotations

import json
import os
import subprocess

import pytest

from conftest import ROOT, clean_env, run

SOURCE = f"source {ROOT}/scripts/tracker-aliases.sh\n"


def in_lab(folder, script, *args, timeout=300, **more):
    return run(
        [str(ROOT / "scripts" / script), *args],
        cwd=folder,
        env=clean_env(folder, LAB="1", RESULTS_DIR=str(folder / "results"), **more),
        timeout=timeout,
    )


def rows(folder, name):
    (found,) = folder.glob(f"results/runs/*/{name}")
    return [json.loads(line) for line in found.read_text().splitlines()]


def test_acm_records_what_the_monitor_says(sh, tmp_path):
    said = ROOT / "tests/fixtures/meters/claude-monitor/json.text.json"
    monitor = tmp_path / "claude-monitor"
    monitor.write_text(f'#!/bin/sh\n[ "$*" = "--once --output json" ] && cat {said}\n')
    monitor.chmod(0o755)
    pane = "Current session: 5% used · resets Mar 1, 2pm (UTC)\n"
    ran = sh(
        SOURCE + f"PATH={tmp_path}:$PATH; as --window W1 --at 2026-03-01T10:00:00Z >&2 && "
        "acm --window W1 --at 2026-03-01T11:00:00Z >&2 </dev/null; ledger-cat --kind snapshot",
        stdin=pane,
    )
    (_, after) = map(json.loads, ran.out.splitlines())
    assert (after["phase"], after["meters"][0]["used_pct"]) == ("after", 41.2), ran.err
    assert "local-estimate" in after["flags"]


def test_occ_asks_ccusage_for_codex(sh, tmp_path):
    npx = tmp_path / "npx"
    npx.write_text('#!/bin/sh\necho "asked: $*"\n')
    npx.chmod(0o755)
    ran = sh(SOURCE + f"PATH={tmp_path}:$PATH; occ daily --json")
    assert (ran.status, ran.out) == (0, "asked: --yes ccusage@latest codex daily --json\n")


@pytest.mark.slow
@pytest.mark.router
def test_a_long_run_switches_the_lane_of_a_running_router(tmp_path):
    ran = in_lab(tmp_path, "longrun.sh", "0.2")
    assert ran.status == 0, ran.err
    haiku = [row for row in rows(tmp_path, "usage.jsonl") if "haiku" in row["model"]]
    assert {row["lane"] for row in haiku} == {"anthropic", "zai"}
    assert len({row["force_haiku"] for row in haiku}) == 2


@pytest.mark.slow
@pytest.mark.router
def test_a_long_run_by_model_only_keeps_haiku_on_zai(tmp_path):
    ran = in_lab(tmp_path, "longrun.sh", "0.1", "model-only")
    assert ran.status == 0, ran.err
    sent = rows(tmp_path, "usage.jsonl")
    assert {row["lane"] for row in sent if "haiku" in row["model"]} == {"zai"}
    assert {row["lane"] for row in sent if "sonnet" in row["model"]} == {"anthropic"}


@pytest.mark.slow
@pytest.mark.router
def test_the_warm_up_is_three_tests_on_both_lanes(tmp_path):
    ran = in_lab(tmp_path, "warmup.sh")
    assert ran.status == 0, ran.err
    sent = {(row["lane"], row["op"]) for row in rows(tmp_path, "usage.jsonl")}
    assert sent >= {
        ("anthropic", "nonstream"),
        ("zai", "nonstream"),
        ("anthropic", "stream"),
        ("zai", "stream"),
    }
    page = (tmp_path / "results" / "TESTS.md").read_text()
    assert 2 <= page.count('"lane"') <= 12


@pytest.mark.router
def test_the_plans_settings_of_the_proxy_are_taken(tmp_path):
    plan = {
        "MITM_FILTER_CHAIN": "1",
        "MITM_FORCE_H1": "1",
        "FORCE_HAIKU_TO_ZAI": "1",
        "ZAI_API_KEY": "made-up",
    }
    ran = run([str(ROOT / "bin" / "router"), "--check"], cwd=tmp_path, env=clean_env(tmp_path, **plan))
    assert ran.status == 0, ran.err
    assert "Haiku to Z.AI: 1 (FORCE_HAIKU_TO_ZAI=1, environment)" in ran.out + ran.err


def test_the_plans_files_hold_the_rows_that_they_are_named_for(tool, tmp_path):
    meter = {"meter": "five_hour", "used_pct": 5.0}
    sums = {"total_prompts": 4, "routed_prompts": 2, "total_tokens": 9}
    made = [
        {"kind": "window", "window": "W1", "methodology": "m", "provider": "claude", "features": 1},
        {"kind": "anomaly", "window": "W1", "anomaly": "late-after"},
        {"kind": "proxy_telemetry", "window": "W1", **sums},
        {"kind": "snapshot", "window": "W1", "provider": "claude", "phase": "before", "meters": [meter]}
        | {"surface": "print"},
    ]
    text = "".join(json.dumps({"ts": "2026-01-05T09:00:00Z", **row}) + "\n" for row in made)
    ran = tool("ledger-append", stdin=text)
    assert ran.status == 0, ran.err
    for name in ("windows", "anomalies", "proxy_telemetry", "snapshots"):
        (row,) = [json.loads(line) for line in (tmp_path / "data" / f"{name}.jsonl").read_text().splitlines()]
        assert row["kind"] == {"windows": "window", "anomalies": "anomaly", "snapshots": "snapshot"}.get(
            name, name
        )


def test_what_a_person_makes_is_not_seen_by_git():
    made = (
        "VERSIONS.json progress.md .env logs/usage.jsonl results/METRICS.json data/week0/live/windows.jsonl"
    )
    made += " plans/docs/System/scheduler/windows.local.txt plans/work/sub/settings.json"
    asked = subprocess.run(
        ["git", "-C", ROOT, "check-ignore", *made.split()],
        capture_output=True,
        text=True,
        env=dict(os.environ),
    )
    assert asked.stdout.split() == made.split()
