"""Read one large log with one process, and on a Dask cluster with a worker killed on the way: on_dask.py [--gigabytes N].

The log is a made-up million of lines, copied as often as makes the size.  Prints seconds (least of
the rounds, by turns) and whether the answers are the same bytes; ends with 1 when they are not.
"""

import argparse
import contextlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".cache" / "bench"
PYTHON = str(ROOT / ".venv/bin/python")
SUMMARIZE = [str(ROOT / "bin/summarize"), "--lenient", "--format", "json"]


@contextlib.contextmanager
def started(*command: str):
    """A program of Dask's that has said that it is ready; ended at the end."""
    process = subprocess.Popen([PYTHON, "-m", *command], stderr=subprocess.PIPE, text=True, cwd="/")
    try:
        ready = next(line for line in process.stderr if "Scheduler at:" in line or "Registered to:" in line)
        yield process, ready.split()[-1]
    finally:
        process.kill()
        process.communicate()


@contextlib.contextmanager
def cluster(workers: int):
    """A scheduler and its workers on loopback; yields (address, the workers' processes)."""
    with contextlib.ExitStack() as stack:
        _, address = stack.enter_context(
            started("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        )
        worker = ("distributed.cli.dask_worker", address, "--no-nanny", "--nthreads", "1", "--no-dashboard")
        yield address, [stack.enter_context(started(*worker))[0] for _ in range(workers)]


def timed(*command: str, after: float | None = None, kill=None) -> tuple[float, bytes]:
    """Return (seconds, stdout); `kill` is ended `after` so many seconds."""
    begun = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        if kill:
            time.sleep(after)
            assert process.poll() is None, "it had ended before a worker could be killed"
            kill.kill()
        out = process.communicate()[0]
    assert process.returncode == 0, process.returncode
    return time.perf_counter() - begun, out


def main() -> int:
    """Run the bench."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=2)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    CACHE.mkdir(parents=True, exist_ok=True)
    log, other = CACHE / "usage-1000000.jsonl", CACHE / "claude/projects/bench/log.jsonl"
    made = subprocess.run(
        [PYTHON, str(ROOT / "bench/telemetry/make_log.py"), "1000000", str(log), str(other)],
        capture_output=True,
        check=True,
    )
    size = json.loads(made.stdout)["bytes"]
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        copies = max(1, round(args.gigabytes * 1e9 / size))
        for copy in range(copies):
            shutil.copyfile(log, Path(folder, f"usage.jsonl.{copy}"))
        logs = f"{folder}/usage.jsonl.*"
        one, on_cluster = [], []
        with cluster(args.workers) as (address, _):
            for _ in range(args.rounds):
                one.append(timed(*SUMMARIZE, "--jobs", "1", logs))
                on_cluster.append(timed(*SUMMARIZE, "--scheduler", address, logs))
        with cluster(args.workers) as (address, [worker, *_]):
            least = min(seconds for seconds, _ in on_cluster)
            killed = timed(*SUMMARIZE, "--scheduler", address, logs, after=least / 2, kill=worker)
    same = len({out for _, out in (*one, *on_cluster, killed)}) == 1
    least_one = min(seconds for seconds, _ in one)
    print(f"{copies * size / 1e9:.1f} GB, least of {args.rounds} rounds by turns")
    print(f"one process                         {least_one:6.1f} s")
    print(f"{args.workers} Dask workers that run already     {least:6.1f} s   {least_one / least:.2f}x")
    print(
        f"the same, one worker killed half-way {killed[0]:5.1f} s   answers {'the same' if same else 'DIFFER'}"
    )
    return not same


if __name__ == "__main__":
    sys.exit(main())
