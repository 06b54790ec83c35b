"""The questions of `questions.py` for a client of the Model Context Protocol, by the protocol's own SDK."""

from __future__ import annotations

import io
import os
import sys
from typing import Literal

import anyio.to_thread
from mcp.server import MCPServer
from mcp.server.stdio import stdio_server
from mcp.types import CallToolResult, TextContent, ToolAnnotations

from tracker import __version__, cli
from tracker.reporting import questions

ABOUT = (
    "tracker measures what the percentages of a coding plan buy. Every answer is what its own tool printed: repeat numbers "
    "with their n, unit and interval, compute none, and say of what is missing that it is not known. Nothing here writes, "
    "asks a provider or reads a login."
)
READS = ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)


def serve(ledger: str, log: str) -> None:
    """Answer on stdin and stdout until the client closes them."""
    anyio.run(_answer, made(ledger, log))


class _Harmless(io.TextIOWrapper):
    """stdout with what would steer a terminal spelt out: an answer repeats its question's id and names."""

    def write(self, text: str) -> int:
        return super().write(cli.harmless_json(text))


async def _answer(server: MCPServer) -> None:
    # As the SDK's own `run` does: what else is printed must not come between answers.
    answers = _Harmless(os.fdopen(os.dup(sys.stdout.fileno()), "wb"), encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    inner = server._lowlevel_server
    async with stdio_server(stdout=anyio.wrap_file(answers)) as (questions_in, answers_out):
        await inner.run(questions_in, answers_out, inner.create_initialization_options())


def made(ledger: str, log: str) -> MCPServer:
    """Return a server with one tool a question."""
    server = MCPServer("tracker", instructions=ABOUT, version=__version__, log_level="WARNING")
    for question in questions.QUESTIONS:
        server.tool(question.name, description=question.about, annotations=READS, structured_output=False)(
            _asker(question, ledger, log)
        )
    return server


def _asker(question: questions.ClientQuestion, ledger: str, log: str):  # type: ignore[no-untyped-def]
    async def ask(
        format: Literal["text", "json"] = "text",
    ) -> CallToolResult:  # the argument's name for a client
        found = await anyio.to_thread.run_sync(questions.ask, question, format, ledger, log)
        said = found.text if not found.status else f"exit status {found.status}\n{found.text}"
        return CallToolResult(content=[TextContent(type="text", text=said)], is_error=not found.is_one)

    return ask
