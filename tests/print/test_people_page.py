"""Several people on the preview's page."""

from __future__ import annotations

from tracker.print import people_page

MADE = {
    "per_person": [
        {
            "person": "ann",
            "blocks": 3,
            "features_a": 9.0,
            "points_a": 120.0,
            "features_b": 10.0,
            "points_b": 60.0,
            "ratio": 2.2,
        },
    ],
    "without": ["cy"],
    "people": 1,
    "ratio": 2.2,
    "ci": {"low": None, "high": None, "level": 0.95},
}


def test_the_sentence_says_how_many_people_it_rests_on_and_who_is_not_among_them():
    said = people_page.lines(MADE)
    assert "2.20 (95 % CI n/a, 1 person, each counted once)" in said[0]
    assert said[1].endswith("cy")


def test_each_person_has_a_line(monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    shown = people_page.table(MADE["per_person"], markdown=False)
    assert "ann" in shown and "2.20" in shown
    assert people_page.table(MADE["per_person"], markdown=True).startswith("|")
