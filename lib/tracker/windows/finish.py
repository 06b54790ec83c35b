"""Finish a window: its readings, telemetry and what the operator typed become one canonical row."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from tracker import cli, clock, providers, rows
from tracker.import_msgspec import msgspec
from tracker.options import FEATURE_NOTE
from tracker.windows import deal_by_task, reading_pairs
from tracker.windows.reading_pairs import Capacity, Key, Pair
from tracker.windows.stretches import WIRE

DEFAULT_METHODOLOGY = "week0"
TYPED = ("quality_score", "outcome", "cls", "impf", "feature_id", "block", "commit_start", "commit_end")
DIVERGENT = 0.10  # ccusage against the meter, as a share of the meter
KEPT, OFFLOAD = "claude", "glm"  # whose quotas a window that sends work elsewhere uses


class Finished(NamedTuple):
    """The canonical row, anomalies that the ledger does not have yet, and what to tell the person."""

    row: rows.Window
    anomalies: list[rows.Anomaly]
    warnings: list[str]


def draws_on_two_quotas(methodology: str, all_rows: Sequence[rows.Row], window: str) -> bool:
    """Say whether a window sends work to another provider, so that two quotas are used.

    A window of the registered candidate does (of mitm_offload, where nothing was registered), one that offloads
    by what is left of the quota, and so does one of any arm but the baseline that has the other provider's readings beside Claude's.

    >>> draws_on_two_quotas("mitm_offload", [], "W1"), draws_on_two_quotas("stock_anthropic", [], "W1")
    (True, False)
    >>> from datetime import UTC, datetime
    >>> plan = rows.Experiment(ts=datetime(2026, 1, 1, tzinfo=UTC), baseline="old", candidate="new")
    >>> [draws_on_two_quotas(arm, [plan], "W1") for arm in ("old", "new", "mitm_offload")]
    [False, True, False]
    """
    if rows.is_by_quota(methodology):
        return True
    plans = [row for row in all_rows if isinstance(row, rows.Experiment)]
    plan = plans[-1] if plans else rows.Experiment(ts=datetime(1970, 1, 1, tzinfo=UTC))
    if methodology in (plan.candidate, plan.baseline, DEFAULT_METHODOLOGY):
        return methodology == plan.candidate
    seen = {row.provider for row in all_rows if isinstance(row, rows.Snapshot) and row.window == window}
    return {"claude", OFFLOAD} <= seen


class Said(NamedTuple):
    """What the person, the assignment and the row that is corrected say of a window."""

    methodology: str
    features: Mapping[str, float]  # by provider
    fields: dict[str, Any]  # of the row


class MeasuredPair(NamedTuple):
    """One provider's readings of a window, and what they say."""

    key: Key
    pair: Pair
    capacity: Capacity


def finish(
    all_rows: Sequence[rows.Row],
    window: str,
    methodology: str | None,
    features: Mapping[str, float],
    *,
    agent_id: str | None = None,
    supersede: bool = False,
    typed: Mapping[str, Any] | None = None,
) -> Finished:
    """Return the canonical row of a window from the rows in force.

    `features` are as typed, by provider; `typed` are further fields of the row.  A correction
    keeps what is not typed anew; block, task and arm come from the assignment when there is one.
    The capacity is of the first quota that the provider's readings show.  An offload window's is
    Claude's points and Z.AI's credits, whatever provider its features came under.  Raises cli.Stop:
    66 no reading, 75 finished already, 2 features of two providers in a window that is no offload,
    or two agents' readings of one provider.
    """
    mine = [row for row in all_rows if getattr(row, "window", None) == window]
    standing = _standing(mine, window, supersede=supersede)
    warnings: list[str] = []
    by_task = deal_by_task.is_by_task(all_rows, window)
    told = Said(methodology or "", features, dict(typed or {}))
    said = _said(mine, standing, told, warnings, by_task=by_task)
    pairs = _pairs(all_rows, mine, window)
    offloads = draws_on_two_quotas(said.methodology, all_rows, window)
    provider = _provider(window, said.features, pairs, warnings, offloads=offloads)
    main = _measured(provider, window, pairs, agent_id)
    offload = main if provider == OFFLOAD else _measured(OFFLOAD, window, pairs, agent_id)
    judged = {provider: main}
    if offloads:
        judged[OFFLOAD] = offload
    row = _row(mine, standing, said, judged, offload)
    row.notes = list(dict.fromkeys([*_notes(mine, judged, agent_id), *row.notes]))
    if offloads and offload.pair == Pair():
        warnings.append(f"{window} has no glm readings, so what it used of Z.AI's quota is not known")
    warnings += _about_capacity(row, main)
    return Finished(row, _new_anomalies(row, mine, judged), warnings)


