"""Which window a shell has open: the marks follow the rows, and never stand in their way."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readings import at, lines, reading
from tracker import cli, jsonl
from tracker.ledger import state


@pytest.fixture(autouse=True)
def no_setting(monkeypatch):
    monkeypatch.delenv("TRACKER_ALIAS_STATE_DIR", raising=False)


def snapshot(phase: str, window: str, provider: str = "claude", agent: str = "main") -> bytes:
    return lines(reading(window, at("09:00"), 5.0, phase=phase, provider=provider, agent_id=agent)).rstrip()


def test_a_before_opens_its_after_closes_and_each_provider_has_its_own(data):
    opened = state.reader(data, "main")
    state.note(data, "main", [snapshot("before", "W1"), snapshot("before", "W2", "codex")])
    assert (opened("claude"), opened("codex"), opened("glm")) == ("W1", "W2", None)
    state.note(data, "main", [snapshot("after", "W1")])
    assert (opened("claude"), opened("codex")) == (None, "W2")


def test_the_after_of_another_window_leaves_the_mark(data):
    state.note(data, "main", [snapshot("before", "W1"), snapshot("before", "W2")])
    state.note(data, "main", [snapshot("after", "W1")])
    assert state.reader(data, "main")("claude") == "W2"


def test_rows_of_another_agent_and_other_kinds_open_nothing(data):
    state.note(data, "main", [snapshot("before", "W1", agent="zork"), b'{"kind":"evidence"}', b"no row"])
    assert state.reader(data, "main")("claude") is None
    assert not (data / "state").exists()


def test_taking_back_a_before_takes_its_mark_and_no_other(data):
    state.note(data, "main", [snapshot("before", "W2")])
    for line, left in (
        (snapshot("before", "W1"), "W2"),
        (snapshot("after", "W2"), "W2"),
        (snapshot("before", "W2"), None),
    ):
        state.forget(data, "main", jsonl.decode(line, 1))
        assert state.reader(data, "main")("claude") == left


def test_a_mark_that_is_no_text_is_as_none(data):
    folder = data / "state" / "main"
    folder.mkdir(parents=True)
    (folder / "claude").write_bytes(b"\xff\xfe\x00")
    (folder / "codex").mkdir()
    assert state.reader(data, "main")("claude") is None
    assert state.reader(data, "main")("codex") is None


def test_a_mark_that_cannot_be_written_is_a_warning_since_the_rows_are_there(data, capsys):
    data.mkdir()
    (data / "state").write_text("a file where the folder should be")
    state.note(data, "main", [snapshot("before", "W1")])
    said = capsys.readouterr().err
    assert "cannot keep the open window in" in said
    assert "nothing was recorded" not in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("agent", ["a/b", "..", ".", " ", "x" * 300])
def test_an_agent_whose_name_would_be_a_path_is_refused(data, agent):
    with pytest.raises(cli.Stop, match="AGENT_ID is no plain name") as stopped:
        state.note(data, agent, [snapshot("before", "W1", agent=agent)])
    assert stopped.value.status == cli.NO_SETTING


@given(
    st.lists(st.tuples(st.sampled_from(["before", "after"]), st.sampled_from(["W1", "W2", "W3"])), max_size=8)
)
@settings(max_examples=60, deadline=None)
def test_one_call_with_many_rows_ends_as_many_calls_with_one(tmp_path_factory, moves):
    together, apart = tmp_path_factory.mktemp("together"), tmp_path_factory.mktemp("apart")
    made = [snapshot(phase, window) for phase, window in moves]
    state.note(together, "main", made)
    for line in made:
        state.note(apart, "main", [line])
    assert state.reader(together, "main")("claude") == state.reader(apart, "main")("claude")
