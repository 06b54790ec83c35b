"""Git's own differences between commits, as line numbers: which old lines went, which new ones came."""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
import threading
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from typing import IO, NamedTuple

from tracker import cli
from tracker.git import command, environment, reason, run

# Blank differences are none, a renamed file is the same file, submodules are not ours to count.
LIKE_THIS = [
    "-r",
    "--root",
    "-p",
    "-U0",
    "-w",
    "-M",
    "--ignore-submodules=all",
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "--full-index",
    "--src-prefix=a/",
    "--dst-prefix=b/",
]


class Hunk(NamedTuple):
    """One place of a file that differs; line numbers from 1, and the text without the line's end."""

    old_start: int
    old: list[bytes]
    new_start: int
    new: list[bytes]


class Patch(NamedTuple):
    """One file that differs.  A path is None where the file is not there."""

    old_path: bytes | None
    new_path: bytes | None
    hunks: list[Hunk]
    is_binary: bool = False  # or a pointer of Git LFS, which stands for one

    @property
    def added_numbers(self) -> list[int]:
        """Where the lines that came stand in the new file, from 1."""
        return [hunk.new_start + at for hunk in self.hunks for at in range(len(hunk.new))]

    @property
    def deleted_lines(self) -> int:
        """How many lines went; those of a pointer to a large file are none of anybody's."""
        old = [text for hunk in self.hunks for text in hunk.old]
        return 0 if is_pointer(old) else len(old)


# What Git LFS keeps in place of a large file: https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
_POINTER = re.compile(
    rb"version https://[\w./-]+/spec/v1|(?:oid|ext-\d+-\w+) sha256:[0-9a-f]{64}|size \d+|"  # the last: a blank
)


def is_pointer(texts: list[bytes]) -> bool:
    """Say whether lines are a pointer of Git LFS, or the part of one that a new version changes.

    >>> is_pointer([b"oid sha256:" + b"0" * 64, b"size 9"]), is_pointer([b"size 9"])
    (True, False)
    """
    return any(text.startswith(b"oid sha256:") for text in texts) and all(map(_POINTER.fullmatch, texts))


def git(repo: Path, *words: str, stdin: bytes | None = None) -> bytes:
    """Return what a git command prints; cli.Stop (65) with git's own line when it fails."""
    done = run(repo, *words, stdin=stdin)
    if done.returncode:
        raise cli.Stop(
            cli.BAD_INPUT,
            f"git {words[0]} failed in {repo} ({reason(done)}); name the repository with --repo",
        )
    return done.stdout


