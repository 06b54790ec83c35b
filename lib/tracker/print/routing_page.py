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
    if proof.get("second_count"):
        text += f"\n{_two_counts(proof['second_count'], markdown)}\n"
    return text + (f"\n{_requests(proof['last'], markdown)}\n" if proof.get("last") else "")


def _two_counts(second: Proof, markdown: bool) -> str:
    """Return the client's own count beside the router's, a line a model, and what was not compared."""
    heads = ("model", "by", "replies", "tokens in", "cached", "out")
    body = [
        (
            one["model"] if who == "client" else "",
            who,
            f"{one[who]['replies']:,}",
            _sum(one[who], "prompt_tokens"),
            _sum(one[who], "cache_read_tokens", "cache_creation_tokens"),
            _sum(one[who], "completion_tokens"),
        )
        for one in second["models"]
        for who in ("client", "router")
    ]
    left = [f"{count:,} {why}" for why, count in second["client_not_compared"].items()]
    about = (
        f"sessions in the client's own telemetry: {second['sessions']:,}; not compared: {', '.join(left) or 'none'} of "
        f"it, {second['router_without_second_count']:,} of the router's replies, of other sessions"
    )
    if second["router_without_session"]:
        about += f"; {second['router_without_session']:,} of the router's replies name no session"
    return f"{layout.grid(body, heads, markdown)}\n{about}"


def _sum(sums: Proof, *names: str) -> str:
    """Return a sum of token counts; one that is not known makes it not known."""
    parts = [sums[name] for name in names]
    return "not known" if None in parts else f"{sum(parts):,}"


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
