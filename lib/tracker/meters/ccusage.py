"""`ccusage blocks --json`: tokens of five-hour blocks, counted from local logs.  No plan meter.

    {"blocks":[{"id":"2026-03-01T09:00:00.000Z","isActive":true,"isGap":false,"totalTokens":29950,
      "models":["glm-4.6"],"tokenCounts":{…}}]}

The running block is read, else the last one if it has not ended yet.  It has tokens and no percentage, its hours are floored
and not the plan's, so it is a `local-estimate`.  A block with models of more than one provider does
not say how many tokens are whose: it is refused, unless told which model to take the block for.

Seen in 15.9.7, 17.2.1 and 18.0.11.
"""

from __future__ import annotations

from tracker.meters import Reading, Refusal, answers, meter, reset_times
from tracker.providers import REPORTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TAKES = True  # parse wants to know whose tokens are asked for


def parse(raw: str, at: reset_times.Clock, *, family: str = "glm", take: str | None = None) -> Reading:
    """Return the tokens of the running block, of models whose name begins with `family`."""
    block = _running(answers.objects(raw)[-1], at)
    models = [name for name in _list(block.get("models")) if isinstance(name, str) and name != "<synthetic>"]
    flags = ["local-estimate"]
    if take is not None:
        if take not in models:
            raise Refusal("garbled", f"the block has no {take!r} but {' '.join(models) or 'no model'}")
        flags += ["mixed-models"] if len(models) > 1 else []
    elif not models or any(not name.startswith(family) for name in models):
        raise Refusal(
            "garbled",
            f"a block of {' '.join(models) or 'no model'}, whose tokens are not told apart",
            "say which model to take it for with --take MODEL",
        )
    tokens = answers.number(block.get("totalTokens"))
    if tokens is None:
        raise Refusal("incomplete", "a block without totalTokens")
    made = meter("five_hour", None, label=f"block {block.get('id')}", used=tokens)
    return Reading([made], flags=flags, at=answers.instant(block.get("actualEndTime")))


def _running(answer: dict[str, Any], at: reset_times.Clock) -> dict[str, Any]:
    """Return the block of now; a report without blocks, and a block that has ended, are refused."""
    if "blocks" not in answer:
        name = next((name for name in REPORTS if name in answer), "this")
        raise Refusal(
            "not_available",
            f"ccusage's `{name}` report is no meter, it has no five-hour blocks",
            "use `ccusage blocks --json`",
        )
    real = [one for one in _list(answer["blocks"]) if isinstance(one, dict) and one.get("isGap") is not True]
    if not real:
        raise Refusal("no_quota_lines", "no block in ccusage's answer")
    running = [block for block in real if block.get("isActive") is True]
    block: dict[str, Any] = (running or real)[-1]
    ended = answers.instant(block.get("endTime"))
    if ended is not None and ended <= at.at and (not running or at.given):
        raise Refusal(
            "stale",
            f"the last block ended {ended.strftime('%Y-%m-%d %H:%MZ')}, read {at.at.strftime('%Y-%m-%d %H:%MZ')}",
            "no block is running; read again after the next request",
        )
    return block


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
