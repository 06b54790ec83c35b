"""Finish a window: its readings, telemetry and what the operator typed become one canonical row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from tracker import cli, rows
from tracker.windows import reading_pairs
from tracker.windows.reading_pairs import Capacity, Key, Pair, Used

DEFAULT_METHODOLOGY = "week0"
TYPED = ("quality_score", "outcome", "cls", "impf", "feature_id", "block", "commit_start", "commit_end")
DIVERGENT = 0.10  # ccusage against the meter, as a share of the meter
NOTHING = Capacity(Used(), Used(), [], ["no-before", "no-after"])


class Finished(NamedTuple):
    """The canonical row, anomalies that the ledger does not have yet, and what to tell the person."""

    row: rows.Window
    anomalies: list[rows.Anomaly]
    warnings: list[str]


def is_offload(methodology: str) -> bool:
    """Say whether an arm sends work to another provider, so that two quotas are used.

    >>> is_offload("mitm_offload"), is_offload("stock_anthropic")
    (True, False)
    """
    return "offload" in methodology


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
    keeps what is not typed anew; block, task and arm come from the assignment when there is one.  An offload window's capacity is Claude's points and Z.AI's
    credits, whatever provider its features came under.  Raises cli.Stop: 66 no reading, 75 finished already, 2 features of two providers in a
    window that is no offload, or two agents' readings of one provider.
    """
    mine = [row for row in all_rows if getattr(row, "window", None) == window]
    standing = next((row for row in mine if isinstance(row, rows.Window)), None)
    if standing and not supersede:
        raise cli.Stop(
            cli.TRY_LATER,
            f"{window} is finished already (row {(standing.row_id or '?')[:8]}); --supersede corrects it by a new row",
        )
    known = {name: value for name in TYPED if (value := getattr(standing, name, None)) is not None}
    known |= {name: value for name, value in (typed or {}).items() if value is not None}
    warnings: list[str] = []
    assigned = next((row for row in mine if isinstance(row, rows.Feature) and row.block is not None), None)
    if assigned:
        known = {"block": assigned.block, "feature_id": assigned.feature_id} | known
        if methodology and assigned.methodology and methodology != assigned.methodology:
            warnings.append(f"{window} was assigned to {assigned.methodology}, not to {methodology}")
        methodology = methodology or assigned.methodology
    methodology = methodology or (standing.methodology if standing else DEFAULT_METHODOLOGY)
    features = features or (standing.features_by_provider if standing else {})
    if not features:
        raise cli.Stop(cli.USAGE, "how many features? name them, for example --claude-features 3")
    pairs = reading_pairs.best_pairs(mine)
    if not pairs:
        others = sorted({key.window for key in reading_pairs.best_pairs(all_rows)})
        seen = f"windows with readings: {', '.join(others[:8])}" if others else "no readings at all"
        raise cli.Stop(cli.NOTHING, f"no reading of {window} ({seen}); record its before and after first")
    provider = _provider(window, methodology, features, pairs, warnings)
    of = {name: _capacity(name, window, pairs, agent_id) for name in {provider, "glm"}}
    key, pair, used = of[provider]
    glm_pair, glm = of["glm"][1:]
    errors, notes = list(used.errors), list(used.notes)
    if is_offload(methodology):
        if glm_pair == Pair():
            notes.append("glm:not-read")
            warnings.append(f"{window} has no glm readings, so what it used of Z.AI's quota is not known")
        else:
            errors += [f"glm:{error}" for error in glm.errors]
            notes += [f"glm:{note}" for note in glm.notes]
    notes = _readings_notes(pair) + notes + _against_ccusage(mine, key, used.five_hour)
    notes += [f"agent:{agent_id}"] if agent_id else []
    notes += known.pop("notes", [])
    last = max(row.ts for row in mine if isinstance(row, rows.Snapshot))
    five = used.five_hour
    row = rows.Window(
        ts=pair.after.ts if pair.after else last,
        window=window,
        methodology=methodology,
        provider=provider,
        features=sum(features.values()),
        features_by_provider=dict(features),
        capacity_pp=five.points,
        capacity_low_pp=five.low,
        capacity_high_pp=five.high,
        weekly_pp=used.weekly.points,
        glm_credits=glm.five_hour.units,
        glm_pp=glm.five_hour.points,
        started_at=pair.before.ts if pair.before else None,
        ended_at=pair.after.ts if pair.after else None,
        account=(pair.before and pair.before.account) or (pair.after and pair.after.account) or None,
        notes=list(dict.fromkeys(notes)),
        errors=list(dict.fromkeys(errors)),
        supersedes=standing.row_id if standing else None,
        **known,
    )
    why = ", ".join([*row.errors, *row.notes]) or "the five-hour quota was not shown"
    if five.low is not None:
        warnings.append(f"capacity is known to be {five.low:g}..{five.high:g} pp, no more ({why})")
    elif five.points is None:
        warnings.append(f"the window has no capacity ({why}); it is recorded without")
    found = {provider: used.anomalies}
    if is_offload(methodology):
        found["glm"] = glm.anomalies
    made = _new_anomalies(
        row, mine, {name: (words, reading_pairs.seen(of[name][1])) for name, words in found.items()}
    )
    return Finished(row, made, warnings)


