"""Read one month of transcripts with ingest-history and with ccusage, by turns: run.py [--megabytes N] [--rounds N].

Prints for each the user's processor seconds, wall clock, peak memory (medians), and the output tokens that
it found, beside what the files hold.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".cache" / "bench" / "history"
CCUSAGE = "20.0.24"
PYTHON = str(ROOT / ".venv/bin/python")


def install() -> Path:
    """Install the peer, once; return its program, without the script that starts it."""
    found = sorted((CACHE / "node_modules" / "@ccusage").glob("ccusage-*/bin/ccusage"))
    if not found:
        command = [
            "npm",
            "install",
            "--silent",
            "--no-audit",
            "--no-fund",
            "--prefix",
            str(CACHE),
            f"ccusage@{CCUSAGE}",
        ]
        subprocess.run(command, check=True)
        found = sorted((CACHE / "node_modules" / "@ccusage").glob("ccusage-*/bin/ccusage"))
    found[0].chmod(0o755)  # npm packs it without
    return found[0]


def rows_tokens(out: bytes) -> int:
    """Return the output tokens of usage rows."""
    rows = (json.loads(line) for line in out.splitlines())
    return sum(row.get("completion_tokens") or 0 for row in rows)


def peer_tokens(out: bytes) -> int:
    """Return the output tokens of ccusage's report."""
    return int(json.loads(out)["totals"]["outputTokens"])


def measure(command: list[str], env: dict[str, str]) -> tuple[float, float, float, bytes]:
    """Return processor seconds of the user, wall clock, megabytes of the largest process, and stdout."""
    out = CACHE / "out"
    begun = time.perf_counter()
    with out.open("wb") as stream:
        process = subprocess.Popen(command, stdout=stream, stderr=subprocess.DEVNULL, env=env)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    took = time.perf_counter() - begun
    assert process.returncode == 0, (command, process.returncode)
    return used.ru_utime, took, used.ru_maxrss / 1024, out.read_bytes()


def main() -> None:
    """Run the bench."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    CACHE.mkdir(parents=True, exist_ok=True)
    home = CACHE / f"home-{args.megabytes}"
    truth = home / "truth.json"
    if not truth.exists():
        command = [PYTHON, str(Path(__file__).with_name("make_home.py")), str(home), str(args.megabytes)]
        truth.write_bytes(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    env = {"HOME": str(home), "PATH": os.environ["PATH"], "TZ": "UTC", "LC_ALL": "C.UTF-8"}
    ours = [str(ROOT / "bin" / "ingest-history"), "--quiet"]
    candidates: dict[str, tuple[list[str], dict[str, str], Callable[[bytes], int]]] = {
        "ingest-history": (ours, env, rows_tokens),
        "ingest-history, not compiled": (ours, env | {"TRACKER_NATIVE": "0"}, rows_tokens),
        f"ccusage {CCUSAGE}": ([str(install()), "daily", "--offline", "--json"], env, peer_tokens),
    }
    runs: dict[str, list[tuple[float, float, float]]] = {name: [] for name in candidates}
    tokens = {}
    for _ in range(args.rounds):
        for name, (command, where, count) in candidates.items():
            user, wall, memory, out = measure(command, where)
            runs[name].append((user, wall, memory))
            tokens[name] = count(out)
    sys.stdout.write(f"the files hold: {truth.read_text()}")
    for name, found in runs.items():
        user, wall, memory = (statistics.median(column) for column in zip(*found, strict=True))
        sys.stdout.write(
            f"{name:30} {user:6.2f} s user {wall:6.2f} s wall {memory:6.0f} MB  {tokens[name]:,} output tokens\n"
        )


if __name__ == "__main__":
    main()
