"""Which folder a person's things lie in when nothing names their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tracker import bases


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch, tmp_path):
    for name in ("TRACKER_HOME", "TRACKER_CONFIG", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.mark.parametrize("is_clone", [True, False])
def test_the_config_file_is_the_persons_for_a_clone_and_an_installation(monkeypatch, tmp_path, is_clone):
    monkeypatch.setattr(bases, "IS_CLONE", is_clone)
    assert bases.config().path == tmp_path / ".config/plan-meters/config.toml"
    monkeypatch.setenv("XDG_CONFIG_HOME", "/etc/mine")
    assert bases.config() == (Path("/etc/mine/plan-meters/config.toml"), "XDG_CONFIG_HOME")
    monkeypatch.setenv("TRACKER_HOME", "/work-a")
    assert bases.config() == (Path("/work-a/config.toml"), "TRACKER_HOME")
    monkeypatch.setenv("TRACKER_CONFIG", "/one.toml")
    assert bases.config() == (Path("/one.toml"), "TRACKER_CONFIG")


def test_a_clones_env_file_is_the_clones():
    assert bases.env().path == bases.TREE / ".env"