def _standing(mine: Sequence[rows.Row], window: str, *, supersede: bool) -> rows.Window | None:
    """Return the window's row that is in force already; one that is not to be corrected is refused."""
    standing = next((row for row in mine if isinstance(row, rows.Window)), None)
    if standing and not supersede:
        raise cli.Stop(
            cli.TRY_LATER,
            f"{window} is finished already (row {(standing.row_id or '?')[:8]}); --supersede corrects it by a new row",
        )
    return standing


def _said(
    mine: Sequence[rows.Row], standing: rows.Window | None, typed: Said, warnings: list[str], *, by_task: bool
) -> Said:
    """Return what is known of a window beside its readings: as typed, else as assigned, else as before."""
    assigned = next((row for row in mine if isinstance(row, rows.Feature) and row.block is not None), None)
    arm = assigned.methodology if assigned else None
    if assigned and by_task:  # each of its tasks has an arm of its own
        arm = deal_by_task.BOTH_ARMS
        assigned = msgspec.structs.replace(assigned, methodology=arm, feature_id=None)
    if arm and typed.methodology not in ("", arm):
        warnings.append(f"{assigned and assigned.window} was assigned to {arm}, not to {typed.methodology}")
    methodology = typed.methodology or arm or (standing.methodology if standing else "")
    methodology = _by_quota(mine, methodology) or DEFAULT_METHODOLOGY
    features = typed.features or (standing.features_by_provider if standing else {})
    if not features:
        raise cli.Stop(cli.USAGE, "how many features? name them, for example --claude-features 3")
    return Said(methodology, features, _fields(mine, assigned, standing, typed.fields))


def _by_quota(mine: Sequence[rows.Row], methodology: str) -> str:
    """Return the arm, told by the window's requests where nobody has; one that they cannot be of is refused."""
    told = [row for row in mine if isinstance(row, rows.ProxyTelemetry)]
    under = sorted(
        {rule for row in told for rule in row.offload_when if row.methodology in (None, methodology)}
    )
    if not under:
        return methodology
    if methodology and not rows.is_by_quota(methodology):
        raise cli.Stop(
            cli.BAD_INPUT,
            f"{told[0].window} is {methodology}, and its requests went by OFFLOAD_WHEN={'; '.join(under)}: that is the arm "
            f"{rows.BY_QUOTA}; finish it with --methodology {rows.BY_QUOTA}, or undo its telemetry and sum it up anew",
        )
    return methodology or rows.BY_QUOTA


