#!/usr/bin/env python3
"""What the list of what may go to a lane costs beside an older version's: carried() in-process, taking turns.

Usage: cleaner.py [--against COMMIT] [--rounds N] [--only WORD]

Each version runs in a process of its own and is asked in turns for the same bodies, so that what else the
machine does meets both alike; the least of N runs of each counts.  The texts are this repository's own: prose
of its pages, code of its modules, and code as a client's Read shows it, with numbers and arrows.  `new` are
bodies of which no text was sent before, `seen` is one that is sent again and again, `grown` a conversation
that has one new message.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SIZES = {"1 KB": 1_000, "60 KB": 60_000, "400 KB": 400_000}
SEEN = ("new", "seen", "grown")
WORKER = """
import json, sys, time
from tracker.router.dialects import named
from tracker.router.lanes.request import carried
from tracker.router.log.message_body import members
fields = [(b"Accept", b"application/json"), (b"Authorization", b"Bearer sk-ant-oat01-made-up-login-AAAA"),
          (b"X-Claude-Code-Session-Id", b"0f0f0f0f-1111-4222-8333-123456789abc")]
for line in sys.stdin.buffer:
    cut = members(line.rstrip(b"\\n"))
    begun = time.process_time_ns()
    carried(fields, "beta=true", cut, "glm-4.5-air", 98304, named("zai"))
    print(time.process_time_ns() - begun, flush=True)
"""
USER = {
    "device_id": "0e1f" * 16,
    "account_uuid": "0d0d0d0d-1111-4222-8333-abcdef0d0d0d",
    "session_id": "0f0f0f0f-1111-4222-8333-123456789abc",
}
TOLD = "# userEmail\nThe user's email address is jo.made-up@example.org.\n"


class Version:
    """One version of the library in a process of its own."""

    def __init__(self, lib: Path) -> None:
        env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(lib)}
        self._process = subprocess.Popen(
            [ROOT / ".venv-router" / "bin" / "python", "-c", WORKER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=env,
        )

    def milliseconds(self, body: bytes) -> float:
        """Return how long a body takes, milliseconds."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(body + b"\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline()) / 1e6

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


class Bodies:
    """Bodies of message requests, made of this repository's texts."""

    def __init__(self, seed: int = 1) -> None:
        self._dice = random.Random(seed)
        apart = {"router", "proofs"}  # whose texts hold what is taken out
        modules = [path for path in sorted((ROOT / "lib").rglob("*.py")) if not apart & {*path.parts}]
        code = "".join(path.read_text() for path in modules)
        numbered = (f"{at:>6}→{line}\n" for at, line in enumerate(code.splitlines(), 1))
        self._texts = {
            "prose": "".join(path.read_text() for path in sorted((ROOT / "docs").glob("*.md"))),
            "code": code,
            "read": "".join(numbered),
        }

    @property
    def kinds(self) -> tuple[str, ...]:
        """What the texts are of."""
        return tuple(self._texts)

    def made(self, kind: str, size: int) -> bytes:
        """Return a body of about this many bytes; it is always the same, but for a word that is new in each text."""
        return _body([self._message(kind, min(4_000, size), at) for at in range(max(1, size // 4_000))])

    def grown(self, body: bytes, kind: str) -> bytes:
        """Return a body with one message more, which is new."""
        return _body([*json.loads(body)["messages"], self._message(kind, 1_000, 0)])

    def _message(self, kind: str, size: int, place: int) -> dict[str, object]:
        whole = self._texts[kind]
        at = place * 7_919 % (len(whole) - size)
        text = f"{self._dice.randrange(10**8):08}\n{whole[at : at + size]}"
        role = ("user", "assistant")[place % 2]
        return {"role": role, "content": [{"type": "text", "text": text}]}


def _body(messages: list[dict[str, object]]) -> bytes:
    whole = {
        "model": "claude-haiku-4-5",
        "system": [{"type": "text", "text": TOLD}],
        "messages": messages,
        "max_tokens": 32000,
        "metadata": {"user_id": json.dumps(USER)},
        "stream": True,
    }
    return json.dumps(whole, ensure_ascii=False).encode()


def versions(commit: str, folder: Path) -> dict[str, Version]:
    """Return this tree's version and that of a commit."""
    packed = subprocess.run(["git", "archive", commit, "lib"], cwd=ROOT, stdout=subprocess.PIPE, check=True)
    (folder / "lib.tar").write_bytes(packed.stdout)
    with tarfile.open(folder / "lib.tar") as tar:
        tar.extractall(folder, filter="data")
    return {"now": Version(ROOT / "lib"), commit[:7]: Version(folder / "lib")}


def main() -> None:
    """Print a table: least milliseconds of each version, and their ratio."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--against", default="4631b39", metavar="COMMIT")
    parser.add_argument("--rounds", type=int, default=40, metavar="N")
    parser.add_argument("--only", default="", metavar="WORD", help="only cells with this word")
    args = parser.parse_args()
    bodies = Bodies()
    with tempfile.TemporaryDirectory() as folder:
        both = versions(args.against, Path(folder))
        print(f"{'body':<22}" + "".join(f"{name + ' ms':>12}" for name in both) + f"{'ratio':>8}")
        for kind in bodies.kinds:
            for size, count in SIZES.items():
                for seen in SEEN:
                    name = f"{kind}, {size}, {seen}"
                    if args.only in name:
                        _measure(name, kind, count, seen, bodies, both, args.rounds)
        for one in both.values():
            one.close()


def _measure(
    name: str, kind: str, size: int, seen: str, bodies: Bodies, both: dict[str, Version], rounds: int
) -> None:
    least = dict.fromkeys(both, float("inf"))
    first = bodies.made(kind, size)
    for version in both.values():
        version.milliseconds(first)
    for at in range(rounds):
        body = {"new": bodies.made(kind, size), "seen": first, "grown": bodies.grown(first, kind)}[seen]
        for one in sorted(both, reverse=bool(at % 2)):
            least[one] = min(least[one], both[one].milliseconds(body))
    now, then = least.values()
    print(f"{name:<22}{now:>12.3f}{then:>12.3f}{now / then:>8.2f}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
