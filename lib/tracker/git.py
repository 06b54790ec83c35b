"""Git, run the same way everywhere: its own words in plain English, and the repository that was meant."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tracker import cli

_OF_A_REPOSITORY = {
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_PREFIX",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
}


def environment() -> dict[str, str]:
    """Return the caller's environment without what git tells its hooks about the repository they run in."""
    kept = {name: value for name, value in os.environ.items() if name not in _OF_A_REPOSITORY}
    return kept | {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_REPLACE_OBJECTS": "1"}


def command(repo: Path, *words: str) -> list[str]:
    """Return the command line of git in a repository, which prints paths as they are."""
    return ["git", "-C", str(repo), "-c", "core.quotePath=false", *words]


def run(repo: Path, *words: str, stdin: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    """Run a git command to its end, whatever that is; cli.Stop (78) when there is no git."""
    try:
        return subprocess.run(
            command(repo, *words), input=stdin, capture_output=True, env=environment(), check=False
        )
    except FileNotFoundError:
        raise cli.Stop(cli.NO_SETTING, "git is not on PATH; install it") from None


def reason(done: subprocess.CompletedProcess[bytes]) -> str:
    """Return git's own line about a failure: the one that says error or fatal, else the first."""
    said = [line for line in done.stderr.decode(errors="replace").splitlines() if line.strip()]
    named = [line for line in said if line.startswith(("fatal:", "error:"))]
    return (named or said or ["no message"])[0].strip()
