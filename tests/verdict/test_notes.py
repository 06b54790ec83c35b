"""Notes: one sentence for each thing that a reader must know, none where nothing is odd."""

from __future__ import annotations

from tracker.evidence.facts import facts_of
from tracker.evidence.pairing import arm_of, pair
from tracker.verdict import notes
from verdict_rows import A, B, blocks, feature, plan, telemetry, window


def test_plain_rows_have_no_notes():
    assert notes.of_rows(facts_of([plan(), *blocks(6)])) == []


def test_what_is_odd_is_said_with_how_many_and_which():
    some = [
        plan(),
        *blocks(2),
        window("L", B, notes=["late-after", "divergent:ccusage"]),
        window("O", A, points=120.0, block=9),
        telemetry("A0"),
        telemetry("A0", errors=0),
        telemetry("B0", requests=0, errors=0, p95_latency_ms=0),
        feature("T", "A0", A, quality_score=0.5),
        feature("T", "A0", A, quality_score=0.6),
    ]
    said = "\n".join(notes.of_rows(facts_of(some)))
    for words in (
        "windows with several telemetry rows: 1 (A0)",
        "features with several quality scores or costs in one arm: 1 (T)",
        "windows without a block: 1 (L)",
        "more than 100 points in one window: O",
        "late-after readings: L",
        "2 of 3 baseline windows have no telemetry: A1, O",
        "B0: telemetry of no request",
        "B0: a p95 latency of 0",
    ):
        assert words in said
    assert notes.divergences([window("L", B, notes=["divergent:ccusage"])]) == ["L: divergent:ccusage"]


def directions(triples):
    some = [
        window(f"{arm}{i}", arm, features, points, i, block=i)
        for i, four in enumerate(triples)
        for arm, features, points in ((A, *four[:2]), (B, *four[2:]))
    ]
    return notes.directions(pair(*(arm_of(w for w in some if w.methodology == arm) for arm in (A, B))).blocks)


def test_totals_against_pairs_are_told_once_and_which_counts():
    # Each block says B by a fifth; A has many points where everything is easy.
    opposite = [(10, 10, 1.2, 1), (10, 10, 1.2, 1), (1, 10, 12, 100), (1, 10, 12, 100)]
    assert "the pairs count" in directions(opposite)
    assert directions([(3, 40, 3, 20)] * 4) is None and directions([]) is None


def test_long_lists_are_cut_and_counted():
    assert notes.first_of([str(i) for i in range(7)], "blocks")[-1] == "2 more blocks"
    assert notes.counted(["a", "b", "c", "d"]) == "4 (a, b, c, ...)"


def test_prices_of_different_days_in_the_two_arms_are_told():
    def said(*days):
        priced = [
            feature(f"T{i}", "A0" if i % 2 == 0 else "B0", cost_usd=1.0, as_of=day)
            for i, day in enumerate(days)
        ]
        return [
            note
            for note in notes.of_rows(facts_of([plan(), *blocks(1), *priced]))
            if "priced by lists" in note
        ]

    assert said("2026-01-01", "2026-01-01") == [] == said("2026-01-01")
    [one] = said("2026-01-01", "2025-06-01")
    assert f"({A}: 2026-01-01; {B}: 2025-06-01)" in one and "`cost-compare --features`" in one
