"""Where things are: one rule, whatever folder one stands in."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import ROOT
from tracker import bases, places


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch, tmp_path):
    for name in (
        "TRACKER_HOME",
        "USAGE_LOG",
        "TRACKER_DATA_DIR",
        "RESULTS_DIR",
        "ROUTER_CONTROL",
        "LANES_FILE",
        "PLANS_FILE",
    ):
        monkeypatch.delenv(name, raising=False)
    for name in ("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def installed(monkeypatch, tmp_path):
    monkeypatch.setattr(bases, "IS_CLONE", False)
    return tmp_path


def paths() -> set[tuple[str, str]]:
    return {(name, str(places.find(name).path)) for name in (*places.RULES, "env")}


def test_a_clones_tools_use_the_clone_from_any_folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert paths() >= {
        ("ledger", f"{ROOT}/data/week0/live"),
        ("log", f"{ROOT}/logs/usage.jsonl"),
        ("control", f"{ROOT}/logs/router.control"),
        ("results", f"{ROOT}/results"),
        ("lanes", f"{ROOT}/lanes.toml"),
        ("env", f"{ROOT}/.env"),
    }
    assert places.find("tools").path == ROOT / "bin"


def test_installed_tools_use_the_xdg_folders_defaults(installed):
    assert paths() >= {
        ("ledger", f"{installed}/.local/share/plan-meters/ledger"),
        ("log", f"{installed}/.local/state/plan-meters/logs/usage.jsonl"),
        ("control", f"{installed}/.local/state/plan-meters/logs/router.control"),
        ("results", f"{installed}/.local/share/plan-meters/results"),
        ("lanes", f"{installed}/.config/plan-meters/lanes.toml"),
        ("env", f"{installed}/.config/plan-meters/.env"),
    }


def test_xdg_variables_move_them_but_a_relative_one_is_as_good_as_none(installed, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", "/big/data")
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")
    assert places.find("ledger") == (Path("/big/data/plan-meters/ledger"), "XDG_DATA_HOME")
    assert places.find("env").path == installed / ".config/plan-meters/.env"


@pytest.mark.parametrize("is_clone", [True, False])
def test_tracker_home_is_laid_out_like_a_clone_and_a_places_own_variable_wins(monkeypatch, is_clone):
    monkeypatch.setattr(bases, "IS_CLONE", is_clone)
    monkeypatch.setenv("TRACKER_HOME", "/work-a")
    monkeypatch.setenv("USAGE_LOG", "other/usage.jsonl")
    assert paths() >= {
        ("ledger", "/work-a/data/week0/live"),
        ("log", "other/usage.jsonl"),
        ("control", "other/router.control"),
        ("results", "/work-a/results"),
        ("lanes", "/work-a/lanes.toml"),
        ("env", "/work-a/.env"),
    }


def test_an_empty_variable_is_as_good_as_none(monkeypatch):
    monkeypatch.setenv("USAGE_LOG", "")
    monkeypatch.setenv("TRACKER_HOME", "")
    assert places.find("log").path == ROOT / "logs" / "usage.jsonl"


def test_a_package_with_a_tree_in_it_is_an_installed_one(tmp_path):
    package = tmp_path / "site" / "tracker"
    (package / "tree").mkdir(parents=True)
    for path in (ROOT / "lib" / "tracker").glob("*.py"):
        shutil.copy(path, package)
    program = "from tracker import bases, places; print(bases.IS_CLONE, places.find('tools').path)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=package.parent, capture_output=True, text=True, check=True
    )
    assert done.stdout == f"False {package}/tree/bin\n"
