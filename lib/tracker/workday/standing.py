"""How things stand: what is open, what the plan has left, what the week allows, what a verdict still lacks."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from tracker import rows
from tracker.import_msgspec import msgspec
from tracker.windows import admission, audit, reading_pairs
from tracker.workday import dealt_windows, standins

# What a finished window may lack, and the command that supplies it.
SUPPLIES = {
    "evidence": "`tracker append-evidence --window {} --check pytest --result pass`",
    "telemetry": '`< "$(tracker where log)" tracker ingest proxy-telemetry --window {}`',
    "commits": "`tracker churn --window {} --repo DIR --commit-start A --commit-end B`",
    "churn": "`tracker churn --window {} --repo DIR --commit-start A --commit-end B`",
    "quality": "`tracker complete --window {} --supersede --quality 0.9`",
    "outcome": "`tracker complete --window {} --supersede --outcome pass`",
}
SHOWN = ("five_hour", "daily", "weekly_all", "weekly_scoped", "monthly", "credits")


class Quota(msgspec.Struct, frozen=True):
    """One quota as it was last seen."""

    provider: str
    meter: str
    pool: str
    used_pct: float
    resets_at: datetime | None
    seen_at: datetime
    has_reset: bool  # the reset lies in the past, so that the reading is of a quota that is over


class OpenWindow(msgspec.Struct, frozen=True):
    """The window that this agent has open."""

    window: str
    provider: str
    methodology: str | None
    since: datetime
    tasks: list[str]
    requests: dict[str, int]  # by lane, in the router's log since it began
    last_request: datetime | None
    after_from: datetime | None  # when the AFTER may be read; None: it is there
    reset_at: datetime | None  # a reset of its quota that came since it began
    happened: list[str]  # what else came in between: a closed shell, a restart, sleep, another plan
    end_will: str | None  # what `tracker end` does about all that; None: nothing out of the ordinary


class Standing(msgspec.Struct, frozen=True):
    """All that `status` says."""

    at: datetime
    agent_id: str
    open: OpenWindow | None
    others: list[str]  # further windows that this agent began and did not finish
    quotas: list[Quota]
    week_left_windows: int | None  # how many windows like the past ones the week still holds
    dealt: int
    finished: int
    blocks: int  # complete ones, dealt or named by hand
    registered: int | None  # blocks at which the test ends
    first_look: int | None
    next: dealt_windows.WindowTurn | None
    missing: list[str]  # what a verdict lacks, in the order in which to see to it


def standing(
    there: Sequence[rows.Row],
    requests: Iterable[rows.Usage],
    now: datetime,
    agent_id: str,
    buffer_seconds: float = admission.BUFFER_SECONDS,
    interrupted: Sequence[str] = (),
    broken_off: str | None = None,
) -> Standing:
    """Return how things stand at an instant, from the rows in force and the open window's requests.

    `interrupted`: what became of the machine and the shell since it began; `broken_off`: a window that is
    finished, but for the measuring of its commits.
    """
    dealt = dealt_windows.turns(there)
    plan = dealt_windows.plan_of(there)
    begun = dealt_windows.open_windows(there, agent_id)
    latest = list(requests)
    opened = _open(begun[-1], dealt, there, latest, now, buffer_seconds, interrupted) if begun else None
    blocks = _complete_blocks(there, dealt, plan)
    return Standing(
        at=now,
        agent_id=agent_id,
        open=opened,
        others=[one.window for one in begun[:-1]],
        quotas=quotas(there, now),
        week_left_windows=_week_left(there, now),
        dealt=len(dealt),
        finished=sum(turn.state == "finished" for turn in dealt),
        blocks=blocks,
        registered=plan.n_blocks if plan else None,
        first_look=plan.first_look if plan else None,
        next=dealt_windows.next_turn(dealt),
        missing=[
            *(
                [f"the commits of {broken_off} are not measured yet: `tracker end` goes on from there"]
                if broken_off
                else []
            ),
            *missing(there, dealt, plan, blocks),
        ],
    )


def quotas(there: Iterable[rows.Row], now: datetime) -> list[Quota]:
    """Return the last reading of every quota of every provider."""
    last: dict[tuple[str, str, str], Quota] = {}
    for row in there:
        if not isinstance(row, rows.Snapshot) or reading_pairs.is_estimate(row):
            continue
        for meter in row.meters:
            used = reading_pairs.share_of(meter)
            key = (row.provider, meter.meter, meter.pool)
            if used is None or meter.meter not in SHOWN or (key in last and last[key].seen_at > row.ts):
                continue
            over = meter.resets_at is not None and meter.resets_at <= now
            last[key] = Quota(*key, used, meter.resets_at, row.ts, over)
    return [last[key] for key in sorted(last, key=lambda key: (key[0], SHOWN.index(key[1]), key[2]))]


def _open(
    one: dealt_windows.BegunWindow,
    dealt: Sequence[dealt_windows.WindowTurn],
    there: Sequence[rows.Row],
    requests: Sequence[rows.Usage],
    now: datetime,
    buffer_seconds: float,
    interrupted: Sequence[str],
) -> OpenWindow:
    turn = next((turn for turn in dealt if turn.window == one.window), None)
    mine = [row for row in requests if row.ts >= one.since]
    last = max((row.ts for row in mine), default=None)
    before = before_of(there, one)
    resets = [meter.resets_at for meter in before.meters if meter.meter == "five_hour" and meter.resets_at]
    passed = max((reset for reset in resets if reset <= now), default=None)
    after_from = None if one.has_after else after_time(one.since, last, resets, now, buffer_seconds)
    plans = plans_of(there, one)
    happened = [*interrupted]
    if len(plans) > 1:
        happened.append(f"the plan is another one now: {' -> '.join(plans)}")
    end_will = _end_will(before, mine, now, None if one.has_after else passed, plans)
    if end_will is None and interrupted:
        end_will = "go on all the same: readings, log and commits are on the disk"
    return OpenWindow(
        window=one.window,
        provider=one.provider,
        methodology=turn.methodology if turn else None,
        since=one.since,
        tasks=turn.tasks if turn else [],
        requests=dict(Counter(row.lane for row in mine)),
        last_request=last,
        after_from=after_from,
        reset_at=passed,
        happened=happened,
        end_will=end_will,
    )


def _end_will(
    before: rows.Snapshot,
    mine: Sequence[rows.Usage],
    now: datetime,
    passed: datetime | None,
    plans: Sequence[str],
) -> str | None:
    """Return what `tracker end` does that is out of the ordinary."""
    if len(plans) > 1:
        return "record it, and say that points of two plans are not one unit: no card judges by them"
    if passed is None:
        return None
    standin = standins.for_after(before, mine, now)
    if standin is not None:
        return (
            f"take the router's last reading before the reset as AFTER: {standin.used_pct:g} % used at "
            f"{standin.at:%H:%M} UTC"
        )
    if any(row.ts > passed for row in mine):
        return "read the meter, which gives bounds; if work stopped before the reset, say --stopped-at TIME"
    return "read the meter, which gives bounds: the router's log tells nothing of the quota before the reset"


def before_of(there: Iterable[rows.Row], one: dealt_windows.BegunWindow) -> rows.Snapshot:
    """Return the BEFORE of a window that was begun."""
    return next(
        row
        for row in there
        if isinstance(row, rows.Snapshot)
        and (row.window, row.provider, row.phase) == (one.window, one.provider, "before")
        and row.feature_id is None
        and (row.agent_id or one.agent_id) == one.agent_id
    )


def plans_of(there: Iterable[rows.Row], one: dealt_windows.BegunWindow) -> list[str]:
    """Return the plans that the agent's readings name from a window's BEFORE on, as they followed each other."""
    since = [
        row
        for row in there
        if isinstance(row, rows.Snapshot)
        and row.provider == one.provider
        and (row.agent_id or one.agent_id) == one.agent_id
        and row.ts >= one.since
        and row.plan
    ]
    return list(dict.fromkeys(str(row.plan).lower() for row in sorted(since, key=lambda row: row.ts)))


def ended_by_log(there: Iterable[rows.Row], one: dealt_windows.BegunWindow) -> datetime | None:
    """Return when a window ended whose AFTER the router's log stood in for; None for any other."""
    return next(
        (
            row.ts
            for row in there
            if isinstance(row, rows.Snapshot)
            and (row.window, row.provider, row.phase, row.surface)
            == (one.window, one.provider, "after", "wire")
        ),
        None,
    )


