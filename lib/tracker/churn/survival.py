"""How much of what a window's commits added was gone again a fortnight later.

The lines that count are those that stand at the last commit and did not at the one before the
work: `git diff START END`, blank differences left out.  Each of them is followed through every
later commit of the branch: it moves with its file and with its block, and it is gone when a commit
deletes or rewrites it.  A line counts as churned when the earliest commit that did so was authored
within 14 days of the last commit of the work, and the line is not in the branch today.

A merge counts for what its own resolution changed; what its sides changed counts with the commits
of that side, by their own author times.  Generated files, binaries, pointers of Git LFS and
submodules are left out, and a commit that `.git-blame-ignore-revs` names rewrites nothing.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from tracker import rows
from tracker.churn import line_tracking, patches
from tracker.churn.line_tracking import State

MATURES = timedelta(days=14)
IGNORED = ".git-blame-ignore-revs"  # the name that GitHub, GitLab and `git blame` users agree on
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
        return Measured(row, [f"{window}: churn skipped: {row.skipped}; {_advice(repo, which, name)}"])
    warnings = [f"{window}: {text}" for text in _doubts(repo, first, last)]
    if not patches.is_ancestor(repo, last, tip):
        twins = _rebased(repo, first, last, tip)
        if twins is None:
            row.skipped = f"commit-end {last[:10]} is not in the history of {head}"
            why = "squashed, or not merged); name the commit there"
            if patches.is_shallow(repo):
                why = f"or of what was cloned); {UNSHALLOW}, or name a commit of {head}"
            return Measured(row, [f"{window}: churn skipped: {row.skipped} ({why}"])
        warnings.append(f"{window}: {last[:10]} was rebased to {twins[1][:10]}, which is measured")
        first, last = twins
    row.commit_start, row.commit_end = first, last
    ignored, unread = ignored_commits(repo, tip)
    warnings += [f"{window}: {IGNORED}: {text}" for text in unread]
    state, row.deleted_lines, row.files = _added(repo, first, last, ignored)
    row.added_lines = sum(len(held) for held in state.values())
    row.matures_at = _authored(repo, last) + MATURES
    if now >= row.matures_at and row.added_lines:
        gone = churned(repo, state, last, tip, row.matures_at, ignored)
        row.churn_14d = round(len(gone) / row.added_lines, 6)
    row.ignored_commits = len(ignored.intersection(_listed(repo, first, tip)))
    if row.ignored_commits:
        warnings.append(
            f"{window}: commits since the start that {IGNORED} names: {row.ignored_commits}; "
            "what they rewrote counts neither as added nor as churn"
        )
    return Measured(row, warnings)


def _doubts(repo: Path, first: str, last: str) -> Iterator[str]:
    """Yield what is odd about the two ends of the work."""
    if first == last:
        before = (patches.parents_of(repo, first) or [f"{EMPTY_TREE} (nothing)"])[0]
        yield f"start and end are the same commit, so nothing was added; the one before it is {before}"
    elif first != EMPTY_TREE and not patches.is_ancestor(repo, first, last):
        fetch = f"; {UNSHALLOW} if it should be" if patches.is_shallow(repo) else ""
        yield f"{first[:10]} is not in the history of {last[:10]}; their difference is measured{fetch}"


UNSHALLOW = "run `git fetch --unshallow`"


def _advice(repo: Path, which: str, name: str | None) -> str:
    """Return what to do about a commit that is not there."""
    if name and patches.is_shallow(repo):
        return f"this is a shallow clone: {UNSHALLOW}, then measure again"
    child = re.fullmatch(r"(.+?)(?:\^1?|~1?)", name or "")
    of = child and patches.commit_of(repo, child[1])
    if which == "start" and of and not patches.parents_of(repo, of):
        return f"{child[1] if child else ''} is the first commit of all: give --commit-start {EMPTY_TREE} (the empty tree)"
    if name:
        return f"name one that `git log` shows with --commit-{which}, or the repository with --repo"
    first = f" ({EMPTY_TREE}, the empty tree, when there is none)" if which == "start" else ""
    return f"run it again with --commit-{which} and the {'commit before the work' if first else 'last commit of the work'}{first}"


def ignored_commits(repo: Path, tip: str) -> tuple[set[str], list[str]]:
    """Return the commits that a branch's `.git-blame-ignore-revs` names, and its lines that name none."""
    text = patches.text_at(repo, tip, IGNORED) or b""
    named, unread = set(), []
    for number, line in enumerate(text.decode("utf-8-sig", "replace").splitlines(), 1):
        name = line.partition("#")[0].strip()
        whole = re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", name)
        commit = name if whole else patches.commit_of(repo, name) if name else None
        if commit:
            named.add(commit)
        elif name:
            unread.append(f"line {number} names no commit ({name[:50]!r}); give its whole hash")
    return named, unread


