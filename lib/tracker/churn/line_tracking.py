"""Follow single lines of files from one commit to the next."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from pathlib import Path

from tracker.churn import patches
from tracker.churn.patches import Hunk, Patch

# By path, the followed lines of that file: (line number from 1, token), in order.
State = dict[bytes, list[tuple[int, int]]]

# A stretch of removed lines: the followed lines at each (several after a reformat joined them), and its text.
Run = list[tuple[list[int], bytes]]

# A block that went here and came there moved when it holds this much, as `git diff --color-moved` has it.
MOVED_SIGNS = 20
MOST_PLACES = 64  # looked at for one text; a line like "}" stands everywhere

GENERATED = re.compile(
    rb"(^|/)(package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|poetry\.lock|uv\.lock|Pipfile\.lock"
    rb"|Cargo\.lock|Gemfile\.lock|composer\.lock|go\.sum|flake\.lock)$"
    rb"|\.min\.(js|css)$|\.(js|css)\.map$|\.pb\.go$|_pb2(_grpc)?\.pyi?$|\.snap$"
    rb"|(^|/)(node_modules|vendor|dist|__snapshots__)/"
)

LEFT_OUT = {(b"linguist-generated", b"set"), (b"linguist-generated", b"true"), (b"filter", b"lfs")}
TAKEN = {(b"linguist-generated", b"unset"), (b"linguist-generated", b"false")}


def generated(repo: Path, paths: Iterable[bytes]) -> set[bytes]:
    """Return those paths that no person wrote, by name or because .gitattributes says so.

    That is `linguist-generated`, or `filter=lfs`: the file is a pointer to a large one.
    """
    asked = sorted(set(paths))
    made = {path for path in asked if GENERATED.search(path)}
    if asked:
        names = b"\0".join(asked) + b"\0"
        said = patches.git(repo, "check-attr", "-z", "--stdin", "linguist-generated", "filter", stdin=names)
        words = said.split(b"\0")
        for path, attribute, value in zip(words[::3], words[1::3], words[2::3], strict=False):
            if (attribute, value) in LEFT_OUT:
                made.add(path)
            elif (attribute, value) in TAKEN:
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


def carried(state: State, difference: Sequence[Patch], *, reformats: bool = False) -> State:
    """Return where the lines stand after a commit; those that are nowhere are gone.

    A commit that only `reformats` rewrites no line: what stood in a hunk's old lines stands in its
    new ones, at the same share of the text, as far as there are any.
    """
    after = dict(state)
    came: State = {}
    cut: list[Run] = []
    for patch in difference:
        held = state.get(patch.old_path) if patch.old_path is not None else None
        if held is None or patch.old_path is None:
            continue
        del after[patch.old_path]
        if patch.is_binary:
            continue
        kept, runs = _through(held, patch.hunks, reformats)
        cut += runs
        if kept and patch.new_path is not None:
            came[patch.new_path] = kept
    after.update(came)
    if cut:
        for path, found in _moved(cut, difference).items():
            after[path] = sorted([*after.get(path, ()), *found])
    return after


def _through(
    held: list[tuple[int, int]], hunks: Sequence[Hunk], reformats: bool
) -> tuple[list[tuple[int, int]], list[Run]]:
    """Return the lines behind a file's hunks, and the removed runs that held any of them."""
    kept, runs = [], []
    at = shift = 0
    for hunk in hunks:
        # Without old lines a hunk stands behind its line number, else on it.
        first = hunk.old_start if hunk.old else hunk.old_start + 1
        while at < len(held) and held[at][0] < first:
            kept.append((held[at][0] + shift, held[at][1]))
            at += 1
        gone: dict[int, list[int]] = {}
        while at < len(held) and held[at][0] < first + len(hunk.old):
            gone.setdefault(held[at][0] - first, []).append(held[at][1])
            at += 1
        if gone and reformats and hunk.new:
            places = _same_shares(hunk)
            kept += [(hunk.new_start + places[number], token) for number in gone for token in gone[number]]
        elif gone:
            runs.append([(gone.get(number, []), text) for number, text in enumerate(hunk.old)])
        shift += len(hunk.new) - len(hunk.old)
    kept += [(number + shift, token) for number, token in held[at:]]
    return kept, runs


def _same_shares(hunk: Hunk) -> list[int]:
    """Return for each old line of a hunk the new line in which the middle of its text stands."""
    old, new = ([len(b"".join(text.split())) + 1 for text in side] for side in (hunk.old, hunk.new))
    ends = list(accumulate(new))
    scale = ends[-1] / sum(old)
    return [
        min(bisect_right(ends, (end - signs / 2) * scale), len(new) - 1)
        for end, signs in zip(accumulate(old), old, strict=True)
    ]


# The added lines of a difference one after another: path, number, text without blanks.
Added = list[tuple[bytes, int, bytes] | None]


def _added(difference: Sequence[Patch]) -> tuple[Added, dict[bytes, list[int]]]:
    """Return the added lines, None between two hunks, and by text where each stands among them."""
    flat: Added = []
    places: dict[bytes, list[int]] = {}
    for patch in difference:
        for hunk in patch.hunks if patch.new_path is not None else ():
            for at, text in enumerate(hunk.new):
                bare = b"".join(text.split())
                if bare:
                    places.setdefault(bare, []).append(len(flat))
                flat.append((patch.new_path or b"", hunk.new_start + at, bare))
            flat.append(None)  # a block does not reach over the end of a hunk
    return flat, places


def _moved(cut: list[Run], difference: Sequence[Patch]) -> State:
    """Return where removed blocks came up again in the same commit, spaces aside."""
    flat, places = _added(difference)
    taken: set[int] = set()
    found: State = {}
    for run in cut:
        bare_run = [(held, b"".join(text.split())) for held, text in run]
        signs = [sum(sign.isalnum() for sign in bare.decode("utf-8", "replace")) for _, bare in bare_run]
        at = done = 0
        while at < len(bare_run):
            # A block is looked for from a line with a letter or digit: "}" stands everywhere, thousands may follow.
            length, place = _longest(bare_run, at, flat, places, taken) if signs[at] else (0, 0)
            if length == 0 or sum(signs[at : at + length]) < MOVED_SIGNS:
                at += 1
                continue
            while at > done and not signs[at - 1] and _same(flat, place - 1, taken, bare_run[at - 1][1]):
                at, place, length = at - 1, place - 1, length + 1
            for step in range(length):
                held, target = bare_run[at + step][0], flat[place + step]
                taken.add(place + step)
                if held and target is not None:
                    found.setdefault(target[0], []).extend((target[1], token) for token in held)
            at = done = at + length
    return found


def _same(flat: Added, place: int, taken: set[int], bare: bytes) -> bool:
    """Say whether an added line is this one, and not yet where another went."""
    if not 0 <= place < len(flat) or place in taken:
        return False
    target = flat[place]
    return target is not None and target[2] == bare


def _longest(
    run: Run,
    at: int,
    flat: Added,
    places: dict[bytes, list[int]],
    taken: set[int],
) -> tuple[int, int]:
    """Return length and place of the longest added block that equals the run from `at` on."""
    best, where = 0, 0
    for place in places.get(run[at][1], ())[:MOST_PLACES]:
        length = 0
        while at + length < len(run) and _same(flat, place + length, taken, run[at + length][1]):
            length += 1
        if length > best:
            best, where = length, place
    return best, where
