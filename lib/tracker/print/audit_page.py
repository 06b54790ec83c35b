"""A window's audit for people: the values of windows/audit.py in, text out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

Audit = dict[str, Any]


def render(audits: Sequence[Audit], markdown: bool = False) -> str:
    """Return every audit, one under the other."""
    return "\n".join(_audit(one, markdown) for one in audits) + "\n"


def _audit(found: Audit, markdown: bool) -> str:
    methodology = f" ({found['methodology']})" if found["methodology"] else ""
    head = f"{found['window']}: {found['complete']} required items{methodology}"
    if markdown:
        return "\n".join([f"### {head}", "", *(f"- {name}: {said}" for name, said in _lines(found)), ""])
    return "\n".join([head, *(f"  {name:<11} {said}" for name, said in _lines(found))])


def _lines(found: Audit) -> Iterator[tuple[str, str]]:
    yield "missing", ", ".join(found["missing"]) or "nothing"
    card = found.get("card")
    if card:
        lacks = f": no {', '.join(card['lacks'])}" if card["lacks"] else ""
        enough = "" if card["complete"] else "; the card asks for 80 %"
        yield "on the card", f"{card['present']}/{card['required']}{lacks}{enough}"
    counts = (f"{count} {kind}" for kind, count in sorted(found["counts"].items()))
    yield "rows", ", ".join(counts) or "none"
    if found["canonical"]:
        capacity = "n/a" if found["capacity_pp"] is None else f"{found['capacity_pp']:g} pp"
        if found["capacity_pp"] is not None and found["capacity_quota"] != "five_hour":
            capacity += f" of {found['capacity_quota']}"
        yield "canonical", f"row {found['canonical'][:8]}, capacity {capacity}"
    for name in ("errors", "notes", "duplicates"):
        if found[name]:
            yield name, ", ".join(found[name])
    if found["near_ids"]:
        yield "near ids", f"{', '.join(found['near_ids'])} (differ only in zero padding)"
    for one in found["anomalies"]:
        yield "anomaly", _anomaly(one, found["anomalies"], found.get("accepted", {}))
    for one in found["evidence"]:
        yield "evidence", f"{one['check']}: {one['result']}"
    if found["stop"]:
        yield "stop", found["stop"]
    telemetry = found["telemetry"]
    if telemetry:
        yield (
            "telemetry",
            f"{telemetry['total_prompts']} requests, {telemetry.get('routed_prompts', '?')} offloaded, "
            f"{telemetry.get('errors', '?')} failed",
        )


def _anomaly(one: Audit, every: Sequence[Audit], accepted: dict[str, str]) -> str:
    """Return an anomaly with its row, and whether it is explained; or the row that explains one."""
    said = f"{one['anomaly']}: {one.get('detail', '')}".rstrip(": ")
    if one.get("acknowledges"):
        return f"acknowledged: {said} (of row {one['acknowledges'][:8]})"
    row_id = one.get("row_id")
    if row_id is None:
        return said
    state = "accepted for the whole run" if one["anomaly"] in accepted else "open"
    if any(other.get("acknowledges") == row_id for other in every):
        state = "acknowledged"
    return f"{said} (row {row_id[:8]}, {state})"
