"""The mock providers: the Messages API as Anthropic and as Z.AI serve it, and what goes wrong with it."""

from __future__ import annotations

import gzip
import hashlib
import http.client
import json
import time

import pytest
import zstandard

from lab_world import MockProvider, events

HAIKU, SONNET = "claude-haiku-5-5", "claude-sonnet-5-5"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")
    made = {
        persona: MockProvider(folder, persona, "--five-hour-tokens", "100000")
        for persona in ("anthropic", "zai")
    }
    yield made
    for provider in made.values():
        assert provider.end() == 0


@pytest.fixture
def anthropic(world):
    yield from _fresh(world["anthropic"])


@pytest.fixture
def zai(world):
    yield from _fresh(world["zai"])


def _fresh(provider):
    provider.set_faults()
    provider.set_meter(share=0, weekly_share=0, opened_at=None)
    yield provider


def test_a_reply_has_usage_a_request_id_and_the_rate_limits(anthropic):
    reply = anthropic.ask(SONNET)
    told = reply.json()
    assert reply.status == 200
    assert reply.headers["request-id"].startswith("req_")
    assert told["usage"]["input_tokens"] > 0
    assert told["usage"]["output_tokens"] == 30  # as many as were allowed
    assert told["stop_reason"] == "max_tokens"
    assert reply.headers["anthropic-ratelimit-unified-status"] == "allowed"
    assert int(reply.headers["anthropic-ratelimit-unified-5h-reset"]) > time.time()


def test_a_stream_has_the_events_of_the_api_in_order(anthropic):
    reply = anthropic.ask(SONNET, stream=True)
    names = [name for name, _ in events(reply.body)]
    assert reply.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert names[:3] == ["message_start", "content_block_start", "ping"]
    assert names[-3:] == ["content_block_stop", "message_delta", "message_stop"]
    told = dict(events(reply.body))
    assert told["message_start"]["message"]["usage"]["input_tokens"] > 0
    assert told["message_delta"]["usage"] == {"output_tokens": 30}


def test_a_stream_and_a_json_reply_say_the_same(anthropic):
    whole = anthropic.ask(SONNET).json()["content"][0]["text"]
    parts = [
        data["delta"]["text"]
        for name, data in events(anthropic.ask(SONNET, stream=True).body)
        if "delta" in name and "text" in data["delta"]
    ]
    assert "".join(parts) == whole


def test_zai_counts_nothing_at_the_start_of_a_stream_and_everything_at_its_end(zai):
    told = dict(events(zai.ask("glm-4.6", stream=True).body))
    assert told["message_start"]["message"]["usage"] == {"input_tokens": 0, "output_tokens": 0}
    assert told["message_delta"]["usage"]["input_tokens"] > 0
    assert told["message_delta"]["usage"]["output_tokens"] == 30


def test_count_tokens_agrees_with_what_a_message_is_charged(anthropic):
    counted = anthropic.ask(SONNET, path="/v1/messages/count_tokens", max_tokens=None).json()
    assert counted == {"input_tokens": anthropic.ask(SONNET).json()["usage"]["input_tokens"]}


def test_a_prompt_marked_for_the_cache_is_written_once_and_then_read(anthropic):
    system = [{"type": "text", "text": "x" * 400, "cache_control": {"type": "ephemeral"}}]
    first, second = (anthropic.ask(SONNET, system=system).json()["usage"] for _ in range(2))
    assert first["cache_creation_input_tokens"] > 90
    assert first["cache_read_input_tokens"] == 0
    assert second["cache_read_input_tokens"] == first["cache_creation_input_tokens"]
    assert second["cache_creation_input_tokens"] == 0


def test_the_rate_limit_headers_move_as_tokens_are_used(anthropic):
    seen = [anthropic.ask(SONNET).headers["anthropic-ratelimit-unified-5h-utilization"] for _ in range(8)]
    assert float(seen[-1]) > float(seen[0])
    assert all(len(value) <= 4 for value in seen), "hundredths, as the provider gives them"