def after_time(
    since: datetime,
    last_request: datetime | None,
    resets: Iterable[datetime],
    now: datetime,
    buffer_seconds: float,
) -> datetime:
    """Return the first instant from `now` on at which an AFTER is not too early.

    Meters lag: it has to lie a buffer behind the BEFORE and the last request, and not within a buffer after
    a reset.
    """
    buffer = timedelta(seconds=buffer_seconds)
    first = max(now, since + buffer, last_request + buffer if last_request else now)
    for reset in sorted(resets):
        if reset <= first < reset + buffer:
            first = reset + buffer
    return first


def _complete_blocks(
    there: Sequence[rows.Row], dealt: Sequence[dealt_windows.WindowTurn], plan: rows.Experiment | None
) -> int:
    """Return how many blocks have a finished window of each arm, dealt by a tool or named by hand."""
    sides: dict[str, set[str]] = {}
    for turn in dealt:
        if turn.state == "finished" and turn.methodology:
            sides.setdefault(str(turn.block), set()).add(turn.methodology)
    for row in there:
        if isinstance(row, rows.Window) and row.block is not None and row.capacity_pp is not None:
            sides.setdefault(str(row.block), set()).add(row.methodology)
    arms = {plan.baseline, plan.candidate} if plan else {arm for has in sides.values() for arm in has}
    return sum(arms <= has for has in sides.values()) if len(arms) > 1 else 0


