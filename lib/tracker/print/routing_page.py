"""The routing proof for people: the values of telemetry/proof.py in, text out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tracker import cli
from tracker.print import layout

Proof = dict[str, Any]


def render(proof: Proof, markdown: bool = False) -> str:
    """Return the proof: the line that the plans ask for, Haiku's ways, every breach, and what was checked."""
    haiku, count = proof["haiku"], len(proof["breaches"])
    said = f"{count:,} breach{'es' if count > 1 else ''}" if count else "no breach"
    offloaded = ", ".join(f"{haiku[lane]:,} to {words}" for lane, words in proof["offload_lanes"].items())
    lines = [
        headline(proof),
        f"Haiku: {offloaded}, {haiku['anthropic']:,} to Anthropic,"
        f" {haiku['quota_probe']:,} quota probes (they stay on Anthropic)",
        *([proof["strangers"]] if proof["strangers"] else []),
        *map(breach, proof["breaches"]),
        f"{said}: {len(proof['rules'])} rules checked on {proof['lines']:,} lines",
    ]
    text = "\n".join(f"- {line}" if markdown else line for line in lines) + "\n"
    return text + (f"\n{_requests(proof['last'], markdown)}\n" if proof.get("last") else "")


def _requests(last: Sequence[Proof], markdown: bool) -> str:
    """Return the last requests, a line each: when, which model, who answered, why, and how it ended."""
    heads = ("at (UTC)", "model", "lane", "asked there", "why", "said by", "status", "ms")
    body = [
        (
            row["ts"][11:19],
            row["model"],
            row["lane"],
            "" if row["routed_model"] == row["model"] else row["routed_model"],
            row["decision"],
            row["offload_from"],
            row["err_type"] or row["status"],
            f"{row['latency_ms']:,.0f}",
        )
        for row in last
    ]
    return layout.grid(body, heads, markdown, least=("said by", "asked there", "ms"))


def headline(proof: Proof) -> str:
    """Return the one line that the plans ask for."""
    decided = proof["decisions_by_lane"]
    (first, words), *others = proof["offload_lanes"].items()
    more = "".join(f", {decided[lane]:,} to {called}" for lane, called in others)
    completed = ", ".join(
        f"{cli.harmless(lane)} {count:,}" for lane, count in proof["completions_by_lane"].items()
    )
    return (
        f"{decided[first]:,} of {proof['requests']:,} decisions went to {words}{more}; "
        f"completions by lane: {completed}"
    )


def breach(found: Proof) -> str:
    """Return one breach with its place.

    >>> breach({"file": "a.jsonl", "line": 3, "rule": "key-leaked", "seen": "sk-..."})
    'a.jsonl:3: key-leaked: sk-...'
    """
    return f"{found['file']}:{found['line']}: {found['rule']}: {found['seen']}"
