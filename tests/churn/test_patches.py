"""Git's differences, read back: paths as git quotes them, hunks as it counts them, failures as one line."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from histories import WORDS
from tracker import cli
from tracker.churn import patches, survival

ODD_NAMES = [
    "tab\t.py",
    "line\nend.py",
    'quo"te.py',
    "back\\slash.py",
    "é ü.py",
    " blank .py",
    "a b/c d.py",
    "b/b/b.py",
]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_path_comes_back_as_it_is_on_the_disk(repo, base, name):
    repo.write(name, WORDS[:3])
    end = repo.commit("odd name", 0)
    (patch,) = patches.between(repo.path, base, end)
    assert (patch.old_path, patch.new_path) == (None, name.encode())
    repo.git("mv", name, "plain.py")
    (patch,) = patches.between(repo.path, end, repo.commit("renamed", 1))
    assert (patch.old_path, patch.new_path, patch.hunks) == (name.encode(), b"plain.py", [])


@given(st.binary(min_size=1).filter(lambda name: b"\0" not in name))
def test_a_quoted_path_is_what_was_quoted(name):
    """Git quotes as C does: octal for what is no printable ASCII, a backslash before quote and backslash."""
    special = {ord('"'): b'\\"', ord("\\"): b"\\\\", ord("\n"): b"\\n", ord("\t"): b"\\t", ord("\r"): b"\\r"}
    quoted = b"".join(
        special.get(byte, bytes([byte]) if 32 <= byte < 127 else b"\\%03o" % byte) for byte in name
    )
    assert patches.unquoted(b'"' + quoted + b'"') == name


def test_a_hunk_has_both_sides_with_their_numbers_also_without_a_last_newline(repo, base):
    start = repo.commit("three", 0, x__py=["one", "two", "three"])
    (repo.path / "x.py").write_bytes(b"one\n2\r\n2.5\nthree\nfour")
    (patch,) = patches.between(repo.path, start, repo.commit("changed", 1))
    assert patch.hunks == [
        patches.Hunk(2, [b"two"], 2, [b"2", b"2.5"]),
        patches.Hunk(3, [], 5, [b"four"]),
    ]


def test_lines_that_look_like_a_difference_are_text(repo, base):
    tricky = ["--- a/x", "+++ b/x", "@@ -1 +1 @@", "diff --git a/x b/x", "\\ No newline at end of file"]
    end = repo.commit("tricky", 0, notes__txt=tricky)
    (patch,) = patches.between(repo.path, base, end)
    assert [text.decode() for hunk in patch.hunks for text in hunk.new] == tricky


def test_many_edges_come_in_the_order_they_were_asked_for(repo, base):
    chain = [base, *(repo.commit(f"step {day}", day, app__py=WORDS[:day]) for day in (3, 1, 5)), base]
    pairs = list(itertools.pairwise(chain))
    found = list(patches.edges(repo.path, pairs))
    assert found == [patches.between(repo.path, old, new) for old, new in pairs]


def test_an_edge_to_a_commit_that_is_not_there_is_one_clear_line(repo, base):
    with pytest.raises(cli.Stop, match="git diff-tree stopped before feedfeed") as stopped:
        list(patches.edges(repo.path, [(base, "feed" * 10)]))
    assert stopped.value.status == cli.BAD_INPUT


def test_leaving_the_edges_early_leaves_no_process_behind(repo, base):
    chain = [base, *(repo.commit(f"step {day}", day, app__py=WORDS[day:]) for day in range(1, 9))]
    found = patches.edges(repo.path, itertools.pairwise(chain))
    next(found)
    found.close()  # would hang, or raise, if git or the thread that feeds it were still waited for


def test_a_command_that_git_refuses_names_its_reason_and_the_option(repo):
    with pytest.raises(
        cli.Stop, match=r"git log failed in .* \(fatal: .*\); name the repository with --repo"
    ):
        patches.git(repo.path, "log", "-1", "no-such-branch")


def test_without_git_the_missing_program_is_named(repo, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(cli.Stop, match="git is not on PATH") as stopped:
        patches.commit_of(repo.path, "HEAD")
    assert stopped.value.status == cli.NO_SETTING


def test_names_that_look_like_options_are_no_commits(repo, base):
    assert patches.commit_of(repo.path, "--all") is None
    assert patches.commit_of(repo.path, "HEAD") == base
    assert patches.parents_of(repo.path, base) == []


def test_a_file_is_read_as_it_stands_in_a_commit(repo, base):
    (repo.path / "app.py").write_text("changed, and not committed\n")
    assert patches.text_at(repo.path, base, "app.py").startswith(b"import this\n")
    assert patches.text_at(repo.path, base, "none.py") is None
    assert not patches.is_shallow(repo.path)


OID = b"oid sha256:" + b"0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("texts", "is_one"),
    [
        ([b"version https://git-lfs.github.com/spec/v1", OID, b"size 12345"], True),
        ([b"version https://hawser.github.com/spec/v1", OID, b"size 1"], True),
        (
            [b"version https://git-lfs.github.com/spec/v1", b"ext-0-foo sha256:" + b"0" * 64, OID, b"size 1"],
            True,
        ),
        ([OID], True),
        ([OID, b"a line of code"], False),
        ([b"version https://git-lfs.github.com/spec/v1"], False),
        ([OID[:-1]], False),
        ([], False),
    ],
)
def test_a_pointer_is_told_from_text_that_only_looks_like_one(texts, is_one):
    assert patches.is_pointer(texts) is is_one


def test_a_difference_of_nothing_is_empty(repo, base):
    assert patches.between(repo.path, base, base) == []
    assert [patch.new_path for patch in patches.between(repo.path, survival.EMPTY_TREE, base)] == [b"app.py"]
