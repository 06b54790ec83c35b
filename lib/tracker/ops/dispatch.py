"""`tracker COMMAND …` as pipes of the tools: which tools a command joins, and which options go to which."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from typing import NamedTuple

from tracker import bases, cli, providers
from tracker.options import FEATURE_NOTE

BIN = bases.TREE / "bin"


class Command(NamedTuple):
    """One command: the tools that it joins, from left to right, and what it is for."""

    pipe: tuple[str, ...]  # tools, with the words that they always get
    about: str
    takes: str = ""  # the tool whose options it takes; default: the first that is no ledger tool
    knows_ledger: bool = False  # the first tool is given the ledger's rows as a second input, --ledger

    @property
    def options_of(self) -> str:
        """The tool whose options the command takes, with its words."""
        return self.takes or next(
            (tool for tool in self.pipe if not tool.startswith("ledger-")), self.pipe[0]
        )


READ, HISTORY, APPEND = "ledger-cat", "ingest-history --quiet", "ledger-append"
INGEST = {
    **{name: Command((f"capture {name}", APPEND), f"a {name} reading") for name in providers.NAMES},
    "proxy-telemetry": Command(
        ("ingest-proxy", APPEND), "the router's log, summed for a window", knows_ledger=True
    ),
}
COMMANDS = {
    "begin": Command(("window-begin",), "begin the next window: its BEFORE, and where the work is"),
    "status": Command(("window-status",), "what is open, what is left, what a verdict lacks"),
    "now": Command(("plan-now",), "what is left of each quota, and when it will be full"),
    "end": Command(("window-end",), "end the open window: AFTER, telemetry, features, churn, audit"),
    "doctor": Command(("doctor",), "check this machine: programs, keys, port, log, ledger"),
    "complete": Command((READ, "complete-window", APPEND), "finish a window: features, quality, outcome"),
    "churn": Command(("churn", APPEND), "measure a window's commits in git"),
    "window-audit": Command((READ, "window-audit"), "say what a window lacks"),
    "preview": Command((READ, "preview"), "efficiency by methodology, with intervals"),
    "decision-card": Command((f"{READ} --raw", "decision-card"), "GO, SOFT GO, NO-GO or INSUFFICIENT"),
    "report": Command((f"{READ} --raw", "report"), "one HTML page: the answer, its pictures, how to check"),
    "export": Command((READ, "export-rows"), "for Prometheus, OTLP, a spreadsheet or Parquet"),
    "schema": Command(("schema",), "the JSON Schema of every kind of row"),
    "serve": Command(("serve",), "the same page live, on this machine alone"),
    "mcp": Command(("mcp-server",), "the same questions for a client of the Model Context Protocol"),
    "cost-compare": Command((READ, "cost-compare"), "what offloading costs and saves, per feature"),
    "plan-cost": Command((READ, "plan-cost"), "what a feature costs in plan money, all plans added"),
    "point-worth": Command(
        (HISTORY, "point-worth"),
        "what a point of each quota is worth, and whether it has shrunk",
        takes="point-worth",
    ),
    "plan-fit": Command((HISTORY, "plan-fit"), "which plan fits your own load", takes="plan-fit"),
    "router-replay": Command((READ, "router-replay"), "what another routing policy would have delivered"),
    "experiment": Command(("experiment", APPEND), "register the plan before the data"),
    "assign-tasks": Command(("assign-tasks", APPEND), "AB/BA blocks from a task bank"),
    "task-start": Command((READ, "task-start", APPEND), "begin a task's run within its window"),
    "task-end": Command((READ, "task-end", APPEND), "end a task's run within its window"),
    "reserve-feature": Command((READ, "reserve-feature", APPEND), "take a task, one per capability"),
    "acknowledge": Command(
        (READ, "acknowledge", APPEND), "say why an anomaly is understood; it stays counted"
    ),
    "append-evidence": Command(
        ("append-evidence", APPEND), "record a check, a vote, or an anomaly that is accepted"
    ),
    "verify-routing": Command(("verify-routing",), "prove which lane answered"),
    "summarize": Command(("summarize",), "counts, tokens and latencies of the router's log"),
    "productize-check": Command(("productize-check",), "show that nothing leaks between the lanes"),
    "undo": Command(("ledger-undo",), "take a row back, by a new row"),
    "verify": Command(("ledger-verify",), "check that nobody touched the ledger"),
}
FOR_APPEND = {  # ledger-append's options, and how many values each takes
    "--force": 0,
    "--probe": 0,
    "--no-fsync": 0,
    "--echo": 0,
    "--source": 1,
    "--buffer-seconds": 1,
    "--stopped-at": 1,
}


def tools() -> list[str]:
    """Return the name of every tool, whether its name is on PATH or not."""
    return sorted(path.name for path in BIN.iterdir() if path.is_file() and os.access(path, os.X_OK))


def split(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Part the words behind `tracker` into its own and those for a tool.

    `--data-dir` is tracker's own wherever it stands; so are the words up to the command, the
    one or two after `ingest`, `run` and `alias`, and all of `where`.

    >>> split(["preview", "--format", "json", "--data-dir", "d"])
    (['--data-dir', 'd', 'preview'], ['--format', 'json'])
    >>> split(["alias", "start", "claude", "--window", "W1"])
    (['alias', 'start', 'claude'], ['--window', 'W1'])
    """
    folder: list[str] = []
    rest = list(words)
    for index, word in enumerate(rest):
        if word == "--data-dir":
            folder, rest = rest[index : index + 2], rest[:index] + rest[index + 2 :]
            if len(folder) == 1:
                return folder, []  # no folder named: let the parser say so
            break
        if word.startswith("--data-dir="):
            folder, rest = [word], rest[:index] + rest[index + 1 :]
            break
    if not rest or rest[0].startswith("-"):
        return folder + rest, []
    if rest[0] == "task" and len(rest) > 1 and f"task-{rest[1]}" in COMMANDS:
        rest[:2] = [f"task-{rest[1]}"]
    if rest[0] not in COMMANDS and rest[0] in tools():
        rest.insert(0, "run")
    if rest[0] == "where":
        return folder + rest, []
    own = 1 + {"ingest": 1, "run": 1, "alias": 2}.get(rest[0], 0)
    while own > 1 and (len(rest) < own or rest[own - 1].startswith("-")):
        own -= 1
    return folder + rest[:own], rest[own:]