def _week_left(there: Sequence[rows.Row], now: datetime) -> int | None:
    """Return how many windows like the median of those done fit into the week above its headroom."""
    spent = sorted(row.weekly_pp for row in there if isinstance(row, rows.Window) and row.weekly_pp)
    weekly = [one for one in quotas(there, now) if one.meter == "weekly_all" and not one.has_reset]
    if not spent or not weekly:
        return None
    room = min(100 - admission.HEADROOM_PP - one.used_pct for one in weekly)
    return max(0, int(room / spent[len(spent) // 2]))


def missing(
    there: Sequence[rows.Row],
    dealt: Sequence[dealt_windows.WindowTurn],
    plan: rows.Experiment | None,
    blocks: int,
) -> list[str]:
    """Return what a verdict still lacks, each with the command that supplies it."""
    said = []
    if plan is None:
        said.append("no plan is registered: `tracker experiment register --blocks 12`")
    if not dealt and (plan is None or blocks < plan.n_blocks):
        said.append("no window is dealt: `tracker assign-tasks --registered --seed SEED < tasks.csv`")
    if plan is not None and blocks < plan.first_look:
        said.append(f"{blocks} of {plan.first_look} complete blocks before the first look: `tracker begin`")
    lacking: dict[str, list[str]] = {}
    for turn in dealt:
        if turn.state == "finished":
            for item in audit.audit(there, turn.window).missing:
                lacking.setdefault(item, []).append(turn.window)
    said += [
        f"{len(some)} finished {'window' if len(some) == 1 else 'windows'} without {item}"
        + (f": {SUPPLIES[item].format(shlex.quote(some[0]))}" if item in SUPPLIES else "")
        for item, some in sorted(lacking.items())
    ]
    unseen = _windows_unseen(there, plan)
    if unseen:
        said.append(
            f"{unseen} finished {'window' if unseen == 1 else 'windows'} of the baseline without the router's requests, "
            "for errors, latency and cost: `FORCE_HAIKU_TO_ZAI=0 ccmitm`, then `ccsub`, before `tracker begin`"
        )
    unscored = _windows_without_scores(there)
    if unscored:
        said.append(
            f"{unscored} finished {'window' if unscored == 1 else 'windows'} without features that have a quality: "
            "`--feature` at `tracker end`"
        )
    return said


def _windows_unseen(there: Sequence[rows.Row], plan: rows.Experiment | None) -> int:
    seen = {row.window for row in there if isinstance(row, rows.ProxyTelemetry)}
    return sum(
        isinstance(row, rows.Window)
        and plan is not None
        and row.methodology == plan.baseline
        and row.window not in seen
        for row in there
    )


def _windows_without_scores(there: Sequence[rows.Row]) -> int:
    scored = {row.window for row in there if isinstance(row, rows.Feature) and row.quality_score is not None}
    return sum(
        isinstance(row, rows.Window) and row.window not in scored and row.quality_score is None
        for row in there
    )
