"""The pages for people: their commands run, what they name is there, and no link leads nowhere."""

from __future__ import annotations

import os
import re
import subprocess

import pytest

from conftest import BIN, ROOT, clean_env, run
from workdays import CLAUDE, git

WRITTEN = ("docs/tools", "docs/rows.md")  # `make docs` answers for these
PAGES = sorted(
    path
    for folder in ("docs", "plans")
    for path in (ROOT / folder).rglob("*.md")
    if not path.is_symlink() and not str(path.relative_to(ROOT)).startswith(WRITTEN)
)
NAMED = [
    "operator.md",
    "reproduce.md",
    "tools/README.md",
    "P0-EXIT-CRITERIA.md",
    "ERROR-TAXONOMY.md",
    "mitm-subagent-offload/05-MITM-ADDON-SPEC.md",
    "mitm-subagent-offload/24-SECURITY-HARNESS.md",
    "COST-ESTIMATOR.md",
    "EXPERIMENT-PLAYBOOK.md",
    "RESULTS-TEMPLATE.md",
    "SESSION_HANDOFF.md",
    "SOP/weekly_run_protocol.md",
    "adr/0006-the-after-waits-five-minutes.md",
]
BLOCKS = [
    (page, block)
    for page in PAGES
    for block in re.findall(r"^```bash\n(.*?)^```", page.read_text(), re.S | re.M)
]
TARGETS = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.M))


def name(page) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", NAMED)
def test_every_page_that_the_plans_name_is_there(page):
    assert (ROOT / "docs" / page).stat().st_size > 200


@pytest.mark.shell
@pytest.mark.parametrize(("page", "block"), BLOCKS, ids=[name(page) for page, _ in BLOCKS])
def test_the_commands_of_a_page_run(page, block, tmp_path):
    """The project is seen through links, so that what a page writes lands elsewhere."""
    (tmp_path / "data").mkdir()
    world = tmp_path / "world"
    world.mkdir()
    (world / "claude").write_text(CLAUDE)  # a plan's meter for `as` and `ae`, which read it on a terminal
    (world / "claude").chmod(0o755)
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "start")
    block = re.sub(r"^(as|ae) (?=--window)", r"\1 --live --buffer-seconds 0 ", block, flags=re.M)
    for part in (
        ".env.example",
        "bin",
        "lib",
        "scripts",
        "data/samples",
        "data/prices",
        "docs",
        "plans",
        ".venv",
        "addons",
    ):
        (tmp_path / part).symlink_to(ROOT / part)
    ran = run(
        ["bash", "-e", "-o", "pipefail", "-c", block],
        cwd=tmp_path,
        env=clean_env(
            tmp_path,
            BUNDLE_DIR=str(tmp_path),
            TRACKER_DATA_DIR=str(tmp_path / "ledger"),
            PATH=f"{world}:{BIN}:{os.environ['PATH']}",
            **{
                f"GIT_{who}_{what}": "n@example.com"
                for who in ("AUTHOR", "COMMITTER")
                for what in ("NAME", "EMAIL")
            },
        ),
    )
    assert ran.status == 0, ran.err


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_and_programs_of_a_page_exist(page):
    text = page.read_text()
    for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
        assert (page.resolve().parent / link).exists(), link
    for script in re.findall(r"\bscripts/[\w/.-]+\.(?:sh|py|js)\b", text):
        assert (ROOT / script).exists(), script
    for target in re.findall(r"`(?:\w+=\S+ )*make ([a-z][a-z0-9-]*)", text):
        assert target in TARGETS, target


def test_make_knows_every_target_of_the_plans():
    wanted = (
        "mitm tee-on tee-off summarize verify-routing soak burst parallel chaos longrun longrun-model-only warmup "
        "ab-h1h2 ab-header-mode bundle prune-results productize-check ledgers rehearse p0 repo-map demo"
    )
    assert set(wanted.split()) <= TARGETS


@pytest.mark.parametrize(
    ("words", "script"),
    [
        (["soak", "MINUTES=5"], "scripts/soak.sh 5"),
        (["burst"], "scripts/burst.sh"),
        (["burst", "N=30"], "scripts/burst.sh 30"),
        (["chaos", "MITM_PORT=8080", "DELAY=20"], 'scripts/chaos-restart-mitm.sh "8080" 20'),
        (["longrun-model-only", "MINUTES=1"], 'scripts/longrun.sh "1" model-only'),
        (["mitm", "MITM_PORT=8083"], "scripts/mitm.sh run 8083"),
        (["verify-routing", "LOG=a.jsonl"], "verify-routing  a.jsonl"),
        (["verify-routing"], 'verify-routing  "$(tracker where log)"'),
        (["demo", "CLIENT=claude"], "scripts/demo.sh claude"),
    ],
)
def test_make_passes_its_settings_on(words, script):
    # What this very run of the tests was given by make (ARGS, -j) is not the case's.
    env = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "ARGS"))}
    done = subprocess.run(["make", "-n", *words], cwd=ROOT, capture_output=True, text=True, env=env)
    assert done.returncode == 0, done.stderr
    assert script in [line.strip() for line in done.stdout.splitlines()]
