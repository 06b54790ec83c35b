"""End a window: wait until its AFTER may be read, read it, and do everything that finishing takes."""

from __future__ import annotations

import json
import math
import shlex
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from tracker import cli, clock, places, providers, rows
from tracker.ledger import files
from tracker.telemetry import sources, window_cut
from tracker.windows import deal_by_task, feature_ends, task_marks
from tracker.windows.feature_ends import Delivered
from tracker.workday import begin, dealt_windows, ledger_rows, log_tail, pipes, standing, standins, work
from tracker.workday.pipes import Step

AGAIN = "type `tracker end` again when that is mended: it goes on from there"


class Told(NamedTuple):
    """What the person says at the end of a window."""

    features: Sequence[Delivered] | dict[str, float]  # the tasks, or how many on each provider
    quality: float | None
    outcome: str | None
    methodology: str | None
    repo: str | None
    log: str | None
    buffer_seconds: float
    data_dir: str | None
    text: bytes | None
    stopped: datetime | None = None  # when work stopped: the router's log then stands in for the AFTER
    lenient: bool = False  # requests of the other arm are left out without a complaint

    @property
    def ledger(self) -> list[str]:
        """The option that names the ledger, for every step that has it."""
        return ["--data-dir", self.data_dir] if self.data_dir else []


def choose(
    there: Sequence[rows.Row], asked: str | None, agent_id: str, noted: str | None = None
) -> dealt_windows.BegunWindow:
    """Return the open window that is to end; cli.Stop (66) when there is none, 75 when several fit.

    `noted`: the window whose work is still written down.  When its end was broken off behind its row, and its
    commits are not measured, it is the one.
    """
    begun = [one for one in dealt_windows.open_windows(there, agent_id) if asked in (None, one.window)]
    if not begun and noted and asked in (None, noted) and dealt_windows.is_unmeasured(there, noted):
        begun = [one for one in dealt_windows.begun_windows(there, agent_id) if one.window == noted]
    if not begun:
        what = f"{asked} is not open" if asked else "no window is open"
        raise cli.Stop(cli.NOTHING, f"{what} (agent {agent_id}); `tracker status` shows how things stand")
    if len({one.window for one in begun}) > 1:
        names = ", ".join(dict.fromkeys(one.window for one in begun))
        raise cli.Stop(cli.TRY_LATER, f"several windows are open ({names}); name the one to end")
    return begun[0]


def is_begun(there: Sequence[rows.Row], window: str, agent_id: str) -> bool:
    """Say whether a window of this agent is open."""
    return any(one.window == window for one in dealt_windows.open_windows(there, agent_id))


def asked(
    named: Sequence[Delivered],
    counts: Mapping[str, float | None],
    terminal: bool,
    there: Sequence[rows.Row],
    window: str,
) -> Sequence[Delivered] | dict[str, float]:
    """Return what was delivered, its tasks or how many on each provider: as said, else as a person answers."""
    feature_ends.refuse_doubles(named)
    counted = {provider: count for provider, count in counts.items() if count is not None}
    provider = feature_ends.provider_of(there, window)
    option = providers.BY_NAME[provider].option
    if named and counted:
        raise cli.Stop(
            cli.USAGE, f"--feature names the features and {option} counts them; give one of the two"
        )
    read = {row.provider for row in there if isinstance(row, rows.Snapshot) and row.window == window}
    for stranger in counted.keys() - (read or counted.keys()):
        raise cli.Stop(
            cli.USAGE, f"{window} has no {stranger} readings; count what it delivered with {option}"
        )
    if not named and not counted and not terminal:
        raise cli.Stop(
            cli.USAGE, f"what was delivered? name it, for example --feature F-1=0.9, or {option} 0"
        )
    if named or counted:
        return named or counted
    return feature_ends.ask(sys.stdin.readline, feature_ends.dealt_to(there, window)) or {provider: 0.0}


