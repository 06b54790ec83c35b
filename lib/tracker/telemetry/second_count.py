"""Two counts of the same requests: the client's own telemetry, and the router's log.

Compared are replies that came (a client tells a failure once, the router each try), session by session, within the
time that the log spans.  A reply that the client got and the router never saw went past the router.  By model
both are shown: the client names the one that its reply names, so an offloaded request is GLM's in both.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import IO, Any, NamedTuple

from tracker import cli, jsonl, lanes, rows
from tracker.telemetry import client_otel
from tracker.telemetry.proof import Breach
from tracker.telemetry.rollup import is_error
from tracker.telemetry.routing import NEVER_ROUTED
from tracker.telemetry.usage_lines import Block

RULE = "past-the-router"
TOTAL = "all"
SLACK = timedelta(
    seconds=60
)  # beyond the log's first and last row: the two write their times at different moments
TOKENS = ("prompt_tokens", "completion_tokens", "cache_read_tokens", "cache_creation_tokens")


class Who(NamedTuple):
    """What a count is kept of."""

    session: str
    model: str  # that answered: as the reply names it for the client, as it was asked for upstream for the router


class ReplySums:
    """Replies, and their tokens; `untold`: how many rows do not say a count."""

    def __init__(self) -> None:
        self.replies = 0
        self.tokens: Counter[str] = Counter()
        self.untold: Counter[str] = Counter()

    def add(self, row: rows.Usage) -> None:
        """Count one reply."""
        self.replies += 1
        for name in TOKENS:
            value = getattr(row, name)
            self.tokens[name] += value or 0
            self.untold[name] += value is None

    def merge(self, other: ReplySums) -> None:
        """Count another's too."""
        self.replies += other.replies
        self.tokens.update(other.tokens)
        self.untold.update(other.untold)

    def as_dict(self) -> dict[str, int | None]:
        """Return the sums; a token count that some reply does not say is None."""
        said = {name: None if self.untold[name] else self.tokens[name] for name in TOKENS}
        return {"replies": self.replies, **said}


class SecondCount:
    """A client's own count, and beside it the router's of the same sessions."""

    def __init__(self, name: str, client: Iterable[tuple[int, rows.Usage]]) -> None:
        """Take the client's rows, with the line that each stands on; cli.Stop (66) when there are none."""
        self.name = name
        self._client = [(line, row) for line, row in client if row.decision == client_otel.DECISION]
        if not self._client:
            raise cli.Stop(
                cli.NOTHING,
                f"{name} holds no row of a client's telemetry; `ingest-otel < export.jsonl > {name}`",
            )
        self.sessions = {row.session_id for _, row in self._client if row.session_id}
        self._router: defaultdict[Who, ReplySums] = defaultdict(ReplySums)
        self._nameless: defaultdict[str, ReplySums] = defaultdict(ReplySums)  # by model
        self.without_session = 0  # the router's replies of clients that name none (before 2.1)
        self._others = 0  # replies of sessions that the client's count does not have
        self._span: tuple[datetime, datetime] | None = None

    def note(self, block: Block) -> None:
        """Count the router's replies of some lines."""
        for row in block.usage:
            if row.lane == lanes.STOCK:
                continue
            first, last = self._span or (row.ts, row.ts)
            self._span = (min(first, row.ts), max(last, row.ts))
            if is_error(row.status, row.err_type) or row.decision in NEVER_ROUTED:
                continue
            if row.session_id is None:
                self.without_session += 1
                self._nameless[row.routed_model or row.model].add(row)
            elif row.session_id in self.sessions:
                self._router[Who(str(row.session_id), row.routed_model or row.model)].add(row)
            else:
                self._others += 1

    def _compared(self) -> tuple[dict[Who, ReplySums], dict[Who, int], Counter[str]]:
        """Return the client's sums, the line on which each begins, and what is not compared, by why."""
        sums: defaultdict[Who, ReplySums] = defaultdict(ReplySums)
        lines: dict[Who, int] = {}
        left: Counter[str] = Counter()
        for line, row in self._client:
            if is_error(row.status, row.err_type):
                left["failures"] += 1
            elif not row.session_id:
                left["without a session"] += 1
            elif self._span is None or not self._span[0] - SLACK <= row.ts <= self._span[1] + SLACK:
                left["outside the log's time"] += 1
            else:
                who = Who(row.session_id, row.model)
                sums[who].add(row)
                lines.setdefault(who, line)
        return sums, lines, left

    @property
    def saw_nothing(self) -> bool:
        """Whether no reply of the client's could be compared, so that the second count proves nothing."""
        return not self._compared()[0]

    def breaches(self) -> list[Breach]:
        """Return a breach for every session in which the client got more replies than the router saw.

        None while the router's replies without a session would make up for all of them.
        """
        sums, lines, _ = self._compared()
        client, router = (Counter(dict.fromkeys(self.sessions, 0)) for _ in range(2))
        for counter, counted in ((client, sums), (router, self._router)):
            for who, one in counted.items():
                counter[who.session] += one.replies
        if sum((client - router).values()) <= self.without_session:
            return []
        return [
            Breach(
                self.name,
                min(line for who, line in lines.items() if who.session == session),
                RULE,
                f"session {session}: the client's replies {replies:,}, the router's {router[session]:,}",
            )
            for session, replies in sorted(client.items())
            if replies > router[session]
        ]

    def as_dict(self) -> dict[str, Any]:
        """Return both counts by model as plain values, and what was not compared."""
        sums, _, left = self._compared()
        by_model: defaultdict[str, tuple[ReplySums, ReplySums]] = defaultdict(
            lambda: (ReplySums(), ReplySums())
        )
        total = (ReplySums(), ReplySums())
        for place, counted in enumerate((sums, self._router)):
            for who, one in counted.items():
                by_model[who.model][place].merge(one)
                total[place].merge(one)
        for model, one in self._nameless.items():
            by_model[model][1].merge(one)
            total[1].merge(one)
        both = [*sorted(by_model.items()), (TOTAL, total)]
        return {
            "sessions": len(self.sessions),
            "models": [
                {"model": model, "client": client.as_dict(), "router": router.as_dict()}
                for model, (client, router) in both
            ],
            "client_not_compared": dict(left),
            "router_without_session": self.without_session,
            "router_without_second_count": self._others,
        }


def read(named: str) -> SecondCount:
    """Return the count of a file of `ingest-otel`'s rows, or of stdin's (`-`); cli.Stop 65 or 66 says what is wrong."""
    if named == "-":
        return SecondCount("stdin", _numbered(cli.stdin()))
    try:
        with open(named, "rb") as file:
            return SecondCount(named, _numbered(file))
    except OSError as wrong:
        raise cli.Stop(
            cli.NOTHING, f"--client {named}: {wrong.strerror}; name a file of `ingest-otel`"
        ) from None


def _numbered(stream: IO[bytes]) -> Iterator[tuple[int, rows.Usage]]:
    for row, line in jsonl.read_as(rows.Usage, stream):
        yield line.number, row
