"""Two fixtures: `tool` runs an executable of bin/, `sh` runs a script in a real bash or zsh."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

import needs

# A pytest of somewhere else, as the plans type it, says what to run; it does not show 200 import errors.
if said := needs.lacking():
    sys.exit(f"pytest: {said}")

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / "bin"
# What is started by a shell in the background inherits that Ctrl-C is ignored; what the tests start
# must not.  A handler, unlike being ignored, is not handed on.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
TOOLS = sorted(path.name for path in BIN.iterdir() if path.is_file() and os.access(path, os.X_OK))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that hold a slow case: begun last, one worker would be alone with it at the end.

    A file's cases stay together, so that what they share is made once.
    """
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


class Ran(NamedTuple):
    """How a program ended: status as a shell shows it, stdout and stderr apart."""

    status: int
    out: str
    err: str


def clean_env(home: Path, **more: str) -> dict[str, str]:
    """Return an environment with nothing of the caller's but PATH, and a HOME of the test's own."""
    env = {"PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(home), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    env |= {"TRACKER_DATA_DIR": str(home / "data"), "TRACKER_HOME": str(home)}
    return env | more


def run(
    command: list[str], *, stdin: bytes | str = b"", cwd: Path, env: dict[str, str], timeout: float = 60
) -> Ran:
    """Run a program to its end; a program that a signal ended has status 128 + signal."""
    done = subprocess.run(
        command,
        input=stdin.encode() if isinstance(stdin, str) else stdin,
        capture_output=True,
        cwd=cwd,
        env=env,
        timeout=timeout,
        preexec_fn=lambda: signal.signal(signal.SIGPIPE, signal.SIG_DFL),
    )
    status = done.returncode if done.returncode >= 0 else 128 - done.returncode
    return Ran(status, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))


@pytest.fixture
def tool(tmp_path):
    """`tool("capture-claude", "--window", "W1", stdin=pane)` runs it in a folder of the test's own."""

    def call(name: str, *args: str, stdin: bytes | str = b"", timeout: float = 60, **env: str) -> Ran:
        return run(
            [str(BIN / name), *args],
            stdin=stdin,
            cwd=tmp_path,
            env=clean_env(tmp_path, **env),
            timeout=timeout,
        )

    return call


@pytest.fixture(params=["bash", "zsh"])
def sh(request, tmp_path):
    """`sh("source scripts/x.sh; f 1")` runs the text in this shell; once for bash, once for zsh.

    The text finds the project's folder in $ROOT.  Start-up files are not read.
    """
    shell = shutil.which(request.param)
    if shell is None:
        if os.environ.get("TRACKER_NO_SKIP"):
            pytest.fail(f"{request.param} is not installed, and nothing may be skipped here")
        pytest.skip(f"{request.param} is not installed")
    quiet = ["--noprofile", "--norc"] if request.param == "bash" else ["-f"]

    def call(
        text: str, *, stdin: bytes | str = b"", timeout: float = 60, cwd: Path | None = None, **env: str
    ) -> Ran:
        return run(
            [shell, *quiet, "-c", text],
            stdin=stdin,
            cwd=cwd or tmp_path,
            env=clean_env(tmp_path, ROOT=str(ROOT), **env),
            timeout=timeout,
        )

    call.name = request.param
    return call