def end(where: Path, one: dealt_windows.BegunWindow, told: Told) -> Iterator[str]:
    """Do what is left to do of a window's end, step by step; yield what to tell the person."""
    there = ledger_rows.read(where)
    log = Path(told.log) if told.log else places.find("log").path
    folder = files.state_folder(where, one.agent_id)
    row = next((row for row in there if isinstance(row, rows.Window) and row.window == one.window), None)
    if row is not None:  # broken off behind its row: what is left is what goes on from there
        arm = told.methodology if deal_by_task.is_by_task(there, one.window) else row.methodology
        yield from _churn(one, told, arm, _commits_of(row, folder, told))
        yield from _audited(one, told)
        work.forget(folder)
        return
    requests = log_tail.of_window(there, one.window, log_tail.since(log, one.since))
    ratio = comparison(told.ledger)
    if not one.has_after:
        yield from _after(there, one, told, log, requests)
    there = ledger_rows.read(where)
    yield from _plans(there, one)
    dealt = next((turn for turn in dealt_windows.turns(there) if turn.window == one.window), None)
    arm = told.methodology or (dealt.methodology if dealt else None)
    if deal_by_task.is_by_task(there, one.window):
        arm = told.methodology  # else each of its tasks has its own
        for its in deal_by_task.arms_of(there, one.window):
            yield from _telemetry_of_tasks(there, one, told, log, requests, its)
    else:
        yield from _telemetry(there, one, told, log, requests, arm)
    commits = _commits(folder, one, told, there)
    _complete(one, told, arm, commits)
    yield from _churn(one, told, arm, commits)
    yield from _audited(one, told)
    work.forget(folder)
    yield change_in_words(ratio, comparison(told.ledger))


def _after(
    there: Sequence[rows.Row],
    one: dealt_windows.BegunWindow,
    told: Told,
    log: Path,
    requests: Sequence[rows.Usage],
) -> Iterator[str]:
    """Take the AFTER: off the router's log where nobody can read it any more, else of the meter."""
    before = standing.before_of(there, one)
    buffer = ["--buffer-seconds", f"{told.buffer_seconds:g}"]
    standin = standins.for_after(before, requests, clock.now(), told.stopped)
    if standin is None and told.stopped is not None:
        raise cli.Stop(
            cli.NOTHING,
            f"no reply in {log.name} tells the quota between {one.since:%H:%M} and {told.stopped:%H:%M} UTC; "
            "leave --stopped-at out, and the meter is read as it is now",
        )
    if standin is not None:
        yield (
            f"AFTER of {one.window} off the router's log: {standin.used_pct:g} % used at {standin.at:%d %b %H:%M} UTC, "
            "by the last reply; its row says so"
        )
        steps = [
            ["capture-wire", "--window", one.window, "--phase", "after"],
            ["ledger-append", "--source", "alias", "--echo", *told.ledger, *buffer],
        ]
        begin.tell(pipes.run(steps, AGAIN, carried=standin.text, read=log)[1])
        return
    stopped = max((row.ts for row in requests), default=clock.now())
    now = clock.now()
    ready = after_time(there, one, stopped, now, told.buffer_seconds)
    if (
        told.text is not None and ready > now
    ):  # it was copied before the wait, and would be kept as read behind it
        raise cli.Stop(
            cli.TRY_LATER,
            f"the usage text is too early: meters lag, and the AFTER counts from {ready:%H:%M} UTC on; copy the screen "
            "then, and give it with --buffer-seconds 0",
        )
    wait((ready - now).total_seconds())
    options = [*told.ledger, *buffer, "--stopped-at", clock.text(stopped)]
    begin.tell(begin.read_meter(one.provider, one.window, "after", [], options, told.text))


def begin_late(where: Path, window: str, told: Told, agent_id: str, started: datetime) -> str:
    """Record the BEFORE that nobody took, off the router's log; return what to tell the person."""
    there = ledger_rows.read(where)
    log = Path(told.log) if told.log else places.find("log").path
    mine = log_tail.of_window(there, window, log_tail.since(log, started))
    standin = standins.for_before(mine, started, told.stopped)
    if standin is None:
        raise cli.Stop(
            cli.NOTHING,
            f"{window} has no BEFORE, and no reply in {log.name} since {started:%d %b %H:%M} UTC tells the quota "
            "and is no other window's; begin windows with `tracker begin`",
        )
    repo = Path(told.repo or ".")
    work.head_of(repo)
    steps = [
        ["capture-wire", "--window", window, "--phase", "before"],
        ["ledger-append", "--source", "alias", "--echo", *told.ledger],
    ]
    begin.tell(pipes.run(steps, AGAIN, carried=standin.text, read=log)[1])
    head = work.head_at(repo, started)
    work.keep(files.state_folder(where, agent_id), work.Work(window, str(repo.resolve()), head))
    return (
        f"BEFORE of {window} off the router's log: {standin.used_pct:g} % used at {standin.at:%d %b %H:%M} UTC, "
        "by the first reply; its row says so"
    )


