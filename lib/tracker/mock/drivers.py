"""Requests from clients that no one here wrote: the official `anthropic` SDK, or Claude Code."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import ssl
import time
import urllib.request
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

import anthropic

from tracker.mock.calls import Call

MODELS = {
    "haiku": "claude-haiku-5-5",
    "sonnet": "claude-sonnet-5-5",
    "opus": "claude-opus-5-5",
    "haiku-4": "claude-haiku-4-5-20251001",
}
TIMEOUT_S = 120
LEAVE_S = 2.0  # after Ctrl-C, at most
PANE = "https://api.anthropic.com/lab/pane"  # a page that only the mock provider has


class RequestKind(NamedTuple):
    """One kind of request: which model, and whether it streams."""

    model: str
    is_stream: bool


Caller = Callable[[int, RequestKind], Awaitable[Call]]


def pane() -> str:
    """Return the lab's plan usage as `claude -p "/usage"` prints it; OSError when there is no lab."""
    context = ssl.create_default_context(cafile=os.environ.get("NODE_EXTRA_CA_CERTS"))
    with urllib.request.urlopen(PANE, context=context, timeout=10) as reply:
        return str(reply.read().decode())


def read_ask(text: str) -> RequestKind:
    """Return a request written as MODEL or MODEL:stream.

    >>> read_ask("haiku:stream"), read_ask("claude-opus-5-5").is_stream
    (RequestKind(model='claude-haiku-5-5', is_stream=True), False)
    """
    name, _, how = text.partition(":")
    return RequestKind(MODELS.get(name, name), how == "stream")


@contextlib.asynccontextmanager
async def sdk_caller(prompt: str, max_tokens: int, retries: int) -> AsyncIterator[Caller]:
    """Yield a caller over the official SDK.

    It goes through HTTPS_PROXY as any client does, and trusts NODE_EXTRA_CA_CERTS as Claude Code
    does.  The key is the environment's, else a made-up one: on loopback any will do.
    """
    context = ssl.create_default_context()
    if os.environ.get("NODE_EXTRA_CA_CERTS"):
        context.load_verify_locations(os.environ["NODE_EXTRA_CA_CERTS"])
    async with anthropic.AsyncAnthropic(
        api_key=os.environ.get("ANTHROPIC_API_KEY") or "sk-ant-made-up-for-loopback",
        http_client=anthropic.DefaultAsyncHttpxClient(verify=context),
        max_retries=retries,
        timeout=TIMEOUT_S,
    ) as client:
        session = str(uuid.uuid4())  # one run is one session, as of Claude Code

        async def call(n: int, ask: RequestKind) -> Call:
            made = _started(n, "sdk", ask)
            made.trace_id = str(uuid.uuid4())
            asked: dict[str, Any] = {
                "model": ask.model,
                "max_tokens": max_tokens,
                "messages": [{"role": "user", "content": prompt}],
                "extra_headers": {
                    "x-client-request-id": made.trace_id,
                    "x-claude-code-session-id": session,
                },
            }
            await _timed(made, _stream(client, made, asked) if ask.is_stream else _whole(client, made, asked))
            return made

        yield call


async def _whole(client: anthropic.AsyncAnthropic, made: Call, asked: dict[str, Any]) -> None:
    reply = await client.messages.create(**asked)
    made.status = 200
    _finish(made, reply)


async def _stream(client: anthropic.AsyncAnthropic, made: Call, asked: dict[str, Any]) -> None:
    began = last = time.monotonic()
    made.events, made.longest_gap_ms = 0, 0.0
    async with client.messages.stream(**asked) as stream:
        made.status = stream.response.status_code
        async for event in stream:
            now = time.monotonic()
            if made.events == 0:
                made.ttfb_ms = _ms(now - began)
            else:
                made.longest_gap_ms = max(made.longest_gap_ms, _ms(now - last))
            last = now
            made.events += 1
            if event.type == "message_stop":
                made.is_whole = True
        if made.is_whole:
            _finish(made, await stream.get_final_message())
        else:
            made.error = "truncated"


