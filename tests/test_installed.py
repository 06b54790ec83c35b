"""What an entry point calls; tests/ops/test_packaging.py drives a real installation."""

from __future__ import annotations

import sys

import pytest

from tracker import installed


@pytest.fixture
def tree(tmp_path, monkeypatch):
    monkeypatch.setattr(installed, "BIN", str(tmp_path))
    for name in ("PYTHONPATH", "TRACKER_PYTHON"):
        monkeypatch.setenv(name, "/somebody/elses")
    monkeypatch.setattr(sys, "path", ["/where/the/wrapper/is", "/somebody/elses", *sys.path])
    monkeypatch.setattr(sys, "argv", ["/bin/any-name", "--option"])
    return tmp_path


def test_a_name_stands_for_the_tool_with_hyphens_whatever_the_wrapper_is_called(tree, capsys):
    (tree / "two-words").write_text(
        "import sys\nprint(__name__, sys.argv, sys.path[0] in ('/somebody/elses',))"
    )
    installed.two_words()
    assert capsys.readouterr().out == f"__main__ ['{tree}/two-words', '--option'] False\n"


def test_a_tools_status_is_the_processs(tree):
    (tree / "no").write_text("raise SystemExit(66)")
    with pytest.raises(SystemExit) as ended:
        installed.no()
    assert ended.value.code == 66


def test_the_modules_own_names_are_no_tools():
    with pytest.raises(AttributeError):
        _ = installed.__wrapped__
