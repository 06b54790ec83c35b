"""What may be asked from outside is answered by the tools that a person would type, and nothing of it writes."""

from __future__ import annotations

import json
import shutil

import pytest

from conftest import BIN, ROOT, clean_env, run
from tracker import cli
from tracker.reporting import questions

WRITERS = ("ledger-append", "ledger-undo", "window-begin", "window-end", "read-meter")


@pytest.fixture
def sample(tmp_path, monkeypatch):
    """Return a ledger of its own, with the rows of a GO, and a router's log."""
    for name, value in clean_env(tmp_path).items():
        monkeypatch.setenv(name, value)
    rows = b"".join(path.read_bytes() for path in sorted((ROOT / "data/samples/week0").glob("*.jsonl")))
    put = run([str(BIN / "ledger-append"), "--force"], stdin=rows, cwd=tmp_path, env=clean_env(tmp_path))
    log = tmp_path / "usage.jsonl"
    shutil.copy(ROOT / "data/samples/logs/usage.jsonl", log)
    return str(tmp_path / "data"), str(log), put.status


@pytest.mark.parametrize("question", questions.QUESTIONS, ids=lambda one: one.name)
def test_no_question_writes(question):
    assert not {step[0] for step in question.pipe} & set(WRITERS)


def test_an_answer_is_what_the_last_tool_prints(sample, tmp_path):
    ledger, log, _ = sample
    found = questions.ask(questions.BY_NAME["verify-routing"], "json", ledger, log)
    typed = run([str(BIN / "verify-routing"), "--format", "json", log], cwd=tmp_path, env=clean_env(tmp_path))
    assert (found.status, found.text) == (typed.status, typed.out)
    assert found.is_one


def test_a_no_is_an_answer_and_nothing_to_work_on_is_none(sample, tmp_path):
    ledger, log, _ = sample
    (tmp_path / "bad.jsonl").write_text(
        (ROOT / "data/samples/logs/usage.jsonl").read_text().replace('"lane":"zai"', '"lane":"anthropic"', 1)
    )
    no = questions.ask(questions.BY_NAME["verify-routing"], "text", ledger, str(tmp_path / "bad.jsonl"))
    assert (no.status, no.is_one) == (cli.NO, True), no
    nothing = questions.ask(questions.BY_NAME["verify-routing"], "text", ledger, str(tmp_path / "none.jsonl"))
    assert (nothing.status, nothing.is_one) == (cli.NOTHING, False)
    assert "verify-routing: " in nothing.text
    empty = questions.ask(questions.BY_NAME["preview"], "json", str(tmp_path / "no-ledger"), log)
    assert (empty.status, empty.is_one) == (cli.NOTHING, False)


def test_each_form_of_each_answer_is_one(sample):
    ledger, log, _ = sample
    for question in questions.QUESTIONS:
        for form in questions.FORMATS:
            found = questions.ask(question, form, ledger, log)
            assert found.is_one or (question.name, found.status) == ("now", cli.NOTHING), (
                question.name,
                found,
            )
            if form == "json" and found.is_one:
                json.loads(found.text)