def commit_of(repo: Path, name: str) -> str | None:
    """Return the full hash of a commit, or None when the repository has no such commit."""
    done = run(repo, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    return done.stdout.decode().strip() if done.returncode == 0 else None


def is_shallow(repo: Path) -> bool:
    """Say whether the repository was cloned without its older history."""
    return run(repo, "rev-parse", "--is-shallow-repository").stdout.strip() == b"true"


def parents_of(repo: Path, commit: str) -> list[str]:
    """Return the full hashes of a commit's parents; none for the first commit of all."""
    return git(repo, "log", "-1", "--format=%P", commit).decode().split()


def text_at(repo: Path, commit: str, path: str) -> bytes | None:
    """Return a file as it stands in a commit, or None where there is none."""
    done = run(repo, "cat-file", "blob", f"{commit}:{path}")
    return done.stdout if done.returncode == 0 else None


def is_ancestor(repo: Path, older: str, newer: str) -> bool:
    """Say whether one commit is in another's history."""
    return run(repo, "merge-base", "--is-ancestor", older, newer).returncode == 0


def between(repo: Path, old: str, new: str) -> list[Patch]:
    """Return how two trees or commits differ."""
    return list(_patches(_Lines(io.BytesIO(git(repo, "diff-tree", *LIKE_THIS, old, new)))))


def edges(repo: Path, pairs: Iterable[tuple[str, str]]) -> Generator[list[Patch], None, None]:
    """Yield how each (parent, child) differ, in order; one git process for all of them."""
    listed = list(pairs)
    asked = "".join(f"{child} {parent}\n" for parent, child in listed).encode()
    with (
        subprocess.Popen(
            command(repo, "diff-tree", "--stdin", "--always", *LIKE_THIS),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(),
        ) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        feeder = _feed(process.stdin, asked)
        lines = _Lines(process.stdout)
        try:
            for _, child in listed:
                if lines.peek().rstrip() != child.encode():
                    raise cli.Stop(
                        cli.BAD_INPUT, f"git diff-tree stopped before {child[:10]}; is {repo} whole?"
                    )
                next(lines)
                yield list(_patches(lines))
        finally:
            process.stdout.close()
            feeder.join()


def _feed(pipe: IO[bytes], text: bytes) -> threading.Thread:
    def write() -> None:
        with contextlib.suppress(BrokenPipeError), pipe:
            pipe.write(text)

    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    return thread


class _Lines:
    """Lines with one looked ahead."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream = stream
        self.ahead: bytes | None = None

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> bytes:
        line = self.peek()
        self.ahead = None
        if not line:
            raise StopIteration
        return line

    def peek(self) -> bytes:
        if self.ahead is None:
            self.ahead = self.stream.readline()
        return self.ahead


_HUNK = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_ESCAPE = re.compile(rb"\\([0-7]{3}|.)")
_SIGNS = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"a": b"\a", b"b": b"\b", b"f": b"\f", b"v": b"\v"}


def unquoted(path: bytes) -> bytes:
    r"""Return a path as git keeps it, from the way that it prints it.

    >>> unquoted(b'"a/t\\t\\303\\251"'), unquoted(b"a/plain name\t")
    (b'a/t\t\xc3\xa9', b'a/plain name')
    """
    if not path.startswith(b'"'):
        return path.rstrip(b"\t")
    return _ESCAPE.sub(
        lambda found: bytes([int(found[1], 8)]) if len(found[1]) == 3 else _SIGNS.get(found[1], found[1]),
        path.strip()[1:-1],
    )


def _patches(lines: _Lines) -> Iterator[Patch]:
    """Yield the files of one difference; stops before the first line that belongs to none."""
    while lines.peek().startswith(b"diff --git "):
        yield _patch(lines)


def _patch(lines: _Lines) -> Patch:
    old, new = _header_paths(next(lines)[len(b"diff --git ") :].rstrip(b"\n"))
    hunks: list[Hunk] = []
    is_binary = False
    while (line := lines.peek()) and not line.startswith(b"diff --git "):
        if line.startswith(b"@@ "):
            hunks.append(_hunk(lines))
            continue
        if not line.startswith(_EXTENDED):
            break
        text = next(lines).rstrip(b"\n")
        if text.startswith(b"rename from "):
            old = unquoted(text[12:])
        elif text.startswith(b"rename to "):
            new = unquoted(text[10:])
        elif text.startswith(b"new file"):
            old = None
        elif text.startswith(b"deleted file"):
            new = None
        elif text.startswith(b"Binary files"):
            is_binary = True
    added = [text for hunk in hunks for text in hunk.new]
    removed = [text for hunk in hunks for text in hunk.old]
    return Patch(old, new, hunks, is_binary or is_pointer(added or removed))


_EXTENDED = (
    b"old mode",
    b"new mode",
    b"new file",
    b"deleted file",
    b"similarity",
    b"dissimilarity",
    b"rename ",
    b"copy ",
    b"index ",
    b"--- ",
    b"+++ ",
    b"Binary files",
)


def _header_paths(both: bytes) -> tuple[bytes | None, bytes | None]:
    """Return the paths of `a/OLD b/NEW`; where they differ, the rename lines say so again."""
    if both.startswith(b'"'):
        end = re.match(rb'"(?:[^"\\]|\\.)*"', both)
        first = end[0] if end else both
        return unquoted(first)[2:], unquoted(both[len(first) + 1 :])[2:]
    half = len(both) // 2
    return both[2:half], both[half + 3 :]


def _hunk(lines: _Lines) -> Hunk:
    found = _HUNK.match(next(lines))
    assert found is not None
    old_start, new_start = int(found[1]), int(found[3])
    counts = {b"-": int(found[2] or 1), b"+": int(found[4] or 1)}
    texts: dict[bytes, list[bytes]] = {b"-": [], b"+": []}
    for sign in (b"-", b"+"):
        while len(texts[sign]) < counts[sign]:
            line = next(lines)
            if line[:1] == sign:
                texts[sign].append(line[1:].rstrip(b"\r\n"))
        if lines.peek().startswith(b"\\"):
            next(lines)  # "No newline at end of file"
    return Hunk(old_start, texts[b"-"], new_start, texts[b"+"])
