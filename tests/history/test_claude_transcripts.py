"""One line of Claude Code's transcripts."""

import json

import msgspec
import pytest

from history.transcripts import claude, said
from tracker.history import claude_transcripts


def read(line):
    return claude_transcripts.read(line.encode())


def test_every_kind_of_token_is_read():
    found = read(claude("a"))
    assert (found.prompt_tokens, found.completion_tokens, found.cache_read_tokens) == (7, 40, 100)
    assert (found.cache_creation_tokens, found.cache_creation_1h_tokens) == (9, 4)
    assert (found.session, found.client, found.folder) == ("s1", "claude-code 2.1.329", "/srv/me/app")


def test_an_older_client_says_less_and_that_is_not_zero():
    line = json.loads(claude("a"))
    del line["message"]["usage"]["cache_creation"], line["version"]
    found = read(json.dumps(line))
    assert (found.cache_creation_1h_tokens, found.client) == (None, "claude-code")


def test_what_was_said_is_no_reply():
    assert read(said()) is None
    assert read(claude("a", type="progress")) is None


def test_a_subagent_is_named():
    found = read(claude("a", isSidechain=True, agentId="a1", attributionAgent="Explore"))
    assert (found.agent, found.agent_type) == ("a1", "Explore")


@pytest.mark.parametrize(("words", "failed"), [("API Error: 529 {}", "529"), ("Connection lost", "error")])
def test_a_request_that_failed_is_told_from_the_clients_own_words(words, failed):
    line = json.loads(claude("a", model="<synthetic>", isApiErrorMessage=True))
    line["message"]["content"] = [{"type": "text", "text": words}]
    assert read(json.dumps(line)).failed == failed
    assert read(claude("a", model="<synthetic>")).failed == "<synthetic>"


def test_a_damaged_line_is_refused():
    with pytest.raises(msgspec.DecodeError):
        read(claude("a")[:-20])