def _plans(there: Sequence[rows.Row], one: dealt_windows.BegunWindow) -> Iterator[str]:
    """Say when the readings are of two sizes of plan."""
    plans = standing.plans_of(there, one)
    if len(plans) > 1:
        yield (
            f"the plan changed between BEFORE and AFTER ({' -> '.join(plans)}): points of two plans are not one "
            f"unit, and no card judges {one.window} by them"
        )


def _telemetry(
    there: Sequence[rows.Row],
    one: dealt_windows.BegunWindow,
    told: Told,
    log: Path,
    requests: Sequence[rows.Usage],
    arm: str | None,
) -> Iterator[str]:
    if not requests:
        yield f"no request in {log.name} since {one.since:%H:%M} UTC: the window has no telemetry"
        return
    if any(isinstance(row, rows.ProxyTelemetry) and row.window == one.window for row in there):
        return
    _sum_up(one, told, log, arm)


def _sum_up(one: dealt_windows.BegunWindow, told: Told, log: Path, arm: str | None) -> None:
    """Record a window's telemetry, or that of one arm's tasks in it."""
    words = ["tracker", "ingest", "proxy-telemetry", *told.ledger, "--window", one.window]
    words += [*(["--methodology", arm] if arm else []), *(["--lenient"] if told.lenient else [])]
    newest = [Path(part.path) for part in sources.beside(log, one.since) if isinstance(part.path, str)]
    pipes.run([words], AGAIN, read=log if log.exists() or not newest else newest[-1])


def _telemetry_of_tasks(
    there: Sequence[rows.Row],
    one: dealt_windows.BegunWindow,
    told: Told,
    log: Path,
    requests: Sequence[rows.Usage],
    arm: str,
) -> Iterator[str]:
    """Sum up the requests of one arm's tasks in a window that holds both arms'."""
    ran = task_marks.runs_in(there, one.window, arm)
    if ran is None and requests and not told.lenient:
        raise cli.Stop(
            cli.TRY_LATER,
            f"no task of {one.window} was marked, so nothing parts the {len(requests):,} requests of its arms; mark each task "
            f"by its session, `tracker task end ID --window {one.window} --session S --log {log}`, and type `tracker end` "
            "again (--lenient: without telemetry)",
        )
    if not any(window_cut.began_in(row, ran or []) for row in requests):
        yield f"no request in {log.name} in a task of {arm}: {one.window} has no telemetry of that arm"
    elif not any(
        isinstance(row, rows.ProxyTelemetry) and (row.window, row.methodology) == (one.window, arm)
        for row in there
    ):
        _sum_up(one, told, log, arm)


def _commits(
    folder: Path, one: dealt_windows.BegunWindow, told: Told, there: Sequence[rows.Row]
) -> tuple[Path, str, str] | None:
    """Return the repository and the window's first and last commit; None when they are not known."""
    kept = work.kept(folder, one.window)
    repo = Path(told.repo) if told.repo else kept.path if kept else None
    start = kept.head if kept else work.noted_head(one.notes)
    if repo is None or start is None:
        return None
    last = work.head_of(repo)
    ended = standing.ended_by_log(there, one)
    if ended is not None:  # what was committed since is no part of it
        last = work.head_at(repo, told.stopped or ended)
    return (repo, start, last) if last else None


def _commits_of(row: rows.Window, folder: Path, told: Told) -> tuple[Path, str, str] | None:
    """Return the repository and the commits of a window that is finished, as its row names them."""
    kept = work.kept(folder, row.window)
    repo = Path(told.repo) if told.repo else kept.path if kept else None
    if repo is None or row.commit_start is None or row.commit_end is None:
        return None
    return repo, row.commit_start, row.commit_end


