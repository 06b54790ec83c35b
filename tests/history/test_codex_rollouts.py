"""The lines of one of Codex's rollouts, one after the other."""

from history.transcripts import codex, tokens
from tracker.history import LimitSeen, Reply
from tracker.history.codex_rollouts import Thread

LIMITS = {"primary": {"used_percent": 12.5, "window_minutes": 300, "resets_at": 1763640000}}


def replies(*lines):
    thread = Thread()
    found = [one for line in lines for one in thread.read(line.encode())]
    return [one for one in found if isinstance(one, Reply)], [
        one for one in found if isinstance(one, LimitSeen)
    ]


def test_an_event_that_repeats_the_last_count_is_no_second_reply():
    lines = [
        codex("session_meta", id="t1", cwd="/srv/me/app", cli_version="0.98.0"),
        codex("turn_context", model="gpt-5.5-codex"),
        codex("event_msg", type="token_count", info=tokens(100, 100, cached=60)),
        codex("event_msg", type="token_count", info=tokens(100, 100, cached=60), rate_limits=LIMITS),
        codex("event_msg", type="token_count", info=tokens(250, 150)),
    ]
    found, limits = replies(*lines)
    assert [(one.prompt_tokens, one.cache_read_tokens) for one in found] == [(40, 60), (150, 0)]
    assert (found[0].model, found[0].client, found[0].session) == ("gpt-5.5-codex", "codex 0.98.0", "t1")
    assert len(limits) == 1


def test_a_reply_with_its_own_record_is_counted_once():
    used = {"input_tokens": 9, "cached_input_tokens": 4, "output_tokens": 2, "total_tokens": 11}
    record = codex("token_usage_record", response_id="resp_1", usage=used)
    found, _ = replies(record, codex("event_msg", type="token_count", info=tokens(9, 9)))
    assert [one.key for one in found] == ["codex resp_1"]


def test_limits_that_have_not_moved_are_no_second_reading():
    event = codex("event_msg", type="token_count", info=None, rate_limits=LIMITS)
    moved = codex("event_msg", type="token_count", info=None, rate_limits={"primary": {"used_percent": 13}})
    assert len(replies(event, event, moved)[1]) == 2


def test_a_fork_that_copies_nothing_has_its_first_reading_however_fast_it_came():
    """Codex 0.171: the parent's lines stay in the parent's file."""
    head = codex(
        "session_meta", "2026-11-20T09:00:00.000Z", id="b", forked_from_id="a", history_mode="paginated"
    )
    event = codex(
        "event_msg", "2026-11-20T09:00:00.270Z", type="token_count", info=tokens(9, 9), rate_limits=LIMITS
    )
    found, limits = replies(head, event)
    assert ([one.session for one in found], len(limits)) == (["b"], 1)
    legacy = head.replace("paginated", "legacy")
    assert replies(legacy, event)[1] == []
