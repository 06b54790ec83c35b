"""Whose ways a mock provider has: one row for each dialect, and one persona for each lane of the table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from tracker import lanes

Errors = dict[int, tuple[str, str]]  # status -> its usual type or code, and words

ANTHROPIC_ERRORS: Errors = {
    400: ("invalid_request_error", "messages: Field required"),
    401: ("authentication_error", "invalid x-api-key"),
    403: ("permission_error", "Your account does not have permission to use this resource."),
    404: ("not_found_error", "Not found"),
    413: ("request_too_large", "Request exceeds the maximum size"),
    429: ("rate_limit_error", "This request would exceed your account's rate limit. Please try again later."),
    500: ("api_error", "Internal server error"),
    504: ("timeout_error", "Request timed out"),
    529: ("overloaded_error", "Overloaded"),
}
ZAI_ERRORS: Errors = {
    400: ("1210", "Invalid API parameter, please check the documentation."),
    401: ("1000", "Authentication Failed"),
    403: ("1220", "You do not have permission to access this interface"),
    404: ("404", "Not Found"),
    429: ("1302", "Rate limit reached for requests"),
    500: ("500", "Internal Server Error"),
}
KIMI_ERRORS: Errors = {
    400: ("invalid_request_error", "Invalid request: wrong format"),
    401: ("invalid_authentication_error", "Invalid Authentication"),
    403: ("permission_denied_error", "Permission denied"),
    404: ("resource_not_found_error", "Not found the model or Permission denied"),
    429: ("rate_limit_reached_error", "Your account request reached max request"),
    500: ("server_error", "Internal server error"),
    529: ("engine_overloaded_error", "The engine is currently overloaded, please try again later"),
}
DEEPSEEK_ERRORS: Errors = {
    400: ("invalid_request_error", "Invalid request body format"),
    401: ("authentication_error", "Authentication Fails (no such user)"),
    402: ("unknown_error", "Insufficient Balance"),
    422: ("invalid_request_error", "Failed to deserialize the JSON body"),
    429: ("rate_limit_error", "Rate limit reached"),
    500: ("server_error", "Internal Server Error"),
    503: ("service_unavailable_error", "Service is too busy"),
}


def _typed(kind: str, words: str, request_id: str) -> dict[str, Any]:
    return {"type": "error", "error": {"type": kind, "message": words}, "request_id": request_id}


def _coded(kind: str, words: str, request_id: str) -> dict[str, Any]:
    return {"error": {"code": kind, "message": words}, "request_id": request_id}


def _bare(kind: str, words: str, request_id: str) -> dict[str, Any]:
    return {"error": {"type": kind, "message": words}}


def _with_param(kind: str, words: str, request_id: str) -> dict[str, Any]:
    return {"error": {"message": words, "type": kind, "param": None, "code": kind}}


class Ways(NamedTuple):
    """What a dialect's providers answer."""

    errors: Errors
    shape: Callable[[str, str, str], dict[str, Any]]  # of an error, by type or code, words, and id
    used_up: tuple[
        int, str, str
    ]  # status, type or code, and words of a used-up quota; {reset}: when it opens
    counts_late: bool = False  # whether a stream's start says 0 tokens
    id_header: str = "request-id"


OF_DIALECT = {
    "anthropic": Ways(ANTHROPIC_ERRORS, _typed, (429, *ANTHROPIC_ERRORS[429])),
    "zai": Ways(
        ZAI_ERRORS,
        _coded,
        (429, "1308", "Usage limit reached for 5 hour. Your limit will reset at {reset}"),
        counts_late=True,
        id_header="x-log-id",
    ),
    "kimi": Ways(
        KIMI_ERRORS,
        _bare,
        (429, "exceeded_current_quota_error", "Your account is suspended due to insufficient balance"),
        id_header="msh-request-id",
    ),
    "deepseek": Ways(
        DEEPSEEK_ERRORS,
        _with_param,
        (402, "unknown_error", "Insufficient Balance"),
        id_header="x-ds-trace-id",
    ),
}


class MockPersona(NamedTuple):
    """Whom a mock provider stands for."""

    name: str
    base: str  # path before /v1/messages
    models: str  # how the models' names begin that it has
    ways: Ways

    @property
    def is_anthropic(self) -> bool:
        """Whether it is Anthropic, whose logins and limits are its own."""
        return self.name == lanes.ANTHROPIC

    @property
    def is_glm(self) -> bool:
        """Whether it has the quota endpoint of Z.AI."""
        return not self.is_anthropic and self.ways is OF_DIALECT["zai"]


def named(name: str) -> MockPersona:
    """Return a persona: Anthropic, or a lane of the table.

    >>> named("kimi").base, named("anthropic").base
    ('/anthropic', '')
    """
    if name == lanes.ANTHROPIC:
        return MockPersona(name, "", "claude", OF_DIALECT["anthropic"])
    lane = lanes.known()[name]
    ways = OF_DIALECT.get(lane.dialect, OF_DIALECT["anthropic"])
    return MockPersona(name, lanes.split(lane.base_url).path, lane.model.partition("-")[0], ways)


def names() -> tuple[str, ...]:
    """Return every persona's name."""
    return (lanes.ANTHROPIC, *lanes.known())
