"""Anybody can compute a card again: from its derivation alone, by a script of forty lines."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from card_rows import experiment, lines
from conftest import ROOT
from task_rows import as_lines, played, wild
from tracker.print import card_page, explanation_page

sys.path.append(str(ROOT / "tests" / "verdict"))
from test_bent_stories import UNEVEN, by_task, called_warm_ups, candidates, typed_without_readings
from test_card_by_hand import experiment as seen
from test_card_by_hand import rows_of

from whole_story import LATE, B, instead, judged, of, story

SCRIPT = Path(__file__).with_name("recompute_card.py")


def test_the_script_is_short_and_has_none_of_this_project():
    text = SCRIPT.read_text()
    assert len([line for line in text.splitlines() if line.strip()]) <= 84
    assert "tracker" not in text


@pytest.mark.parametrize(
    ("rows", "verdict"), [(experiment(), "GO"), (rows_of(seen(14)), "GO"), (rows_of(seen(74)), "SOFT GO")]
)
def test_the_verdict_is_recomputed_from_the_derivation(tool, rows, verdict):
    ran = tool("decision-card", "--explain", stdin=lines(rows))
    assert ran.status == {"GO": 0, "SOFT GO": 3}[verdict] and ran.out.startswith(
        f"# {verdict}: how it was computed"
    )
    assert "| line_a | line_b |" in ran.out and "**phi**" in ran.out
    again = subprocess.run(
        [sys.executable, SCRIPT], input=ran.out, capture_output=True, text=True, check=True
    )
    assert again.stdout.strip() == verdict
    other = ran.out.replace("cost_margin = 2.0", "cost_margin = 9.0")
    again = subprocess.run([sys.executable, SCRIPT], input=other, capture_output=True, text=True, check=True)
    assert again.stdout.strip() == "other"


@pytest.mark.parametrize(
    "rows",
    [
        called_warm_ups(story(**UNEVEN, deal=False)),
        typed_without_readings(story(**UNEVEN)),
        [row for row in by_task() if row not in candidates(by_task(), "feature")[:1]],
        [*story(cost=(3.0, 0.3)), *instead(of(story(), "feature", B), LATE)],
    ],
    ids=["called warm-ups", "typed", "a task left out", "prices changed late"],
)
def test_a_verdict_that_its_worst_case_holds_down_is_recomputed_too(rows):
    made = judged(rows)
    told = explanation_page.render(made)
    assert "\n## at its worst, " in told
    assert made["verdict"] == "INSUFFICIENT" and _again(told) == "other"
    without = re.sub(r"## at its worst, .*?(?=## at its worst|## Verdict)", "", told, flags=re.S)
    as_told = {gate["verdict"] for gate in made["gates"]} <= {"pass", "soft pass"}
    assert (_again(without) in {"GO", "SOFT GO"}) == as_told


def test_the_scores_that_are_printed_add_up_to_the_one_that_is_looked_at():
    for rows in (story(), by_task()):
        made = judged(rows)
        score = made["gates"][0]["score"]
        assert (
            sum(score["of_units"].values()) == pytest.approx(score["value"])
            and len(score["of_units"]) == score["block"]
        )
        assert "It is the sum" in explanation_page.render(made) and "Scores by " in card_page.render(made)
    assert "R being 0.0957 features a point: 1 1.91" in card_page.render(judged(story()))


def _again(told):
    ran = subprocess.run([sys.executable, SCRIPT], input=told, capture_output=True, text=True, check=True)
    return ran.stdout.strip()


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_on_a_screen_the_derivation_is_drawn_to_fit_it_with_the_same_numbers(tool, columns):
    ran = tool("decision-card", "--explain", stdin=lines(experiment()), COLUMNS=str(columns))
    markdown = tool("decision-card", "--explain", stdin=lines(experiment())).out
    words = [word for line in ran.out.splitlines() if len(line) > columns for word in line.split()]
    assert [word for word in words if len(word) <= columns] == []  # a sha256 stays whole
    assert "| --- |" not in ran.out and "\nReliability errors:\n" in ran.out
    assert set(re.findall(r"\d+\.\d{6,}", ran.out)) == set(re.findall(r"\d+\.\d{6,}", markdown))
    asked = tool("decision-card", "--explain", "--format", "md", stdin=lines(experiment()), COLUMNS="60")
    assert asked.out == markdown


@pytest.mark.parametrize(
    ("rows", "verdict"),
    [
        (played(15, ratio=2.5, quality=1.0, errors=0), "GO"),
        (played(15, ratio=2.5), "SOFT GO"),
        (played(12, ratio=1.0), "other"),
        (wild(played(15, ratio=2.5, quality=1.0, errors=0)), "other"),
        (
            wild(played(15, ratio=2.5, quality=1.0, errors=0), (6, 4, 3, 4, 2, 5, 3, 7, 5, 4, 3, 3, 5, 2, 8)),
            "GO",
        ),
    ],
)
def test_a_verdict_by_task_is_recomputed_too(tool, rows, verdict):
    ran = tool("decision-card", "--explain", stdin=as_lines(rows))
    assert ran.status == {"GO": 0, "SOFT GO": 3}.get(verdict, 66), ran.out[:80] + ran.err
    assert "| task | block | cell | score |" in ran.out and "| None |" not in ran.out
    again = subprocess.run(
        [sys.executable, SCRIPT], input=ran.out, capture_output=True, text=True, check=True
    )
    assert again.stdout.strip() == verdict
