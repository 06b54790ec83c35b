"""A ledger's heads as one line, to be kept where whoever can write in the ledger cannot write.

The chain shows that rows were changed, but not that all of them were written anew from some row on,
heads included: only a head kept elsewhere shows that.  The line says of every file how many rows it
had and the SHA-256 of the last one:

    tracker-ledger 2026-01-31T09:00:00.000000Z windows.jsonl:24:9a41… evidence.jsonl:25:3bfd…
"""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

from tracker import cli, clock, git
from tracker.ledger import stored_rows
from tracker.ledger.files import FILES, FileHead

MARK = "tracker-ledger"
NOTES = "tracker-ledger"  # refs/notes/…, apart from the notes that people write
KNOWN = set(FILES.values())
_HEAD = re.compile(r"([a-z_]+\.jsonl):([1-9][0-9]*):([0-9a-f]{64})")


def line(where: Path, now: datetime) -> str:
    """Return the ledger's heads as they are now, on one line; cli.Stop (66) when it has no row."""
    return written(
        now, {name: tail.head for name, tail in stored_rows.tails(where).items() if tail.head.rows}
    )


def written(now: datetime, heads: dict[str, FileHead]) -> str:
    """Return heads as one line; cli.Stop (66) when there are none.

    >>> written(datetime.fromisoformat("2026-01-01T00:00:00Z"), {"a.jsonl": FileHead(2, 130, "0" * 64)})[:52]
    'tracker-ledger 2026-01-01T00:00:00.000000Z a.jsonl:2'
    """
    if not heads:
        raise cli.Stop(cli.NOTHING, "the ledger has no row; there is no head to publish")
    return " ".join([MARK, clock.text(now), *(f"{name}:{h.rows}:{h.sha256}" for name, h in heads.items())])


def read(text: str) -> list[dict[str, FileHead]]:
    """Return the heads of every such line in a text, however a mail or a note wrapped or quoted it.

    >>> (heads,) = read("> tracker-ledger 2026-01-01T00:00:00Z\\n> windows.jsonl:2:" + "0" * 64 + "\\nYours, Ada")
    >>> heads["windows.jsonl"].rows
    2
    """
    found = [
        {
            name: FileHead(int(count), 0, digest)
            for name, count, digest in _HEAD.findall(part)
            if name in KNOWN
        }
        for part in text.split(f"{MARK} ")[1:]
    ]
    return [heads for heads in found if heads]


def note(repo: Path, text: str) -> str:
    """Add the line to the note of the repository's last commit; return where it is, and how it is sent."""
    _git(repo, "notes", f"--ref={NOTES}", "append", "-m", text, "HEAD")
    commit = git.run(repo, "rev-parse", "--short", "HEAD").stdout.decode().strip()
    return (
        f"a note of commit {commit} carries it (`git notes --ref={NOTES} show`); "
        f"`git push origin refs/notes/{NOTES}` takes it elsewhere"
    )


def tag(repo: Path, text: str, now: datetime) -> str:
    """Make a signed tag with the line as its message; return where it is, and how it is sent."""
    name = f"ledger-{now:%Y%m%dT%H%M%SZ}"
    _git(repo, "tag", "--sign", "-m", text, name)
    return f"the signed tag {name} carries it; `git push origin {name}` takes it elsewhere"


def _git(repo: Path, *words: str) -> None:
    done = git.run(repo, *words)
    if done.returncode:
        raise cli.Stop(
            cli.NO_SETTING,
            f"git {words[0]} failed in {repo} ({git.reason(done)}); "
            "see to it, or publish the head as a `line`: nothing was published",
        )
