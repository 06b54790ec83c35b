"""Simulate the design by task, whole card and test alone, and write docs/statistics/tasks.md and the tables by task of docs/statistics.md.

    python bench/statistics/tasks.py [--reps N] [--only WORD] [--kept]

Finished cells are kept in build/simulate, so that a run which was stopped goes on where it ended; a cell's numbers depend
on the seed and its name only.  The more windows per arm, the more patterns, and the fewer replications.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "lib"), str(Path(__file__).parent)]

import worlds_by_task as worlds  # noqa: E402
from simulate import is_kept, run  # noqa: E402

Found = dict[str, dict[str, Any]]
SIZES = (3, 5, 6)  # windows per arm
FEWER = {
    3: 1,
    5: 4,
    6: 10,
}  # of the replications: 2^15 and 2^18 patterns take long, the 2^24 of 8 windows too long
POWER = [(name, effect) for name in ("plain", "noisy", "window", "tiny") for effect in (1.5, 2.0)]


def jobs(reps: int, seed: int) -> dict[str, Callable[[], dict[str, Any]]]:
    """Return every cell by name."""
    made: dict[str, Callable[[], dict[str, Any]]] = {}
    for n in SIZES:
        count = reps // FEWER[n]
        for name in (*worlds.WORLDS, *worlds.FOUND):
            made[f"whole/{name}/{n}"] = partial(worlds.at_margin, name, n, count, seed)
        for name in worlds.TRUTHS:
            made[f"truly/{name}/{n}"] = partial(worlds.truly, name, n, count // 2, seed)
        for name, effect in POWER:
            made[f"power/{name}/{effect}/{n}"] = partial(worlds.power, name, effect, n, count // 4, seed)
            made[f"windows/{name}/{effect}/{n}"] = partial(
                worlds.design_by_window, name, effect, n, count // 4, seed
            )
    return made


def table(head: list[str], lines: list[list[str]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|---" * len(head) + "|"
    yield from ("| " + " | ".join(line) + " |" for line in lines)
    yield ""


def shares(found: Found, key: str, sizes: tuple[int, ...], *names: str, digits: int = 1) -> list[str]:
    """Return a column for each name: the sizes' percents, a dash where a cell was not run."""
    return [
        " / ".join(
            f"{100 * found[f'{key}/{n}'][name]:.{digits}f}" if f"{key}/{n}" in found else "-" for n in sizes
        )
        for name in names
    ]


def pages(found: Found, reps: int, seed: int) -> Iterator[str]:
    """Yield the lines of docs/statistics/tasks.md."""
    sizes = " / ".join(map(str, SIZES))
    yield "# The design by task, simulated\n"
    yield (
        f"Written by `bench/statistics/tasks.py` (seed {seed}) from the code that the tools run; "
        "[statistics.md](../statistics.md) says what follows\nfrom it. "
        f"Three tasks a window, looked at at the end of every block; percent of\n"
        + ", ".join(f"{reps // fewer:,} replications at {n}" for n, fewer in FEWER.items())
        + " windows per arm, half of that where every gate is truly good or worse, a\nquarter for power. "
        "Targets: GO 5.5, SOFT GO or better 25.\n"
    )
    yield "## The whole card, one gate exactly at its margin, the others so good that they never decide\n"
    head = ["gate: family", "what it is like", f"GO, {sizes} windows per arm", "SOFT GO or better", ""]
    lines = []
    for name, world in worlds.WORLDS.items():
        cells = [found[key] for n in SIZES if (key := f"whole/{name}/{n}") in found]
        is_beyond = any(beyond(one) for one in cells)
        lines.append(
            [
                name,
                world.about,
                *shares(found, f"whole/{name}", SIZES, "GO", "soft"),
                "beyond" if is_beyond else "",
            ]
        )
    yield from table(head, lines)
    yield "## One gate truly better, the others so good that they never decide\n"
    head = ["truth", f"GO, {sizes} windows per arm", "SOFT GO or better"]
    yield from table(
        head,
        [[name, *shares(found, f"whole/{name}", SIZES, "GO", "soft", digits=0)] for name in worlds.FOUND],
    )
    yield "## Every gate truly good (efficiency 2x, cost 3x, the rest alike) but for what is said\n"
    yield from table(
        ["truth", f"GO, {sizes} windows per arm", "SOFT GO or better", "NO-GO"],
        [
            [name, *shares(found, f"truly/{name}", SIZES, "GO", "soft", "NO-GO", digits=0)]
            for name in worlds.TRUTHS
        ],
    )
    yield "## Efficiency alone: false claims between arms alike\n"
    yield from table(
        [
            "family",
            "what it is like",
            f"at 5 %, {sizes} windows per arm",
            "at 20 %",
            "tasks for themselves, one look",
        ],
        [
            [
                name,
                family.about,
                *shares(found, f"whole/efficiency: {name}", SIZES, "test", "soft test", "once"),
            ]
            for name, family in worlds.FAMILIES.items()
        ],
    )
    yield "## Efficiency alone: power, beside the same runs dealt by window\n"
    yield from table(
        ["B takes", f"by task, {sizes} windows per arm", "tasks for themselves, one look", "by window"],
        [
            [
                f"1/{effect:g}, {name}",
                *shares(found, f"power/{name}/{effect}", SIZES, "test", "once", digits=0),
                *shares(found, f"windows/{name}/{effect}", SIZES, "test", digits=0),
            ]
            for name, effect in POWER
        ],
    )


