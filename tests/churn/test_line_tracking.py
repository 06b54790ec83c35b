"""Single lines through differences: what stands is found again, and what does not is gone."""

from __future__ import annotations

import difflib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.churn import line_tracking
from tracker.churn.patches import Hunk, Patch

LINES = [f"the line number {number:03} of this text".encode() for number in range(24)]
texts = st.lists(st.sampled_from(LINES), unique=True, max_size=16)


def difference(old: dict[bytes, list[bytes]], new: dict[bytes, list[bytes]]) -> list[Patch]:
    """Return how two trees differ, from another reader of differences than git."""
    made = []
    for path in sorted({*old, *new}):
        was, now = old.get(path, []), new.get(path, [])
        hunks = [
            Hunk(a + (b > a), was[a:b], c + (d > c), now[c:d])
            for kind, a, b, c, d in difflib.SequenceMatcher(None, was, now, autojunk=False).get_opcodes()
            if kind != "equal"
        ]
        if hunks:
            made.append(Patch(path if path in old else None, path if path in new else None, hunks))
    return made


def followed(tree: dict[bytes, list[bytes]]) -> tuple[line_tracking.State, dict[int, bytes]]:
    """Return a state that follows every line of a tree, and each line's text."""
    state, said = {}, {}
    for path, lines in tree.items():
        state[path] = [(at, len(said) + at) for at in range(1, len(lines) + 1)]
        said |= {len(said) + at: text for at, text in enumerate(lines, 1)}
    return {path: held for path, held in state.items() if held}, said


@given(st.lists(texts, min_size=4, max_size=4))
@settings(max_examples=300, deadline=None)
def test_a_line_is_alive_exactly_while_its_text_stands_somewhere(given):
    """Every text is there once in a tree, and long enough to be known again where it moved to."""
    seen: set[bytes] = set()
    old = {b"a": given[0], b"b": [text for text in given[1] if text not in given[0]]}
    new = {b"a": given[2], b"b": [text for text in given[3] if text not in given[2]]}
    state, said = followed(old)
    after = line_tracking.carried(state, difference(old, new))
    for path, held in after.items():
        assert held == sorted(held)
        for number, token in held:
            assert new[path][number - 1] == said[token]
            seen.add(said[token])
    assert seen == {*old[b"a"], *old[b"b"]} & {*new[b"a"], *new[b"b"]}


@given(texts.filter(bool), st.integers(1, 40))
def test_a_commit_that_only_reformats_loses_no_line_that_still_has_a_place(lines, count):
    patch = Patch(b"a", b"a", [Hunk(1, lines, 1, [b"x" * 9] * count)])
    state, _ = followed({b"a": lines})
    after = line_tracking.carried(state, [patch], reformats=True)
    assert line_tracking.tokens(after) == line_tracking.tokens(state)
    assert after[b"a"] == sorted(after[b"a"])
    assert all(1 <= number <= count for number, _ in after[b"a"])
    assert line_tracking.carried(state, [Patch(b"a", b"a", [Hunk(1, lines, 0, [])])], reformats=True) == {}


def test_lines_that_a_reformat_joined_move_together():
    long = b"a long joined line of more than twenty signs"
    old = {b"a": [long, b"other"], b"b": [b"x"]}
    state = {b"a": [(1, 7), (1, 8), (2, 9)]}
    after = line_tracking.carried(state, difference(old, {b"a": [b"other"], b"b": [b"x", long]}))
    assert after == {b"a": [(1, 9)], b"b": [(2, 7), (2, 8)]}


def test_a_merge_holds_the_lines_of_both_sides_once():
    one, other = {b"a": [(1, 1), (3, 2)]}, {b"a": [(1, 1), (2, 5)], b"b": [(1, 4)]}
    assert line_tracking.joined(one, other) == {b"a": [(1, 1), (2, 5), (3, 2)], b"b": [(1, 4)]}
    assert line_tracking.joined({}, other) is other


def test_a_short_line_that_comes_up_elsewhere_is_not_the_same_line():
    state = {b"a": [(1, 0)]}
    assert line_tracking.carried(state, difference({b"a": [b"}"], b"b": []}, {b"a": [], b"b": [b"}"]})) == {}


def test_a_line_that_stands_everywhere_is_looked_for_in_a_bounded_number_of_places():
    crowd = [b"}", b"{"] * 5_000
    state = {b"a": [(number, number) for number in range(1, 10_001)]}
    patch = [Patch(b"a", b"a", [Hunk(1, crowd, 0, [])]), Patch(None, b"b", [Hunk(0, [], 1, crowd[1:])])]
    assert line_tracking.carried(state, patch).keys() <= {b"a", b"b"}  # ends, and soon


@pytest.mark.parametrize(
    ("attributes", "left_out"),
    [
        ("", {b"yarn.lock", b"js/app.min.js", b"node_modules/x.js"}),
        ("*.py linguist-generated\n", {b"a.py", b"yarn.lock", b"js/app.min.js", b"node_modules/x.js"}),
        ("yarn.lock -linguist-generated\n", {b"js/app.min.js", b"node_modules/x.js"}),
        ("a.py filter=lfs\n", {b"a.py", b"yarn.lock", b"js/app.min.js", b"node_modules/x.js"}),
        ("a.py filter\n*.js linguist-generated=false\n", {b"yarn.lock"}),
    ],
)
def test_what_no_person_wrote_is_known_by_name_or_because_the_repository_says_so(repo, attributes, left_out):
    (repo.path / ".gitattributes").write_text(attributes)
    paths = [b"a.py", b"yarn.lock", b"js/app.min.js", b"node_modules/x.js", b"yarn.lock.md"]
    assert line_tracking.generated(repo.path, paths) == left_out
    assert line_tracking.generated(repo.path, []) == set()