def plain(options: Sequence[str]) -> list[str]:
    """Return a tool's options without the field plans' spellings: no --stdin, --json as --format json.

    >>> plain(["--window", "W1", "--stdin", "--json"])
    ['--window', 'W1', '--format', 'json']
    """
    kept: list[str] = []
    for word in options:
        if word == "--json":
            kept += ["--format", "json"]
        elif word != "--stdin":
            kept.append(word)
    return kept


def part(options: Sequence[str]) -> tuple[list[str], list[str]]:
    """Part a writing command's options into those of its tool and those of `ledger-append`.

    >>> part(["--window", "W1", "--force", "--buffer-seconds", "60"])
    (['--window', 'W1'], ['--force', '--buffer-seconds', '60'])
    """
    tool: list[str] = []
    append: list[str] = []
    left = iter(options)
    for word in left:
        name = word.partition("=")[0]
        if name in FOR_APPEND:
            append.append(word)
            if FOR_APPEND[name] and "=" not in word:
                append += [value for value in [next(left, None)] if value is not None]
        else:
            tool.append(word)
    return tool, append


def argv(tool: str, options: Sequence[str]) -> list[str]:
    """Return the command line of a tool of this toolkit; cli.Stop (2) when it has none of that name."""
    name, *words = tool.split()
    if name not in tools():
        raise cli.Stop(cli.USAGE, f"no tool is called {name!r}; `ls $(tracker where tools)` shows them")
    return [str(BIN / name), *words, *options]


