"""What may be asked from outside, and the pipe of our own tools that answers it: nothing here writes.

Each question is what a person would type; its answer is what the last tool printed, with its exit status.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from typing import NamedTuple

from tracker import cli, places

WIDTH = "100"  # columns of a text answer
FORMATS = ("text", "json")
LEDGER, LOG = "{ledger}", "{log}"  # in a pipe: where the ledger and the router's log are


class ClientQuestion(NamedTuple):
    """One question: its name, what it says to whoever may ask it, and its pipe."""

    name: str
    about: str
    pipe: tuple[tuple[str, ...], ...]


class ClientAnswer(NamedTuple):
    """What a pipe answered."""

    status: int  # as the shell shows it
    text: str  # stdout, or what was wrong

    @property
    def is_one(self) -> bool:
        """Whether there is an answer, yes, no or in between; else `text` says what is wrong."""
        return self.status in (cli.OK, cli.NO, cli.SOFT)


QUESTIONS = (
    ClientQuestion(
        "now",
        "What each plan has left: percent used of each quota, when it resets, and when it will be full, with an "
        "80 % interval where there are enough readings. Read from this machine; no provider is asked.",
        (("plan-now", "--data-dir", LEDGER, "--log", LOG),),
    ),
    ClientQuestion(
        "status",
        "What is open (window, arm, since when), what the plan had left when it was last read, and what a verdict "
        "still lacks.",
        (("window-status", "--data-dir", LEDGER, "--log", LOG),),
    ),
    ClientQuestion(
        "preview",
        "What may be claimed so far of the experiment: features per point of capacity in each arm, their ratio, n and "
        "intervals. A preview, no verdict. A null is not known; it is not 0.",
        (("ledger-cat", "--data-dir", LEDGER), ("preview",)),
    ),
    ClientQuestion(
        "verify-routing",
        "Whether each logged request went where it may: Haiku to the offload lane, all else to Anthropic, no key to "
        "another's lane. Exit status 1: at least one breach, each named.",
        (("verify-routing", LOG),),
    ),
)
BY_NAME = {question.name: question for question in QUESTIONS}


def ask(question: ClientQuestion, form: str, ledger: str, log: str) -> ClientAnswer:
    """Run a question's pipe and return its answer; a step that fails ends it with what the step said."""
    words = {LEDGER: ledger, LOG: log}
    carried = b""
    for number, step in enumerate(question.pipe, 1):
        last = number == len(question.pipe)
        done = _run(
            [words.get(word, word) for word in (*step, *(("--format", form) if last else ()))], carried
        )
        carried = done.stdout
        said = done.stderr.decode(errors="replace").strip()
        if done.returncode and not (last and done.returncode in (cli.NO, cli.SOFT)):
            return ClientAnswer(done.returncode, said or f"{step[0]} ended with {done.returncode}")
    return ClientAnswer(done.returncode, carried.decode(errors="replace"))


def _run(words: Sequence[str], given: bytes) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [str(places.find("tools").path / words[0]), *words[1:]],
        input=given,
        capture_output=True,
        env={**os.environ, "COLUMNS": WIDTH, "NO_COLOR": "1"},
        check=False,
    )
