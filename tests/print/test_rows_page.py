"""`ledger-cat` on a terminal is a table to read; in a pipe it is the rows."""

from __future__ import annotations

import json
import os
import pty
import subprocess

from conftest import BIN, clean_env
from readings import at, lines, reading
from tracker.print import rows_page


def on_a_terminal(tmp_path, *command: str, **env: str) -> str:
    mine, theirs = pty.openpty()
    subprocess.run(
        [str(BIN / command[0]), *command[1:]],
        stdout=theirs,
        check=True,
        cwd=tmp_path,
        env=clean_env(tmp_path, **env),
    )
    os.close(theirs)
    seen = b""
    try:
        while part := os.read(mine, 65536):
            seen += part
    except OSError:
        pass  # how Linux says that the other end is closed
    os.close(mine)
    return seen.decode().replace("\r\n", "\n")


def test_on_a_terminal_the_ledger_is_a_table_and_in_a_pipe_rows(tool, tmp_path):
    stdin = lines(reading("W1", at("09:00"), 4, phase="before"))
    tool("ledger-append", "--echo", stdin=stdin)
    seen = on_a_terminal(tmp_path, "ledger-cat", COLUMNS="100")
    assert seen.splitlines()[0].split() == ["time", "kind", "window", "says", "row"]
    assert "five_hour 4 %" in seen and "1 row in force" in seen
    piped = tool("ledger-cat").out
    assert json.loads(piped)["window"] == "W1"
    assert on_a_terminal(tmp_path, "ledger-cat", "--format", "jsonl") == piped
    assert tool("ledger-cat", "--format", "text", COLUMNS="100").out == seen
    assert json.loads(on_a_terminal(tmp_path, "ledger-cat", "--raw"))["window"] == "W1"


def test_what_a_row_says_leaves_out_what_is_not_known_and_what_the_ledger_stamped():
    row = {
        "kind": "window",
        "row_id": "x",
        "batch": "y",
        "methodology": "week0",
        "features": None,
        "errors": [],
    }
    assert rows_page.said(row) == "methodology week0"


def test_a_row_with_many_fields_says_how_many_more_there_are():
    assert rows_page.said({f"f{number}": number for number in range(9)}).endswith(", f5 5, 3 more")
