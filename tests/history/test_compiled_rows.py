"""Rows of the compiled reader: to the byte those that are made without it, whatever the files hold."""

from __future__ import annotations

import json
import random
import subprocess
from datetime import UTC, datetime

import pytest

from conftest import ROOT
from history.transcripts import claude, codex, said, tokens
from tracker.history import client_files, compiled_rows, ingest

ODD = [
    b"\xff",
    b"\xc3\x28",
    b"\x00",
    b"\x7f",
    b"\\",
    b'"',
    b"{",
    b"}",
    b",",
    b":",
    b"null",
    b"1e5",
    b"-1",
    b"007",
    b"7.0",
    b"99999999999999999999",
    b"\\u00e9",
    b"\\ud83d\\ude00",
    b"\\ud800",
    b"\\u00g0",
    b"\\u\x10\x11\x12\x13",
    "é☃😀".encode(),
    b"\r",
    b"\t",
    b"true",
    b"[]",
    b" ",
    b'"input_tokens":',
    b"[" * 60 + b"]" * 60,
]


@pytest.fixture
def library(monkeypatch):
    subprocess.run([ROOT / "scripts" / "build-native.sh"], check=True)
    monkeypatch.delenv("TRACKER_NATIVE", raising=False)
    load = compiled_rows.load
    load.cache_clear()
    found = load()
    if found is None:
        pytest.skip("no C compiler here")
    yield found
    load.cache_clear()


@pytest.fixture
def both(library, tmp_path, monkeypatch):
    """`both(a=b"…", b=b"…")` writes files, and returns what is made of them with the compiled reader and without."""

    def call(folder=".claude", more=(), since=None, paths=False, **files):
        where = tmp_path / folder / "projects" / "-p"
        where.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (where / f"{name}.jsonl").write_bytes(text)
        sources = client_files.find(tmp_path, {}, [tmp_path / folder, *more])
        sources.sort(key=lambda one: str(one.path))
        return [told(sources, since, paths, monkeypatch, library) for library in (library, None)]

    return call


def told(sources, since, paths, monkeypatch, library):
    monkeypatch.setattr(compiled_rows, "load", lambda: library)
    made = ingest.written(sources, since=since, paths=paths)
    lines = b"".join(made.lines).splitlines()
    assert len(lines) == made.usage
    account = made.account
    assert (
        account.lines
        == account.replies
        + account.repeated
        + account.failed
        + account.synthetic
        + account.other
        + sum(account.refused.values())
    )
    return lines, made.snapshots, account


def agree(answers):
    for one, other in zip(answers[0][0], answers[1][0], strict=True):
        assert one == other
    assert answers[0] == answers[1]
    return answers[0]


def lines_of(luck, count):
    """Return lines of which many are of one reply, in and out of order, and some of another shape."""
    for n in range(count):
        at = f"2026-11-{luck.randrange(18, 22)}T09:{luck.randrange(60):02}:{luck.randrange(60):02}"
        at += luck.choice(("Z", ".120Z", ".120300Z", ".12Z", "+02:00", "", ".120Z", ".000Z"))
        more = luck.choice(
            (
                *[{}] * 6,
                {"agentId": "a1", "attributionAgent": "Explore"},
                {"agentId": "", "sessionId": None, "cwd": None},
                {"sessionId": "s2", "cwd": "C:\\Users\\me\\app"},
                {"cwd": "/srv/müller/äpp/", "version": ""},
                {"cwd": "/srv/./", "version": None, "requestId": None},
                {"requestId": "two words"},
                {"isApiErrorMessage": True, "text": "API Error: 529 busy"},
                {"isApiErrorMessage": False},
                {"type": "progress"},
                {"uuid": f"u{n}", "extra": {"deep": [[1.5e-3, None, True, {"a": "\u2028"}]]}},
            )
        )
        model = luck.choice(("claude-opus-5-5",) * 4 + ("<synthetic>", "", "claude-é", 'a "b"\x85'))
        yield luck.choice(
            (luck.choice((str, raw))(claude(luck.randrange(count), at, out=n, model=model, **more)).encode(),)
            * 5
            + (said("é" * 50 + '"input_tokens":').encode(), b"\n", b"  \n", said().encode())
        )


def raw(line):
    """Return a line as JavaScript writes it, without escapes for letters of other scripts."""
    return json.dumps(json.loads(line), ensure_ascii=False, separators=(",", ":")) + "\n"


def mutated(luck, line):
    for _ in range(luck.choice((0, 0, 0, 1, 1, 2))):
        at, end = luck.randrange(len(line) + 1), luck.randrange(len(line) + 1)
        line = luck.choice(
            (
                line[:at] + luck.choice(ODD) + line[at:],
                line[:at] + luck.choice(ODD) + line[at + 1 :],
                line[:at] + line[at + 1 :],
                line[: min(at, end)] + line[max(at, end) :],
            )
        )
    return line


