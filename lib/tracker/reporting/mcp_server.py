"""The questions of `questions.py` for a client of the Model Context Protocol, by the protocol's own SDK."""

from __future__ import annotations

from typing import Literal

import anyio.to_thread
from mcp.server import MCPServer
from mcp.types import CallToolResult, TextContent, ToolAnnotations

from tracker import __version__
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
    made(ledger, log).run("stdio")


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
