"""scripts/setup.sh: which interpreter it takes, and that it does nothing twice."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from conftest import ROOT, Ran, clean_env, run

pytestmark = pytest.mark.shell


@pytest.fixture
def project(tmp_path):
    """Return a project's folder whose requirements are empty, and a way to put interpreters on PATH."""
    (tmp_path / "scripts").mkdir()
    (tmp_path / "requirements").mkdir()
    shutil.copy(ROOT / "scripts" / "setup.sh", tmp_path / "scripts")
    for name in ("use", "dev", "router"):
        (tmp_path / "requirements" / f"{name}.txt").write_text("# none\n")
    (tmp_path / "programs").mkdir()
    for name in ("env", "bash", "cat", "cksum", "rm", "dirname"):
        (tmp_path / "programs" / name).symlink_to(shutil.which(name) or name)
    return tmp_path


def put(project: Path, name: str, minor: int) -> None:
    """Put this interpreter on PATH under a name, saying that it is Python 3.MINOR."""
    program = project / "programs" / name
    program.write_text(
        f'#!/bin/sh\n[ "$1" = -c ] || exec {sys.executable} "$@"\n'
        f'exec {sys.executable} -c "import sys; sys.version_info = (3, {minor}, 9); $2"\n'
    )
    program.chmod(0o755)


def setup(project: Path, *words: str) -> Ran:
    env = clean_env(project) | {"PATH": str(project / "programs")}
    return run([str(project / "scripts" / "setup.sh"), *words], cwd=project, env=env)


def test_a_python_of_3_12_or_newer_is_taken_where_there_is_one(project):
    put(project, "python3", 11)
    put(project, "python3.12", 12)
    ran = setup(project, "use")
    assert "setup: .venv for Python 3.12.9\n" in ran.err
    assert (project / ".venv" / "bin" / "python").exists()


def test_else_3_11_is_as_good_and_the_second_run_does_nothing(project):
    put(project, "python3", 11)
    assert "setup: .venv for Python 3.11.9\n" in setup(project, "use").err
    # What stands in .venv is the real interpreter; the stamp has its version from the next filling on.
    setup(project, "use")
    again = setup(project, "use")
    assert (again.status, again.out, again.err) == (0, "", "")


def test_the_one_that_is_named_wins_and_none_is_said(project):
    put(project, "python3", 11)
    put(project, "python3.12", 12)
    assert "setup: .venv for Python 3.11.9\n" in setup(project, "use", "python3").err
    ran = setup(project, "use", "python2.7")
    assert ran.status == 78
    assert ran.err.startswith("setup: no Python 3.11 or newer with venv (looked for python2.7); install one")


def test_what_is_pinned_has_a_hash():
    for file in (ROOT / "requirements").glob("*.txt"):
        text = file.read_text()
        pins = [line for line in text.splitlines() if line[:1].isalnum()]
        assert pins
        assert all(line.endswith("\\") for line in pins), file
        assert text.count("--hash=sha256:") >= len(pins)
