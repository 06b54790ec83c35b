"""Real clients on loopback: the official SDK and what it saw, and how a load is driven."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal

import pytest

from tracker.mock import drivers, recorder
from tracker.mock.calls import Call
from tracker.mock.drivers import Load, RequestKind
from tracker.mock.recorder import Lanes

HAIKU, STREAM = drivers.read_ask("haiku"), drivers.read_ask("haiku:stream")


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    made = Lanes(tmp_path_factory.mktemp("lanes"))
    yield made
    made.stop()


@pytest.fixture
def lanes(both, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "ANTHROPIC_AUTH_TOKEN", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{both.network_port}")
    monkeypatch.setenv("NODE_EXTRA_CA_CERTS", str(both.files.authority))
    both.forget()
    return both


def sdk(*asks: RequestKind, retries: int = 0) -> list[Call]:
    """What the SDK saw of these requests, one after the other."""

    async def run():
        async with drivers.sdk_caller("hello", 30, retries) as call:
            return [await call(n, ask) for n, ask in enumerate(asks)]

    return asyncio.run(asyncio.wait_for(run(), 20))


def test_the_sdk_tells_of_a_reply_that_came_whole(lanes):
    whole, stream = sdk(HAIKU, STREAM)
    assert (whole.status, whole.is_whole, whole.error) == (200, True, None)
    assert (whole.prompt_tokens, whole.completion_tokens, whole.text) == (11, 3, "ok")
    assert (stream.op, stream.is_whole, stream.text) == ("stream", True, "onetwo")
    assert stream.completion_tokens == 9
    assert stream.events >= 6 and stream.longest_gap_ms >= 0 and 0 < stream.ttfb_ms <= stream.latency_ms
    sent = lanes.anthropic.arrived
    assert [one.headers["x-client-request-id"] for one in sent] == [whole.trace_id, stream.trace_id]
    assert len({one.headers["x-claude-code-session-id"] for one in sent}) == 1
    assert sent[0].headers["authorization"] == "Bearer sk-ant-made-up-for-loopback"


def test_an_error_is_named_as_the_client_names_it_and_retried_as_often_as_it_may(lanes):
    refused = recorder.reply({"type": "error", "error": {"type": "rate_limit_error"}}, "429 Too Many")
    lanes.anthropic.answer = lambda arrived, writer: writer.write(refused)
    (call,) = sdk(HAIKU)
    assert (call.status, call.error, call.is_whole) == (429, "RateLimitError", False)
    assert len(lanes.anthropic.arrived) == 1
    sdk(HAIKU, retries=1)
    assert len(lanes.anthropic.arrived) == 3


def test_a_stream_that_ends_too_early_is_truncated_and_one_that_breaks_off_is_an_error(lanes):
    half = recorder.SSE_HEAD + b"\r\n" + b"".join(map(recorder.chunk, recorder.EVENTS[:4]))
    lanes.anthropic.answer = lambda arrived, writer: writer.write(half + b"0\r\n\r\n")
    (call,) = sdk(STREAM)
    assert (call.status, call.error, call.is_whole) == (200, "truncated", False)

    def break_off(arrived, writer):
        writer.write(half)
        writer.close()

    lanes.anthropic.answer = break_off
    (call,) = sdk(STREAM)
    assert call.is_whole is False and call.error not in (None, "truncated")
    assert call.events >= 1


def test_the_pane_comes_from_the_lab(lanes):
    lanes.anthropic.answer = lambda arrived, writer: writer.write(recorder.reply(b"Current session: 4% used"))
    assert drivers.pane() == "Current session: 4% used"
    assert lanes.anthropic.arrived[0].target == "/lab/pane"


def test_a_claude_that_fails_is_no_whole_reply(tmp_path, monkeypatch):
    (tmp_path / "claude").write_text("#!/bin/sh\necho no json\nexit 3\n")
    (tmp_path / "claude").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    async def run():
        async with drivers.claude_caller("hello", 30, 0) as call:
            return await call(0, HAIKU)

    call = asyncio.run(run())
    assert (call.op, call.status, call.error, call.text) == ("stream", None, "exit 3", None)


@contextlib.asynccontextmanager
async def slow(seconds=0.02):
    """A caller that takes its time and notes how many were under way."""

    async def call(n, ask):
        await asyncio.sleep(seconds)
        return Call(ts="", n=n, client="sdk", model=ask.model, op="nonstream")

    yield call


def test_a_load_asks_in_turn_until_its_total():
    kept: list[Call] = []
    asks = [RequestKind("a", False), RequestKind("b", False)]
    asyncio.run(drivers.drive(slow(), Load(asks, total=7, parallel=3), kept.append))
    assert sorted((call.n, call.model) for call in kept) == [(n, "ab"[n % 2]) for n in range(7)]


def test_a_load_ends_when_its_time_is_over():
    kept: list[Call] = []
    asyncio.run(drivers.drive(slow(), Load([HAIKU], seconds=0.15), kept.append))
    assert 1 <= len(kept) <= 8


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_load_at_once_and_what_was_seen_is_kept(number):
    kept: list[Call] = []

    def keep(call):
        kept.append(call)
        if len(kept) == 3:
            os.kill(os.getpid(), number)

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(drivers.drive(slow(), Load([HAIKU]), keep))
    assert 3 <= len(kept) <= 4
