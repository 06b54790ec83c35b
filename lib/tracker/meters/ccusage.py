"""`ccusage blocks --json`: tokens of five-hour blocks, counted from local logs.  No plan meter.

    {"blocks":[{"id":"2026-03-01T09:00:00.000Z","isActive":true,"isGap":false,"totalTokens":29950,
      "models":["glm-4.6"],"tokenCounts":{…}}]}

The running block is read, else the last one.  It has tokens and no percentage, its hours are floored
and not the plan's, so it is a `local-estimate`.  A block with models of more than one provider does
not say how many tokens are whose: it is refused, unless told which model to take the block for.

Seen in 15.9.7, 17.2.1 and 18.0.11.
"""

from __future__ import annotations

from tracker.meters import Reading, Refusal, answers, meter, reset_times

TAKES = True  # parse wants to know whose tokens are asked for


def parse(raw: str, at: reset_times.Clock, *, family: str = "glm", take: str | None = None) -> Reading:
    """Return the tokens of the running block, of models whose name begins with `family`."""
    blocks = answers.objects(raw)[-1].get("blocks")
    real = (
        [block for block in blocks if isinstance(block, dict) and block.get("isGap") is not True]
        if isinstance(blocks, list)
        else []
    )
    if not real:
        raise Refusal("no_quota_lines", "no block in ccusage's answer")
    block = next((block for block in reversed(real) if block.get("isActive") is True), real[-1])
    listed = block.get("models")
    models = (
        [name for name in listed if isinstance(name, str) and name != "<synthetic>"]
        if isinstance(listed, list)
        else []
    )
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
