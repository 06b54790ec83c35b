"""What a person is to be told of a quota, each thing once: a mark passed, a reset, a pace that will not last."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from tracker import cli
from tracker.history.ticks import JITTER
from tracker.outlook.quota_outlook import QuotaOutlook

MARKS = (80.0, 95.0)  # percent used
PATIENCE = 30.0  # seconds that a command may take: a status line waits for it
KEPT = timedelta(days=70)  # after which what was said is forgotten


class QuotaNotice(msgspec.Struct, frozen=True):
    """One thing to tell: of which quota, in which of its windows, and what."""

    quota: str  # provider, account, quota and pool, as one word
    event: str  # at-80, reset, pace
    resets_at: datetime
    text: str


def tell(
    command: str, found: Iterable[QuotaOutlook], marks: Sequence[float] | None, path: Path, now: datetime
) -> None:
    """Run a command, the text behind its own words, for what is due and not told; `path`: where that is kept.

    A thing counts as told when the command has ended well, and in time; one that hangs is ended.
    cli.Stop (2): there is no such command.
    """
    words = command_of(command)
    said = NoticesSaid(path)
    told = []
    for one in said.fresh(due(found, marks or MARKS)):
        try:
            done = _run([*words, one.text])
        except OSError as wrong:
            raise cli.Stop(
                cli.USAGE, f"--notify {command!r} cannot be run ({wrong}); name a program"
            ) from None
        if done == 0:
            told.append(one)
        elif done is None:
            cli.say(
                f"--notify took more than {PATIENCE:g} s on {one.event} and was ended; it is run again next time"
            )
            break
        else:
            cli.say(f"--notify ended with {done} on {one.event}; it is run again next time")
    if told:
        try:
            said.keep(told, now)
        except OSError as wrong:
            cli.say(f"what --notify told cannot be kept in {path} ({wrong.strerror}); it will be told again")


def command_of(command: str) -> list[str]:
    """Return the words of a command; cli.Stop (2) where there is none.

    >>> command_of("notify-send 'my plan'")
    ['notify-send', 'my plan']
    """
    try:
        words = shlex.split(command)
    except ValueError as wrong:
        raise cli.Stop(cli.USAGE, f"--notify {command!r} cannot be run ({wrong}); name a program") from None
    if not words:  # the text itself would be run
        raise cli.Stop(cli.USAGE, f"--notify {command!r} names no program; name one")
    return words


def _run(words: Sequence[str]) -> int | None:
    """Run a command, with all that it starts in a group of its own; return its status, None when it had to be ended."""
    with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=2, start_new_session=True) as running:
        try:
            return running.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGKILL)
            return None
        except BaseException:  # Ctrl-C no longer reaches it by itself
            with suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGKILL)
            raise


def due(found: Iterable[QuotaOutlook], marks: Sequence[float] = MARKS) -> list[QuotaNotice]:
    """Return all that could be told now, whether it was told before or not.

    A reset is told of a quota that had been used; a pace, when in most futures the quota is full before it.
    """
    made = []
    for one in found:
        name = ".".join(word for word in (one.provider, one.account, one.quota, one.pool) if word)
        said = f"{one.provider}{' ' + one.account if one.account else ''} {one.quota}"
        said += "" if one.pool == "default" else f" {one.pool}"
        if one.reset_at is not None:
            made.append(QuotaNotice(name, "reset", one.reset_at, f"{said} was reset"))
        if one.resets_at is None or one.used_pct is None:
            continue
        passed = [mark for mark in marks if one.used_pct >= mark]
        if passed:
            text = f"{said} is {one.used_pct:.0f} % used"
            made.append(QuotaNotice(name, f"at-{max(passed):g}", one.resets_at, text))
        if one.ahead is not None and one.ahead.full_at is not None:
            when = one.ahead.full_at.astimezone()
            made.append(
                QuotaNotice(name, "pace", one.resets_at, f"{said} will be full at about {when:%a %H:%M}")
            )
    return made


class NoticesSaid:
    """What was told already, kept in a file so that the next call knows it too."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.said: list[QuotaNotice] = []
        with suppress(
            OSError, msgspec.DecodeError
        ):  # the first time, or no longer whole: better twice than never
            self.said = msgspec.json.decode(path.read_bytes(), type=list[QuotaNotice])

    def fresh(self, notices: Iterable[QuotaNotice]) -> list[QuotaNotice]:
        """Return those that were not told; resets a few minutes apart are the same window's."""
        return [
            one
            for one in notices
            if not any(
                (one.quota, one.event) == (old.quota, old.event)
                and abs(one.resets_at - old.resets_at) <= JITTER
                for old in self.said
            )
        ]

    def keep(self, told: Iterable[QuotaNotice], now: datetime) -> None:
        """Keep what was told now, and drop what is long over."""
        self.said = [one for one in [*self.said, *told] if one.resets_at > now - KEPT]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        new = self.path.with_name(f"{self.path.name}.new")
        new.write_bytes(msgspec.json.encode(self.said))
        new.replace(self.path)
