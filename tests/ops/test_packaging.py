"""What `pip install .` makes: built and installed here, without the index, and used from another folder."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from conftest import ROOT, TOOLS, run

BASE = ("msgspec", "tabulate", "dotenv")  # what the base installation depends on, as modules
PLAIN_WORDS = [name for name in TOOLS if "-" not in name and name != "tracker"]
PANE = (ROOT / "tests/golden/capture-claude/reads-the-screen/in").read_bytes()


def build(folder: Path, *settings: str) -> Path:
    """Build the wheel with the hatchling that is here."""
    command = [sys.executable, "-m", "pip", "wheel", "-qq", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, *settings, "-w", folder, ROOT], check=True, stdin=subprocess.DEVNULL)
    [wheel] = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """Return a fresh environment with the wheel and the base installation's packages, and no others."""
    folder = tmp_path_factory.mktemp("installed")
    wheel = build(folder)
    place = folder / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
    pip = [sys.executable, "-m", "pip", "--python", place / "bin" / "python"]
    subprocess.run([*pip, "install", "-qq", "--no-deps", "--no-index", wheel], check=True)
    [site] = place.glob("lib/python3*/site-packages")
    for name in BASE:
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        (site / name).symlink_to(Path(spec.origin).parent)
    return place


@pytest.fixture
def use(installed, tmp_path):
    """`use("preview", …)` runs an installed tool from a folder that knows nothing of the clone."""

    def call(name: str, *args: str, stdin: bytes | str = b"", **env: str):
        clean = {"PATH": f"{installed / 'bin'}:/usr/bin:/bin", "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"}
        return run([str(installed / "bin" / name), *args], stdin=stdin, cwd=tmp_path, env=clean | env)

    return call


def test_every_tool_is_on_path_and_prints_its_help(installed, use):
    there = {path.name for path in (installed / "bin").iterdir()}
    assert there >= set(TOOLS)
    for name in ("capture-claude", "ledger-append", "router", "preview", "tracker"):
        ran = use(name, "--help")
        assert (ran.status, ran.err) == (0, "")
        assert ran.out.startswith(f"usage: {name} ")


@pytest.mark.slow
@pytest.mark.parametrize("name", TOOLS)
def test_every_tools_help_needs_no_extra(use, name):
    assert use(name, "--help").status == 0


def test_a_reading_goes_into_the_ledger_of_the_xdg_folder_and_comes_back(use, tmp_path):
    at = ("--at", "2026-03-01T11:00:00Z", "--tz", "UTC", "--window", "W1", "--phase", "before")
    text = "Current session: 22% used · resets Mar 1, 2pm (UTC)\n"
    read = use("capture-claude", *at, stdin=text)
    assert read.status == 0, read.err
    kept = use("ledger-append", stdin=read.out)
    assert kept.status == 0, kept.err
    assert (tmp_path / ".local/share/plan-meters/ledger/snapshots.jsonl").exists()
    assert '"used_pct":22' in use("ledger-cat", "--window", "W1").out
    assert use("tracker", "where", "ledger").out == f"{tmp_path}/.local/share/plan-meters/ledger\n"


def test_the_plans_commands_join_installed_tools(use, tmp_path):
    ran = use(
        "tracker", "ingest", "claude", "--window", "W1", "--phase", "before", "--at", "2026-03-01T11:00:00Z",
        stdin="Current session: 22% used · resets Mar 1, 2pm (UTC)\n",
    )  # fmt: skip
    assert (ran.status, ran.err) == (0, "")
    assert use("tracker", "verify").status == 0


def test_the_routers_log_is_summed_and_judged_without_an_extra(use):
    log = str(ROOT / "data/samples/logs/usage.jsonl")
    assert use("summarize", log).out.startswith("120 requests")
    assert use("verify-routing", log).status == 0


