"""The three installers, from the index (`make test-installers`): what they put on PATH runs, the router too."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import ROOT, TOOLS

pytestmark = [
    pytest.mark.slow,
    # As the real clients: it needs the index, so it has a target of its own.
    pytest.mark.skipif(not os.environ.get("TRACKER_INSTALLERS"), reason="make test-installers runs it"),
]
PLAIN = {name for name in TOOLS if "-" not in name} - {"tracker"}
OFF = "generic-names=off"


@pytest.fixture(scope="module")
def installers(tmp_path_factory) -> Path:
    """Return the programs of a fresh environment with pip, pipx and uv."""
    folder = tmp_path_factory.mktemp("installers")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    subprocess.run([folder / "bin" / "pip", "install", "-qq", "pipx", "uv"], check=True)
    return folder / "bin"


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    for name in ("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "TRACKER_HOME", "PYTHONPATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("UV_PYTHON_DOWNLOADS", "never")
    monkeypatch.setenv("PIPX_HOME", str(tmp_path / "pipx"))
    monkeypatch.setenv("PIPX_BIN_DIR", str(tmp_path / "bin"))
    monkeypatch.setenv("UV_TOOL_BIN_DIR", str(tmp_path / "bin"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def works(programs: Path, home: Path) -> None:
    log = str(ROOT / "data" / "samples" / "logs" / "usage.jsonl")
    said = subprocess.run([programs / "verify-routing", log], check=True, capture_output=True, text=True)
    assert "no breach" in said.stdout
    where = subprocess.run([programs / "tracker", "where", "env"], check=True, capture_output=True, text=True)
    assert where.stdout == f"{home}/.config/plan-meters/.env\n"


def test_pip_installs_the_router_beside_the_rest_and_it_listens(home):
    subprocess.run([sys.executable, "-m", "venv", "environment"], check=True)
    programs = home / "environment" / "bin"
    subprocess.run([programs / "pip", "install", "-qq", f"{ROOT}[router]"], check=True)
    works(programs, home)
    assert {path.name for path in programs.iterdir()} >= set(TOOLS)
    router = subprocess.Popen([programs / "router", "--port", "0"], stdout=subprocess.PIPE, text=True)
    try:
        assert router.stdout is not None
        assert json.loads(router.stdout.readline())["kind"] == "listening"
    finally:
        router.terminate()
        router.wait(20)
        router.stdout.close()


def test_pipx_installs_it_without_the_plain_words(home, installers):
    command = [installers / "pipx", "install", "-q", "--python", sys.executable, str(ROOT)]
    subprocess.run([*command, f"--pip-args=-C {OFF}"], check=True)
    works(home / "bin", home)
    assert {path.name for path in (home / "bin").iterdir()} == set(TOOLS) - PLAIN


def test_uv_installs_it_and_takes_the_same_setting(home, installers):
    command = [installers / "uv", "tool", "install", "-q", "--python", sys.executable, str(ROOT)]
    subprocess.run([*command, "--config-setting", OFF], check=True)
    works(home / "bin", home)
    assert {path.name for path in (home / "bin").iterdir()} == set(TOOLS) - PLAIN
    subprocess.run([*command, "--reinstall"], check=True)
    assert {path.name for path in (home / "bin").iterdir()} == set(TOOLS)
