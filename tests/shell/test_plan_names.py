"""The field plans' other names for things: scripts of theirs that are one line to ours."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from conftest import ROOT, clean_env, run

SAMPLE = str(ROOT / "data" / "samples" / "week0")


@pytest.mark.parametrize(
    ("script", "args", "statuses", "words"),
    [
        ("decision_card.py", ["--data-dir", SAMPLE, "--window", "WEEK0"], {0}, "GO"),
        (
            "router_replay.py",
            ["--data-dir", SAMPLE, "--strategy", "bwk", "--baseline", "greedy", "--seeds", "1000"],
            {0, 1},
            "bwk",
        ),
        ("reserve_feature.py", ["--help"], {0}, "usage: reserve-feature"),
    ],
)
def test_a_python_name_runs_the_tool_behind_it(tmp_path, script, args, statuses, words):
    ran = run([str(ROOT / "scripts" / "tools" / script), *args], cwd=tmp_path, env=clean_env(tmp_path))
    assert ran.status in statuses, ran.err
    assert words in ran.out


def test_the_cost_compare_name_takes_the_ledger_and_the_log(tmp_path):
    log = str(ROOT / "data" / "samples" / "logs" / "usage.jsonl")
    ran = run(
        [str(ROOT / "scripts/tools/proxy_cost_compare.py"), "--data-dir", SAMPLE, "--min", "3"],
        cwd=tmp_path,
        env=clean_env(tmp_path, USAGE_LOG=log),
    )
    assert ran.status in {0, 1}, ran.err
    assert "USD" in ran.out


@pytest.mark.skipif(not shutil.which("node"), reason="no node on PATH")
@pytest.mark.parametrize(
    ("script", "words"), [("summarize-usage.js", "requests"), ("verify-routing.js", "decisions went to Z.AI")]
)
def test_a_node_name_reads_the_log(tmp_path, script, words):
    log = str(ROOT / "data" / "samples" / "logs" / "usage.jsonl")
    ran = run([str(ROOT / "scripts" / script)], cwd=tmp_path, env=clean_env(tmp_path, USAGE_LOG=log))
    assert ran.status in {0, 1}, ran.err
    assert words in ran.out


@pytest.mark.router
@pytest.mark.parametrize(("more", "host"), [([], "127.0.0.1"), (["--listen-host", "0.0.0.0"], "*")])
def test_the_chain_of_the_plans_loads_under_their_path(tmp_path, more, host):
    """log_only_messages, body_sample_tee, haiku_glm_router: in this order, in a plain mitmdump."""
    folder = ROOT / "services" / "mitm-subagent-offload" / "addons"
    words = [
        word
        for name in ("log_only_messages", "body_sample_tee", "haiku_glm_router")
        for word in ("-s", f"{folder}/{name}.py")
    ]
    process = subprocess.Popen(
        [str(ROOT / ".venv-router/bin/mitmdump"), *words, "-p", "0", *more, "--set", f"confdir={tmp_path}"],
        cwd=tmp_path,
        env=clean_env(tmp_path, PYTHONUNBUFFERED="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        said = ""
        for line in process.stdout:
            said += line
            if "listening at" in line or "rror" in line:
                break
        assert f"listening at {host}:" in said, "the typed chain listens on loopback unless told otherwise"
        assert "rror" not in said
    finally:
        process.terminate()
        process.wait(10)


def test_the_agent_is_a_haiku_subagent():
    text = (ROOT / ".claude" / "agents" / "haiku-subagent.md").read_text()
    head = dict(line.split(": ", 1) for line in text.split("---")[1].strip().splitlines())
    assert (head["name"], head["model"]) == ("haiku-subagent", "haiku")


def test_there_are_four_prompts_to_paste():
    prompts = sorted((ROOT / "docs" / "prompts").glob("*.md"))
    assert len(prompts) == 4
    assert all("```text\n" in path.read_text() for path in prompts)


TYPED = [
    "tracker/src/tracker/cli.py",
    "services/mitm-subagent-offload/addons/haiku_glm_router.py",
    "services/mitm-subagent-offload/addons/log_only_messages.py",
    "services/mitm-subagent-offload/addons/body_sample_tee.py",
    "scripts/tools/append_evidence.sh",
    "scripts/tools/decision_card.py",
    "scripts/tools/proxy_cost_compare.py",
    "scripts/tools/reserve_feature.py",
    "scripts/tools/router_replay.py",
    "scripts/automation/ledger_checkpoint.sh",
    "scripts/automation/window_timer.sh",
    "scripts/summarize-usage.js",
    "scripts/verify-routing.js",
    "features/evidence_pack.feature",
    "work/sub",
    "docs/P0-EXIT-CRITERIA.md",
    "docs/ERROR-TAXONOMY.md",
    "docs/SESSION_HANDOFF.md",
    "docs/mitm-subagent-offload/05-MITM-ADDON-SPEC.md",
    "docs/mitm-subagent-offload/24-SECURITY-HARNESS.md",
    "docs/SOP/weekly_run_protocol.md",
    "docs/System/scheduler/standing_jobs.md",
]


@pytest.mark.parametrize("path", TYPED)
def test_a_typed_path_is_a_link_into_one_folder(path):
    assert (ROOT / path).exists()
    through = [
        ROOT.joinpath(*(ROOT / path).relative_to(ROOT).parts[: n + 1]) for n in range(path.count("/") + 1)
    ]
    links = [part for part in through if part.is_symlink()]
    assert links, f"{path} stands beside the project's own files"
    assert links[0].readlink().as_posix().lstrip("./").startswith("plans/")


def test_the_page_of_the_plans_paths_names_each_or_its_folder():
    page = (ROOT / "plans" / "README.md").read_text()
    parts = [
        {Path(path).name, *(f"{parent}" for parent in Path(path).parents if parent.name)} for path in TYPED
    ]
    assert [path for path, names in zip(TYPED, parts, strict=True) if not any(n in page for n in names)] == []


@pytest.mark.parametrize("python", ["python3", str(ROOT / ".venv/bin/python")])
@pytest.mark.parametrize("path", [None, "tracker/src"])
def test_the_plans_module_runs_in_the_clone_with_and_without_pythonpath(tmp_path, python, path):
    env = clean_env(tmp_path) | ({"PYTHONPATH": path} if path else {})
    ran = run([python, "-m", "tracker.cli", "preview", "--version"], cwd=ROOT, env=env)
    assert (ran.status, "(tracker)" in ran.out) == (0, True), ran.err


def test_behave_finds_the_features_where_the_plans_type_them(tmp_path):
    behave = str(ROOT / ".venv/bin/behave")
    ran = run(
        [behave, "features", "--dry-run", "--no-capture"],
        cwd=ROOT,
        env=clean_env(tmp_path, PYTHONPATH="tracker/src"),
    )
    assert ran.status == 0, ran.err
    assert "15 untested" in ran.out or "scenarios" in ran.out


def test_the_csv_ledgers_have_their_headers_before_the_first_row(tmp_path):
    ran = run(
        [str(ROOT / "scripts/automation/write_ledgers.sh"), str(tmp_path / "Ledgers")],
        cwd=tmp_path,
        env=clean_env(tmp_path),
    )
    assert ran.status == 0, ran.err
    written = sorted((tmp_path / "Ledgers").glob("*.csv"))
    assert len(written) == 4
    assert all(path.read_text().count("\n") == 1 and "," in path.read_text() for path in written)


def test_the_examples_are_taken_by_the_tools_that_read_them(tmp_path):
    system = ROOT / "docs/System"
    schedule = (system / "scheduler/windows.example.txt").read_bytes()
    assert (
        run([str(ROOT / "bin/window-schedule")], stdin=schedule, cwd=tmp_path, env=clean_env(tmp_path)).status
        == 0
    )
    capabilities = str(system / "capability_map/example/capabilities.csv")
    assert 10 <= len(Path(capabilities).read_text().splitlines()) - 1 <= 20
    ran = run(
        [str(ROOT / "bin/reserve-feature"), "--map", capabilities], cwd=tmp_path, env=clean_env(tmp_path)
    )
    assert ran.status == 0, ran.err
    assert "export-csv" in ran.out
