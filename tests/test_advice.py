"""Whatever a message tells a person to type exists, and takes the options that it is given there."""

from __future__ import annotations

import pytest

import advice
from conftest import TOOLS

TEXTS = advice.texts()


def test_every_command_that_a_message_recommends_is_there():
    wrong = [f"{text.where}: {said}" for text in TEXTS for said in advice.wrong_text(text)]
    assert wrong == [], "a word in backticks that is no command belongs into WORDS of tests/advice.py"


@pytest.mark.parametrize("name", TOOLS)
def test_the_examples_of_a_tool_are_lines_that_it_takes(name):
    wrong = {line: said for line in advice.examples(name) if (said := advice.wrong_command(line))}
    assert wrong == {}


def test_messages_are_seen_wherever_they_stand():
    spans = [text for text in TEXTS if "`" in text.said]
    for part in ("bin/", "lib/tracker/router/", "lib/tracker/workday/", "scripts/"):
        assert any(text.where.startswith(part) for text in spans), part
    assert len(spans) > 100


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("offload is on; use `make mitm OFFLOAD=false`", "no setting OFFLOAD"),
        ("run 'make nothing-of-it'", "no target nothing-of-it"),
        ("look with `tracker stauts`", "stauts"),
        ("type `tracker end --featur F-1=0.9`", "--featur"),
        ("`preview --no-such-option` shows it", "--no-such-option"),
        ("`ledger-cat | previeww`", "previeww is no command"),
        ("see `capture nobody`", "nobody"),
        ("run ccmitmm first", "ccmitmm is no short name"),
        ("ledger-verify --repare moves them", "ledger-verify has no --repare"),
        ("see docs/no-such-page.md", "docs/no-such-page.md is not there"),
        ("`scripts/nothing.sh` does it", "scripts/nothing.sh is not there"),
        ("`NO_SUCH_SWITCH=1 make soak`", "nothing reads NO_SUCH_SWITCH".replace("SUCH", "SUCH")),
        ("`--no-such-option` says which", "no tool has --no-such-option"),
        ("`tracker task begin F-1`", "task"),
    ],
)
def test_a_recommendation_of_what_is_not_there_is_seen(said, why, monkeypatch):
    monkeypatch.setattr(advice, "_is_read_somewhere", lambda name: name != "NO_SUCH_SWITCH")
    (wrong,) = advice.wrong_text(advice.Text("here", said))
    assert why in wrong


@pytest.mark.parametrize(
    "said",
    [
        "`ledger-undo \0` takes it back",
        "type `tracker end W0-CL-01 --started-at TIME`",
        "`experiment register --blocks 12 | ledger-append`",
        "`tracker assign-tasks --registered --seed SEED < tasks.csv`",
        "`LAB=1 MINUTES=5 make soak`",
        "make room and run it again",
        "`ccmitm \0`, then `ccsub`",
        "`read-meter claude | tracker ingest claude`",
        "`git push origin \0`",
        "a value is `null` when it is not known",
    ],
)
def test_a_recommendation_of_what_is_there_is_let_through(said):
    assert advice.wrong_text(advice.Text("here", said)) == []
