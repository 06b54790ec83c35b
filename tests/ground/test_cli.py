"""How every tool ends: one line and its status for the expected, a traceback for the rest."""

from __future__ import annotations

import argparse
import errno
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import ROOT
from tracker import cli


def tool(body: str, *words: str, after: str = "", **run) -> subprocess.CompletedProcess:
    """Run a program whose `main` is the text given, as a process of its own."""
    text = (
        "import sys, os, errno\nfrom tracker import cli\nsys.argv[0] = 'a-tool'\n"
        f"def main(args):\n    {body}\n"
        f"cli.run(lambda: cli.parser('Do a thing.', ''), main, {list(words)!r})\n"
    )
    return subprocess.run(
        [sys.executable, "-c", text],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(ROOT / "lib")},
        **run,
    )


@pytest.mark.parametrize(
    ("body", "status", "out", "err"),
    [
        ("print('yes'); return cli.OK", 0, "yes\n", ""),
        ("print('no'); return cli.NO", 1, "no\n", ""),
        ("print('1'); raise cli.Stop(65, 'line 2: no row')", 65, "1\n", "a-tool: line 2: no row\n"),
        ("raise cli.Stop(66, 'seen \\x1b[2J')", 66, "", "a-tool: seen \\x1b[2J\n"),
        ("raise KeyboardInterrupt", 130, "", ""),
        ("raise BrokenPipeError", 141, "", ""),
        ("raise ExceptionGroup('tasks', [BrokenPipeError()])", 141, "", ""),
        ("raise OSError(errno.ENOSPC, 'No space left on device')", 75, "",
         "a-tool: the output could not be written (No space left on device); make room and run it again\n"),
    ],
)  # fmt: skip
def test_each_end_has_its_status_and_its_line(body, status, out, err):
    done = tool(body)
    assert (done.returncode, done.stdout, done.stderr) == (status, out, err)


def test_what_was_not_foreseen_keeps_its_traceback():
    done = tool("raise OSError(errno.ENOSPC, 'full', '/a/file')")
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert "/a/file" in done.stderr


def test_wrong_options_are_one_line_that_names_the_help():
    done = tool("return 0", "--nonsense\x1b")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "a-tool: unrecognized arguments: --nonsense\\x1b; see `a-tool --help`\n"


def test_a_pasted_comment_that_a_zsh_takes_for_words_is_told():
    done = tool("return 0", "#", "what", "it", "is")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "a-tool: unrecognized arguments: # what it is; leave out what begins with #\n"


def test_options_are_never_guessed_from_their_beginning():
    made = cli.parser("Do a thing.", "", "a-tool")
    made.add_argument("--data-dir")
    with pytest.raises(SystemExit) as ended:
        made.parse_args(["--data", "x"])
    assert ended.value.code == cli.USAGE


@pytest.mark.parametrize(("columns", "width"), [("40", 40), ("200", 200), ("3", 40), ("", 80), ("wide", 80)])
def test_help_is_as_wide_as_the_terminal_says_and_no_narrower_than_a_word(monkeypatch, columns, width):
    monkeypatch.setenv("COLUMNS", columns)
    made = cli.parser("Do a thing.", "", "a-tool")
    made.add_argument("--long", help=" ".join(["word"] * 60))
    lines = made.format_help().partition("exit status:")[0].splitlines()
    assert width / 2 < max(map(len, lines)) <= width


def test_help_on_a_narrow_screen_wraps_sentences_and_keeps_an_example_whole(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    about = "Do a thing.\n\n" + "\n".join(
        ["It does it with many words on each line, which are too long."] * 3
    )
    example = "a-tool --with 'a command that is far longer than the screen' < input.jsonl | another"
    made = cli.parser(about, f"\n  {example}\n", "a-tool")
    made.add_argument("--kind", choices=[f"kind_{n}" for n in range(9)], help="which")
    told = made.format_help()
    assert [line for line in told.splitlines() if len(line) > 60] == [f"  {example}"]
    assert about.partition("\n\n")[2].replace("\n", " ") in " ".join(told.split())
    assert "[--kind KIND]" in told and "which: kind_0, kind_1," in told
    monkeypatch.setenv("COLUMNS", "40")
    assert "\n  3    ran, and the answer is a soft\n       yes: look, and decide\n" in made.format_help()


@given(st.text())
def test_what_is_made_harmless_can_be_shown_and_says_the_same(text):
    shown = cli.harmless(text)
    assert shown.isprintable()
    assert cli.harmless(shown) == shown
    if text.isprintable():
        assert shown == text


@given(st.lists(st.integers(), max_size=9), st.integers(1, 9))
def test_some_of_many_names_every_one_or_counts_the_rest(values, most):
    said = cli.some(values, most)
    shown, _, rest = said.partition(" and ")
    assert len(shown.split(", ") if shown else []) == min(len(values), most)
    assert rest == (f"{len(values) - most} more" if len(values) > most else "")


def test_a_closed_stdin_is_said(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(cli.Stop, match="stdin is closed") as stopped:
        cli.stdin()
    assert stopped.value.status == cli.NOTHING


def test_a_reader_that_leaves_ends_the_tool_silently():
    done = subprocess.run(
        ["bash", "-c", f"PYTHONPATH={ROOT}/lib '{sys.executable}' -c \"$0\" | head -1; exit ${{PIPESTATUS[0]}}",
         "import sys\nfrom tracker import cli\ndef main(args):\n    while True: print('x' * 9999)\n"
         "cli.run(lambda: cli.parser('Do.', ''), main, [])"],
        capture_output=True,
        text=True,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (141, "")


def test_the_statuses_that_help_lists_are_those_that_there_are():
    listed = {int(line.split()[0]) for line in cli.STATUSES.splitlines()[1:]}
    ours = {value for name, value in vars(cli).items() if name.isupper() and isinstance(value, int)}
    assert listed == ours - {cli.INTERRUPTED, cli.READER_LEFT}
    assert errno.EIO not in ours
    assert issubclass(cli.Parser, argparse.ArgumentParser)


def test_help_is_plain_whatever_the_interpreter_would_colour():
    made = cli.parser("Do a thing.", "")
    made.color = True  # what argparse of Python 3.14 does by itself
    assert made.color is False


def test_text_that_was_painted_keeps_its_escapes_and_no_other_does():
    assert tool("cli.put('\\x1b[1mGO\\x1b[0m\\n')").stdout == "\\x1b[1mGO\\x1b[0m\n"
    assert tool("cli.put(cli.Painted('\\x1b[1mGO\\x1b[0m\\n'))").stdout == "\x1b[1mGO\x1b[0m\n"
