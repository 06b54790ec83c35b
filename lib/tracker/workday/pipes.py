"""Pipes of the project's own tools: shown as a person would type them, run step by step."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Sequence

from tracker import cli, places

Step = Sequence[str]


class StepFailed(cli.Stop):
    """A step ended with a status that is no answer; it has said why itself."""

    def __init__(self, step: Step, status: int, advice: str) -> None:
        super().__init__(status, f"{step[0]} ended with {status}, as it says above; {advice}")


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
    answers: Sequence[int] = (),
    quiet: bool = False,
) -> tuple[int, bytes]:
    """Show a pipe on stderr and run it; return the last step's status and what it printed.

    A step begins when the one before it has ended well, so that nothing is written on the strength of half
    an input.  `answers`: statuses beside 0 that the last step may end with.  Raises StepFailed otherwise.
    """
    if not quiet:
        cli.aside(f"$ {shown(steps)}")
    for number, (name, *options) in enumerate(steps, 1):
        done = subprocess.run(
            [str(places.find("tools").path / name), *options],
            input=carried,
            stdout=subprocess.PIPE,
            check=False,
        )
        last = number == len(steps)
        if done.returncode and not (last and done.returncode in answers):
            status = done.returncode if done.returncode >= 0 else 128 - done.returncode
            raise StepFailed([name], status, advice)
        carried = done.stdout
    return done.returncode, carried
