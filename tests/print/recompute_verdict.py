"""Recompute a verdict from `decision-card --explain` alone, with none of this project's code; its worst case apart."""

import sys

import numpy as np
from recompute_flips import by_task, by_window
from scipy.stats import t

GATES = ("efficiency", "quality", "reliability_errors", "reliability_p95", "cost", "people")
WORDS = {"fail": "NO-GO", "open": "INSUFFICIENT", "soft": "SOFT GO", "pass": "GO"}  # worst first
TEXTS = " term gate better best_block block task cell people person proves side why line_a line_b "


def tables(text):
    """Return the table under each heading of the Markdown, a record a row; None where there is none."""
    found = {}
    for part in text.split("\n## "):
        lines = [tuple(line[2:-2].split(" | ")) for line in part.splitlines() if line.startswith("| ")]
        kinds = [(name, "U999" if f" {name} " in TEXTS else float) for name in (lines or [[]])[0]]
        found[part.splitlines()[0]] = np.array(lines[2:], kinds) if lines else None
    return found


def holds(bounds, proves, spent):
    """Return whether every bound that proves this lies beyond its limit, by t standard errors."""
    its = bounds[bounds["proves"] == proves]
    beyond = (its["centre"] - its["limit"]) * np.where(its["side"] == "above", 1, -1)
    return len(its) > 0 and all(beyond > t.isf(its[spent], its["degrees"]) * its["error"])


def answer(found, gate):
    """Return what a gate says: fail, pass, soft, or else open."""
    if found[gate] is None or not found.keys() & {"Scatter", "Looks"}:
        return "open"
    if gate.endswith("efficiency"):
        terms = dict(zip(found["Terms"]["term"], found["Terms"]["value"], strict=True))
        test, name = (by_task, "Looks") if "n_tasks" in terms else (by_window, "Scatter")
        more = [terms, found[name][found[name]["gate"] == gate], found[gate]]
        ways = ((terms["alpha"], "a", "b"), (terms["alpha"], "b", "a"), (0.2, "b", "a"))
        fails, passes, softly = (test(*more, *way) for way in ways)
        its = [name for name in (gate.replace("efficiency", "people"), "people") if name in found][:1]
        fails = fails and all(answer(found, name) == "fail" for name in its)  # never by a team's blocks alone
    else:
        bounds = found["Bounds"][found["Bounds"]["gate"] == gate]
        ways = (("fail", "spent"), ("pass", "spent"), ("pass", "soft_spent"))
        fails, passes, softly = (holds(bounds, *way) for way in ways)
    return "fail" if fails else "pass" if passes else "soft" if softly else "open"


def verdict(text, answers):
    """Return what the gates' answers come to."""
    answers = answers if "\nData gate: holds." in text else ["open"]
    return next(word for said, word in WORDS.items() if said in answers)


if __name__ == "__main__":
    found = tables(text := sys.stdin.read())
    print(verdict(text, [answer(found, gate) for gate in GATES if gate in found]))
