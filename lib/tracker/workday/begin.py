"""Begin a window: which one, whether this shell is in its arm, its BEFORE, and where its work is."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tracker import cli, clock, rows
from tracker.workday import dealt_windows, interruptions, pipes, route, work

PASTE = "copy the usage screen and pipe it in, or see `tracker doctor`"


class Begun(NamedTuple):
    """What begins."""

    window: str
    methodology: str | None
    tasks: list[str]


def choose(there: Sequence[rows.Row], asked: str | None, agent_id: str) -> Begun:
    """Return the window to begin: the one asked for, else the next of the deal.

    Raises cli.Stop: 75 while another window of this agent is open, or the one asked for was begun already;
    66 when none is asked for and none is left.
    """
    begun = dealt_windows.open_windows(there, agent_id)
    if begun:
        one = begun[-1]
        then = (
            "finish it with `tracker end`" if one.window != asked else "go on working, and `tracker end` it"
        )
        raise cli.Stop(
            cli.TRY_LATER,
            f"{one.window} is open since {one.since:%d %b %H:%M} UTC (agent {agent_id}); {then}",
        )
    dealt = dealt_windows.turns(there)
    if asked is None:
        following = dealt_windows.next_turn(dealt)
        if following is None:
            seen = f"all {len(dealt)} dealt windows are begun" if dealt else "no window is dealt"
            raise cli.Stop(
                cli.NOTHING, f"which window? ({seen}); name one, or deal some with `tracker assign-tasks`"
            )
        return Begun(following.window, following.methodology, following.tasks)
    known = next((turn for turn in dealt if turn.window == asked), None)
    if known is not None and known.state != "to do":
        raise cli.Stop(
            cli.TRY_LATER, f"{asked} was begun already ({known.state}); name another, or leave it out"
        )
    if any(isinstance(row, rows.Window) and row.window == asked for row in there):
        raise cli.Stop(cli.TRY_LATER, f"{asked} was begun already (finished); name another window")
    return Begun(asked, None, []) if known is None else Begun(known.window, known.methodology, known.tasks)


def out_of_turn(there: Sequence[rows.Row], window: str) -> str | None:
    """Return the window that the coin put before this one, if it is still to do."""
    following = dealt_windows.next_turn(dealt_windows.turns(there))
    return following.window if following is not None and following.window != window else None


def check_arm(there: Sequence[rows.Row], begun: Begun, way: route.Route) -> None:
    """Raise cli.Stop (78) when this shell is not in the arm that the window was dealt to.

    The registration's candidate is the arm that offloads; without a registration no arm is checked.
    """
    if way.port is not None and not way.answers:
        raise cli.Stop(
            cli.NO_SETTING,
            f"nothing answers on 127.0.0.1:{way.port}, where this shell's Claude Code would go; "
            f"type `ccmitm {way.port}`, or `ccstock`",
        )
    plan = dealt_windows.plan_of(there)
    if begun.methodology is None or plan is None:
        return
    by_quota = rows.is_by_quota(begun.methodology)
    wrong = route.wrong_for(way, begun.methodology == plan.candidate, by_quota)
    if wrong:
        raise cli.Stop(cli.NO_SETTING, f"{begun.window} is dealt to {begun.methodology}: {wrong}")


def unseen(there: Sequence[rows.Row], begun: Begun, way: route.Route) -> str | None:
    """Return what a verdict will lack of a window of the baseline whose requests go past the router; None for none."""
    plan = dealt_windows.plan_of(there)
    if plan is None or begun.methodology != plan.baseline or way.port is not None:
        return None
    return (
        f"no router sees the requests of {begun.window}, so the gates of errors, latency and cost will have no data of "
        f"{begun.methodology}; one that only watches: `FORCE_HAIKU_TO_ZAI=0 ccmitm`, then `ccsub`"
    )


def read_meter(
    provider: str, window: str, phase: str, notes: Sequence[str], options: Sequence[str], text: bytes | None
) -> bytes:
    """Read a provider's meter into the ledger, and return the rows as they were written.

    `text`: the usage text, when a person gave it; else the meter is read live.  Raises pipes.StepFailed.
    """
    words = ["--window", window, "--phase", phase]
    if "TRACKER_NOW" in os.environ:
        words += ["--at", clock.text(clock.now())]
    for note in notes:
        words += ["--notes", note]
    steps = [[f"capture-{provider}", *words], ["ledger-append", "--source", "alias", "--echo", *options]]
    if text is None:
        steps.insert(0, ["read-meter", provider])
    try:
        return pipes.run(steps, PASTE, carried=text or b"")[1]
    except pipes.StepFailed as failed:
        if failed.step == "ledger-append":  # the meter was read; it has said itself what to do
            raise pipes.StepFailed([failed.step], failed.status, "nothing was recorded") from None
        raise


def remember(folder: Path, window: str, repo: Path, head: str | None) -> None:
    """Write down where the window's work is, and what the machine says of itself."""
    moment = interruptions.here().as_plain()
    work.keep(folder, work.Work(window, str(repo.resolve()), head, moment))


def tell(written: bytes) -> None:
    """Say in one line what was read, on stderr."""
    for line in pipes.run([["tell-reading"]], "", carried=written, quiet=True)[1].decode().splitlines():
        cli.aside(line)
