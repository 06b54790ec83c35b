"""Run everything hostile, count it by section, and write the figures into docs/security.md.

    python tests/hostile_figures.py [--seed N] [--idle MINUTES] [--dry]

The cases are the suite's own tests and their tables, with more seeded mutations of each than the suite has time for.  A
case is refused when its test says so in its name; one that fails is a leak.  Ends with 1 if anything leaked.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "security.md"
BEGIN, END = "<!-- figures: make hostile -->", "<!-- end of figures -->"
SECTIONS = {
    "what goes to a lane": (
        *(
            "tests/hostile/test_hostile_requests.py",
            "tests/proofs/test_leaks.py",
            "tests/router/test_inside.py",
        ),
    ),
    "what comes back": (
        *(
            "tests/hostile/test_hostile_replies.py",
            "tests/router/test_offload.py",
            "tests/router/test_router_replies.py",
        ),
        "tests/router/wire/test_replies.py",
    ),
    "other processes": (
        *("tests/hostile/test_hostile_clients.py", "tests/router/test_router_access.py"),
        *("tests/router/test_router_hostile.py", "tests/router/test_router_clients_side.py"),
        *("tests/router/wire/test_requests.py", "tests/router/wire/test_http1.py"),
    ),
    "terminal and files": (
        *(
            "tests/test_harmless.py",
            "tests/ledger/test_verify.py",
            "tests/ledger/test_publish.py",
            "tests/ground/test_jsonl.py",
        ),
    ),
    "bundle": ("tests/hostile/test_hostile_bundle.py", "tests/ops/bundle"),
    "meters, logs, churn": ("tests/meters", "tests/churn", "tests/router/log/test_row_writer.py"),
}
REFUSED = re.compile(
    r"refus|is_a_502|is_a_400|no_request|no_reply|stops_the_bundle|garbled|is_no_|held_back|no_success"
)
# How much more than in the suite.
MORE = {"HOSTILE": "20", "FUZZ": "1000", "FUZZ_HTTP1": "4000", "NO_COVERAGE": "1"}


class Figures:
    """Counts what pytest reports."""

    def __init__(self) -> None:
        self.counts: dict[str, Counter[str]] = {name: Counter() for name in SECTIONS}
        self.leaks: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call" and not report.failed:
            return
        section = next((name for name, paths in SECTIONS.items() if report.nodeid.startswith(paths)), None)
        if section is None:
            return
        told = dict(report.user_properties)
        tried, count = int(told.get("tried", 1)), self.counts[section]
        count["tried"] += tried
        if report.failed:
            count["leaked"] += int(told.get("leaked", 1)) or 1
            self.leaks.append(report.nodeid)
        refused = int(told.get("refused", tried if REFUSED.search(report.nodeid) else 0))
        count["refused"] += refused if not report.failed else 0
        count["survived"] += tried - refused if not report.failed else max(0, tried - count["leaked"])

    def table(self) -> str:
        """Return the figures as a table."""
        words = ("tried", "refused", "survived", "leaked")
        rows = [(name, *(count[word] for word in words)) for name, count in self.counts.items()]
        rows.append(("all", *(sum(count[word] for count in self.counts.values()) for word in words)))
        lines = [
            f"| {name} | " + " | ".join(f"{number:,}" for number in numbers) + " |" for name, *numbers in rows
        ]
        return "\n".join([f"| section | {' | '.join(words)} |", "|---" * 5 + "|", *lines])


def main() -> int:
    """Run, print, write; return the status."""
    made = argparse.ArgumentParser(description=__doc__)
    made.add_argument("--seed", type=int, default=17)
    made.add_argument(
        "--idle", type=float, default=0.1, metavar="MINUTES", help="how long the router is idle and asleep"
    )
    made.add_argument("--dry", action="store_true", help="leave docs/security.md as it is")
    asked = made.parse_args()
    os.environ |= MORE | {"HOSTILE_SEED": str(asked.seed), "HOSTILE_IDLE": str(asked.idle)}
    figures, begun = Figures(), time.monotonic()
    sys.path[:0] = [str(ROOT / "lib")]
    paths = [str(ROOT / path) for paths in SECTIONS.values() for path in paths]
    status = pytest.main(["-n", "2", "-q", f"--rootdir={ROOT}", *paths], plugins=[figures])
    minutes = (time.monotonic() - begun) / 60
    said = f"seed {asked.seed}, idle and asleep {asked.idle:g} min each, {minutes:.1f} min in all"
    print(f"\n{figures.table()}\n\n{said}")
    for leak in figures.leaks:
        print(f"leaked: {leak}")
    if not asked.dry:
        before, _, rest = PAGE.read_text().partition(BEGIN)
        after = rest.partition(END)[2]
        day = time.strftime("%Y-%m-%d", time.gmtime())
        PAGE.write_text(f"{before}{BEGIN}\n{figures.table()}\n\n{day}: {said}.\n{END}{after}")
    return 1 if figures.leaks or status not in (0, 1) else int(status)


if __name__ == "__main__":
    sys.exit(main())
