"""Git histories made for a test: real repositories, whose commits are dated in days."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime, timedelta

from tracker.churn import survival

DAY0 = datetime(2026, 1, 5, 9, tzinfo=UTC)
LATER = DAY0 + timedelta(days=60)
WORDS = [f"value_{number} = compute_something({number})" for number in range(1, 60)]


class Repo:
    """A repository whose commits are dated in days from DAY0."""

    def __init__(self, path, *made_by: str):
        self.path = path
        path.mkdir()
        self.git(*(made_by or ("init", "-q", "-b", "main")), *(["."] if made_by else []))

    def git(self, *words: str, day: float = 0, stdin: bytes = b"") -> str:
        when = f"{int((DAY0 + timedelta(days=day)).timestamp())} +0000"
        who = {
            "GIT_AUTHOR_NAME": "A",
            "GIT_AUTHOR_EMAIL": "a@example.org",
            "GIT_AUTHOR_DATE": when,
            "GIT_COMMITTER_NAME": "C",
            "GIT_COMMITTER_EMAIL": "c@example.org",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_SYSTEM": os.devnull,
        }
        done = subprocess.run(
            ["git", "-C", str(self.path), *words],
            input=stdin,
            capture_output=True,
            env=os.environ | who,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode().strip()

    def write(self, name: str, lines: list[str], end: str = "\n") -> None:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes("".join(line + end for line in lines).encode())

    def commit(self, subject: str, day: float = 0, **files: list[str]) -> str:
        for name, lines in files.items():
            self.write(name.replace("__", "."), lines)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", subject, day=day)
        return self.git("rev-parse", "HEAD")

    def churn(self, start: str | None, end: str | None, now: datetime = LATER):
        return survival.measure(self.path, "W1", start, end, now)
