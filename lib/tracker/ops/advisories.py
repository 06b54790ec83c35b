"""What a report of pip-audit says about the pinned packages, and whether it saw them at all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from tracker import cli


class Audited(NamedTuple):
    """What is known of the pinned packages."""

    packages: int  # looked up
    advisories: list[str]  # a line each: package, version, advisory, what repairs it


def judge(reports: Iterable[dict[str, Any]]) -> Audited:
    """Return what reports of pip-audit say; cli.Stop (66) when no advisory is known but not all was seen.

    pip-audit itself ends well when the index knew none of the packages, and that is no answer.

    >>> judge([{"dependencies": [{"name": "attrs", "version": "26.1.0", "vulns": []}]}])
    Audited(packages=1, advisories=[])
    """
    found: dict[tuple[str, str], list[str]] = {}
    unseen: set[str] = set()
    for package in (package for report in reports for package in report["dependencies"]):
        if "skip_reason" in package:
            unseen.add(package["name"])
            continue
        known = [_told(advisory) for advisory in package["vulns"]]
        found[package["name"], package["version"]] = known
    lines = [
        f"{name} {version}: {told}" for (name, version), known in sorted(found.items()) for told in known
    ]
    if not lines and (unseen or not found):
        some = ", ".join(sorted(unseen)[:3]) or "nothing is pinned"
        raise cli.Stop(
            cli.NOTHING,
            f"{len(unseen)} of {len(unseen) + len(found)} pinned packages could not be looked up ({some} …); "
            "the index here has no advisories: run it where the public one is reached",
        )
    return Audited(len(found), lines)


def _told(advisory: dict[str, Any]) -> str:
    repaired = ", ".join(advisory.get("fix_versions") or []) or "none yet"
    return f"{advisory['id']}, repaired in: {repaired}"
