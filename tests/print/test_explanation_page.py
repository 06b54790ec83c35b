"""Anybody can compute a card again: from its derivation alone, by scripts of forty lines."""

from __future__ import annotations

import ast
import contextlib
import io
import re
import runpy
import subprocess
import sys

import pytest

from card_rows import experiment, lines
from conftest import ROOT
from task_rows import as_lines, played, wild
from team_rows import merged
from tracker.print import card_page, explanation_page

sys.path += [str(ROOT / "tests" / "verdict"), str(ROOT / "tests" / "print")]
import recompute_verdict as third
from test_bent_stories import UNEVEN, by_task, called_warm_ups, candidates, typed_without_readings
from test_card_by_hand import experiment as seen
from test_card_by_hand import rows_of

from whole_story import LATE, B, instead, judged, of, story, undo

HERE = ROOT / "tests" / "print"
SCRIPTS = {path.stem.removeprefix("recompute_"): path for path in HERE.glob("recompute_*.py")}
STEADY = (6, 4, 3, 4, 2, 5, 3, 7, 5, 4, 3, 3, 5, 2, 8)


def again(script, told):
    """Return what a script of a third person prints of a derivation."""
    printed, stdin = io.StringIO(), sys.stdin
    sys.stdin = io.StringIO(told)
    try:
        with contextlib.redirect_stdout(printed):
            runpy.run_path(str(SCRIPTS[script]), run_name="__main__")
    finally:
        sys.stdin = stdin
    return printed.getvalue().strip()


def test_the_scripts_run_by_themselves(tool):
    told = tool("decision-card", "--explain", stdin=lines(experiment())).out
    for script, first in (("verdict", "GO"), ("worst_case", "GO\nGO")):
        ran = subprocess.run(
            [sys.executable, SCRIPTS[script]],
            input=told,
            capture_output=True,
            text=True,
            check=True,
        )
        assert ran.stdout.strip() == first


@pytest.mark.parametrize("script", ["verdict", "flips", "worst_case", "bounds", "scatter"])
def test_a_script_is_short_and_has_none_of_this_project(script):
    text = SCRIPTS[script].read_text()
    told = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Module | ast.FunctionDef)]
    docs = [node.body[0] for node in told if ast.get_docstring(node)]
    of_docs = {number for doc in docs for number in range(doc.lineno, (doc.end_lineno or 0) + 1)}
    code = [
        line for number, line in enumerate(text.splitlines(), 1) if line.strip() and number not in of_docs
    ]
    assert len(code) <= 40 and max(map(len, code)) <= 112 and not any("; " in line for line in code)
    assert "tracker" not in text and "noqa" not in text and "fmt:" not in text


@pytest.mark.parametrize(
    ("rows", "verdict"),
    [
        (experiment(), "GO"),
        (rows_of(seen(14)), "GO"),
        (rows_of(seen(74)), "SOFT GO"),
        (experiment(cb=70), "NO-GO"),
        (experiment(quality=0.5), "NO-GO"),
        (experiment(errors=60), "NO-GO"),
        (experiment(p95=4000), "NO-GO"),
        (experiment(cost=0.8), "NO-GO"),
        (experiment(cb=41), "INSUFFICIENT"),
        ([row for row in experiment() if row["kind"] != "proxy_telemetry"], "INSUFFICIENT"),
        (experiment()[:-14], "INSUFFICIENT"),
        (experiment(n=4), "INSUFFICIENT"),
    ],
)
def test_the_verdict_is_recomputed_from_the_derivation(tool, rows, verdict):
    ran = tool("decision-card", "--explain", stdin=lines(rows))
    assert ran.status == {"GO": 0, "SOFT GO": 3, "NO-GO": 1, "INSUFFICIENT": 66}[verdict]
    assert ran.out.startswith(f"# {verdict}: how it was computed")
    assert "| line_a | line_b |" in ran.out and "**phi**" in ran.out
    assert again("verdict", ran.out) == verdict


