"""How much of what a window's commits added was gone again a fortnight later.

The lines that count are those that stand at the last commit and did not at the one before the
work: `git diff START END`, blank differences left out.  Each of them is followed through every
later commit of the branch: it moves with its file and with its block, and it is gone when a commit
deletes or rewrites it.  A line counts as churned when the earliest commit that did so was authored
within 14 days of the last commit of the work, and the line is not in the branch today.

A merge counts for what its own resolution changed; what its sides changed counts with the commits
of that side, by their own author times.  Generated files, binaries and submodules are left out.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from tracker import rows
from tracker.churn import line_tracking, patches
from tracker.churn.line_tracking import State

MATURES = timedelta(days=14)
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


class Measured(NamedTuple):
    """The churn row, and what to tell the person."""

    row: rows.Churn
    warnings: list[str]


class Commit(NamedTuple):
    """One commit behind the work, with those parents that are the work's last commit or behind it."""

    name: str
    authored: datetime
    parents: list[str]


def measure(
    repo: Path,
    window: str,
    start: str | None,
    end: str | None,
    now: datetime,
    *,
    provider: str | None = None,
    methodology: str | None = None,
    head: str = "HEAD",
) -> Measured:
    """Return the churn of the commits behind `start` up to `end`, as the branch `head` shows it.

    Without a commit to start from, or one that the repository does not have, the row says why
    nothing was measured.  Before the fortnight is over `churn_14d` is None and `matures_at` says
    when it can be known.
    """
    row = rows.Churn(
        ts=now, window=window, provider=provider, methodology=methodology, commit_start=start, commit_end=end
    )
    tip = patches.commit_of(repo, head)
    if tip is None:
        row.skipped = f"no commit {head} in this repository"
        return Measured(row, [f"{window}: churn skipped: {row.skipped}; name the repository with --repo"])
    first, last = _known(repo, start), _known(repo, end)
    if first is None or last is None:
        which, name = ("start", start) if first is None else ("end", end)
        row.skipped = f"commit-{which} {'missing' if not name else f'{name} not in this repository'}"
        return Measured(row, [f"{window}: churn skipped: {row.skipped}; run it again with --commit-{which}"])
    warnings = []
    if first != EMPTY_TREE and not patches.is_ancestor(repo, first, last):
        warnings.append(
            f"{window}: {first[:10]} is not in the history of {last[:10]}; their difference is measured"
        )
    if not patches.is_ancestor(repo, last, tip):
        twins = _rebased(repo, first, last, tip)
        if twins is None:
            row.skipped = f"commit-end {last[:10]} is not in the history of {head}"
            return Measured(
                row,
                [f"{window}: churn skipped: {row.skipped} (squashed, or not merged); name the commit there"],
            )
        warnings.append(f"{window}: {last[:10]} was rebased to {twins[1][:10]}, which is measured")
        first, last = twins
    row.commit_start, row.commit_end = first, last
    state, row.deleted_lines, row.files = _added(repo, first, last)
    row.added_lines = sum(len(held) for held in state.values())
    row.matures_at = _authored(repo, last) + MATURES
    if now >= row.matures_at and row.added_lines:
        gone = churned(repo, state, last, tip, row.matures_at)
        row.churn_14d = round(len(gone) / row.added_lines, 6)
    return Measured(row, warnings)


def _known(repo: Path, name: str | None) -> str | None:
    if not name:
        return None
    return EMPTY_TREE if name == EMPTY_TREE else patches.commit_of(repo, name)


def _authored(repo: Path, commit: str) -> datetime:
    seconds = patches.git(repo, "log", "-1", "--format=%at", commit)
    return datetime.fromtimestamp(int(seconds), UTC)


