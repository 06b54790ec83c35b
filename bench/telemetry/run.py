"""Read one log with our tools and with what people use today, by turns: run.py [--lines N] [--rounds N].

Prints a table: megabytes a second (median of the rounds), times the plain msgspec loop, processor
seconds, peak memory, and how many of the spoilt lines each one noticed.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
CACHE = ROOT / ".cache" / "bench"
PEERS = CACHE / "peers"  # a virtual environment of their own
PYTHON, PEER = str(ROOT / ".venv/bin/python"), str(PEERS / "bin/python")
JQ_SHARE = 20  # jq reads a twentieth of the log, or it would take all day


def install() -> None:
    """Install the peers, once."""
    if not (PEERS / "done").exists():
        subprocess.run([PYTHON, "-m", "venv", str(PEERS)], check=True)
        subprocess.run([PEER, "-m", "pip", "install", "-q", "duckdb", "orjson", "numpy"], check=True)
        if shutil.which("npm"):
            subprocess.run(["npm", "install", "--silent", "--prefix", str(PEERS), "ccusage@18"], check=False)
        (PEERS / "done").touch()


def commands(log: Path, few: Path, claude: Path) -> dict[str, tuple[list[str], Path, dict[str, str]]]:
    """Return name -> (command, the file that it reads, environment)."""
    ours = [str(ROOT / "bin/summarize"), "--lenient", "--format", "json", str(log)]
    slow = {"TRACKER_NATIVE": "0"}
    loop = str(HERE / "peers/msgspec_loop.py")
    found = {
        "summarize, 1 process": ([*ours, "--jobs", "1"], log, {}),
        "summarize, 2 processes": ([*ours, "--jobs", "2"], log, {}),
        "summarize, 1, not compiled": ([*ours, "--jobs", "1"], log, slow),
        "summarize, 2, not compiled": ([*ours, "--jobs", "2"], log, slow),
        "summarize on Dask": ([*ours, "--engine", "dask"], log, {}),
        "verify-routing": (
            [str(ROOT / "bin/verify-routing"), "--lenient", "--format", "json", str(log)],
            log,
            {},
        ),
        "ingest-proxy": (
            [
                str(ROOT / "bin/ingest-proxy"),
                "--lenient",
                "--window",
                "W",
                "--since",
                "2000-01-01T00:00Z",
                str(log),
            ],
            log,
            {},
        ),
        "msgspec loop": ([PYTHON, loop, str(log)], log, {}),
        "msgspec loop, 8 fields": ([PYTHON, loop, str(log), "few"], log, {}),
        "orjson loop": ([PEER, str(HERE / "peers/orjson_loop.py"), str(log)], log, {}),
        "DuckDB, 1 thread": ([PEER, str(HERE / "peers/duckdb_query.py"), str(log), "1"], log, {}),
        "DuckDB, 2 threads": ([PEER, str(HERE / "peers/duckdb_query.py"), str(log), "2"], log, {}),
        "wc -l": (["wc", "-l", str(log)], log, {}),
    }
    if shutil.which("jq"):
        found["jq"] = (["jq", "-nRf", str(HERE / "peers/query.jq"), str(few)], few, {})
    ccusage = PEERS / "node_modules/.bin/ccusage"
    if ccusage.exists():
        home = {"CLAUDE_CONFIG_DIR": str(claude.parents[2]), "HOME": str(claude.parents[2])}
        found["ccusage, its own file"] = ([str(ccusage), "daily", "--offline", "--json"], claude, home)
    return found


def run(command: list[str], env: dict[str, str]) -> tuple[float, float, int, str]:
    """Return (seconds, processor seconds, peak kilobytes of the largest process, stdout)."""
    begun = time.perf_counter()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=os.environ | env
    ) as process:
        out = process.stdout.read().decode()
        _, _, used = os.wait4(process.pid, 0)
        process.returncode = 0
    return time.perf_counter() - begun, used.ru_utime + used.ru_stime, used.ru_maxrss, out


def noticed(out: str) -> str:
    """Return how many lines a candidate says that it refused."""
    try:
        told = json.loads(out)
    except ValueError:
        return "-"
    refused = told.get("refused", told.get("refused_lines")) if isinstance(told, dict) else None
    refused = refused.get("total") if isinstance(refused, dict) else refused
    return "-" if refused is None else f"{refused:,}"


def main() -> None:
    """Run the bench."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="candidates whose name holds this")
    args = parser.parse_args()
    CACHE.mkdir(parents=True, exist_ok=True)
    install()
    log, few = CACHE / f"usage-{args.lines}.jsonl", CACHE / "usage-few.jsonl"
    claude = CACHE / "claude/projects/bench/log.jsonl"
    made = subprocess.run(
        [PYTHON, str(HERE / "make_log.py"), str(args.lines), str(log), str(claude)],
        capture_output=True,
        check=True,
    )
    truth = json.loads(made.stdout)
    with few.open("wb") as part:
        subprocess.run(["head", "-n", str(truth["lines"] // JQ_SHARE), str(log)], stdout=part, check=True)
    told: dict[str, list[tuple[float, float, int, str]]] = {}
    for turn in range(args.rounds):
        for name, (command, _, env) in commands(log, few, claude).items():
            if args.only in name and not (turn and name == "jq"):
                told.setdefault(name, []).append(run(command, env))
    print(
        f"{truth['lines']:,} lines, {truth['bytes'] / 1e6:,.0f} MB, {truth['refused']:,} of them spoilt; median of {args.rounds} rounds by turns\n"
    )
    print(
        "| reader | MB/s | x msgspec loop | processor s | peak MB | spoilt lines noticed |\n|---|---|---|---|---|---|"
    )
    speed = {
        name: commands(log, few, claude)[name][1].stat().st_size
        / 1e6
        / statistics.median(took[0] for took in runs)
        for name, runs in told.items()
    }
    for name, runs in told.items():
        of = speed[name] / speed["msgspec loop"] if "msgspec loop" in speed else 0
        cpu, peak = statistics.median(took[1] for took in runs), max(took[2] for took in runs) / 1024
        print(f"| {name} | {speed[name]:,.0f} | {of:.2f} | {cpu:.1f} | {peak:,.0f} | {noticed(runs[0][3])} |")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