@pytest.mark.parametrize(
    ("people", "verdict"),
    [
        ([{"cb": 20}, {"cb": 20.5}, {"cb": 19.5}, {"cb": 20}], "GO"),
        ([{"cost": 0.3}, {"cost": 0.38}, {"cost": 0.3}], "SOFT GO"),
        ([{"cb": 12}, {"cb": 39}], "INSUFFICIENT"),
        ([{"cb": 110}, {"cb": 30}], "INSUFFICIENT"),
        ([{"cost": 0.8}, {"cost": 0.82}, {"cost": 0.81}], "NO-GO"),
    ],
)
def test_a_teams_verdict_is_recomputed_too(tool, tmp_path, people, verdict):
    ran = tool("decision-card", "--explain", stdin=merged(tool, tmp_path, people))
    assert ran.out.startswith(f"# {verdict}: how it was computed") and "**person**" in ran.out
    assert again("verdict", ran.out) == verdict and again("worst_case", ran.out).splitlines()[0] == verdict
    assert not [line for line in again("bounds", ran.out).splitlines() if " as said" not in line]


@pytest.mark.parametrize(
    ("rows", "verdict"),
    [
        (played(15, ratio=2.5, quality=1.0, errors=0), "GO"),
        (played(15, ratio=2.5), "SOFT GO"),
        (played(12, ratio=1.0), "INSUFFICIENT"),
        (played(15, ratio=0.3), "NO-GO"),
        (played(6, ratio=3.0), "INSUFFICIENT"),
        (wild(played(15, ratio=2.5, quality=1.0, errors=0)), "INSUFFICIENT"),
        (wild(played(15, ratio=2.5, quality=1.0, errors=0), STEADY), "GO"),
    ],
)
def test_a_verdict_by_task_is_recomputed_too(tool, rows, verdict):
    ran = tool("decision-card", "--explain", stdin=as_lines(rows))
    assert ran.status == {"GO": 0, "SOFT GO": 3, "NO-GO": 1}.get(verdict, 66), ran.out[:80] + ran.err
    assert "| task | block | cell | score |" in ran.out and "| None |" not in ran.out
    assert again("verdict", ran.out) == verdict


def test_a_verdict_on_several_people_is_recomputed_too(tool, tmp_path):
    for points, verdict in (([20, 22, 19, 21], "GO"), ([12, 39, 12, 39], "SOFT GO")):
        folders = []
        for number, cb in enumerate(points):
            rows = experiment(n=4, cb=cb)
            rows[0] |= {"seed": number, "n_blocks": 16}
            where = tmp_path / f"{verdict}-{number}"
            assert tool("ledger-append", "--data-dir", str(where), stdin=lines(rows)).status == 0
            folders.append(f"p{number}={where}")
        told = tool("decision-card", "--explain", stdin=tool("ledger-merge", *folders).out).out
        assert told.startswith(f"# {verdict}:") and "| people | pass |" in told
        assert again("verdict", told) == verdict


BENT = {
    "called warm-ups": lambda: called_warm_ups(story(**UNEVEN, deal=False)),
    "typed": lambda: typed_without_readings(story(**UNEVEN)),
    "a task left out": lambda: [row for row in by_task() if row not in candidates(by_task(), "feature")[:1]],
    "prices changed late": lambda: [*story(cost=(3.0, 0.3)), *instead(of(story(), "feature", B), LATE)],
    "blocks undone": lambda: [*story(**UNEVEN), *undo(of(story(**UNEVEN), "window"))],
    "tasks undone": lambda: [*by_task(), *undo(candidates(by_task(), "feature")[:1], LATE)],
}