def _audited(one: dealt_windows.BegunWindow, told: Told) -> Iterator[str]:
    _, text = pipes.run(
        [["ledger-cat", *told.ledger, "--window", one.window], ["window-audit", "--window", one.window]],
        AGAIN,
        answers=(cli.NO,),
    )
    yield text.decode().rstrip("\n")


def _complete(
    one: dealt_windows.BegunWindow, told: Told, arm: str | None, commits: tuple[Path, str, str] | None
) -> None:
    words = ["complete-window", "--window", one.window]
    if isinstance(told.features, dict):
        for provider, count in told.features.items():
            words += [providers.BY_NAME[provider].option, f"{count:g}"]
    else:
        for feature in told.features:
            grade = "" if feature.quality is None else f"={feature.quality:g}"
            state = "" if feature.state == "delivered" else f",{feature.state}"
            words += ["--feature", f"{feature.feature_id}{grade}{state}"]
    words += ["--quality", f"{told.quality:g}"] if told.quality is not None else []
    words += ["--outcome", told.outcome] if told.outcome else []
    words += ["--methodology", arm] if arm else []
    if commits is not None:
        words += ["--commit-start", commits[1], "--commit-end", commits[2]]
    pipes.run([["ledger-cat", *told.ledger], words, ["ledger-append", *told.ledger]], AGAIN)


def _churn(
    one: dealt_windows.BegunWindow, told: Told, arm: str | None, commits: tuple[Path, str, str] | None
) -> Iterator[str]:
    if commits is None:
        yield (
            f"what {one.window} committed is not known: it was begun outside its repository, or before the first commit; "
            f"`tracker churn --window {shlex.quote(one.window)} --repo DIR --commit-start A --commit-end B` measures it"
        )
        return
    if commits[1] == commits[2]:
        yield "no commit since the window began: nothing to measure churn of"
        return
    repo, start, last = commits
    words = [
        "churn",
        "--window",
        one.window,
        "--provider",
        one.provider,
        *(["--methodology", arm] if arm else []),
    ]
    words += ["--commit-start", start, "--commit-end", last, "--repo", str(repo)]
    pipes.run([words, ["ledger-append", *told.ledger]], AGAIN)


def wait(seconds: float) -> None:
    """Wait, with a line a minute that says how long; Ctrl-C leaves the window open."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        minutes, rest = divmod(math.ceil(left), 60)
        cli.aside(
            f"AFTER in {minutes}:{rest:02}, as meters lag behind the work; Ctrl-C keeps the window open"
        )
        time.sleep(min(left, 60.0))


def after_time(
    there: Sequence[rows.Row],
    one: dealt_windows.BegunWindow,
    stopped: datetime,
    now: datetime,
    buffer_seconds: float,
) -> datetime:
    """Return when the AFTER of an open window may be read."""
    before = standing.before_of(there, one)
    resets = [meter.resets_at for meter in before.meters if meter.meter == "five_hour" and meter.resets_at]
    return standing.after_time(one.since, stopped, resets, now, buffer_seconds)


def comparison(ledger: Sequence[str]) -> tuple[float | None, int] | None:
    """Return the ratio of the arms' features per point, and the blocks that it rests on; None before any."""
    steps: list[Step] = [["ledger-cat", *ledger], ["preview", "--format", "json"]]
    status, said = pipes.run(steps, AGAIN, answers=(cli.NOTHING,), quiet=True)
    if status:
        return None
    found = json.loads(said)["comparison"]
    return found["rate_ratio"], found["n_blocks"]


def change_in_words(before: tuple[float | None, int] | None, after: tuple[float | None, int] | None) -> str:
    """Return what a window did to the comparison.

    >>> change_in_words((1.5, 4), (1.62, 5))
    'features per point, candidate over baseline: 1.5 with 4 blocks -> 1.62 with 5'
    >>> change_in_words(None, (None, 0))
    'features per point, candidate over baseline: n/a with 0 blocks'
    """

    def one(found: tuple[float | None, int]) -> str:
        return "n/a" if found[0] is None else f"{found[0]:.3g}"

    if after is None:
        return "no comparison yet"
    said = "features per point, candidate over baseline: "
    if before is None:
        return said + f"{one(after)} with {after[1]} blocks"
    return said + f"{one(before)} with {before[1]} blocks -> {one(after)} with {after[1]}"
