"""What clients left on the disk: Claude Code's transcripts and Codex's rollouts, as usage and snapshot rows.

Both give the same two things: replies of a model, and looks at the plan's limits.
"""

from __future__ import annotations

from typing import NamedTuple


class Reply(NamedTuple):
    """One reply as a client wrote it down; the same reply may stand in several lines and files.

    Token counts are of the reply alone, each token in one of them; None: the client did not say.
    """

    key: str  # what makes two lines the same reply
    ts: str  # RFC 3339, as written
    model: str
    session: str | None
    agent: str | None
    agent_type: str | None
    folder: str | None  # where the client worked, a path
    client: str | None  # name and version
    prompt_tokens: int | None  # input that no cache held
    completion_tokens: int | None
    cache_read_tokens: int | None
    cache_creation_tokens: int | None
    cache_creation_1h_tokens: int | None
    failed: str | None = (
        None  # the status, or `error`, of a request without a reply; `<synthetic>`: no request
    )
    source: int = 0  # number of the file


class LimitSeen(NamedTuple):
    """The plan's limits as a client saw them: where they had moved, or where one was reached."""

    ts: str
    line: bytes  # the event, for the meter's own parser
    client: str = "codex"
    source: int = 0  # number of the file