def run_pipe(steps: Sequence[list[str]], beside: Sequence[str] = ()) -> int:
    """Run the steps from left to right and return the status of the last, or of the first that failed.

    A step starts when the one before it has ended well, so that nothing is written on the
    strength of half an input.  What `beside` prints is the first step's --ledger.
    """
    carried: bytes | None = None
    if beside:
        import tempfile

        with tempfile.TemporaryFile() as rows:
            done = subprocess.run(beside, stdin=subprocess.DEVNULL, stdout=rows, check=False)
            if done.returncode:
                return done.returncode if done.returncode >= 0 else 128 - done.returncode
            rows.seek(0)
            first = [*steps[0], "--ledger", f"/dev/fd/{rows.fileno()}"]
            told = subprocess.run(first, stdout=subprocess.PIPE, pass_fds=[rows.fileno()], check=False)
        if told.returncode:
            return told.returncode if told.returncode >= 0 else 128 - told.returncode
        carried, steps = told.stdout, steps[1:]
    for number, step in enumerate(steps):
        last = number == len(steps) - 1
        if last and carried is None:
            sys.stdout.flush()
            os.execv(step[0], step)  # noqa: S606  the tool takes this process over
        done = subprocess.run(step, input=carried, stdout=None if last else subprocess.PIPE, check=False)
        if done.returncode or last:
            return done.returncode if done.returncode >= 0 else 128 - done.returncode
        carried = done.stdout
    return cli.OK


def alias(phase: str, provider: str, options: Sequence[str]) -> tuple[Command, list[str]]:
    """Return the command and options behind `tracker alias start|end|delete PROVIDER`.

    --json shows the row that was recorded; --feature-id is kept with the reading, among its notes, and says
    at `delete` whose reading is meant.  cli.Stop (2) where it names no task.

    >>> alias("start", "claude", ["--json", "--feature-id", "F-1"])[1]
    ['--phase', 'before', '--echo', '--notes', 'feature:F-1']
    >>> alias("delete", "glm", ["--feature-id=F-1"])[1]
    ['--last', 'before', '--provider', 'glm', '--feature-id', 'F-1']
    """
    kept: list[str] = []
    left = iter(options)
    for word in left:
        name, equals, value = word.partition("=")
        if name == "--feature-id":
            task = value if equals else next(left, "")
            if not task or task.startswith("-"):
                raise cli.Stop(
                    cli.USAGE, f"--feature-id: which task ({task or 'none named'})? as in --feature-id F-1"
                )
            kept += ["--feature-id", task] if phase == "delete" else ["--notes", f"{FEATURE_NOTE}{task}"]
        else:
            kept.append("--echo" if word == "--json" else word)
    if phase == "delete":
        return Command(("ledger-undo",), ""), ["--last", "before", "--provider", provider, *kept]
    return INGEST[provider], ["--phase", "before" if phase == "start" else "after", *kept]


def beside(command: Command, options: Sequence[str], data_dir: str | None) -> list[str]:
    """Return the command line whose output a command's first tool is given as --ledger; [] for none."""
    if not command.knows_ledger or {"--ledger", "--help", "-h"} & set(options):
        return []
    return argv(READ, [] if data_dir is None else ["--data-dir", data_dir])


def steps(command: Command, options: Sequence[str], data_dir: str | None, source: str) -> list[list[str]]:
    """Return the command lines of a command's tools, its options dealt out to them."""
    folder = [] if data_dir is None else ["--data-dir", data_dir]
    given = plain(options)
    if "--help" in given or "-h" in given:
        return [argv(command.options_of, ["--help"])]
    append: list[str] = []
    if APPEND in command.pipe:
        given, append = part(given)
        if "--source" not in append:
            append = ["--source", source, *append]
    made = []
    for tool in command.pipe:
        mine = given if tool == command.options_of else append if tool == APPEND else []
        made.append(argv(tool, [*(folder if tool.startswith("ledger-") else []), *mine]))
    return made
