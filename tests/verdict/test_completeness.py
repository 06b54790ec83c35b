"""The data gate: items of a window, anomalies, blocks, seed, and what refuses the arms."""

from __future__ import annotations

from tracker.evidence.facts import Names
from tracker.verdict.completeness import DataGate, items, said, scored
from verdict_rows import A, B, feature, window

NAMES = Names({"W": A}, {})


def test_a_window_needs_four_fifths_of_its_items():
    bare = items(window("W"), NAMES, set(), False)
    assert (bare.present, bare.required, bare.complete) == (3, 7, False)
    assert bare.lacks == ["quality", "outcome", "block", "telemetry"]
    full = items(window("W", block=1, outcome="pass", quality_score=0.9), NAMES, set(), False)
    assert (full.present, full.complete) == (6, True)


def test_quality_may_stand_in_a_features_row():
    known = scored([feature("T", "W", A, quality_score=0.9), feature("F", None, B, quality_score=0.9)], NAMES)
    assert "quality" not in items(window("W"), NAMES, known, True).lacks
    assert "quality" not in items(window("X", B, feature_id="F"), NAMES, known, True).lacks


def test_every_part_of_the_gate_can_fail_and_is_said():
    full = [items(window("W", block=1, outcome="pass", quality_score=0.9), NAMES, set(), True)]
    sound = DataGate(full, [], 5, 7, [])
    assert sound.holds and said(sound, (A, B)) == []
    for change, words in (
        ({"windows": []}, "no window of stock_anthropic or mitm_offload"),
        ({"anomalies": ["W: x"]}, "open anomaly, W: x"),
        ({"blocks": 4}, "a verdict below 5 is impossible"),
        ({"seed": None}, "no seed"),
        ({"refused": ["points of two plans"]}, "points of two plans"),
    ):
        gate = sound._replace(**change)
        assert not gate.holds and any(words in line for line in said(gate, (A, B)))