@pytest.mark.parametrize("seed", range(6))
def test_whatever_the_lines_are_rows_and_account_are_the_same(both, seed):
    luck = random.Random(seed)
    files = {f"s{n}": b"".join(mutated(luck, line) for line in lines_of(luck, 400)) for n in range(3)}
    files["s0"] = files["s0"].rstrip(b"\n")
    lines, _, account = agree(both(**files))
    assert len(lines) > 100 and account.refused and account.repeated


def test_several_threads_say_the_same_as_one(both, monkeypatch):
    luck = random.Random(7)
    files = {f"s{n}": b"".join(lines_of(luck, 200)) for n in range(7)}
    alone = agree(both(**files))
    monkeypatch.setattr(compiled_rows, "WORTH_IT", 1)
    monkeypatch.setattr(compiled_rows.os, "cpu_count", lambda: 3)
    assert both(**files)[0] == alone


def test_rollouts_other_accounts_since_and_paths_make_no_difference(both, tmp_path):
    sessions = tmp_path / ".codex" / "sessions"
    sessions.mkdir(parents=True)
    rollout = [
        codex("session_meta", id="t1", cwd="/srv/me/app", cli_version="0.171.0"),
        codex("turn_context", model="gpt-5.5-codex", cwd="/srv/me/app"),
        *(codex("event_msg", f"2026-11-20T09:{n:02}:00Z", type="token_count", info=tokens(n * 9, 9), rate_limits={
            "primary": {"used_percent": n, "window_minutes": 300, "resets_at": 1795900000}}) for n in range(1, 9)),
    ]  # fmt: skip
    (sessions / "rollout-1.jsonl").write_text("".join(rollout))
    other = tmp_path / ".claude-work" / "projects" / "-p"
    other.mkdir(parents=True)
    (other / "w.jsonl").write_text(claude(3, cwd="/srv/me/other") + claude("w", "2026-11-20T10:00:00Z"))
    luck = random.Random(9)
    files = {f"s{n}": b"".join(lines_of(luck, 60)) for n in range(2)}
    more = [tmp_path / ".codex", tmp_path / ".claude-work"]
    for since in (None, datetime(2026, 11, 20, 9, 5, tzinfo=UTC)):
        for paths in (False, True):
            lines, snapshots, _ = agree(both(more=more, since=since, paths=paths, **files))
            assert snapshots and {json.loads(line).get("account") for line in lines} >= {
                ".claude-work",
                ".codex",
            }


def test_a_line_longer_than_a_block_and_a_row_longer_than_the_buffer(both, monkeypatch):
    monkeypatch.setattr(compiled_rows, "BUFFER", 64)
    long = json.loads(claude("long"))
    long["message"]["content"] = [{"type": "text", "text": "x" * 5_000_000}]
    text = (
        claude("a").encode() + json.dumps(long).encode() + b"\n" + claude("b", sessionId="s" * 3000).encode()
    )
    lines, _, account = agree(both(s=text))
    assert (len(lines), account.lines, account.refused) == (3, 3, {})


def test_lines_beyond_doubt_are_taken_and_none_of_them_is_read_twice(library, tmp_path):
    path = tmp_path / "s.jsonl"
    path.write_text(
        claude("a", out=1)
        + said()
        + claude("a", out=2)
        + raw(claude("b", cwd="/srv/mü"))
        + claude("c", type="x")
    )
    table = compiled_rows.Table(library)
    lines, replies, left = table.read_file(path, 0)
    assert (lines, replies, list(left)) == (5, 3, [])
    assert table.counts() == {"replies": 2, "repeated": 1, "failed": 0, "synthetic": 0, "no-time": 0}
    assert [folder for folder, _ in table.folders()] == ["/srv/me/app", "/srv/mü"]


def test_a_reply_that_fits_into_no_row_of_the_table_is_read_without_it(both):
    at = "2026-11-20T09:00:00Z" + " " * 40
    lines, _, account = agree(both(s=(claude("a", at) + claude("b")).encode()))
    assert (len(lines), account.refused) == (1, {"no-time": 1})


def test_a_file_that_is_gone_is_named(library, tmp_path):
    with pytest.raises(FileNotFoundError):
        compiled_rows.Table(library).read_file(tmp_path / "none", 0)


def test_a_failure_in_a_thread_is_not_lost(monkeypatch):
    monkeypatch.setattr(compiled_rows, "WORTH_IT", 1)
    monkeypatch.setattr(compiled_rows.os, "cpu_count", lambda: 2)

    def work(share):
        raise compiled_rows.NotTaken

    with pytest.raises(compiled_rows.NotTaken):
        compiled_rows.side_by_side(work, [1, 2, 3], lambda one: one)
