"""Scripts that talk to a person colour nothing in files, under NO_COLOR or on a dumb terminal, and obey --color."""

from __future__ import annotations

import os
import pty
import subprocess

import pytest

from conftest import ROOT, clean_env

SAID = '. "$ROOT/scripts/screen.sh"; screen_color {when}; say heading; typed "ls -l"'


def on_a_terminal(text: str, tmp_path, **env: str) -> str:
    mine, theirs = pty.openpty()
    subprocess.run(
        ["bash", "-c", text],
        stdout=theirs,
        check=True,
        cwd=tmp_path,
        env=clean_env(tmp_path, ROOT=str(ROOT), **env),
    )
    os.close(theirs)
    seen = b""
    try:
        while part := os.read(mine, 4096):
            seen += part
    except OSError:
        pass  # how Linux says that the other end is closed
    os.close(mine)
    return seen.decode()


def test_a_file_gets_no_escape_sequence(sh):
    ran = sh(SAID.format(when="auto"), TERM="xterm-256color")
    assert (ran.status, ran.out) == (0, "\nheading\n$ ls -l\n")


@pytest.mark.parametrize(
    ("env", "is_colored"),
    [
        ({"TERM": "xterm-256color"}, True),
        ({"TERM": "dumb"}, False),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False),
    ],
)
def test_a_terminal_gets_colours_unless_it_is_dumb_or_they_are_not_wanted(tmp_path, env, is_colored):
    seen = on_a_terminal(SAID.format(when="auto"), tmp_path, **env)
    assert ("\x1b[" in seen) == is_colored
    assert "heading" in seen and "ls -l" in seen


def test_color_overrides_both(sh, tmp_path):
    assert "\x1b[1mheading" in sh(SAID.format(when="always"), NO_COLOR="1", TERM="dumb").out
    assert "\x1b[" not in on_a_terminal(SAID.format(when="never"), tmp_path, TERM="xterm-256color")
    wrong = sh(SAID.format(when="pink"))
    assert "name one" in wrong.err


def test_no_script_writes_an_escape_sequence_by_itself():
    for path in sorted((ROOT / "scripts").rglob("*.sh")):
        assert path.name == "screen.sh" or "\\033[" not in path.read_text(), path
