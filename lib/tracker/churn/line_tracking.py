"""Follow single lines of files from one commit to the next."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from tracker.churn import patches
from tracker.churn.patches import Hunk, Patch

# By path, the followed lines of that file: (line number from 1, token), in order.
State = dict[bytes, list[tuple[int, int]]]

# A block that went here and came there moved when it holds this much, as `git diff --color-moved` has it.
MOVED_SIGNS = 20
MOST_PLACES = 64  # looked at for one text; a line like "}" stands everywhere

GENERATED = re.compile(
    rb"(^|/)(package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|poetry\.lock|uv\.lock|Pipfile\.lock"
    rb"|Cargo\.lock|Gemfile\.lock|composer\.lock|go\.sum|flake\.lock)$"
    rb"|\.min\.(js|css)$|\.(js|css)\.map$|\.pb\.go$|_pb2(_grpc)?\.pyi?$|\.snap$"
    rb"|(^|/)(node_modules|vendor|dist|__snapshots__)/"
)


def generated(repo: Path, paths: Iterable[bytes]) -> set[bytes]:
    """Return those paths that no person wrote: by name, or because .gitattributes says linguist-generated."""
    asked = sorted(set(paths))
    made = {path for path in asked if GENERATED.search(path)}
    if asked:
        said = patches.git(
            repo, "check-attr", "-z", "--stdin", "linguist-generated", stdin=b"\0".join(asked) + b"\0"
        )
        words = said.split(b"\0")
        for path, value in zip(words[::3], words[2::3], strict=False):
            if value in {b"set", b"true"}:
                made.add(path)
            elif value in {b"unset", b"false"}:
                made.discard(path)
    return made


def tokens(state: State) -> set[int]:
    """Return every line that is still there."""
    return {token for held in state.values() for _, token in held}


def joined(one: State, other: State) -> State:
    """Return the lines that came to a merge from either side."""
    if not one or not other:
        return one or other
    both = dict(one)
    for path, held in other.items():
        both[path] = sorted({*both.get(path, ()), *held})
    return both


def carried(state: State, difference: Sequence[Patch]) -> State:
    """Return where the lines stand after a commit; those that are nowhere are gone."""
    after = dict(state)
    came: State = {}
    cut: list[list[tuple[int | None, bytes]]] = []  # removed runs with a followed line in them
    for patch in difference:
        held = state.get(patch.old_path) if patch.old_path is not None else None
        if held is None or patch.old_path is None:
            continue
        del after[patch.old_path]
        if patch.is_binary:
            continue
        kept, runs = _through(held, patch.hunks)
        cut += runs
        if kept and patch.new_path is not None:
            came[patch.new_path] = kept
    after.update(came)
    if cut:
        for path, found in _moved(cut, difference).items():
            after[path] = sorted([*after.get(path, ()), *found])
    return after


def _through(
    held: list[tuple[int, int]], hunks: Sequence[Hunk]
) -> tuple[list[tuple[int, int]], list[list[tuple[int | None, bytes]]]]:
    """Return the lines behind a file's hunks, and the removed runs that held any of them."""
    kept, runs = [], []
    at = shift = 0
    for hunk in hunks:
        # Without old lines a hunk stands behind its line number, else on it.
        first = hunk.old_start if hunk.old else hunk.old_start + 1
        while at < len(held) and held[at][0] < first:
            kept.append((held[at][0] + shift, held[at][1]))
            at += 1
        gone = {}
        while at < len(held) and held[at][0] < first + len(hunk.old):
            gone[held[at][0] - first] = held[at][1]
            at += 1
        if gone:
            runs.append([(gone.get(number), text) for number, text in enumerate(hunk.old)])
        shift += len(hunk.new) - len(hunk.old)
    kept += [(number + shift, token) for number, token in held[at:]]
    return kept, runs


def _moved(cut: list[list[tuple[int | None, bytes]]], difference: Sequence[Patch]) -> State:
    """Return where removed blocks came up again in the same commit, spaces aside."""
    flat: list[tuple[bytes, int, bytes] | None] = []
    places: dict[bytes, list[int]] = {}
    for patch in difference:
        for hunk in patch.hunks if patch.new_path is not None else ():
            for at, text in enumerate(hunk.new):
                bare = b"".join(text.split())
                if bare:
                    places.setdefault(bare, []).append(len(flat))
                flat.append((patch.new_path or b"", hunk.new_start + at, bare))
            flat.append(None)  # a block does not reach over the end of a hunk
    taken: set[int] = set()
    found: State = {}
    for run in cut:
        bare_run = [(token, b"".join(text.split())) for token, text in run]
        at = 0
        while at < len(bare_run):
            length, place = _longest(bare_run, at, flat, places, taken)
            signs = sum(
                sum(sign.isalnum() for sign in bare.decode("utf-8", "replace"))
                for _, bare in bare_run[at : at + length]
            )
            if length == 0 or signs < MOVED_SIGNS:
                at += 1
                continue
            for step in range(length):
                token, target = bare_run[at + step][0], flat[place + step]
                taken.add(place + step)
                if token is not None and target is not None:
                    found.setdefault(target[0], []).append((target[1], token))
            at += length
    return found


def _longest(
    run: list[tuple[int | None, bytes]],
    at: int,
    flat: list[tuple[bytes, int, bytes] | None],
    places: dict[bytes, list[int]],
    taken: set[int],
) -> tuple[int, int]:
    """Return length and place of the longest added block that equals the run from `at` on."""
    best, where = 0, 0
    for place in places.get(run[at][1], ())[:MOST_PLACES]:
        length = 0
        while at + length < len(run) and place + length < len(flat) and place + length not in taken:
            target = flat[place + length]
            if target is None or target[2] != run[at + length][1]:
                break
            length += 1
        if length > best:
            best, where = length, place
    return best, where
