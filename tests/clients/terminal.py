"""A terminal that somebody sits at: a real tmux whose screen is read, and whose every screen is kept."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path


class Terminal:
    """One shell in tmux, with an environment of its own; what was seen is written to `kept`, as plain text."""

    def __init__(
        self, name: str, kept: Path, cwd: Path, env: dict[str, str], shell: Sequence[str], about: str
    ) -> None:
        self._socket = f"seat-{name}-{os.getpid()}"
        self._typed = 0
        self._kept = kept
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(f"{about}\n")
        words = ["env", "-i", *(f"{key}={value}" for key, value in env.items()), *shell]
        # Nobody's own settings; the history holds all of what scrolls by. In one call: a server without a
        # session ends at once.
        settings = ["-f", "/dev/null", "start-server", ";", "set-option", "-g", "history-limit", "20000", ";"]
        self._tmux(
            *settings, "new-session", "-d", "-s", "seat", "-x", "100", "-y", "45", "-c", str(cwd), *words
        )
        self.wait(r"^\$ *$", 20, keep=False)  # what is typed before the prompt is there may be lost

    def _tmux(self, *words: str) -> str:
        return subprocess.run(["tmux", "-L", self._socket, *words], capture_output=True, text=True).stdout

    def screen(self) -> str:
        """Return what stands on the screen."""
        return self._tmux("capture-pane", "-p", "-t", "seat")

    def write(self, text: str) -> None:
        """Type a text, and Enter once it stands there."""
        self._tmux("send-keys", "-t", "seat", "-l", text)
        self.wait(re.escape(text[-40:]), 20, keep=False)
        time.sleep(0.3)  # a client that completes commands looks at what was typed
        self.press("Enter")

    def press(self, *names: str) -> None:
        """Press keys by their names."""
        self._tmux("send-keys", "-t", "seat", *names)

    def wait(self, pattern: str, seconds: float = 60, *, keep: bool = True) -> str:
        """Return the screen once the pattern stands on it."""
        find = re.compile(pattern, re.M).search
        until = time.monotonic() + seconds
        while not find(pane := self.screen()):
            if time.monotonic() > until:
                self._keep(f"in vain for {seconds:g} s: {pattern}", pane)
                raise AssertionError(f"no {pattern!r} on the screen after {seconds:g} s:\n{pane}")
            time.sleep(0.15)
        if keep:
            self._keep(pattern, pane)
        return pane

    def _keep(self, about: str, pane: str) -> None:
        with self._kept.open("a") as file:
            file.write(f"\n===== {time.strftime('%H:%M:%S', time.gmtime())} UTC, waited for {about}\n")
            file.write(pane.rstrip() + "\n")

    def command(self, line: str, seconds: float = 60, status: int = 0) -> str:
        """Type a line into the shell; return all that it printed once it has ended with this status."""
        self._typed += 1
        self._tmux("send-keys", "-t", "seat", "-l", f'{line}; echo "ended $(({self._typed})): $?."')
        self.press("Enter")
        # The typed line itself has no number before the colon.
        ended = rf"^ended {self._typed}: (\d+)\.$"
        self.wait(ended, seconds, keep=False)
        whole = self._tmux("capture-pane", "-p", "-J", "-S", "-", "-t", "seat").rstrip()
        printed = whole.rpartition(f"ended {self._typed - 1}: ")[2].partition("\n")[2]
        self._keep(f"the end of: {line}", printed)
        found = re.findall(ended, whole, re.M)[-1]
        assert int(found) == status, f"{line} ended with {found}:\n{printed}"
        return printed

    def close(self) -> None:
        """End the shell and the server that held it."""
        self._tmux("kill-server")