def test_a_full_quota_is_refused_as_each_provider_does(anthropic, zai):
    for provider in (anthropic, zai):
        provider.set_meter(share=1.0, opened_at=int(time.time()) - 3600)
    refused = anthropic.ask(SONNET)
    assert (refused.status, refused.json()["error"]["type"]) == (429, "rate_limit_error")
    assert refused.headers["anthropic-ratelimit-unified-status"] == "rejected"
    assert 14000 < int(refused.headers["retry-after"]) <= 14400
    refused = zai.ask("glm-4.6")
    assert (refused.status, refused.json()["error"]["code"]) == (429, "1308")
    assert "Your limit will reset at" in refused.json()["error"]["message"]


def test_a_quota_whose_time_is_over_is_empty_again(anthropic):
    anthropic.set_meter(share=1.0, opened_at=int(time.time()) - 5 * 3600 - 1)
    assert anthropic.ask(SONNET).status == 200


def test_the_pane_and_the_usage_answer_say_what_the_meter_says(anthropic):
    anthropic.set_meter(share=0.379, weekly_share=0.05, opened_at=1795251600 - 18000 + 10**9)
    pane = anthropic.send("GET", anthropic.url + "/lab/pane").body.decode()
    assert "Current session: 37% used · resets " in pane
    answer = anthropic.send("GET", anthropic.url + "/api/oauth/usage", authorization="Bearer sk-ant-x").json()
    assert answer["five_hour"]["utilization"] == 37


def test_a_meter_without_an_open_window_shows_no_reset(anthropic):
    pane = anthropic.send("GET", anthropic.url + "/lab/pane").body.decode()
    assert "Current session: 0% used\n" in pane


def test_zai_answers_its_quota_in_credits(zai):
    zai.set_meter(share=0.5, opened_at=int(time.time()))
    limits = zai.send("GET", zai.url + "/api/monitor/usage/quota/limit", authorization="x").json()["data"][
        "limits"
    ]
    assert (limits[0]["usage"], limits[0]["currentValue"], limits[0]["percentage"]) == (12000, 6000, 50)


@pytest.mark.parametrize(
    ("persona", "model", "headers", "more", "status", "kind"),
    [
        ("anthropic", SONNET, {"user_agent": "x"}, {}, 401, "authentication_error"),
        ("anthropic", SONNET, {"x_api_key": "0123.zai"}, {}, 401, "authentication_error"),
        ("anthropic", "glm-4.6", None, {}, 404, "not_found_error"),
        ("anthropic", SONNET, None, {"messages": []}, 400, "invalid_request_error"),
        ("anthropic", SONNET, None, {"max_tokens": 0}, 400, "invalid_request_error"),
        ("anthropic", None, None, {}, 400, "invalid_request_error"),
        ("zai", "glm-4.6", {"user_agent": "x"}, {}, 401, "1000"),
        ("zai", "glm-4.6", {"x_api_key": "sk-ant-wrong-lane"}, {}, 401, "1000"),
        ("zai", SONNET, None, {}, 400, "1211"),
    ],
)
def test_what_a_provider_refuses_it_refuses_in_its_own_words(
    world, persona, model, headers, more, status, kind
):
    provider = world[persona]
    provider.set_faults()
    provider.set_meter(share=0)
    refused = provider.ask(model, headers=headers, **more)
    told = refused.json()["error"]
    assert (refused.status, told.get("type") or told["code"]) == (status, kind)


@pytest.mark.parametrize("header", [{"x_api_key": "k.v"}, {"authorization": "Bearer k.v"}])
def test_zai_takes_its_key_in_either_header(zai, header):
    assert zai.ask("GLM-4.6", headers=header).status == 200


def test_another_path_is_not_found_and_logged(anthropic):
    assert anthropic.send("GET", anthropic.url + "/v1/elsewhere").json()["error"]["type"] == "not_found_error"
    assert anthropic.arrivals()[-1]["path"] == "/v1/elsewhere"


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("zstd", zstandard.compress)])
def test_compressed_requests_are_read_and_hashed_as_they_came(anthropic, encoding, pack):
    plain = json.dumps(
        {"model": HAIKU, "max_tokens": 5, "messages": [{"role": "user", "content": "hi"}]}
    ).encode()
    sent = pack(plain)
    reply = anthropic.send(
        "POST", anthropic.base + "/v1/messages", sent, x_api_key=anthropic.key, content_encoding=encoding
    )
    assert reply.status == 200
    assert anthropic.arrivals()[-1]["model"] == HAIKU
    assert anthropic.arrivals()[-1]["body_sha256"] == hashlib.sha256(sent).hexdigest()


