"""Golden folders: tests/golden/<tool>/<case>/{args,in,out,err,status}; only `args` or `in` must be there.

`env` and what else a case needs stand beside them.

`args` holds one argument a line.  To change a golden, run with GOLDEN=write and read the diff.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from conftest import BIN, ROOT, TOOLS

GOLDEN = Path(__file__).parent / "golden"
CASES = sorted(path for path in GOLDEN.glob("*/*") if path.is_dir())


def read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def ran_as(case: Path, tool, **more: str):
    """Run a case: `$CASE` in an argument is its folder; `env` has a NAME=VALUE a line."""
    args = [word.replace("$CASE", str(case)) for word in read(case / "args").splitlines()]
    env = dict(line.split("=", 1) for line in read(case / "env").splitlines())
    stdin = (case / "in").read_bytes() if (case / "in").exists() else b""
    return tool(case.parent.name, *args, stdin=stdin, **env, **more)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_golden(case, tool):
    ran = ran_as(case, tool)
    if os.environ.get("GOLDEN") == "write":
        for name, text in (("out", ran.out), ("err", ran.err), ("status", f"{ran.status}\n")):
            if text and text != "0\n":
                (case / name).write_text(text)
            else:
                (case / name).unlink(missing_ok=True)
    assert ran.err == read(case / "err")
    assert ran.out == read(case / "out")
    assert ran.status == int(read(case / "status") or 0)


def test_there_are_goldens():
    assert CASES


# One case of every tool that draws, as it looks at these widths: files `out.60`, `out.80` … beside its `out`.
DRAWN = (
    "compare-runs/two-runs",
    "cost-compare/an-hour",
    "decision-card/twelve-blocks",
    "ledger-cat/table",
    "ledger-verify/sound",
    "plan-cost/two-plans",
    "plan-fit/an-hour",
    "plan-now/one-reading",
    "point-worth/a-week",
    "preview/twelve-blocks",
    "router-replay/weighs-a-larger-plan",
    "run-verdict/passed",
    "summarize/an-hour",
    "verify-routing/haiku-on-anthropic",
    "window-audit/week0",
    "window-status/open",
)
# What these say is of the machine and of the newest commit; only its width can be held.
OF_THE_MACHINE = {
    "doctor": (),
    "repo-map": ("--repo", str(ROOT), "--format", "text"),
}
WIDTHS = (60, 80, 120, 200)


def too_long(text: str, columns: int) -> list[str]:
    """Return the lines that pass the edge and could have been broken: a single word cannot."""
    return [line for line in text.splitlines() if len(line) > columns and len(line.split()) > 1]


def test_every_tool_that_draws_is_held_at_every_width():
    """productize-check, which plays all of the router, has its page held in print/test_leaks_page.py."""
    draw = {name for name in TOOLS if "add_format(" in (BIN / name).read_text()}
    assert {name.partition("/")[0] for name in DRAWN} | set(OF_THE_MACHINE) == draw - {"productize-check"}


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("name", DRAWN)
def test_golden_at_a_width(name, columns, tool):
    case = GOLDEN / name
    ran = ran_as(case, tool, COLUMNS=str(columns))
    kept = case / f"out.{columns}"
    if os.environ.get("GOLDEN") == "write":
        kept.write_text(ran.out)
    assert ran.out == read(kept) != ""
    assert too_long(ran.out, columns) == []


@pytest.mark.parametrize("name", DRAWN)
def test_a_narrow_screen_has_blocks_and_no_line_that_passes_its_edge(name, tool):
    ran = ran_as(GOLDEN / name, tool, COLUMNS="44")
    assert ran.out and too_long(ran.out, 44) == []
    assert not [line for line in ran.out.splitlines() if set(line) == {"-", " "}], "a table's rule"


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("name", sorted(OF_THE_MACHINE))
def test_what_is_of_the_machine_fits_too(name, columns, tool):
    ran = tool(name, *OF_THE_MACHINE[name], COLUMNS=str(columns))
    assert ran.out and too_long(ran.out, columns) == []