def _listed(repo: Path, first: str, tip: str) -> list[str]:
    span = [tip] if first == EMPTY_TREE else [tip, f"^{first}"]
    return patches.git(repo, "rev-list", *span).decode().split()


def _known(repo: Path, name: str | None) -> str | None:
    if not name:
        return None
    return EMPTY_TREE if name == EMPTY_TREE else patches.commit_of(repo, name)


def _authored(repo: Path, commit: str) -> datetime:
    seconds = patches.git(repo, "log", "-1", "--format=%at", commit)
    return datetime.fromtimestamp(int(seconds), UTC)


def _added(repo: Path, first: str, last: str, ignored: set[str]) -> tuple[State, int, int]:
    """Return the lines that the work added as a state, the lines it deleted, the files it touched."""
    reformats = ignored.intersection(_listed(repo, first, last))
    found = patches.between(repo, first, last)
    made = line_tracking.generated(
        repo, [path for patch in found for path in (patch.old_path, patch.new_path) if path]
    )
    state: State = {}
    deleted, files, token = 0, 0, 0
    for patch in found:
        if patch.is_binary or (patch.new_path or patch.old_path) in made:
            continue
        numbers = patch.added_numbers
        went = patch.deleted_lines
        if reformats and numbers and patch.new_path:
            others = _reformatted(repo, first, last, patch.new_path, reformats).intersection(numbers)
            numbers = [number for number in numbers if number not in others]
            went = max(0, went - len(others))
        files += 1
        deleted += went
        if numbers and patch.new_path:
            state[patch.new_path] = list(zip(numbers, range(token, token + len(numbers)), strict=True))
            token += len(numbers)
    return state, deleted, files


def _reformatted(repo: Path, first: str, last: str, path: bytes, ignored: set[str]) -> set[int]:
    """Return the lines of a file that are older than the work, but for commits that only reformat."""
    words = [word for name in sorted(ignored) for word in ("--ignore-rev", name)]
    span = last if first == EMPTY_TREE else f"{first}..{last}"
    said = patches.git(repo, "blame", "-w", "--incremental", *words, span, "--", os.fsdecode(path))
    stretches: list[tuple[str, range]] = []
    older = set(ignored)
    for line in said.splitlines():
        found = re.match(rb"([0-9a-f]{40,64}) \d+ (\d+) (\d+)$", line)
        if found:
            at, count = int(found[2]), int(found[3])
            stretches.append((found[1].decode(), range(at, at + count)))
        elif line == b"boundary" and first != EMPTY_TREE:  # said once a commit
            older.add(stretches[-1][0])
    return {number for name, lines in stretches if name in older for number in lines}


def churned(
    repo: Path, state: State, last: str, tip: str, matures_at: datetime, ignored: Set[str] = frozenset()
) -> set[int]:
    """Return the lines of `state`, which stand in commit `last`, that were gone by `matures_at`.

    An `ignored` commit only reformats: lines go through it, and none dies of it.
    """
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
                reformats = commit.name in ignored
                went_on = line_tracking.carried(was, difference, reformats=reformats) if was else {}
                after = line_tracking.joined(after, went_on)
                left[parent] -= 1
                if not left[parent]:
                    del states[parent]
            states[commit.name] = after
            for token in before - line_tracking.tokens(after) if commit.name not in ignored else ():
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
