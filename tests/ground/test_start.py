"""lib/start.py: the project's own packages first, and the tool as if it had been run itself."""

from __future__ import annotations

import subprocess
import sys

from conftest import ROOT

START = [sys.executable, "-SI", str(ROOT / "lib" / "start.py")]


def ran(tmp_path, text: str, *words: str) -> subprocess.CompletedProcess:
    tool = tmp_path / "a tool"
    tool.write_text(text)
    return subprocess.run([*START, str(tool), *words], capture_output=True, text=True, cwd=tmp_path)


def test_a_tool_sees_its_own_name_words_and_file(tmp_path):
    done = ran(tmp_path, "import sys; print(sys.argv[1:], __name__, __file__ == sys.argv[0])", "a b", "--c")
    assert done.stdout == "['a b', '--c'] __main__ True\n"


def test_the_toolkit_and_its_packages_are_found_and_the_folder_one_stands_in_is_not(tmp_path):
    (tmp_path / "msgspec.py").write_text("raise SystemExit('the wrong one')")
    done = ran(tmp_path, "import msgspec, tracker; print(tracker.__file__)")
    assert done.stdout == f"{ROOT / 'lib' / 'tracker' / '__init__.py'}\n"


def test_a_fault_is_shown_with_the_tool_s_own_file_and_line(tmp_path):
    done = ran(tmp_path, "one = 1\nraise ValueError('ü')\n")
    assert done.returncode == 1
    assert f'"{tmp_path / "a tool"}", line 2' in done.stderr
    assert "ValueError: ü" in done.stderr