def test_a_body_that_is_not_what_it_says_is_a_bad_request(anthropic):
    reply = anthropic.send(
        "POST", anthropic.base + "/v1/messages", b"no gzip", x_api_key=anthropic.key, content_encoding="gzip"
    )
    assert reply.status == 400


def test_json_replies_are_compressed_when_the_client_takes_it(anthropic):
    anthropic.set_faults({"output_tokens": 400})
    reply = anthropic.ask(
        SONNET, max_tokens=400, headers={"x_api_key": anthropic.key, "accept_encoding": "gzip"}
    )
    assert reply.headers["content-encoding"] == "gzip"
    assert json.loads(gzip.decompress(reply.body))["type"] == "message"


def test_the_log_holds_names_and_digests_and_no_credential(anthropic):
    secret = "sk-ant-oat01-verysecret"
    anthropic.ask(HAIKU, headers={"authorization": f"Bearer {secret}", "cookie": "session=verysecret"})
    line = anthropic.arrivals()[-1]
    assert line["credentials"] == {"authorization": "anthropic", "cookie": "other"}
    assert "verysecret" not in anthropic.log.read_text()


class TestFaults:
    def test_a_status_comes_in_the_providers_own_shape(self, anthropic, zai):
        anthropic.set_faults({"status": 529, "retry_after": 7})
        reply = anthropic.ask(HAIKU)
        assert (reply.status, reply.json()["error"]["type"]) == (529, "overloaded_error")
        assert reply.headers["retry-after"] == "7"
        zai.set_faults({"status": 429})
        assert zai.ask("glm-4.6").json()["error"] == {
            "code": "1302",
            "message": "Rate limit reached for requests",
        }

    def test_a_delay_comes_before_the_reply(self, anthropic):
        anthropic.set_faults({"delay_ms": 300})
        began = time.monotonic()
        anthropic.ask(HAIKU)
        assert time.monotonic() - began >= 0.3

    def test_a_reset_before_the_reply_reaches_the_client_as_one(self, anthropic):
        anthropic.set_faults({"reset": "before"})
        with pytest.raises((ConnectionResetError, http.client.RemoteDisconnected)):
            anthropic.ask(HAIKU)
        assert anthropic.arrivals()[-1]["outcome"] == "reset"

    def test_a_reset_inside_a_stream_breaks_it_off(self, anthropic):
        anthropic.set_faults({"reset": "inside", "after_events": 3, "chunk_ms": 30})
        with pytest.raises((ConnectionResetError, http.client.IncompleteRead)):
            anthropic.ask(HAIKU, stream=True)
        assert (anthropic.arrivals()[-1]["status"], anthropic.arrivals()[-1]["outcome"]) == (200, "reset")

    def test_a_truncated_stream_ends_without_its_last_event(self, anthropic):
        anthropic.set_faults({"truncate": True, "after_events": 4})
        names = [name for name, _ in events(anthropic.ask(HAIKU, stream=True).body)]
        assert len(names) == 4
        assert "message_stop" not in names

    def test_an_error_event_takes_the_place_of_the_rest(self, anthropic):
        anthropic.set_faults({"stream_error": "overloaded_error"})
        name, data = events(anthropic.ask(HAIKU, stream=True).body)[-1]
        assert (name, data["error"]["type"]) == ("error", "overloaded_error")

    def test_a_scripted_answer_may_use_a_tool(self, anthropic):
        block = {"type": "tool_use", "id": "toolu_1", "name": "Read", "input": {"file_path": "x"}}
        anthropic.set_faults({"content": [block]})
        told = anthropic.ask(HAIKU).json()
        assert (told["content"], told["stop_reason"]) == ([block], "tool_use")
        parts = [
            data["delta"]["partial_json"]
            for name, data in events(anthropic.ask(HAIKU, stream=True).body)
            if name == "content_block_delta"
        ]
        assert json.loads("".join(parts)) == {"file_path": "x"}

    def test_a_script_with_a_typing_error_is_refused_with_the_place(self, anthropic):
        reply = anthropic.set_faults({"modell": "haiku"})
        assert reply.status == 400
        assert b"modell" in reply.body
