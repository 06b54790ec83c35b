"""Every script that a person types says what it is for, and does nothing else, when it is asked."""

from __future__ import annotations

import os

import pytest

from conftest import ROOT, clean_env, run

FOUND = {
    path.resolve()
    for folder in ("", "tools", "automation")
    for path in (ROOT / "scripts" / folder).glob("*.sh")
}
SCRIPTS = sorted(
    path
    for path in FOUND
    if os.access(path, os.X_OK) and path.read_text().splitlines()[1].startswith("# Usage")
)


@pytest.mark.shell
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
@pytest.mark.parametrize("word", ["-h", "--help"])
def test_help_is_printed_and_nothing_is_done(tmp_path, script, word):
    ran = run([str(script), word], cwd=tmp_path, env=clean_env(tmp_path), timeout=20)
    assert (ran.status, ran.err) == (0, "")
    assert script.stem in ran.out.splitlines()[0] and ran.out.lower().startswith("usage: ")
    assert [*tmp_path.iterdir()] == []


def test_the_scripts_are_found():
    assert {"mitm.sh", "bundle.sh", "append_evidence.sh", "window_timer.sh"} <= {
        path.name for path in SCRIPTS
    }
