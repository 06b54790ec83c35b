"""What productize-check saw, for people: findings in, text out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tracker.print.layout import grid

Finding = dict[str, Any]


def render(made: dict[str, Any], markdown: bool = False) -> str:
    """Return a line a rule, everything that is broken, and the verdict."""
    table = grid(_by_rule(made["findings"]), ["router", "rule", "checks", "broken"], markdown)
    broken = [
        f"BROKEN  {one['router']}: {one['rule']}: {one['where']}: {one['seen']}" for one in made["broken"]
    ]
    count = made["checks"]
    verdict = f"{len(broken)} of {count} checks broken" if broken else f"all {count} checks hold"
    return "\n".join([table, "", *broken, verdict]) + "\n"


def _by_rule(findings: Sequence[Finding]) -> list[list[str]]:
    rules: dict[tuple[str, str], list[bool]] = {}
    for one in findings:
        rules.setdefault((one["router"], one["rule"]), []).append(one["is_kept"])
    return [
        [router, rule, str(len(checks)), str(checks.count(False))] for (router, rule), checks in rules.items()
    ]
