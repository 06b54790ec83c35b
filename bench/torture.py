"""Load and kill the ledger: many writers, SIGKILL at random moments, no room, dead locks, a clock that steps back.

`make torture` runs all of it (with lib on PYTHONPATH); `torture.py --help` says what can be made smaller.  Ends with status 1 when
a row is lost, torn or doubled, or the chain is broken.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import msgspec

from tracker import jsonl
from tracker.ledger import append, stored_rows, verify

ROOT = Path(__file__).resolve().parent.parent


def writer(
    where: Path, name: str, first: int, count: int, size: int, seed: str, acks: Path, batch: int
) -> None:
    """Append `count` rows in calls of 1..`batch` rows, and note each call once it was acknowledged."""
    rng = random.Random(seed)
    done = os.open(acks, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    at = first
    while at < first + count:
        call = range(at, min(at + rng.randint(1, batch), first + count))
        append.append(where, [new_row(name, number, size) for number in call], wait_seconds=120)
        os.write(done, f"{call.start} {call.stop}\n".encode())
        at = call.stop


def new_row(name: str, number: int, size: int) -> append.New:
    head = f'{{"kind":"evidence","ts":"2026-01-01T00:00:00Z","check":"torture","result":"{name}/{number}","detail":"'
    raw = head.encode() + b"x" * max(0, size - len(head) - 2) + b'"}'
    row = jsonl.decode(raw, 1)
    assert row is not None
    return append.New(row, msgspec.json.decode(raw))


def start(
    where: Path, name: str, first: int, count: int, size: int, seed: str, acks: Path, batch: int
) -> subprocess.Popen:
    words = [where, name, first, count, size, seed, acks, batch]
    return subprocess.Popen([sys.executable, __file__, "--writer", *map(str, words)])


def written(where: Path) -> Counter[str]:
    return Counter(item.row.result for item in stored_rows.stored(where, ["evidence"]))


def acknowledged(acks: Path) -> list[range]:
    if not acks.exists():
        return []
    return [range(*map(int, line.split())) for line in acks.read_text().splitlines()]


def check(where: Path, what: str, problems: list[str]) -> None:
    append.repair(where)
    for one in verify.verify(where):
        if one.wrong:
            problems.append(f"{what}: {one.file} line {one.line}: {one.wrong}")


def load(base: Path, writers: int, rows: int, size: int, seed: int) -> list[str]:
    """Let `writers` processes append `rows` rows each; every row must be there once."""
    where, problems = base / f"load-{size}", []
    began = time.monotonic()
    running = [
        start(
            where,
            f"w{one}",
            0,
            rows,
            size,
            f"{seed}/{one}",
            base / f"load-{size}-{one}.acks",
            1000 if size < 1000 else 50,
        )
        for one in range(writers)
    ]
    statuses = [process.wait() for process in running]
    took = time.monotonic() - began
    there = written(where)
    wanted = {f"w{one}/{number}" for one in range(writers) for number in range(rows)}
    what = f"{writers} writers x {rows} rows of {size} B"
    if any(statuses):
        problems.append(f"{what}: writers ended with {statuses}")
    if wanted - there.keys():
        problems.append(f"{what}: {len(wanted - there.keys())} rows lost")
    if there.keys() - wanted or any(count > 1 for count in there.values()):
        problems.append(f"{what}: rows doubled or unknown")
    check(where, what, problems)
    report(what, f"{sum(there.values())} rows, {sum(there.values()) / took:,.0f} rows/s", problems)
    shutil.rmtree(where)
    return problems


def throughput(base: Path, least: float) -> list[str]:
    """Append batches of 1,000 rows of 200 B from one process, each on the disk before it is acknowledged."""
    where, best = base / "throughput", 0.0
    for _ in range(3):
        batches = [[new_row("t", number, 200) for number in range(1000)] for _ in range(30)]
        began = time.monotonic()
        for batch in batches:
            append.append(where, batch)
        best = max(best, 30_000 / (time.monotonic() - began))
    problems = [] if best >= least else [f"throughput: {best:,.0f} rows/s, {least:,.0f} wanted"]
    report("batches of 1,000 rows, chained, fsync each", f"{best:,.0f} rows/s", problems)
    shutil.rmtree(where)
    return problems


def kills(base: Path, count: int, size: int, seed: int, writers: int = 3) -> list[str]:
    """SIGKILL writers under load; acknowledged rows stay, a killed call leaves all of its rows or none."""
    where, problems, rng = base / f"kills-{size}", [], random.Random(seed)
    batch = 40 if size < 1000 else 8
    running: dict[str, tuple[subprocess.Popen, Path]] = {}
    life = 0
    killed = 0
    lives: list[tuple[str, Path]] = []
    while killed < count:
        while len(running) < writers:
            name, acks = f"life{life}", base / f"kills-{size}-{life}.acks"
            running[name] = (start(where, name, 0, 10**9, size, f"{seed}/{life}", acks, batch), acks)
            lives.append((name, acks))
            life += 1
        name = rng.choice(sorted(running))
        process, acks = running[name]
        if not acks.exists():  # still starting: let it get to work, then aim
            time.sleep(0.005)
            if process.poll() is not None:
                return [*problems, f"kills: a writer ended by itself ({process.returncode})"]
            continue
        time.sleep(rng.uniform(0.0, 0.04))
        process.send_signal(signal.SIGKILL)
        process.wait()
        del running[name]
        killed += 1
    for process, _ in running.values():
        process.send_signal(signal.SIGKILL)
        process.wait()
    append.repair(where)
    there = written(where)
    total = 0
    for name, acks in lives:
        done = acknowledged(acks)
        numbers = [number for call in done for number in call]
        total += len(numbers)
        if any(there[f"{name}/{number}"] != 1 for number in numbers):
            problems.append(f"kills: {name}: an acknowledged row is lost or doubled")
        calls = random.Random(f"{seed}/{name.removeprefix('life')}")
        for _ in done:
            calls.randint(1, batch)
        at = done[-1].stop if done else 0
        last = sum(there[f"{name}/{number}"] for number in range(at, at + batch + 1))
        if last not in {0, calls.randint(1, batch)}:
            problems.append(f"kills: {name}: {last} rows of a call that was not acknowledged")
    check(where, "kills", problems)
    torn = sum(1 for item in stored_rows.in_force(where, ["anomaly"]) if item.row.anomaly == "torn-tail")
    report(
        f"{killed} SIGKILLs, rows of {size} B",
        f"{total} acknowledged rows there, {torn} torn tails moved aside",
        problems,
    )
    shutil.rmtree(where)
    return problems


def no_room(base: Path) -> list[str]:
    """Fill a small disk; the refused call leaves nothing, and what was acknowledged stays."""
    where, problems = base / "small", []
    where.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(where)], capture_output=True, check=False
    )
    if mounted.returncode:
        report("a full disk", "left out: may not mount a small one (run as root)", [])
        return []
    try:
        good, ended = fill(where, {})
        if ended.returncode != 75 or b"No space left" not in ended.stderr or ended.stderr.count(b"\n") != 1:
            problems.append(f"full disk: status {ended.returncode}, {ended.stderr!r}")
        there = sum(written(where).values())
        if there != good * 20:
            problems.append(f"full disk: {there} rows where {good * 20} were acknowledged")
        check_only = [one.wrong for one in verify.verify(where) if one.wrong]
        problems += [f"full disk: {wrong}" for wrong in check_only]
        subprocess.run(["mount", "-o", "remount,ro", str(where)], check=True)
        refused = call(where, 1, {})
        if refused.returncode != 78 or b"Read-only" not in refused.stderr:
            problems.append(f"read-only folder: status {refused.returncode}, {refused.stderr!r}")
        report(
            "a full disk, then a read-only one",
            f"{there} acknowledged rows there, the rest refused",
            problems,
        )
    finally:
        subprocess.run(["umount", str(where)], check=False)
    return problems


def dead_holder(base: Path) -> list[str]:
    """Kill a process that holds the lock; the next call does not wait for it."""
    where, problems = base / "lock", []
    where.mkdir()
    code = "import sys,time,pathlib; from tracker.ledger import files\nwith files.locked(pathlib.Path(sys.argv[1])): print(1, flush=True); time.sleep(60)"
    holder = subprocess.Popen([sys.executable, "-c", code, str(where)], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    holder.stdout.readline()
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    began = time.monotonic()
    ended = call(where, 1, {})
    if ended.returncode or time.monotonic() - began > 5:
        problems.append(f"lock of a dead process: status {ended.returncode}, {ended.stderr!r}")
    report("the lock of a dead process", "free", problems)
    return problems


def clock_back(base: Path) -> list[str]:
    """Let the clock step back an hour between two calls; both rows are there, in order, and it is told."""
    where, problems = base / "clock", []
    call(where, 1, {"TRACKER_NOW": "2026-01-05T10:00:00Z"})
    ended = call(where, 1, {"TRACKER_NOW": "2026-01-05T09:00:00Z"}, first=1)
    if ended.returncode or b"stepped back" not in ended.stderr or sum(written(where).values()) != 2:
        problems.append(f"clock: status {ended.returncode}, {ended.stderr!r}")
    check(where, "clock", problems)
    report("a clock that steps back an hour", "told, recorded, nothing lost", problems)
    return problems


def one_row(base: Path) -> list[str]:
    """Say what one call with one row takes, as multiples of the bare interpreter's start."""
    taken: dict[str, list[float]] = {"bare": [], "call": []}
    for number in range(30):
        for name in taken:
            began = time.monotonic()
            if name == "bare":
                subprocess.run([sys.executable, "-S", "-I", "-c", "pass"], check=True)
            else:
                call(base / "one", 1, {}, first=number)
            taken[name].append(1000 * (time.monotonic() - began))
    bare, whole = (sorted(times)[len(times) // 2] for times in taken.values())
    report(
        "one call of one row",
        f"{whole:.0f} ms, {whole / bare:.1f} x the bare interpreter ({bare:.1f} ms)",
        [],
    )
    return []


def fill(where: Path, env: dict[str, str]) -> tuple[int, subprocess.CompletedProcess[bytes]]:
    """Call `ledger-append` with 20 rows of 2 KB until it refuses; return how often it did not."""
    for good in range(1000):
        ended = call(where, 20, env, first=20 * good, size=2000)
        if ended.returncode:
            return good, ended
    raise AssertionError("it never filled up")


def call(
    where: Path, count: int, env: dict[str, str], first: int = 0, size: int = 200
) -> subprocess.CompletedProcess[bytes]:
    lines = b"".join(
        msgspec.json.encode(new_row("call", first + one, size).fields) + b"\n" for one in range(count)
    )
    return subprocess.run(
        [ROOT / "bin" / "ledger-append", "--data-dir", where],
        input=lines,
        capture_output=True,
        env=os.environ | env,
        check=False,
    )


def report(what: str, said: str, problems: list[str]) -> None:
    print(f"{'FAILED' if problems else 'ok':<7} {what}: {said}", flush=True)


def main() -> int:
    if sys.argv[1:2] == ["--writer"]:
        where, name, first, count, size, seed, acks, batch = sys.argv[2:]
        writer(Path(where), name, int(first), int(count), int(size), seed, Path(acks), int(batch))
        return 0
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--least", type=float, default=60_000, help="rows per second that must be reached")
    args = parser.parse_args()
    problems = []
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        base = Path(folder)
        problems += throughput(base, args.least)
        for size in (200, 20_000):
            problems += load(base, args.writers, args.rows, size, args.seed)
        problems += kills(base, args.kills, 200, args.seed)
        problems += kills(base, args.kills, 20_000, args.seed)
        for step in (no_room, dead_holder, clock_back, one_row):
            problems += step(base)
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    raise SystemExit(main())