def excerpts(found: Found) -> dict[str, list[str]]:
    """Return the tables that docs/statistics.md shows, by name."""
    held: dict[str, list[str]] = {}
    missed = []
    for name, world in worlds.WORLDS.items():
        if any(beyond(found[key]) for n in SIZES if (key := f"whole/{name}/{n}") in found):
            its = shares(found, f"whole/{name}", SIZES, "GO", "soft")
            missed.append([world.gate, f"beyond: {world.about}", *its])
        else:
            held.setdefault(world.gate, []).append(name)
    lines = []
    for gate, names in held.items():
        worst = {
            f"worst/{n}": {
                share: max(found[key][share] for name in names if (key := f"whole/{name}/{n}") in found)
                for share in ("GO", "soft")
            }
            for n in SIZES
            if f"whole/{names[0]}/{n}" in found
        }
        families = "; ".join(name.removeprefix(f"{gate}: ") for name in names)
        lines.append([gate, families, *shares(worst, "worst", SIZES, "GO", "soft")])
    power = [
        [
            f"1/{effect:g}",
            *shares(found, f"power/plain/{effect}", SIZES, "test", "once", digits=0),
            *shares(found, f"windows/plain/{effect}", SIZES, "test", digits=0),
        ]
        for name, effect in POWER
        if name == "plain"
    ]
    truths = [
        [name, *shares(found, f"truly/{name}", SIZES, "GO", "soft", "NO-GO", digits=0)]
        for name in worlds.TRUTHS
    ]
    return {
        "margins": list(table(["gate at its margin", "families", "GO", "SOFT GO or better"], lines + missed)),
        "power": list(
            table(
                [
                    "B takes",
                    "by task, 3 / 5 / 6 windows per arm",
                    "tasks for themselves, one look",
                    "by window",
                ],
                power,
            )
        ),
        "truths": list(
            table(["truth", "GO, 3 / 5 / 6 windows per arm", "SOFT GO or better", "NO-GO"], truths)
        ),
    }


def filled(text: str, tables: dict[str, list[str]]) -> str:
    """Return a page with each table between its two marks."""
    for name, lines in tables.items():
        start = text.index(mark := f"<!-- by task: {name} -->") + len(mark)
        text = text[:start] + "\n" + "\n".join(lines) + text[text.index("<!-- end -->", start) :]
    return text


def beyond(cell: dict[str, Any]) -> bool:
    """Return whether a cell is beyond a target, to the letter."""
    return bool(round(100 * cell["GO"], 1) > 5.5 or round(100 * cell["soft"], 1) > 25)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reps", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=20260131)
    parser.add_argument("--only", default="", metavar="WORD")
    parser.add_argument(
        "--kept", action="store_true", help="write the page from the cells that are there, and run none"
    )
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "statistics" / "tasks.md")
    args = parser.parse_args()
    kept = ROOT / "build" / "simulate" / f"tasks-{args.seed}-{args.reps}"
    kept.mkdir(parents=True, exist_ok=True)
    found: Found = {}
    for name, job in jobs(args.reps, args.seed).items():
        if args.only in name and (not args.kept or is_kept(name, kept)):
            found[name] = run(name, job, kept)[1]
            if not args.kept:
                print(name, found[name], flush=True)
    if not args.only:
        args.out.write_text("\n".join(pages(found, args.reps, args.seed)).rstrip() + "\n")
        text = args.out.parents[1] / "statistics.md"
        text.write_text(filled(text.read_text(), excerpts(found)))
    missed = sorted(
        name
        for name, cell in found.items()
        if name.startswith("whole/") and name.split("/")[1] in worlds.WORLDS and beyond(cell)
    )
    unsaid = [name for name in missed if not worlds.WORLDS[name.split("/")[1]].is_known_miss]
    print(f"{len(found)} cells, {len(missed)} beyond their target, {len(unsaid)} of them not known: {unsaid}")
    return 1 if unsaid else 0


if __name__ == "__main__":
    raise SystemExit(main())
