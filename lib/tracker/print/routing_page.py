"""The routing proof for people: the values of telemetry/proof.py in, text out."""

from __future__ import annotations

from typing import Any

from tracker import cli

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
    return "\n".join(f"- {line}" if markdown else line for line in lines) + "\n"


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