def _added(repo: Path, first: str, last: str) -> tuple[State, int, int]:
    """Return the lines that the work added as a state, the lines it deleted, the files it touched."""
    found = patches.between(repo, first, last)
    made = line_tracking.generated(
        repo, [path for patch in found for path in (patch.old_path, patch.new_path) if path]
    )
    state: State = {}
    deleted, files, token = 0, 0, 0
    for patch in found:
        if patch.is_binary or (patch.new_path or patch.old_path) in made:
            continue
        files += 1
        deleted += sum(len(hunk.old) for hunk in patch.hunks)
        held = []
        for hunk in patch.hunks:
            for at in range(len(hunk.new)):
                held.append((hunk.new_start + at, token))
                token += 1
        if held and patch.new_path:
            state[patch.new_path] = held
    return state, deleted, files


def churned(repo: Path, state: State, last: str, tip: str, matures_at: datetime) -> set[int]:
    """Return the lines of `state`, which stand in commit `last`, that were gone by `matures_at`."""
    behind = commits_behind(repo, last, tip)
    left = Counter(parent for commit in behind for parent in commit.parents)
    states: dict[str, State] = {last: state}
    deaths: dict[int, datetime] = {}
    differences = patches.edges(
        repo, [(parent, commit.name) for commit in behind for parent in commit.parents]
    )
    with contextlib.closing(differences):
        for commit in behind:
            if not any(states.values()):
                break  # every line is gone
            before: set[int] = set()
            after: State = {}
            for parent in commit.parents:
                was = states[parent]
                difference = next(differences)
                before |= line_tracking.tokens(was)
                after = line_tracking.joined(after, line_tracking.carried(was, difference) if was else {})
                left[parent] -= 1
                if not left[parent]:
                    del states[parent]
            states[commit.name] = after
            for token in before - line_tracking.tokens(after):
                deaths[token] = min(deaths.get(token, commit.authored), commit.authored)
    alive = line_tracking.tokens(states.get(tip, {}))
    return {token for token, at in deaths.items() if at <= matures_at and token not in alive}


def commits_behind(repo: Path, last: str, tip: str) -> list[Commit]:
    """Return every commit of the branch that has `last` in its history, parents before children."""
    listed = patches.git(
        repo,
        "log",
        "--topo-order",
        "--reverse",
        "--ancestry-path",
        "--format=%H %at %P",
        f"{last}..{tip}",
    )
    known = {last}
    behind = []
    for line in listed.decode().splitlines():
        name, seconds, *parents = line.split()
        behind.append(
            Commit(name, datetime.fromtimestamp(int(seconds), UTC), [one for one in parents if one in known])
        )
        known.add(name)
    return behind


def _rebased(repo: Path, first: str, last: str, tip: str) -> tuple[str, str] | None:
    """Return the commits of the branch that carry the same work, when it was rebased.

    A rebase keeps a commit's author, author time and subject.
    """
    span = [last] if first == EMPTY_TREE else [f"{first}..{last}"]
    ours = _signatures(repo, span)
    theirs = {signature: name for name, signature in _signatures(repo, [tip])}
    twins = [theirs[signature] for _, signature in ours if signature in theirs]
    if not ours or ours[0][1] not in theirs:
        return None
    oldest = patches.commit_of(repo, f"{twins[-1]}^")
    return oldest or EMPTY_TREE, twins[0]


def _signatures(repo: Path, span: Sequence[str]) -> list[tuple[str, bytes]]:
    """Return (commit, author time + author + subject), newest first."""
    listed = patches.git(repo, "log", "--topo-order", "--no-merges", "--format=%H %at %ae %s", *span)
    pairs = (line.split(b" ", 1) for line in listed.splitlines())
    return [(name.decode(), signature) for name, signature in pairs]


def due(all_rows: Iterable[rows.Row], now: datetime) -> list[rows.Churn]:
    """Return the churn rows whose fortnight is over and that do not know their churn yet."""
    return [
        row
        for row in all_rows
        if isinstance(row, rows.Churn)
        and row.churn_14d is None
        and not row.skipped
        and row.added_lines != 0
        and row.matures_at is not None
        and row.matures_at <= now
    ]
