"""Recompute the worst case of `decision-card --explain`, and the verdict that does not stand above it."""

import sys

from recompute_verdict import GATES, answer, tables, verdict

WORST = "at its worst, "
FOUR = ("features_b", "points_a", "features_a", "points_b")
WORST_FIRST = ("fail", "open", "soft", "pass")


def told_alike(found):
    """Raise where a block, or task, without a reason differs from the rows in force, or stands better with one."""
    if found.get(WORST + "efficiency") is None or found["efficiency"] is None:
        return
    as_told = {str(row[0]): row for row in found["efficiency"]}
    for row in found[WORST + "efficiency"]:
        if str(row[0]) not in as_told:
            assert row["why"] != "-", f"{row[0]} came without a reason"
            continue
        told = as_told[str(row[0])]
        numbers, before = ([one[name] for name in FOUR] for one in (row, told))
        assert row["why"] != "-" or numbers == before, f"{row[0]} differs without a reason"
        ahead, behind = numbers[0] * numbers[1], numbers[2] * numbers[3]
        assert ahead * before[2] * before[3] <= before[0] * before[1] * behind + 1e-9, f"{row[0]} is better"


if __name__ == "__main__":
    text = sys.stdin.read()
    found = tables(text)
    told_alike(found)
    as_told = {gate: answer(found, gate) for gate in GATES if gate in found}
    at_worst = {}
    for gate, said in as_told.items():
        worst = answer(found, WORST + gate) if WORST + gate in found else said
        at_worst[gate] = min(said, worst, key=WORST_FIRST.index)
    told, worst = verdict(text, as_told.values()), verdict(text, at_worst.values())
    if told in {"GO", "SOFT GO"} and worst != "GO":
        told = "SOFT GO" if worst == "SOFT GO" else "INSUFFICIENT"
    print(told, worst, *(gate for gate in as_told if at_worst[gate] != as_told[gate]), sep="\n")
