"""Manual pages: roff that prints what was said."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tracker.ops.docs import man
from tracker.ops.docs.tools import Option, Tool


def shown(page: str) -> str:
    ran = subprocess.run(
        ["man", "-l", "-"],
        input=page,
        capture_output=True,
        text=True,
        check=True,
        env={
            "MANWIDTH": "1000",
            "PATH": "/usr/bin:/bin",
            "LC_ALL": "C.UTF-8",
            "MANROFFOPT": "-c",
            "MANPAGER": "cat",
        },
    )
    return " ".join(ran.stdout.replace("\b", "").split())


@pytest.mark.skipif(shutil.which("man") is None, reason="man is not installed")
@given(
    st.lists(st.text(st.sampled_from(".'\\-|abc \"%~^`…"), min_size=1, max_size=12), min_size=1, max_size=4)
)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_signs_an_example_has_they_are_printed_as_they_stand(lines):
    text = "\n".join(f"x{line}x" for line in lines)
    page = man.page(Tool("count", "Count rows.", (), (), f"{text}\n'.quoted\n.dotted"), ["count"], "1")
    said = shown(page)
    for line in [*text.splitlines(), "'.quoted", ".dotted"]:
        assert " ".join(line.split()) in said


def test_related_tools_are_those_that_the_page_names_as_whole_words():
    tool = Tool("count", "Count rows.", ("See `ledger-cat`.",), (), "ledger-cat | count | previews")
    page = man.page(tool, ["count", "ledger-cat", "preview", "cat", "tracker"], "1")
    assert page.splitlines()[-1] == "\\fBledger\\-cat\\fR(1), \\fBtracker\\fR(1)"


def test_an_option_without_words_keeps_its_paragraph():
    page = man.page(Tool("count", "Count.", (), (Option(("--by", "-b"), "N", (), ""),), ""), [], "1")
    assert ".TP\n\\fB\\-\\-by\\fR, \\fB\\-b\\fR \\fIN\\fR\n\\&\n" in page
