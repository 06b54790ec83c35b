"""The Anthropic Messages API on loopback, as Anthropic or one of the lanes serves it."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
import uuid
from collections.abc import Callable
from typing import Any

from aiohttp import web

from tracker import cli
from tracker.mock import faults, messages, personas, quotas
from tracker.mock.mock_exchange import MockExchange
from tracker.mock.quotas import RequestTokens

MAX_BODY = 32 * 1024 * 1024  # bytes; the API's own limit
CACHE_SECONDS = 300

Refusal = tuple[int, dict[str, Any], dict[str, str]]  # status, body, headers


class MockProvider:
    """One provider: its meter, its fault script and where it logs what arrived.

    `capacity` is its five-hour quota in weighted tokens, `used_pct` what is used of it, `chunk_ms` the pace of its streams, and
    `output_tokens` the length of an answer that nothing else says.
    """

    def __init__(
        self,
        persona: str,
        *,
        capacity: float,
        script: faults.Script,
        log: Callable[[dict[str, Any]], None],
        chunk_ms: float = 2.0,
        output_tokens: int = 40,
        used_pct: float = 0.0,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.persona = personas.named(persona)
        self.script = script
        self.log = log
        self.chunk_ms = chunk_ms
        self.output_tokens = output_tokens
        self.now = now
        self.meter = quotas.MockPlan(capacity, now)
        if used_pct:
            self.meter.begin(used_pct / 100)
        self._cached: dict[str, float] = {}

    def app(self) -> web.Application:
        """Return the web application."""
        app = web.Application(client_max_size=MAX_BODY)
        route = app.router
        base = self.persona.base
        route.add_post(base + "/v1/messages", self.post_messages)
        route.add_post(base + "/v1/messages/count_tokens", self.count_tokens)
        if self.persona.is_glm:
            route.add_get("/api/monitor/usage/quota/limit", self.quota)
        else:
            route.add_get("/api/oauth/usage", self.oauth_usage)
        # Not part of any provider: how a test or a demo steers this one.
        route.add_get("/lab/meter", self.read_meter)
        route.add_put("/lab/meter", self.set_meter)
        route.add_get("/lab/pane", self.read_pane)
        route.add_put("/lab/faults", self.set_faults)
        route.add_route("*", "/{rest:.*}", self.anything_else)
        return app

    async def post_messages(self, request: web.Request) -> web.StreamResponse:
        """Answer `POST /v1/messages`: JSON or events, or what the script says goes wrong."""
        exchange = await self._open(request)
        refusal = self._refusal(exchange)
        await asyncio.sleep(exchange.rule.delay_ms / 1000)
        if exchange.rule.reset == "before":
            return exchange.reset()
        if refusal is not None:
            return exchange.send_json(*refusal)
        answer = self._answer(exchange)
        self.meter.add(answer.model, answer.tokens)
        if exchange.told.get("stream"):
            return await self._send_events(exchange, answer)
        return exchange.send_json(200, messages.message(answer, self.persona.ways), self._limits())

    async def count_tokens(self, request: web.Request) -> web.StreamResponse:
        """Answer `POST /v1/messages/count_tokens`."""
        exchange = await self._open(request)
        refusal = self._refusal(exchange, is_counted=False)
        if refusal is not None:
            return exchange.send_json(*refusal)
        return exchange.send_json(200, {"input_tokens": messages.count(exchange.told)})

    async def quota(self, request: web.Request) -> web.StreamResponse:
        """Answer Z.AI's quota endpoint."""
        exchange = await self._open(request)
        self.meter.turn_over()
        if not exchange.seen["credentials"]:
            return exchange.send_json(200, {"code": 1001, "msg": "Unauthorized", "success": False})
        return exchange.send_json(200, quotas.quota_answer(self.meter))

    async def oauth_usage(self, request: web.Request) -> web.StreamResponse:
        """Answer what Claude Code's `/usage` asks."""
        exchange = await self._open(request)
        self.meter.turn_over()
        return exchange.send_json(200, quotas.usage_answer(self.meter))

    async def anything_else(self, request: web.Request) -> web.StreamResponse:
        """Answer whatever else a client asks: not found, and logged."""
        exchange = await self._open(request)
        return exchange.send_json(404, self._error(exchange, 404))

    async def read_meter(self, request: web.Request) -> web.Response:
        """Return the meter's shares and resets."""
        self.meter.turn_over()
        names = ("share", "weekly_share", "resets_at", "week_resets_at")
        return web.json_response({name: getattr(self.meter, name) for name in names})

    async def set_meter(self, request: web.Request) -> web.Response:
        """Set shares (0 and up) or `opened_at` (epoch seconds; null closes the window)."""
        told = await request.json()
        self.meter.used = told.get("share", self.meter.share) * self.meter.capacity
        self.meter.weekly_used = told.get("weekly_share", self.meter.weekly_share) * (
            self.meter.weekly_capacity
        )
        self.meter.opened = told.get("opened_at", self.meter.opened)
        return await self.read_meter(request)

    async def read_pane(self, request: web.Request) -> web.Response:
        """Return the meter as a person sees it."""
        self.meter.turn_over()
        return web.Response(text=quotas.pane(self.meter))

    async def set_faults(self, request: web.Request) -> web.Response:
        """Replace the fault script."""
        try:
            self.script = faults.Script(faults.read(await request.read()))
        except cli.Stop as stop:
            return web.Response(status=400, text=f"{stop}\n")
        return web.json_response({"rules": len(self.script.rules)})

    async def _open(self, request: web.Request) -> MockExchange:
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            body = b""
        return MockExchange(request, body, persona=self.persona, script=self.script, log=self.log)

    def _refusal(self, exchange: MockExchange, is_counted: bool = True) -> Refusal | None:
        """Return the error that this request gets, or None."""
        rule, told = exchange.rule, exchange.told
        if rule.status:
            wait = {"retry-after": str(rule.retry_after)} if rule.retry_after is not None else {}
            body = self._error(exchange, rule.status, rule.error_type, rule.message)
            return rule.status, body, self._limits() | wait
        if not exchange.body and exchange.request.content_length:
            return 413, self._error(exchange, 413), {}
        refused = self._no_credential(exchange)
        if refused:
            return refused
        words = _what_is_missing(told, is_counted)
        if words:
            return 400, self._error(exchange, 400, words=words), {}
        if not told["model"].lower().startswith(self.persona.models):
            if self.persona.is_glm:
                words = "Unknown Model, please check the model code."
                return 400, self._error(exchange, 400, "1211", words), {}
            return 404, self._error(exchange, 404, words=f"model: {told['model']}"), {}
        self.meter.turn_over()
        return self._over_limit(exchange) if is_counted and self.meter.is_full else None

    def _no_credential(self, exchange: MockExchange) -> Refusal | None:
        credentials = exchange.seen["credentials"]
        keys = [credentials[name] for name in ("authorization", "x-api-key") if name in credentials]
        if not keys:
            words = None if not self.persona.is_anthropic else "x-api-key header is required"
            return 401, self._error(exchange, 401, words=words), {}
        if any(key != ("anthropic" if self.persona.is_anthropic else "other") for key in keys):
            return 401, self._error(exchange, 401), {}
        return None

    def _over_limit(self, exchange: MockExchange) -> Refusal:
        reset = self.meter.resets_at or self.now() + quotas.FIVE_HOURS
        if not self.persona.is_anthropic:
            status, kind, words = self.persona.ways.used_up
            return (
                status,
                self._error(exchange, status, kind, words.format(reset=quotas.china_clock(reset))),
                {},
            )
        wait = {"retry-after": str(max(1, int(reset - self.now())))}
        return 429, self._error(exchange, 429), self._limits() | wait

    def _error(
        self, exchange: MockExchange, status: int, kind: str | None = None, words: str | None = None
    ) -> dict[str, Any]:
        return messages.error(status, exchange.request_id, self.persona.ways, kind, words)

    def _limits(self) -> dict[str, str]:
        return {} if not self.persona.is_anthropic else quotas.unified_headers(self.meter)

    def _answer(self, exchange: MockExchange) -> messages.MessageAnswer:
        told, rule = exchange.told, exchange.rule
        length = min(rule.output_tokens or self.output_tokens, told["max_tokens"])
        content = rule.content or [{"type": "text", "text": messages.text_of(length)}]
        uses_tool = any(block["type"] == "tool_use" for block in content)
        stop = "tool_use" if uses_tool else "max_tokens" if length == told["max_tokens"] else "end_turn"
        name = ("msg_01" if self.persona.is_anthropic else "") + uuid.uuid4().hex[:24]
        return messages.MessageAnswer(name, told["model"], content, self._tokens(told, length), stop)

    def _tokens(self, told: dict[str, Any], output: int) -> RequestTokens:
        """Count the prompt; what is marked for the cache is read from it when it came before."""
        prompt = messages.count(told)
        marked = json.dumps([told.get("tools"), told.get("system")])
        if "cache_control" not in marked:
            return RequestTokens(prompt, output)
        cached = min(prompt - 1, len(marked) // 4)
        key = hashlib.sha256(marked.encode()).hexdigest()
        is_hit = self.now() - self._cached.get(key, -1e9) < CACHE_SECONDS
        self._cached[key] = self.now()
        if is_hit:
            return RequestTokens(prompt - cached, output, cache_read=cached)
        return RequestTokens(
            prompt - cached, output, cache_write=0 if self.persona.ways.counts_late else cached
        )

    async def _send_events(
        self, exchange: MockExchange, answer: messages.MessageAnswer
    ) -> web.StreamResponse:
        rule = exchange.rule
        response = web.StreamResponse(headers=self._limits() | exchange.headers)
        response.content_type, response.charset = "text/event-stream", "utf-8"
        response.headers["cache-control"] = "no-cache"
        pace = (self.chunk_ms if rule.chunk_ms is None else rule.chunk_ms) / 1000
        outcome = "client_left"
        try:
            await response.prepare(exchange.request)
            for at, (event, data) in enumerate(messages.events(answer, self.persona.ways)):
                if at == rule.after_events:
                    await asyncio.sleep(rule.stall_ms / 1000)
                    if rule.reset == "inside":
                        return exchange.reset(response)
                    if rule.truncate:
                        outcome = "truncated"
                        break
                    if rule.stream_error:
                        body = self._error(
                            exchange, 529 if self.persona.is_anthropic else 500, rule.stream_error
                        )
                        await response.write(messages.frame("error", body))
                        outcome = "stream_error"
                        break
                await response.write(messages.frame(event, data))
                await asyncio.sleep(pace)
            else:
                outcome = "complete"
            await response.write_eof()
        except ConnectionError:
            outcome = "client_left"
        finally:
            exchange.log(200, outcome)
        return response


def _what_is_missing(told: dict[str, Any], is_counted: bool) -> str | None:
    """Return what the API would say about a body that it cannot take, or None.

    >>> _what_is_missing({"model": "claude-opus-5-5", "messages": []}, True)
    'max_tokens: Field required'
    """
    if not told:
        return "The request body is not valid JSON"
    if not isinstance(told.get("model"), str):
        return "model: Field required"
    tokens = told.get("max_tokens")
    if is_counted and tokens is None:
        return "max_tokens: Field required"
    if is_counted and (not isinstance(tokens, int) or tokens < 1):
        return "max_tokens: Input should be greater than or equal to 1"
    if not isinstance(told.get("messages"), list):
        return "messages: Field required"
    if not told["messages"]:
        return "messages: at least one message is required"
    return None
