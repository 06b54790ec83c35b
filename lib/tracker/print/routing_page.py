"""The routing proof for people: the values of telemetry/proof.py in, text out."""

from __future__ import annotations

from typing import Any

Proof = dict[str, Any]


def render(proof: Proof, markdown: bool = False) -> str:
    """Return the proof: the line that the plans ask for, Haiku's ways, every breach, and what was checked."""
    haiku, count = proof["haiku"], len(proof["breaches"])
    said = f"{count:,} breach{'es' if count > 1 else ''}" if count else "no breach"
    lines = [
        headline(proof),
        f"Haiku: {haiku['zai']:,} to Z.AI, {haiku['anthropic']:,} to Anthropic,"
        f" {haiku['quota_probe']:,} quota probes (they stay on Anthropic)",
        *map(breach, proof["breaches"]),
        f"{said}: {len(proof['rules'])} rules checked on {proof['lines']:,} lines",
    ]
    return "\n".join(f"- {line}" if markdown else line for line in lines) + "\n"


def headline(proof: Proof) -> str:
    """Return the one line that the plans ask for."""
    lanes = ", ".join(f"{lane} {count:,}" for lane, count in proof["completions_by_lane"].items())
    return (
        f"{proof['decisions_by_lane']['zai']:,} of {proof['requests']:,} decisions went to Z.AI; "
        f"completions by lane: {lanes}"
    )


def breach(found: Proof) -> str:
    """Return one breach with its place.

    >>> breach({"file": "a.jsonl", "line": 3, "rule": "key-leaked", "seen": "sk-..."})
    'a.jsonl:3: key-leaked: sk-...'
    """
    return f"{found['file']}:{found['line']}: {found['rule']}: {found['seen']}"
