"""A head that is kept elsewhere: a line, a git note or a signed tag, and what it shows later."""

from __future__ import annotations

import shutil
import subprocess
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from histories import Repo
from readings import at, broken, evidence
from tracker import cli
from tracker.ledger import files, publish, verify

DIGESTS = st.text("0123456789abcdef", min_size=64, max_size=64)
TABLES = st.dictionaries(
    st.sampled_from(sorted(files.FILES.values())),
    st.builds(files.FileHead, st.integers(1, 10**9), st.just(0), DIGESTS, st.just("")),
    min_size=1,
)


@pytest.fixture
def repo(tmp_path):
    made = Repo(tmp_path / "repo")
    made.commit("first")
    return made


@given(TABLES, st.integers(60, 200), st.sampled_from(["", "> ", "> > ", "\t"]))
def test_what_is_published_is_read_again_however_a_mail_wraps_and_quotes_it(heads, width, quote):
    line = publish.written(at("09:00"), heads)
    mail = "\n".join(quote + part for part in textwrap.wrap(line, width, break_long_words=False))
    assert publish.read(f"Dear Ada,\r\n{mail}\n-- \nBob, keeper of tracker-ledgers\n") == [heads]


def test_two_lines_are_two_heads_and_prose_is_none():
    line = publish.written(at("09:00"), {"windows.jsonl": files.FileHead(1, 0, "a" * 64)})
    later = publish.written(at("10:00"), {"windows.jsonl": files.FileHead(2, 0, "b" * 64)})
    assert [heads["windows.jsonl"].rows for heads in publish.read(f"{line}\n\n{later}\n")] == [1, 2]
    assert publish.read("the tracker-ledger is fine; notes.jsonl:3:" + "a" * 64) == []


def test_the_line_is_mailed_and_shows_a_history_that_was_written_anew(tool, data, put):
    for number in range(3):
        put(evidence(number))
    sent = tool("ledger-verify", "--publish", "line")
    assert (sent.status, sent.err) == (0, "")
    assert sent.out.startswith("tracker-ledger 2")
    assert sent.out.count("\n") == 1
    put(evidence(3))
    assert tool("ledger-verify", "--against", "-", stdin=sent.out).status == 0
    shutil.rmtree(data)
    for number in (0, 1, 99, 3, 4):
        put(evidence(number))
    assert tool("ledger-verify").status == 0
    ran = tool("ledger-verify", "--against", "-", stdin=f"On Monday Ada wrote:\n> {sent.out}")
    assert ran.status == 1
    assert "line 3: is not the row that the earlier head names" in ran.out


def test_every_head_that_was_kept_must_fit(tool, data, put):
    put(evidence(1))
    true = tool("ledger-verify", "--publish", "line").out
    forged = publish.written(at("09:00"), {"evidence.jsonl": files.FileHead(1, 0, "0" * 64)})
    for text in (true + forged, f"{forged}\n{true}"):
        assert tool("ledger-verify", "--against", "-", stdin=text).status == 1


def test_a_ledger_that_is_not_sound_is_not_published(tool, data, put):
    put(evidence(1))
    broken(data, b"torn")
    ran = tool("ledger-verify", "--publish", "line")
    assert ran.status == 1
    assert "tracker-ledger" not in ran.out
    assert "its heads were not published" in ran.err


def test_a_ledger_without_a_row_has_no_head(tmp_path):
    with pytest.raises(cli.Stop, match="no row") as stopped:
        publish.line(tmp_path, at("09:00"))
    assert stopped.value.status == cli.NOTHING


def test_a_note_goes_with_the_commit_and_is_compared_with(tool, repo, put, data, tmp_path):
    put(evidence(1))
    who = {
        f"GIT_{one}_{what}": "a@example.org" for one in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    for _ in range(2):
        ran = tool("ledger-verify", "--publish", "note", "--repo", str(repo.path), **who)
        assert ran.status == 0, ran.err
        assert "git push origin refs/notes/tracker-ledger" in ran.err
        put(evidence(2))
    kept = repo.git("notes", "--ref=tracker-ledger", "show")
    assert [heads["evidence.jsonl"].rows for heads in publish.read(kept)] == [1, 2]
    assert tool("ledger-verify", "--against", "-", stdin=kept).status == 0
    assert not any(one.wrong for one in verify.verify(data, *publish.read(kept)))


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="signs with a key of ssh")
def test_a_tag_is_signed_and_carries_the_line(tool, repo, put, tmp_path):
    put(evidence(1))
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    (tmp_path / "signers").write_text(f"a@example.org {key.with_suffix('.pub').read_text()}")
    for name, value in {
        "user.name": "A",
        "user.email": "a@example.org",
        "gpg.format": "ssh",
        "user.signingkey": str(key),
        "gpg.ssh.allowedSignersFile": str(tmp_path / "signers"),
    }.items():
        repo.git("config", name, value)
    ran = tool(
        "ledger-verify",
        *("--publish", "tag", "--repo", str(repo.path)),
        TRACKER_NOW="2026-01-31T09:00:00Z",
    )
    assert ran.status == 0, ran.err
    assert "ledger-20260131T090000Z" in ran.err
    repo.git("tag", "--verify", "ledger-20260131T090000Z")
    kept = repo.git("tag", "-l", "--format=%(contents)", "ledger-20260131T090000Z")
    assert tool("ledger-verify", "--against", "-", stdin=kept).status == 0


@pytest.mark.parametrize("how", ["note", "tag"])
def test_where_git_cannot_the_reason_is_said_and_nothing_is_published(tool, put, how, tmp_path):
    put(evidence(1))
    ran = tool("ledger-verify", "--publish", how, "--repo", str(tmp_path))
    assert ran.status == 78
    assert "not a git repository" in ran.err
    assert "publish the head as a `line`" in ran.err
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_a_file_that_holds_no_head_is_named(tool, put, tmp_path):
    put(evidence(1))
    (tmp_path / "mail.txt").write_text("Dear Ada, all is well.")
    ran = tool("ledger-verify", "--against", "mail.txt")
    assert (ran.status, ran.out) == (66, "")
    assert "mail.txt holds no head" in ran.err
