"""Pipes of the project's own tools: shown as a person would type them, run step by step."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tracker import cli, places

Step = Sequence[str]


class StepFailed(cli.Stop):
    """A step ended with a status that is no answer; it has said why itself."""

    def __init__(self, step: Step, status: int, advice: str) -> None:
        super().__init__(status, f"{step[0]} ended with {status}, as it says above; {advice}")
        self.step = step[0]


def shown(steps: Sequence[Step]) -> str:
    """Return a pipe as it is typed.

    >>> shown([["ledger-cat", "--window", "W 1"], ["preview"]])
    "ledger-cat --window 'W 1' | preview"
    """
    return " | ".join(shlex.join(step) for step in steps)


def run(
    steps: Sequence[Step],
    advice: str,
    *,
    carried: bytes = b"",
    read: Path | None = None,
    answers: Sequence[int] = (),
    quiet: bool = False,
) -> tuple[int, bytes]:
    """Show a pipe on stderr and run it; return the last step's status and what it printed.

    The first step is given `carried`, or the open file `read` where that is named and nothing is carried.

    A step begins when the one before it has ended well, so that nothing is written on the strength of half
    an input.  `answers`: statuses beside 0 that the last step may end with.  Raises StepFailed otherwise.
    """
    if not quiet:
        cli.aside(f"$ {f'< {shlex.quote(str(read))} ' if read else ''}{shown(steps)}")
    for number, (name, *options) in enumerate(steps, 1):
        words = [str(places.find("tools").path / name), *options]
        if number == 1 and read is not None and not carried:
            with read.open("rb") as file:
                done = subprocess.run(words, stdin=file, stdout=subprocess.PIPE, check=False)
        else:
            done = subprocess.run(words, input=carried, stdout=subprocess.PIPE, check=False)
        last = number == len(steps)
        if done.returncode and not (last and done.returncode in answers):
            status = done.returncode if done.returncode >= 0 else 128 - done.returncode
            raise StepFailed([name], status, advice)
        carried = done.stdout
    return done.returncode, carried
