"""What a parser says of its tool, for pages and completions."""

from __future__ import annotations

import pytest

from tracker import cli
from tracker.ops.docs import tools


@pytest.fixture
def parser():
    made = cli.parser("Count rows.\n\nBy kind,\nand by day.", "\n  count < rows", name="count")
    made.add_argument("file", nargs="*", help="what to read")
    made.add_argument("--by", "-b", choices=["kind", "day"], required=True, help="how (default %(default)s)")
    made.add_argument("--out", metavar="FILE", help="where, for 100 %%")
    made.add_argument("--quiet", action="store_true")
    made.add_argument("--hidden", help="==SUPPRESS==")
    return made


def test_everything_that_help_shows_is_there_and_nothing_else(parser):
    tool = tools.describe(parser)
    assert (tool.name, tool.sentence, tool.more) == ("count", "Count rows.", ("By kind, and by day.",))
    assert tool.examples == "  count < rows"
    names = [option.flags[:1] or option.value for option in tool.options]
    assert names == [("--help",), ("--version",), "FILE", ("--by",), ("--out",), ("--quiet",)]


def test_an_option_says_its_value_its_kind_and_its_default(parser):
    by = {option.flags[0]: option for option in tools.describe(parser).options if option.flags}
    assert (by["--by"].value, by["--by"].kind, by["--by"].required) == ("kind|day", "choices", True)
    assert by["--by"].about == "how (default None)"
    assert (by["--out"].kind, by["--out"].about) == ("file", "where, for 100 %")
    assert (by["--quiet"].value, by["--quiet"].kind) == (None, "text")


def test_the_usage_line_brackets_what_may_be_left_out(parser):
    assert tools.synopsis(tools.describe(parser)) == [
        "count",
        "[FILE …]",
        "--by kind|day",
        "[--out FILE]",
        "[--quiet]",
    ]


def test_commands_are_listed_with_what_they_are_for():
    made = cli.parser("Do.", "", name="do")
    parts = made.add_subparsers(required=True)
    parts.add_parser("one", help="the first")
    tool = tools.describe(made)
    assert tool.commands == (("one", "the first"),)
    assert tools.synopsis(tool)[-1] == "COMMAND …"


def test_the_statuses_are_numbers_with_a_meaning_each():
    listed = tools.statuses()
    assert [int(status) for status, _ in listed] == sorted({int(status) for status, _ in listed})
    assert all(about for _, about in listed)
