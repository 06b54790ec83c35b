"""No name that comes in steers the terminal, the spreadsheet or the browser of whoever looks at what comes out.

Every tool gets rows whose texts are hostile, and prints them in every format that it offers.
"""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ElementTree

import pytest

from conftest import TOOLS
from test_conventions import READERS, USES, call
from tracker import cli
from tracker.print import formats, plots

# Escape, C1's CSI, bell, backspace, a line of its own, bidi overrides, zero width, a tag character.
MARKS = ("\x1b[2J\x1b]0;owned\x07", "\x9b31m", "\b\r", "\u202e", "\u2066", "\u200b", "\U000e0041")
HOSTILE = "".join(MARKS)
OFFERED = re.compile(r"--format \{([a-z,]+)\}")


def steers(text: str) -> list[str]:
    """Return what in a text a terminal would obey."""
    return sorted({repr(c) for c in text if not (c.isprintable() or c == "\n")})


def spoilt(stdin: bytes, asked_for: str | None) -> bytes:
    """Return rows in which every free text ends with hostile characters, as JSON lets them stand."""
    made = []
    window = asked_for or json.loads(stdin.splitlines()[0]).get("window")
    odd = {
        "kind": "anomaly",
        "ts": "2026-03-02T10:00:00Z",
        "anomaly": "late-after",
        "window": window,
        "detail": HOSTILE,
    }
    for row in [*map(json.loads, stdin.splitlines()), *([odd] if b'"usage"' not in stdin else [])]:
        for name in ("model", "window", "check", "err_type", "agent_id", "feature_id", "detail", "account"):
            if (name in row or name in ("err_type", "detail")) and row.get(name) != asked_for:
                row[name] = f"{row.get(name) or 'x'}{HOSTILE}"
        made.append(json.dumps(row, ensure_ascii=False).encode())
    return b"\n".join(made) + b"\n"


def formats_of(name: str, tmp_path) -> list[str]:
    found = OFFERED.search(call(name, tmp_path, "--help", COLUMNS="200").out)
    return found[1].split(",") if found else []


TAKE_ROWS = [name for name in READERS if USES[name].stdin.startswith(b'{"kind"')]


@pytest.mark.parametrize("name", TAKE_ROWS)
def test_a_hostile_name_steers_no_terminal_in_any_format(name, tmp_path):
    offered = formats_of(name, tmp_path)
    asked_for = "W0" if "--window" in USES[name].args else None
    stdin = spoilt(USES[name].stdin, asked_for)
    seen = ""
    for form in offered or [None]:
        ran = call(name, tmp_path / str(form), *(["--format", form] if form else []), stdin=stdin)
        assert "Traceback" not in ran.err
        assert steers(ran.out) == [], form
        assert steers(ran.err) == [], form
        seen += ran.out + ran.err
    assert "[2J" in seen or "u001b" in seen or name not in SHOW_NAMES, "the hostile name was not shown at all"


# Tools whose answer names what came in: there the name must be seen, spelt out.
SHOW_NAMES = {"summarize", "csv-ledger", "tell-reading", "preview", "window-audit", "run-verdict"}


@pytest.mark.parametrize("name", TAKE_ROWS)
def test_a_hostile_line_that_is_no_row_is_shown_harmless(name, tmp_path):
    ran = call(name, tmp_path, stdin=f'{{"kind":"usage","ts":"{HOSTILE}'.encode() + b"\n")
    assert "Traceback" not in ran.err
    assert steers(ran.out + ran.err) == []


@pytest.mark.parametrize("name", TOOLS)
def test_a_hostile_option_is_shown_harmless(name, tmp_path):
    ran = call(name, tmp_path, f"--no-such-{HOSTILE}")
    assert ran.status == 2
    assert steers(ran.out + ran.err) == []


def test_every_tool_with_a_format_offers_the_same_ones_in_the_same_order(tmp_path):
    offered = {name: formats_of(name, tmp_path) for name in TOOLS}
    chosen = {name: found for name, found in offered.items() if found}
    assert len(chosen) >= 12
    for name, found in chosen.items():
        assert {"text", "json", "md"} <= set(found), name
        assert found == [form for form in cli.FORMATS if form in found], name


def test_rows_on_a_terminal_are_harmless_and_still_the_same_rows(tool):
    row = {"kind": "evidence", "ts": "2026-03-02T09:00:00Z", "check": "x" + HOSTILE, "result": "pass"}
    tool("ledger-append", stdin=json.dumps(row, ensure_ascii=False) + "\n")
    ran = tool("ledger-cat")
    assert steers(ran.out) == []
    assert json.loads(ran.out)["check"] == "x" + HOSTILE


@pytest.mark.parametrize(
    "text", ["=1+1", "+1+1", "-2+3", "@SUM(A1)", " =1+1", "=cmd|' /C calc'!A0", "\t=1", "＝1"]
)
def test_no_text_is_a_formula_in_csv(text, tool):
    row = {"kind": "evidence", "ts": "2026-03-02T09:00:00Z", "check": text, "result": text}
    ran = tool("csv-ledger", "evidence", stdin=json.dumps(row) + "\n")
    (cells,) = csv.DictReader(io.StringIO(ran.out))
    for cell in cells.values():
        assert not cell.lstrip().startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"))


def test_numbers_stay_numbers_in_csv():
    assert formats.as_csv(["a", "b", "c"], [{"a": -1.5, "b": "-3", "c": None}]) == "a,b,c\n-1.5,-3,\n"


def test_a_cell_of_markdown_opens_no_tag_and_no_column():
    from tracker.print import layout

    made = layout.grid([["<script>a|b</script>"]], ["x"], markdown=True)
    assert "\\<script>" in made
    assert made.splitlines()[-1].count("|") - made.splitlines()[-1].count("\\|") == 2


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "a]]>&amp;", "$\\frac{", "_hidden", f"x{HOSTILE}"]
)
def test_a_drawing_holds_a_hostile_name_as_text(name):
    made = plots.curves({name: ([1.0, 2.0], [0.5, 0.7])}, f"title {name}", ("rounds", name))
    ElementTree.fromstring(made)  # well-formed, which a control character or a bare < is not
    assert "<script>" not in made.lower()
    assert steers(made) == []


def test_many_tools_are_tried():
    assert len(TAKE_ROWS) > 10
