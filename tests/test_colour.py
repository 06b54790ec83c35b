"""Colour: on a terminal alone, never under NO_COLOR or on a dumb one, `--color` over both, nothing said by it alone."""

from __future__ import annotations

import os
import pty
import re
import subprocess

import pytest

from conftest import BIN, TOOLS, clean_env
from test_conventions import USES, call, seen_on, without_colours, without_times

DRAW = [name for name in TOOLS if "add_format(" in (BIN / name).read_text()]
PAGES = [name for name in DRAW if USES[name].reads]
COLOURFUL = {"TERM": "xterm-256color"}


def on_a_terminal(name, home, *args, **env):
    """Return what a tool shows on a terminal."""
    mine, theirs = pty.openpty()
    running = subprocess.Popen(
        [str(BIN / name), *USES[name].args, *args],
        stdin=subprocess.PIPE,
        stdout=theirs,
        stderr=subprocess.PIPE,
        cwd=home,
        env=clean_env(home, **env),
    )
    os.close(theirs)
    return seen_on(mine, running, USES[name].stdin)[0]


def test_every_tool_that_draws_takes_color(tool):
    assert len(DRAW) > 15
    for name in DRAW:
        assert "[--color {auto,always,never}]" in tool(name, "--help", COLUMNS="400").out, name


@pytest.mark.parametrize("name", PAGES)
def test_a_terminal_gets_colour_and_the_words_are_the_same(name, tmp_path):
    seen = on_a_terminal(name, tmp_path, **COLOURFUL)
    plain = call(name, tmp_path / "plain", stdin=USES[name].stdin).out
    assert "\x1b[" in seen or not plain
    assert "\x1b" not in plain
    assert without_times(without_colours(seen)) == without_times(plain)


@pytest.mark.parametrize("name", ["preview", "summarize"])
@pytest.mark.parametrize(
    ("args", "env"),
    [
        ((), {"TERM": "dumb"}),
        ((), {}),
        ((), {"TERM": "xterm", "NO_COLOR": "1"}),
        (("--color", "never"), {"TERM": "xterm"}),
        (("--format", "json"), {"TERM": "xterm"}),
        (("--format", "md"), {"TERM": "xterm"}),
    ],
    ids=["dumb", "no TERM", "NO_COLOR", "never", "json", "markdown"],
)
def test_a_terminal_gets_none_where_it_is_not_wanted(name, args, env, tmp_path):
    assert "\x1b" not in on_a_terminal(name, tmp_path, *args, **env)


@pytest.mark.parametrize("name", PAGES)
def test_always_colours_text_in_a_pipe_and_what_other_tools_read_never(name, tmp_path):
    stdin = USES[name].stdin
    plain = call(name, tmp_path, stdin=stdin).out
    made = call(name, tmp_path, "--color", "always", stdin=stdin, NO_COLOR="1", TERM="dumb").out
    assert without_times(without_colours(made)) == without_times(plain)
    assert made != plain or not plain
    assert "\x1b" not in call(name, tmp_path, "--color", "always", "--format", "json", stdin=stdin).out


def test_a_name_that_comes_in_cannot_bring_an_escape_into_a_coloured_page(tmp_path):
    evil = USES["preview"].stdin.replace(b"stock_anthropic", b"stock\\u001b[2J\\u001b[31m")
    made = call("preview", tmp_path, "--full", "--color", "always", stdin=evil).out
    assert set(re.findall(r"\x1b\[[^m]*.", made)) <= {f"\x1b[{code}m" for code in (0, 1, 31, 32, 33)}
    assert "\\x1b[2J" in made
