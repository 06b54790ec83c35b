"""Golden folders: tests/golden/<tool>/<case>/{args,in,out,err,status}; only `args` or `in` must be there.

`args` holds one argument a line.  To change a golden, run with GOLDEN=write and read the diff.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden"
CASES = sorted(path for path in GOLDEN.glob("*/*") if path.is_dir())


def read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_golden(case, tool):
    args = read(case / "args").splitlines()
    stdin = (case / "in").read_bytes() if (case / "in").exists() else b""
    ran = tool(case.parent.name, *args, stdin=stdin)
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
    "summarize/an-hour",
    "preview/sample",
    "decision-card/sample",
    "router-replay/weighs-a-larger-plan",
    "plan-cost/two-plans",
    "plan-fit/two-plans",
    "point-worth/a-week",
    "verify-routing/haiku-on-anthropic",
    "window-audit/week0",
    "run-verdict/passed",
)
WIDTHS = (60, 80, 120, 200)


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("name", DRAWN)
def test_golden_at_a_width(name, columns, tool):
    case = GOLDEN / name
    stdin = (case / "in").read_bytes() if (case / "in").exists() else b""
    ran = tool(case.parent.name, *read(case / "args").splitlines(), stdin=stdin, COLUMNS=str(columns))
    kept = case / f"out.{columns}"
    if os.environ.get("GOLDEN") == "write":
        kept.write_text(ran.out)
    assert ran.out == read(kept) != ""
    too_long = [line for line in ran.out.splitlines() if len(line) > columns and len(line.split()) > 1]
    assert too_long == [], "only a word that is longer than the screen may pass its edge"
