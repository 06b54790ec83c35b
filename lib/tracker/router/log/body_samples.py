"""Keep redacted samples of message requests' bodies, for the person who is looking for a fault.

Off unless ENABLE_BODY_TEE=1 (or `enable_body_tee` in the options).  A sample is one JSON line in
logs/body-samples.jsonl, readable by its owner only, cut at 16 KB; keys, logins, ids and e-mail
addresses are replaced before it is written.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from mitmproxy import ctx, http

from tracker import lanes
from tracker.router.lanes import identities
from tracker.router.lanes.request import words_of
from tracker.router.log import message_log
from tracker.router.log.row_writer import RowWriter, now

MAX_SAMPLE = 16 * 1024  # characters
_SECRETS = (
    re.compile(r"sk-[A-Za-z0-9_\-]{8,}"),
    re.compile(r"(?i)\bbearer\s+[^\s\"\\]+"),
    *(re.compile(lane.key_pattern) for lane in lanes.SHIPPED if lane.key_pattern),
    re.compile(r"[A-Za-z0-9._%+\-]{1,64}@[A-Za-z0-9.\-]{1,190}\.[A-Za-z]{2,24}"),
    re.compile(r"(?i)[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|\b[0-9a-f]{32,128}\b"),
    re.compile(
        r"(?i)\b(?:api[_-]?key|token|secret|password|passwd)\b\\?[\"']?\s*[:=]\s*\\?[\"']?[^\s\"'\\,;]+"
    ),
    re.compile(r"\b(?:gh[pousr]_|AKIA|xox[baprs]-|glpat-)[A-Za-z0-9_\-]{8,}"),
)


def redact(text: str) -> str:
    """Return a text without what may be a secret or name a person.

    >>> redact("key sk-ant-oat01-abcdefgh of a.b@c.org")
    'key [redacted] of [redacted]'
    """
    for pattern in _SECRETS:
        text = pattern.sub("[redacted]", text)
    for lane in lanes.known().values():
        own = os.environ.get(lane.key_variable, "").strip()
        text = text.replace(own, "[redacted]") if own else text
    return text


class BodySampleTee:
    """Writes a sample per message request while it is switched on."""

    name = "body_sample_tee"

    def __init__(self, log: message_log.MessageLog) -> None:
        self.log = log
        self._writer: RowWriter | None = None

    def load(self, loader: Any) -> None:
        """Declare the switch."""
        start = os.environ.get("ENABLE_BODY_TEE", "0")
        loader.add_option("enable_body_tee", str, start, "Keep redacted samples of request bodies: 0 or 1.")

    def configure(self, updated: set[str]) -> None:
        """Open the samples' file when it is wanted."""
        if self._writer is not None:
            self._writer.close()
        wanted = ctx.options.enable_body_tee.strip().lower() in ("1", "true", "yes", "on")
        path = Path(ctx.options.usage_log).with_name("body-samples.jsonl")
        self._writer = RowWriter(path, 64 * 1024 * 1024) if wanted else None

    def request(self, flow: http.HTTPFlow) -> None:
        """Keep a sample of a message request, as the client sent it."""
        if self._writer is None:
            return
        request = self.log.begin(flow)
        if request is not None and request.text is not None:
            # What stands across the cut could be half a secret, so the cut comes after redaction.
            text = request.text[: 2 * MAX_SAMPLE].decode("utf-8", "replace")
            secrets, _ = words_of(list(flow.request.headers.fields), "", {})
            sample = redact(identities.of(frozenset(secrets), None).strip(text))[:MAX_SAMPLE]
            row = {
                name: request.row[name] for name in ("trace_id", "model", "request_class", "request_bytes")
            }
            self._writer.write({"kind": "body_sample", "ts": now(), **row, "body": sample})

    def done(self) -> None:
        """Wait until every sample is in the file."""
        if self._writer is not None:
            self._writer.close()
