"""One request to a mock provider on its way through: what came, and the ways to end it."""

from __future__ import annotations

import contextlib
import socket
import struct
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from tracker.mock import arrivals, faults
from tracker.mock.personas import MockPersona

LINGER_NOT = struct.pack("ii", 1, 0)  # makes close() send RST


class MockExchange:
    """A request with its body read, the rule that is for it, and its line in the log."""

    def __init__(
        self,
        request: web.Request,
        body: bytes,
        *,
        persona: MockPersona,
        script: faults.Script,
        log: Callable[[dict[str, Any]], None],
    ) -> None:
        told = None
        with contextlib.suppress(arrivals.UnreadableArrival):
            told = arrivals.parsed(arrivals.decoded(body, request.headers.get("content-encoding", "")))
        self.request = request
        self.body = body
        self.persona = persona
        self.told = told or {}
        self.seen = arrivals.describe(request.headers, body, told)
        self.rule = script.pick(request.path, self.seen["model"]) or faults.FaultRule()
        self.request_id = _request_id(persona.is_anthropic)
        self._log_line = log
        self._began = time.monotonic()
        self._is_logged = False

    @property
    def headers(self) -> dict[str, str]:
        """The reply's headers whatever the answer."""
        return {self.persona.ways.id_header: self.request_id} | self.rule.headers

    def send_json(
        self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None
    ) -> web.Response:
        """Return the reply, compressed as the client accepts it, as the providers' edges do."""
        response = web.json_response(body, status=status, headers=(headers or {}) | self.headers)
        response.enable_compression()
        self.log(status, "complete")
        return response

    def reset(self, response: web.StreamResponse | None = None) -> web.StreamResponse:
        """Reset the connection, before the reply or inside it."""
        self.log(200 if response else None, "reset")
        transport = self.request.transport
        if transport is not None:
            raw: socket.socket = transport.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)
            transport.abort()
        return response or web.Response()

    def log(self, status: int | None, outcome: str) -> None:
        """Write the request's line, once: complete, truncated, stream_error, reset or client_left."""
        if self._is_logged:
            return
        self._is_logged = True
        version = self.request.version
        self._log_line(
            {
                "kind": "arrival",
                "ts": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "provider": self.persona.name,
                "method": self.request.method,
                "path": self.request.path,
                "http": f"{version.major}.{version.minor}",
                **self.seen,
                "status": status,
                "outcome": outcome,
                "request_id": self.request_id,
                "latency_ms": round(1000 * (time.monotonic() - self._began), 1),
            }
        )


def _request_id(is_anthropics: bool) -> str:
    if not is_anthropics:
        return datetime.now(UTC).strftime("%Y%m%d%H%M%S") + uuid.uuid4().hex[:18]
    return "req_011" + uuid.uuid4().hex[:21]
