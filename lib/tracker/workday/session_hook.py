"""What a hook of Claude Code is good for: a session's readings kept, and a task's two ends marked.

No hook is told a plan's numbers (Claude Code 2.1.332); the status line is, at every reply, and
`scripts/statusline-tee.sh` keeps what it was told.  So a reading is the last line of the hook's own session,
dated by when it was shown.  Nothing here asks a client or a provider.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from tracker import cli, clock, places, rows
from tracker.ledger import files
from tracker.windows import task_marks
from tracker.workday import begin, dealt_windows, ledger_rows, pipes, route

TASK = "TRACKER_TASK"  # names the task that a session is for
BEGINS = ("startup", "resume")  # `source` of a SessionStart that begins work; others go on with it
GOES_ON = ("clear", "resume")  # `reason` of a SessionEnd after which the work goes on
READS = ("Stop", "SessionEnd", "SubagentStart", "SubagentStop")
TAIL = 1 << 20  # bytes of the status lines that are looked through for a session's last
KEPT = "hook-readings.json"  # in the agent's state folder: session -> what its last stored reading showed
MOST_KEPT = 20  # sessions


class Event(NamedTuple):
    """One call of a hook."""

    name: str  # hook_event_name
    session: str
    why: str  # source of a SessionStart, reason of a SessionEnd, type of a subagent


def read(raw: bytes) -> Event:
    """Return what a hook brought on stdin; cli.Stop for nothing (66), and for what is none of a hook (65)."""
    if not raw.strip():
        raise cli.Stop(
            cli.NOTHING, "nothing on stdin; Claude Code gives a hook its input, see docs/plugin.md"
        )
    try:
        told = json.loads(raw)
        name, session = told["hook_event_name"], told["session_id"]
    except (ValueError, KeyError, TypeError, RecursionError):
        name = session = None
    if not isinstance(name, str) or not isinstance(session, str):
        raise cli.Stop(
            cli.BAD_INPUT,
            f"no hook's input ({len(raw):,} bytes read); Claude Code gives it, see docs/plugin.md",
        )
    why = next(
        (told[key] for key in ("source", "reason", "agent_type") if isinstance(told.get(key), str)), ""
    )
    return Event(name, session, why)


def last_line(log: Path, session: str) -> bytes | None:
    """Return the last status line of a session that has limits; None without one."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - TAIL))
            lines = file.read().splitlines()
    except OSError:
        return None
    mine = f'"session_id":{json.dumps(session)}'.encode()
    return next((line for line in reversed(lines) if mine in line and b'"used_percentage"' in line), None)


def limits(line: bytes) -> object:
    """Return what a status line says of the limits, for comparing; None when it says nothing that can be read."""
    with contextlib.suppress(ValueError, AttributeError):
        return json.loads(line).get("rate_limits")
    return None


def take_reading(event: Event, log: Path, where: Path, folder: Path) -> bool:
    """Store the newest reading of the hook's session in the ledger, and return whether it was a new one.

    What was shown before by this session is no new reading.  Raises cli.Stop.
    """
    line = last_line(log, event.session)
    shown = limits(line) if line else None
    if not line or not shown:
        return False
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / KEPT).with_suffix(".lock").open("w") as lock:  # Stop and SubagentStart come at once
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _store(event, line, shown, where, folder)


def _store(event: Event, line: bytes, shown: object, where: Path, folder: Path) -> bool:
    kept = _kept(folder)
    if kept.get(event.session) == shown:
        return False
    note = f"hook {event.name}" + (f" {event.why}" if event.name.startswith("Subagent") and event.why else "")
    steps = [
        ["capture-claude", "--surface", "statusline", "--notes", note],
        ["ledger-append", "--source", "automation", "--data-dir", str(where)],
    ]
    pipes.run(steps, "the status line's reading was not stored", carried=line, quiet=True)
    kept.pop(event.session, None)
    newest = dict(list({**kept, event.session: shown}.items())[-MOST_KEPT:])
    (folder / KEPT).write_text(json.dumps(newest))
    return True


def _kept(folder: Path) -> dict[str, object]:
    try:
        told = json.loads((folder / KEPT).read_text())
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def mark_task(event: Event, task: str, where: Path, environment: Mapping[str, str]) -> str | None:
    """Mark the start or end of the session's task where this event is one, and return what was marked, in words.

    Raises cli.Stop as task-start and task-end do.
    """
    starts = event.name == "SessionStart" and event.why in BEGINS
    if not starts and not (event.name == "SessionEnd" and event.why not in GOES_ON):
        return None
    there = ledger_rows.read(where)
    if starts:
        running = next((run for run in task_marks.runs(there) if run.is_running), None)
        if running and running.dealt.feature_id == task:
            return None  # this one goes on
        run = task_marks.to_start(there, task, None)
        way = route.look(environment, places.find("state").path, places.find("control").path)
        begin.check_arm(there, begin.Begun(run.where, run.dealt.methodology, [task]), way)
        made = task_marks.mark(run, task_marks.STARTED, clock.now())
    else:
        run = task_marks.to_end(there, task, None)
        made = task_marks.mark(run, task_marks.ENDED, clock.now())
    row = msgspec.json.encode(made) + b"\n"
    append = ["ledger-append", "--source", "automation", "--data-dir", str(where)]
    pipes.run([append], "the task was not marked", carried=row, quiet=True)
    return f"{run.where} has {'begun' if starts else 'ended'}"


def standing(there: Sequence[rows.Row], agent_id: str, line: str) -> list[str]:
    """Return what a person is told when a session begins: the quotas' line, and the window that is open."""
    opened = dealt_windows.open_windows(there, agent_id)
    window = [f"{opened[-1].window} is open since {opened[-1].since:%d %b %H:%M} UTC"] if opened else []
    return [*([line] if line else []), *window]


def handle(event: Event, environment: Mapping[str, str]) -> list[str]:
    """Do what an event asks for, and return what the person is to be told, a sentence each.

    What fails is told too: a hook that fails may stop the session, which is not for us to do.
    """
    said: list[str] = []
    for part in (_say_how_things_stand, _take_reading, _mark_task):
        try:
            said += part(event, environment)
        except cli.Stop as wrong:
            said.append(f"not recorded: {wrong}")
    return said


def _say_how_things_stand(event: Event, environment: Mapping[str, str]) -> list[str]:
    if event.name != "SessionStart" or event.why not in BEGINS:
        return []
    return standing(ledger_rows.read(files.folder(None)), environment.get("AGENT_ID") or "main", quotas())


def _take_reading(event: Event, environment: Mapping[str, str]) -> list[str]:
    if event.name in READS:
        where = files.folder(None)
        folder = files.state_folder(where, environment.get("AGENT_ID") or "main")
        take_reading(event, places.find("statusline").path, where, folder)
    return []


def _mark_task(event: Event, environment: Mapping[str, str]) -> list[str]:
    task = environment.get(TASK)
    marked = mark_task(event, task, files.folder(None), environment) if task else None
    return [marked] if marked else []


def quotas() -> str:
    """Return the line of `tracker now --line`; empty where it could not be made."""
    with contextlib.suppress(pipes.StepFailed):
        _, line = pipes.run([["plan-now", "--line"]], "", quiet=True)
        return line.decode().strip()
    return ""