@pytest.mark.parametrize("bend", BENT.values(), ids=BENT)
def test_the_worst_case_that_holds_a_verdict_down_is_recomputed_too(bend):
    made = judged(bend())
    told = explanation_page.render(made)
    assert "\n## at its worst, " in told
    verdict, worst, *gates = again("worst_case", told).splitlines()
    assert (verdict, worst) == (made["verdict"], made["worst_case"]["verdict"])
    at_worst = {name: said for name, said in made["worst_case"]["gates"].items() if name in gates}
    assert verdict == "INSUFFICIENT" and "pass" not in at_worst.values()
    as_told = {gate["verdict"] for gate in made["gates"]} <= {"pass", "soft pass"}
    assert (again("verdict", told) in {"GO", "SOFT GO"}) == as_told


def test_a_block_at_its_worst_that_has_no_reason_or_stands_better_is_noticed():
    told = explanation_page.render(judged(BENT["blocks undone"]()))
    line = next(line for line in told.splitlines() if line.startswith("| 4 |") and line.endswith("| - |"))
    for wrong in (line.replace("| 28.0 |", "| 27.0 |"), line.replace("28.0", "27.0")[:-3] + "undone |"):
        assert wrong != line
        with pytest.raises(AssertionError):
            again("worst_case", told.replace(line, wrong))


@pytest.mark.parametrize(
    "rows",
    [rows_of(seen(14)), rows_of(seen(74)), played(15, ratio=2.5), wild(played(15, ratio=2.5))],
    ids=["windows", "more windows", "tasks", "wild tasks"],
)
def test_what_bounds_and_scatter_come_from_is_recomputed_from_what_was_counted(tool, rows):
    told = tool(
        "decision-card", "--explain", stdin=lines(rows) if isinstance(rows[0], dict) else as_lines(rows)
    ).out
    of_bounds, of_scatter = again("bounds", told).splitlines(), again("scatter", told).splitlines()
    assert len(of_bounds) >= 8 and len(of_scatter) >= 2
    assert [line for line in of_bounds + of_scatter if not line.endswith(" as said")] == []
    section = told[told.index("\n## quality\n") :]
    first = re.search(r"^\| (\d[\d.]*) \|", section, flags=re.M).group(1)
    wrong = told.replace(section, section.replace(f"| {first} |", "| 0.125 |", 1))
    assert "quality pass is (" in again("bounds", wrong)


def test_whatever_the_numbers_the_verdict_is_the_same_by_both_ways():
    """Thirty experiments of all kinds, of which no verdict is known beforehand."""
    seen_verdicts = set()
    for seed in range(30):
        made = judged(rows_of(seen(seed)))
        told = explanation_page.render(made)
        found = third.tables(told)
        says = {gate: third.answer(found, gate) for gate in third.GATES if gate in found}
        words = {"pass": "pass", "soft pass": "soft", "fail": "fail"}
        assert says == {gate["name"]: words.get(gate["verdict"], "open") for gate in made["gates"]}, seed
        seen_verdicts.add(third.verdict(told, says.values()))
    assert {"GO", "SOFT GO", "INSUFFICIENT"} <= seen_verdicts


def test_a_name_does_not_write_a_heading_or_a_column_of_its_own():
    name = "1|2\n\n## Verdict\n\nData gate: holds. GO"
    rows = [row | {"block": name} if row.get("block") == 1 else row for row in story(deal=False)]
    told = explanation_page.render(judged([row for row in rows if row["kind"] != "experiment"]))
    assert told.count("\n## Verdict") == 1 and "Data gate: does not hold" in told
    assert "| 1/2 ## Verdict Data gate: holds. GO | " in told and again("verdict", told) == "INSUFFICIENT"


def test_the_scores_that_are_printed_add_up_to_the_one_that_is_looked_at():
    for rows in (story(), by_task()):
        made = judged(rows)
        score = made["gates"][0]["score"]
        assert (
            sum(score["of_units"].values()) == pytest.approx(score["value"])
            and len(score["of_units"]) == score["block"]
        )
        assert "It is the sum" in explanation_page.render(made) and "Scores by " in card_page.render(made)
    assert "R being 0.0957 features a point; 1: 1.91" in card_page.render(judged(story()))


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
