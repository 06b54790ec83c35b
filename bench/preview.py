#!/usr/bin/env python3
"""Say how long `preview` takes over 5,000 windows, as a multiple of reading the same rows.

Usage: bench/preview.py [ROUNDS] (default 7).  "Reading" is the evidence reader, in an interpreter that has
loaded what every preview computes with (numpy).  The two run by turns; the ratio is that of the medians
of processor time, which other work on the machine moves less than wall time.
"""

import json
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
READ = """
import sys
sys.path[:0] = [sys.argv[1]]
sys.path.append(sys.argv[2])
import tracker.stats, numpy
from tracker.evidence import reader
reader.read(sys.stdin.buffer)
"""
WINDOWS = 5_000


def row(number: int) -> str:
    """Return one window row: arms by turns, two to a block."""
    fields = {
        "kind": "window",
        "ts": "2026-01-01T00:00:00Z",
        "window": f"W{number}",
        "methodology": ("stock_anthropic", "mitm_offload")[number % 2],
        "provider": "claude",
        "block": number // 2,
        "features": 2 + number % 3,
        "capacity_pp": 20 + number % 31,
    }
    return json.dumps(fields, separators=(",", ":"))


def processor_seconds(command: list[str], rows: Path) -> float:
    """Run a command over the rows and return the processor time that it took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with rows.open("rb") as stdin:
        subprocess.run(command, stdin=stdin, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(rounds: int) -> None:
    """Measure by turns and print the medians and their ratio."""
    packages = next((ROOT / ".venv" / "lib").glob("python*/site-packages"))
    commands = {
        "reading": [str(ROOT / ".venv/bin/python"), "-SIc", READ, str(ROOT / "lib"), str(packages)],
        "preview": [str(ROOT / "bin" / "preview"), "--format", "json"],
    }
    taken: dict[str, list[float]] = {name: [] for name in commands}
    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder) / "rows.jsonl"
        rows.write_text("\n".join(row(number) for number in range(WINDOWS)) + "\n")
        for _ in range(rounds):
            for name, command in commands.items():
                taken[name].append(processor_seconds(command, rows))
    medians = {name: statistics.median(values) for name, values in taken.items()}
    for name, seconds in medians.items():
        print(f"{name:8} {seconds:.2f} s of processor time, {seconds / medians['reading']:.2f} x reading")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
