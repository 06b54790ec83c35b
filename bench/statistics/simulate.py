"""Run the simulation: coverage and error rates of every method over all families of windows.

`make simulate` runs it in full and writes docs/statistics/; `--reps` makes it shorter, `--only`
takes cells whose name contains a word.  Finished cells are kept in build/simulate, so a run that
was stopped goes on where it ended; a cell's numbers depend on the seed and its name only.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE), str(ROOT / "lib")]

import best_possible  # noqa: E402
import cells  # noqa: E402
import few_features  # noqa: E402
import report  # noqa: E402
import worlds  # noqa: E402
from families import FAMILIES, POINTWISE  # noqa: E402

Job = Callable[[], dict[str, Any]]


def jobs(reps: int, seed: int) -> dict[str, Job]:
    """Return every cell by name, in the order in which the report shows them."""
    made: dict[str, Job] = {}
    for family in FAMILIES:
        for n in (3, 4, 5, 6, 8):
            made[f"one/{family.name}/{n}"] = partial(cells.one_arm, family.name, n, reps, seed)
        for n in (3, 4, 6, 8, 12):
            for effect in (1.0, 1.5):
                for paired in (False, True):
                    name = f"{'paired' if paired else 'unpaired'}/{family.name}/{n}/{effect}"
                    if not (paired and n == 3):
                        made[name] = partial(cells.two_arms, family.name, n, reps, seed, paired, effect)
        for n in (6, 8, 12):
            made[f"flip/{family.name}/{n}/1.0"] = partial(cells.sign_flip, family.name, n, reps, seed)
        made[f"e/{family.name}/50/1.0"] = partial(cells.e_process, family.name, 50, reps, seed)
        made[f"peek/{family.name}/12"] = partial(cells.peeking, family.name, 12, reps, seed)
    for family in POINTWISE:
        for n in (3, 5, 8):
            made[f"pointwise/{family.name}/{n}"] = partial(cells.one_arm, family.name, n, reps, seed)
    for name in ("poisson-50", "planned"):
        for n in (8, 12):
            for effect in (1.5, 2.0):
                made[f"flip/{name}/{n}/{effect}"] = partial(cells.sign_flip, name, n, reps, seed, effect)
                made[f"e/{name}/{n}/{effect}"] = partial(cells.e_process, name, n, reps, seed, effect)
    for name in (*worlds.WORLDS, *worlds.FOUND):
        for n in (6, 8, 12):
            made[f"whole/{name}/{n}"] = partial(worlds.at_margin, name, n, reps, seed)
    for name in worlds.TRUTHS:
        for n in (6, 8, 12):
            made[f"truly/{name}/{n}"] = partial(worlds.truly, name, n, reps, seed)
    for n in (6, 8, 12):
        made[f"best/poisson-50/{n}"] = partial(best_possible.power, "poisson-50", 0.6, n, reps, seed)
    for a, b in ((40, 10), (10, 40), (30, 20), (20, 30), (30, 30)):
        for rate in (0.0, 0.01, 0.1, 0.3, 1.0):
            made[f"sparse/{a} and {b} points/{rate:g}"] = partial(
                few_features.false_claims, a, b, rate, reps, seed
            )
    return made


def _place(name: str, kept: Path) -> Path:
    return kept / f"{hashlib.sha256(name.encode()).hexdigest()[:16]}.json"


def is_kept(name: str, kept: Path) -> bool:
    return _place(name, kept).exists()


def run(name: str, job: Job, kept: Path) -> tuple[str, dict[str, Any]]:
    found = _place(name, kept)
    if found.exists():
        return name, json.loads(found.read_text())
    result = job()
    found.with_suffix(".new").write_text(json.dumps(result))
    found.with_suffix(".new").replace(found)
    return name, result


def _run(arguments: tuple[str, Job, Path]) -> tuple[str, dict[str, Any]]:
    return run(*arguments)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reps", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=20260104)
    parser.add_argument("--only", default="", metavar="WORD")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "statistics")
    args = parser.parse_args()
    from tqdm import tqdm

    kept = ROOT / "build" / "simulate" / f"{args.seed}-{args.reps}"
    kept.mkdir(parents=True, exist_ok=True)
    todo = [(name, job, kept) for name, job in jobs(args.reps, args.seed).items() if args.only in name]
    results = {}
    with multiprocessing.Pool(args.processes) as pool:
        for name, result in tqdm(
            pool.imap_unordered(_run, todo), total=len(todo), disable=not sys.stderr.isatty()
        ):
            results[name] = result
    ordered = {name: results[name] for name, _, _ in todo}
    misses = report.misses(ordered)
    if not args.only:
        report.write(ordered, args.out, args.reps, args.seed)
    for miss in misses:
        print(miss)
    print(f"{len(ordered)} cells, {len(misses)} beyond their target")
    return 1 if misses else 0


if __name__ == "__main__":
    raise SystemExit(main())
