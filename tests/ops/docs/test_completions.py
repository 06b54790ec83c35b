"""Completions as text: every shell reads them, whatever an option's words hold."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from tracker.ops.docs import completions
from tracker.ops.docs.tools import Option, Tool

ODD = "it's [odd]: a 'quoted' $word `x` \\ and \"more\""
TOOLS = [
    Tool(
        "count",
        "Count rows.",
        (),
        (Option(("--by", "-b"), "kind|day", ("kind", "day"), ODD), Option((), "FILE", (), ODD)),
        "",
    ),
    Tool("tracker", "Join.", (), (Option(("--data-dir",), "DIR", (), ODD),), ""),
]
COMMANDS = {"count": "count", "ingest rows": "count", "ingest pane": "count"}


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_a_shell_reads_the_file_whatever_stands_in_it(shell, tmp_path):
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    made = {"bash": completions.bash, "zsh": completions.zsh}[shell](TOOLS, COMMANDS)
    (tmp_path / "completion").write_text(made)
    ran = subprocess.run([shell, "-n", str(tmp_path / "completion")], capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_bash_knows_options_values_and_which_word_of_tracker_leads_where(tmp_path):
    (tmp_path / "completion").write_text(completions.bash(TOOLS, COMMANDS))
    asked = "source completion; _tracker_options count; _tracker_values count --by; _tracker_commands; _tracker_commands ingest; _tracker_commands ingest rows"
    ran = subprocess.run(["bash", "-c", asked], capture_output=True, text=True, cwd=tmp_path, check=True)
    said = [line.split() for line in ran.stdout.splitlines()]
    assert {"--by"} <= set(said[0])
    assert {"kind", "day"} <= set(said[1])
    assert {"count", "ingest"} <= set(said[2])
    assert set(said[3]) == {"rows", "pane"}
    assert said[4] == ["=count"]