def test_a_tool_that_lacks_an_extra_says_which_in_one_line(use):
    rows = b"".join(path.read_bytes() for path in (ROOT / "data/samples/week0").glob("*.jsonl"))
    ran = use("preview", stdin=rows)
    assert (ran.status, ran.out) == (78, "")
    assert ran.err == ("preview: needs numpy, scipy and genai_prices; pip install 'plan-meters[evidence]'\n")
    log = str(ROOT / "data/samples/logs/usage.jsonl")
    assert "pip install 'plan-meters[evidence]'" in use("cost-compare", stdin=Path(log).read_bytes()).err
    where = use("summarize", "--where", ".status == 200", log)
    assert where.err == "summarize: needs jq, zstandard and tqdm; pip install 'plan-meters[logs]'\n"
    ran = use("router")
    assert (ran.status, ran.err) == (78, "router: needs mitmproxy; pip install 'plan-meters[router]'\n")


def test_another_pythonpath_does_not_reach_an_installed_tool(use, tmp_path):
    (tmp_path / "msgspec.py").write_text("raise SystemExit('the wrong one')")
    ran = use("summarize", stdin="", PYTHONPATH=str(tmp_path))
    assert (ran.status, "nothing" in ran.err or "no " in ran.err) == (66, True), ran.err


def test_a_tool_and_a_script_of_the_tree_run_by_their_paths_and_through_links(use, installed, tmp_path):
    tools = use("tracker", "where", "tools").out.strip()
    scripts = Path(use("tracker", "where", "scripts").out.strip())
    env = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    (tmp_path / "my-summary").symlink_to(f"{tools}/summarize")
    log = str(ROOT / "data/samples/logs/usage.jsonl")
    assert run([str(tmp_path / "my-summary"), log], cwd=tmp_path, env=env).out.startswith("120 requests")
    text = f"source {scripts}/tracker-aliases.sh; echo 'Current session: 22% used' | as --window W1"
    ran = run(["bash", "-c", text], cwd=tmp_path, env=env)
    assert ran.status == 0, ran.err
    assert (tmp_path / ".local/share/plan-meters/ledger/snapshots.jsonl").exists()
    ran = run([str(installed / "bin" / "python"), "-m", "tracker.cli", "verify"], cwd=tmp_path, env=env)
    assert ran.status == 0, ran.err


def test_manual_pages_and_completions_are_where_the_shells_look(installed, tmp_path):
    share = installed / "share"
    assert {path.stem for path in (share / "man/man1").iterdir()} == set(TOOLS)
    assert {path.name for path in (share / "bash-completion/completions").iterdir()} == set(TOOLS)
    env = {"PATH": f"{installed / 'bin'}:/usr/bin:/bin", "HOME": str(tmp_path)}
    text = f". {share}/bash-completion/completions/preview && complete -p preview"
    assert "-F _tracker_complete preview" in run(["bash", "-c", text], cwd=tmp_path, env=env).out
    if shutil.which("zsh") is None:
        assert not os.environ.get("TRACKER_NO_SKIP"), "zsh is not installed, and nothing may be skipped here"
        pytest.skip("zsh is not installed")
    text = f"fpath=({share}/zsh/site-functions $fpath); autoload -Uz compinit; compinit -u; echo $_comps[preview]"
    assert run(["zsh", "-f", "-c", text], cwd=tmp_path, env=env).out == "_tracker\n"


def test_a_setting_keeps_plain_words_off_path_and_nothing_else(tmp_path):
    with zipfile.ZipFile(build(tmp_path, "--config-settings=generic-names=off")) as wheel:
        [points] = [name for name in wheel.namelist() if name.endswith("entry_points.txt")]
        names = re.findall(r"^(\S+) = ", wheel.read(points).decode(), re.M)
        inside = set(wheel.namelist())
    assert sorted(names) == sorted(set(TOOLS) - set(PLAIN_WORDS))
    assert {f"tracker/tree/bin/{name}" for name in PLAIN_WORDS} <= inside


def test_the_wheel_holds_no_test_no_cache_and_nobodys_data(tmp_path):
    with zipfile.ZipFile(build(tmp_path)) as wheel:
        names = wheel.namelist()
    assert not [name for name in names if "__pycache__" in name or "/.env" in name or "week0/live" in name]
    assert {name.split("/")[0] for name in names if ".d" not in name.split("/")[0]} == {"tracker"}
