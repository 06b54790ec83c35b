"""One line of Claude Code's transcripts."""

import json
from datetime import UTC, datetime

import msgspec
import pytest

from history.transcripts import claude, limit, said
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


NINE_THIRTY = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
SIX = int(datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp())


def reached(line):
    return claude_transcripts.limit_reached(line.encode(), NINE_THIRTY)


def test_a_limit_that_was_reached_is_429_and_names_its_quota_by_numbers_before_words():
    told = {"status": "rejected", "resetsAt": SIX, "rateLimitType": "seven_day"}
    line = limit("a", "You've hit your session limit · resets 1pm (UTC)", quotaLimits=told)
    assert read(line).failed == "429"
    assert reached(line).quota == ("weekly_all", "default")
    assert reached(line).resets_at.timestamp() == SIX
    assert reached(limit("a", "You've hit your session limit · resets 1pm (UTC)")).quota[0] == "five_hour"


def test_a_client_that_says_no_more_than_the_words_is_read_by_them():
    line = limit("a", "Claude AI usage limit reached|1763640000", error=None)
    assert read(line).failed == "429"
    assert reached(line).quota is None
    assert read(limit("a", "Credit balance is too low", error="billing_error")).failed == "error"


def test_the_status_is_the_clients_own_where_it_writes_one():
    assert (
        read(limit("a", "Please run /login", error="authentication_failed", apiErrorStatus=401)).failed
        == "401"
    )
    assert read(limit("a", "odd", error="server_error", apiErrorStatus="x")).failed == "error"


def test_a_reset_that_the_quota_cannot_have_is_left_out():
    for resets in (SIX - 86400, SIX + 86400, "soon", None):
        told = {"status": "rejected", "resetsAt": resets, "rateLimitType": "five_hour"}
        found = reached(limit("a", "…", quotaLimits=told))
        assert (found.quota, found.resets_at) == (("five_hour", "default"), None)


@pytest.mark.parametrize(
    ("words", "more"),
    [
        ("You've hit your monthly spend limit", {}),
        ("API Error: Rate limit reached", {}),
        ("You're out of extra usage · resets 10pm (UTC)", {}),
        (["odd"], {"quotaLimits": ["odd"]}),
    ],
)
def test_another_limit_than_the_plans_is_no_reading(words, more):
    assert reached(limit("a", words, **more)) is None