def _provider(
    window: str,
    methodology: str,
    features: Mapping[str, float],
    pairs: Mapping[Key, Pair],
    warnings: list[str],
) -> str:
    """Return whose five-hour quota the window's capacity is."""
    measured = list(dict.fromkeys(key.provider for key in pairs))
    if is_offload(methodology):
        strangers = [name for name in features if name not in {"claude", "glm"}]
        if strangers:
            warnings.append(
                f"--{strangers[0]}-features of an offload window: its capacity is Claude's points and Z.AI's credits"
            )
        return "claude"
    if len(features) > 1:
        raise cli.Stop(
            cli.USAGE,
            f"{window}: features of {' and '.join(features)} in one window that is no offload; "
            "give each provider's work a window of its own",
        )
    named = next(iter(features), None)
    if named is None:
        return measured[0]
    if named not in measured:
        warnings.append(f"{window} has no {named} readings (it has {', '.join(measured)})")
    return named


def _capacity(
    provider: str, window: str, pairs: Mapping[Key, Pair], agent_id: str | None
) -> tuple[Key, Pair, Capacity]:
    found = {key: pair for key, pair in pairs.items() if key.provider == provider}
    if agent_id is not None:
        found = {key: pair for key, pair in found.items() if key.agent_id == agent_id}
    if len(found) > 1:
        agents = ", ".join(sorted(key.agent_id for key in found))
        raise cli.Stop(
            cli.USAGE,
            f"{window} has {provider} readings of several agents ({agents}); say which with --agent",
        )
    for key, pair in found.items():
        if any(one is not None and reading_pairs.is_estimate(one) for one in pair):
            return key, pair, Capacity(Used(), Used(), [], ["local-estimate-only"])
        return key, pair, reading_pairs.capacity(pair)
    return Key(window, provider, agent_id or "main"), Pair(), NOTHING


def _readings_notes(pair: Pair) -> list[str]:
    """Return what the two readings carry: the operator's words, flags of the readings."""
    return [note for one in pair if one for note in (*one.notes, *one.flags)]


def _against_ccusage(mine: Sequence[rows.Row], key: Key, meter: Used) -> list[str]:
    """Return what a local estimate says beside the meter, marked when it is far off; the meter counts."""
    pair = reading_pairs.pairs(mine, estimates=True).get(key, Pair())
    if pair.before is None or pair.after is None:
        return []
    name = pair.after.surface
    first, last = (reading_pairs.meter_of(one, "five_hour") for one in (pair.before, pair.after))
    counts = [one.used for one in (first, last) if one and one.used is not None and one.used_pct is None]
    if len(counts) == 2:  # tokens and points cannot be compared, so a reader gets both
        return [f"{name}:{max(0.0, counts[1] - counts[0]):.0f}tokens"]
    theirs = reading_pairs.capacity(pair).five_hour
    apart = reading_pairs.divergence(meter, theirs)
    if apart is None or apart <= DIVERGENT:
        return []
    return [f"divergent:{name}", f"{name}:{theirs.points:g}pp", f"meter:{meter.points:g}pp"]


def _new_anomalies(
    row: rows.Window, mine: Sequence[rows.Row], found: Mapping[str, tuple[list[str], str]]
) -> list[rows.Anomaly]:
    """Return an anomaly for every one that the ledger has no row for yet."""
    there = {(one.anomaly, one.provider) for one in mine if isinstance(one, rows.Anomaly)}
    return [
        rows.Anomaly(ts=row.ts, anomaly=word, window=row.window, provider=provider, detail=seen or None)
        for provider, (words, seen) in found.items()
        for word in words
        if (word, provider) not in there
    ]
