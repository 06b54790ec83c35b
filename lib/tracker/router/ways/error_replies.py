"""Replies of the router's own, in the shape in which the client expects errors of the Messages API."""

from __future__ import annotations

import json
from http import HTTPStatus

from mitmproxy import http

# Source: the errors page of Anthropic's API documentation; 407 and 431 are HTTP's alone.
KINDS = {
    400: "invalid_request_error",
    403: "permission_error",
    407: "authentication_error",
    413: "request_too_large",
    431: "request_too_large",
    502: "api_error",
}


def error_reply(status: int, message: str, **headers: str) -> bytes:
    """Return a whole reply that says what is wrong; the connection ends with it.

    `headers` are added, `_` in their names is `-`.

    >>> error_reply(502, "no reply").split(b"\\r\\n")[0]
    b'HTTP/1.1 502 Bad Gateway'
    """
    error = {"type": KINDS[status], "message": message}
    body = json.dumps({"type": "error", "error": error}, ensure_ascii=False).encode()
    lines = [
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
        "content-type: application/json",
        *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
        f"content-length: {len(body)}",
        "connection: close",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def error_response(status: int, message: str) -> http.Response:
    """Return the same as one of mitmproxy's replies."""
    head, _, body = error_reply(status, message).partition(b"\r\n\r\n")
    fields = [line.partition(b": ")[::2] for line in head.split(b"\r\n")[1:]]
    if status == 407:
        fields.append((b"proxy-authenticate", b'Basic realm="tracker"'))
    return http.Response.make(status, body, http.Headers(fields))