def _fields(
    mine: Sequence[rows.Row],
    assigned: rows.Feature | None,
    standing: rows.Window | None,
    typed: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the fields of the row that are known: the later source goes before the earlier."""
    notes = {note for row in mine if isinstance(row, rows.Snapshot) for note in row.notes}
    tasks = {note.removeprefix(FEATURE_NOTE) for note in notes if note.startswith(FEATURE_NOTE)}
    read = {"feature_id": tasks.pop()} if len(tasks) == 1 else {}
    dealt = {"block": assigned.block, "feature_id": assigned.feature_id} if assigned else {}
    before = {name: getattr(standing, name, None) for name in TYPED}
    sources = (
        {name: value for name, value in one.items() if value is not None}
        for one in (read, dealt, before, typed)
    )
    return {name: value for source in sources for name, value in source.items()}


def _pairs(all_rows: Sequence[rows.Row], mine: Sequence[rows.Row], window: str) -> dict[Key, Pair]:
    pairs = reading_pairs.best_pairs(mine)
    if not pairs:
        others = sorted({key.window for key in reading_pairs.best_pairs(all_rows)})
        seen = f"windows with readings: {', '.join(others[:8])}" if others else "no readings at all"
        told = [row for row in mine if isinstance(row, rows.ProxyTelemetry) and row.first_ts and row.last_ts]
        wire = (
            f'< "$(tracker where log)" capture-wire --window {shlex.quote(window)}{_times(told)}'
            " | ledger-append --buffer-seconds 0"
        )
        raise cli.Stop(
            cli.NOTHING,
            f"no reading of {window} ({seen}); record its before and after first, or read both off the router's log: {wire}",
        )
    return pairs


def _times(told: Sequence[rows.ProxyTelemetry]) -> str:
    """Return the options that cut a log to the requests that were summed up already."""
    firsts = [row.first_ts for row in told if row.first_ts]
    lasts = [row.last_ts for row in told if row.last_ts]
    if not firsts or not lasts:
        return ""
    until = max(lasts) + timedelta(milliseconds=1)
    return f" --since {clock.text(min(firsts))} --until {clock.text(until)}"


def _provider(
    window: str,
    features: Mapping[str, float],
    pairs: Mapping[Key, Pair],
    warnings: list[str],
    *,
    offloads: bool,
) -> str:
    """Return whose quota the window's capacity is."""
    if offloads:
        strangers = [name for name in features if name not in {KEPT, OFFLOAD}]
        if strangers:
            warnings.append(
                f"--{strangers[0]}-features of an offload window: its capacity is Claude's points and Z.AI's credits"
            )
        return KEPT
    if len(features) > 1:
        raise cli.Stop(
            cli.USAGE,
            f"{window}: features of {' and '.join(features)} in one window that is no offload; "
            "give each provider's work a window of its own",
        )
    named = next(iter(features))
    measured = list(dict.fromkeys(key.provider for key in pairs))
    if named not in measured:
        warnings.append(f"{window} has no {named} readings (it has {', '.join(measured)})")
    return named


def _measured(provider: str, window: str, pairs: Mapping[Key, Pair], agent_id: str | None) -> MeasuredPair:
    found = {
        key: pair
        for key, pair in pairs.items()
        if key.provider == provider and agent_id in (None, key.agent_id)
    }
    if len(found) > 1:
        agents = ", ".join(sorted(key.agent_id for key in found))
        raise cli.Stop(
            cli.USAGE,
            f"{window} has {provider} readings of several agents ({agents}); say which with --agent",
        )
    for key, pair in found.items():
        if any(one is not None and reading_pairs.is_estimate(one) for one in pair):
            return MeasuredPair(key, pair, reading_pairs.no_capacity(pair, "local-estimate-only"))
        return MeasuredPair(key, pair, reading_pairs.capacity(pair))
    nothing = reading_pairs.no_capacity(Pair(), "no-before", "no-after")
    return MeasuredPair(Key(window, provider, agent_id or "main"), Pair(), nothing)


def _row(
    mine: Sequence[rows.Row],
    standing: rows.Window | None,
    said: Said,
    judged: Mapping[str, MeasuredPair],
    offload: MeasuredPair,
) -> rows.Window:
    """Return the row; the first of the judged providers is the one whose capacity it has."""
    provider, main = next(iter(judged.items()))
    before, after = main.pair
    used = main.capacity.used
    errors = [
        error if name == provider else f"{name}:{error}"
        for name, one in judged.items()
        for error in one.capacity.errors
    ]
    accounts = [one.account for one in main.pair if one and one.account]
    return rows.Window(
        ts=after.ts if after else max(row.ts for row in mine if isinstance(row, rows.Snapshot)),
        window=main.key.window,
        methodology=said.methodology,
        provider=provider,
        features=sum(said.features.values()),
        features_by_provider=dict(said.features),
        capacity_pp=used.points,
        capacity_quota=str(main.capacity.quota),
        capacity_low_pp=used.low,
        capacity_high_pp=used.high,
        weekly_pp=main.capacity.weekly.points,
        glm_credits=offload.capacity.used.units,
        glm_pp=offload.capacity.used.points,
        started_at=before.ts if before else None,
        ended_at=after.ts if after else None,
        account=accounts[0] if accounts else None,
        plan=reading_pairs.plan_of(main.pair),
        glm_plan=reading_pairs.plan_of(offload.pair),
        errors=list(dict.fromkeys(errors)),
        supersedes=standing.row_id if standing else None,
        **said.fields,
    )


def _notes(mine: Sequence[rows.Row], judged: Mapping[str, MeasuredPair], agent_id: str | None) -> list[str]:
    """Return what the readings carry and what was seen on the way."""
    main, *others = judged.values()
    # The operator's words come first, then flags of the readings.
    notes = [note for one in main.pair if one for note in (*one.notes, *one.flags)] + main.capacity.notes
    notes += [f"{one.phase}:router-log" for one in main.pair if one and one.surface == WIRE]
    for one in others:
        if one.pair == Pair():
            notes.append(f"{one.key.provider}:not-read")
        else:
            notes += [f"{one.key.provider}:{note}" for note in one.capacity.notes]
    notes += _against_ccusage(mine, main)
    return notes + ([f"agent:{agent_id}"] if agent_id else [])


def _about_capacity(row: rows.Window, main: MeasuredPair) -> list[str]:
    """Return what the person should know of the row's capacity."""
    why = ", ".join([*row.errors, *row.notes]) or f"the {row.capacity_quota} quota was not shown"
    if row.capacity_low_pp is not None and row.capacity_high_pp is not None:
        return [
            f"capacity is known to be {row.capacity_low_pp:g}..{row.capacity_high_pp:g} pp, no more ({why})"
        ]
    if row.capacity_pp is None:
        seen = reading_pairs.seen(main.pair) if "impossible-percent" in row.errors else ""
        return [f"the window has no capacity ({why}{': ' if seen else ''}{seen}); it is recorded without"]
    usual = providers.BY_NAME[row.provider].capacity[0].meter
    if main.capacity.quota.meter != usual:
        return [f"the {usual} quota was not shown: the capacity is points of {row.capacity_quota}"]
    return []


def _against_ccusage(mine: Sequence[rows.Row], main: MeasuredPair) -> list[str]:
    """Return what a local estimate says beside the meter, marked when it is far off; the meter counts."""
    pair = reading_pairs.pairs(mine, estimates=True).get(main.key, Pair())
    if pair.before is None or pair.after is None:
        return []
    name, meter = pair.after.surface, main.capacity.used
    if reading_pairs.counts_tokens(pair):  # tokens and points cannot be compared, so a reader gets both
        counted = reading_pairs.tokens_between(pair)
        return [f"{name}:tokens-not-known" if counted is None else f"{name}:{counted}tokens"]
    theirs = reading_pairs.capacity(pair)
    if theirs.quota != main.capacity.quota:
        return []
    apart = reading_pairs.divergence(meter, theirs.used)
    if apart is None or apart <= DIVERGENT:
        return []
    return [f"divergent:{name}", f"{name}:{theirs.used.points:g}pp", f"meter:{meter.points:g}pp"]


def _new_anomalies(
    row: rows.Window, mine: Sequence[rows.Row], judged: Mapping[str, MeasuredPair]
) -> list[rows.Anomaly]:
    """Return an anomaly for every one that the ledger has no row for yet."""
    there = {(one.anomaly, one.provider) for one in mine if isinstance(one, rows.Anomaly)}
    return [
        rows.Anomaly(
            ts=row.ts,
            anomaly=word,
            window=row.window,
            provider=provider,
            detail=reading_pairs.seen(one.pair) or None,
        )
        for provider, one in judged.items()
        for word in one.capacity.anomalies
        if (word, provider) not in there
    ]
