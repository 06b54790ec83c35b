#!/usr/bin/env python3
"""Measure routers side by side on loopback: latency added, CPU, streams, fresh connections, memory.

    make bench-router                        everything
    make bench-router ARGS='--quick'         a few minutes
    make bench-router ARGS='--candidates direct,bare,ours --memory 20000'
    make bench-router ARGS='--before ../of-before --candidates direct,bare,ours,ours-before,plain,plain-before'

TLS on both sides, half Haiku and half Sonnet.  Candidates take turns within every cell, so that a
busy machine treats them alike; read the ratios.  The peers are installed under .cache/ by the bench.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import statistics
import sys
import tempfile
from pathlib import Path

import candidates
import load
from candidates import HAIKU, ROOT, SONNET, Candidate

LARGE = 400_000  # bytes from which fewer requests are sent
PIECE = 'The quick "brown" fox\njumps over the lazy dog. '


def body(model: str, size: int, stream: bool = False) -> bytes:
    """Return a message request of about so many bytes, as a client writes it: model first, text escaped."""
    blocks = [{"type": "text", "text": PIECE}]
    made = {
        "model": model,
        "max_tokens": 1000,
        "messages": [{"role": "user", "content": blocks}],
        "stream": stream,
    }
    text = {"type": "text", "text": PIECE * 40}
    step = len(json.dumps(text, separators=(",", ":"))) + 1
    blocks += [text] * max(0, round((size - 200) / step))
    return json.dumps(made, separators=(",", ":")).encode()


def bodies(size: int, stream: bool = False) -> list[bytes]:
    return [body(HAIKU, size, stream), body(SONNET, size, stream)]


def p50(values: list[float]) -> float:
    return statistics.median(values) * 1000


def grid(rows: list[list[object]], headers: list[str]) -> str:
    from tabulate import tabulate

    return tabulate(rows, headers=headers, tablefmt="pipe", floatfmt=".2f", disable_numparse=False)


async def kept_connections(found: list[Candidate], args: argparse.Namespace) -> list[list[object]]:
    """Added latency and CPU on kept-alive connections."""
    table = []
    for size in (1000 * int(word) for word in args.sizes.split(",")):
        for parallel in map(int, args.parallel.split(",")):
            count = max(20, args.count // (4 if size >= LARGE else 1), 2 * parallel)
            taken: dict[str, list[float]] = {one.name: [] for one in found}
            cpu = dict.fromkeys(taken, 0.0)
            for _ in range(args.rounds):
                for one in random.sample(found, len(found)):
                    before = one.cpu()
                    taken[one.name] += await load.kept(one.way, bodies(size), count, parallel)
                    cpu[one.name] += one.cpu() - before
            direct = p50(taken["direct"])
            added = {name: p50(values) - direct for name, values in taken.items()}
            each = {name: cpu[name] * 1000 / (len(taken[name]) + 2 * parallel * args.rounds) for name in cpu}
            for one in found:
                if one.name != "direct":
                    ratio = added[one.name] / added["bare"] if "bare" in added else None
                    work = each[one.name] / each["bare"] if each.get("bare") else None
                    table.append(
                        [
                            f"{size // 1000} KB",
                            parallel,
                            one.name,
                            added[one.name],
                            ratio,
                            each[one.name],
                            work,
                        ]
                    )
            print(".", end="", file=sys.stderr, flush=True)
    return table


async def event_streams(found: list[Candidate], args: argparse.Namespace) -> list[list[object]]:
    """Time to the first byte and lag per event, 40 events at 5 ms."""
    firsts: dict[str, list[float]] = {one.name: [] for one in found}
    lags: dict[str, list[float]] = {one.name: [] for one in found}
    for _ in range(args.rounds):
        for one in random.sample(found, len(found)):
            first, lag = await load.streams(one.way, bodies(60_000, stream=True), args.streams)
            firsts[one.name] += first
            lags[one.name] += lag
    direct = p50(firsts["direct"])
    print(".", end="", file=sys.stderr, flush=True)
    return [
        [
            one.name,
            p50(firsts[one.name]) - direct,
            p50(lags[one.name]),
            sorted(lags[one.name])[int(len(lags[one.name]) * 0.95)] * 1000,
        ]
        for one in found
    ]


async def fresh_connections(found: list[Candidate], args: argparse.Namespace) -> list[list[object]]:
    """From dial to reply on a new connection, the providers a slow line away."""
    taken: dict[str, list[float]] = {one.name: [] for one in found}
    for one in found:
        await load.fresh(one.way, bodies(60_000), 4)
    for _ in range(args.rounds):
        for one in random.sample(found, len(found)):
            taken[one.name] += await load.fresh(one.way, bodies(60_000), args.fresh)
    direct = p50(taken[found[0].name])
    print(".", end="", file=sys.stderr, flush=True)
    return [[name.removesuffix("-far"), p50(values), p50(values) - direct] for name, values in taken.items()]


async def memory(one: Candidate, count: int) -> list[list[object]]:
    """Resident memory over many requests."""
    table = []
    done = 0
    for part in range(11):
        share = count // 10 if part else count // 20
        await load.kept(one.way, bodies(1_000), share, 8)
        done += share
        table.append([done, one.memory_mb()])
    return table


async def measure(args: argparse.Namespace, made: candidates.Bench) -> str:
    names = args.candidates.split(",")
    names = ["direct", *(name for name in names if name != "direct")]
    found = [made.start(name) for name in names]
    parts = [
        f"# Router bench\n\n{os.cpu_count()} cores, Python {sys.version.split()[0]}; "
        f"{args.rounds} rounds, candidates taking turns; medians.\n",
        "\n".join(f"- `{one.name}`: {one.about}" for one in found) + "\n",
    ]
    if not args.only or "kept" in args.only:
        table = await kept_connections(found, args)
        headers = ["body", "parallel", "candidate", "added p50 ms", "x bare", "CPU ms/request", "x bare"]
        parts.append("## Kept-alive connections\n\n" + grid(table, headers) + "\n")
    if not args.only or "streams" in args.only:
        streaming = [one for one in found if one.name != "bare"]
        streaming.insert(1, made.start("streaming"))
        table = await event_streams(streaming, args)
        headers = ["candidate", "first byte added ms", "lag p50 ms", "lag p95 ms"]
        parts.append("## Streams, 40 events at 5 ms\n\n" + grid(table, headers) + "\n")
    if not args.only or "fresh" in args.only:
        far = [made.start(name, far=True) for name in names]
        table = await fresh_connections(far, args)
        headers = ["candidate", "dial to reply p50 ms", "over direct ms"]
        parts.append(f"## Fresh connections, {args.rtt:g} ms round trip\n\n" + grid(table, headers) + "\n")
    ours = next((one for one in found if one.name == "ours"), None)
    if args.memory and ours is not None:
        table = await memory(ours, args.memory)
        parts.append("## Memory of bin/router\n\n" + grid(table, ["requests", "RSS MB"]) + "\n")
    print(file=sys.stderr)
    return "\n".join(parts)


def main() -> None:
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument(
        "--candidates", default=",".join(candidates.ALL), help="which, of " + ",".join(candidates.ALL)
    )
    made.add_argument(
        "--before",
        type=Path,
        help="a checkout of another commit, for candidates ours-before and plain-before",
    )
    made.add_argument("--only", default="", help="kept, streams, fresh, memory: some parts alone")
    made.add_argument("--sizes", default="1,60,400", help="of the bodies, KB")
    made.add_argument("--parallel", default="1,8,64", help="connections at a time")
    made.add_argument("--rounds", type=int, default=6)
    made.add_argument("--count", type=int, default=80, help="requests per cell, round and candidate")
    made.add_argument("--streams", type=int, default=8, help="streams per round and candidate")
    made.add_argument("--fresh", type=int, default=12, help="fresh connections per round and candidate")
    made.add_argument("--rtt", type=float, default=40.0, help="round trip of the slow line, ms")
    made.add_argument("--memory", type=int, default=20_000, help="requests of the memory run; 0: none")
    made.add_argument("--quick", action="store_true", help="fewer of everything")
    made.add_argument("--out", type=Path, default=ROOT / ".cache" / "bench-router" / "report.md")
    args = made.parse_args()
    if args.quick:
        args.rounds, args.count, args.streams, args.fresh, args.memory = 3, 40, 4, 6, 0
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that what was started ends too
    with (
        tempfile.TemporaryDirectory(prefix="bench-router-") as folder,
        candidates.bench(Path(folder), args.rtt, args.before) as bench,
    ):
        report = asyncio.run(measure(args, bench))
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(report)
    print(report)


main()