def _finish(made: Call, reply: Any) -> None:
    made.is_whole = reply.stop_reason is not None
    made.prompt_tokens = reply.usage.input_tokens
    made.completion_tokens = reply.usage.output_tokens
    made.text = next((block.text[:40] for block in reply.content if block.type == "text"), None)


async def _timed(made: Call, asked: Awaitable[None]) -> None:
    began = time.monotonic()
    try:
        await asked
    except anthropic.APIStatusError as wrong:
        made.status, made.error = wrong.status_code, type(wrong).__name__
    except (anthropic.APIError, OSError) as wrong:
        made.error = type(wrong).__name__
    except Exception as wrong:
        # A stream that breaks off surfaces as the HTTP library's own error, which is not the SDK's.
        if not type(wrong).__module__.startswith(("httpx", "httpcore")):
            raise
        made.error = type(wrong).__name__
    made.latency_ms = _ms(time.monotonic() - began)
    made.is_whole = made.is_whole and made.error is None


@contextlib.asynccontextmanager
async def claude_caller(prompt: str, max_tokens: int, retries: int) -> AsyncIterator[Caller]:
    """Yield a caller over the Claude Code on PATH, one `claude -p` per request.

    The client has its own retries, and always streams to its provider.
    """

    async def call(n: int, ask: RequestKind) -> Call:
        made = _started(n, "claude", RequestKind(ask.model, True))
        began = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            "claude", "-p", "--model", ask.model, prompt, "--output-format", "json",
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            out, _ = await process.communicate()
        except asyncio.CancelledError:
            process.terminate()
            raise
        made.latency_ms = _ms(time.monotonic() - began)
        try:
            told = json.loads(out)
            made.is_whole = process.returncode == 0 and not told.get("is_error")
            made.text = str(told.get("result"))[:40]
            made.completion_tokens = told.get("usage", {}).get("output_tokens")
        except (ValueError, AttributeError):
            made.text = None
        made.status = 200 if made.is_whole else None
        made.error = None if made.is_whole else f"exit {process.returncode}"
        return made

    yield call


def _started(n: int, client: str, ask: RequestKind) -> Call:
    at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return Call(ts=at, n=n, client=client, model=ask.model, op="stream" if ask.is_stream else "nonstream")


def _ms(seconds: float) -> float:
    return round(1000 * seconds, 1)


class Load(NamedTuple):
    """How long and how hard to ask: `asks` in turn until `total` or `seconds` is reached."""

    asks: list[RequestKind]
    total: int | None = None
    seconds: float | None = None
    pace_s: float = 0.0
    parallel: int = 1


async def drive(
    caller: contextlib.AbstractAsyncContextManager[Caller],
    run: Load,
    keep: Callable[[Call], None],
) -> None:
    """RequestKind until the run is over; `keep` gets every call as it ends.

    SIGINT and SIGTERM end it, at once or within `LEAVE_S`: then it raises KeyboardInterrupt.
    """
    ends = None if run.seconds is None else time.monotonic() + run.seconds
    numbers = iter(range(run.total)) if run.total is not None else iter(int, 1)
    asked = 0
    is_over = False
    tasks: list[asyncio.Task[None]] = []

    async def work(call: Caller) -> None:
        nonlocal asked
        for _ in numbers:
            if is_over or (ends is not None and time.monotonic() >= ends):
                return
            n, asked = asked, asked + 1
            keep(await call(n, run.asks[n % len(run.asks)]))
            await asyncio.sleep(run.pace_s)

    def leave() -> None:
        # A cancellation can be lost inside an HTTP client; the flag and the deadline cannot.
        nonlocal is_over
        is_over = True
        for task in tasks:
            task.cancel()
        asyncio.get_running_loop().call_later(LEAVE_S, os._exit, 130)

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, leave)
    async with caller as call, asyncio.TaskGroup() as group:
        tasks += [group.create_task(work(call)) for _ in range(run.parallel)]
    if is_over:
        raise KeyboardInterrupt
