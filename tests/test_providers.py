"""The table of providers: what derives from a row, and that a row, a parser and a text are a provider."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from conftest import BIN, ROOT, clean_env, run
from readings import at, parsed, text
from tracker import providers
from tracker.providers import SPANS

GEMINI = ROOT / "tests" / "fixtures" / "meters" / "gemini-stats"


def test_names_letters_and_options_are_each_provider_s_own():
    assert len({one.letter for one in providers.PROVIDERS}) == len(providers.PROVIDERS)
    assert [one.option for one in providers.PROVIDERS][:3] == [
        "--claude-features",
        "--codex-features",
        "--glm-features",
    ]


@pytest.mark.parametrize("one", providers.PROVIDERS, ids=lambda one: one.name)
def test_every_surface_has_a_parser_and_every_capacity_a_span(one):
    for surface in one.surfaces:
        assert (ROOT / "lib" / "tracker" / "meters" / f"{surface.file}.py").exists()
    assert not one.surfaces[-1].words  # the last takes what is left
    assert all(quota.meter in SPANS for quota in one.capacity)
    assert all(meter in SPANS for meter, _ in one.gauges.values())


def test_no_other_module_lists_the_providers():
    """A list of their names, or a choice among them, would be a second table."""
    for path in [*(ROOT / "lib").rglob("*.py"), *(BIN / name for name in ("tracker", "complete-window"))]:
        if path.name == "providers.py":
            continue
        assert '"claude", "codex"' not in path.read_text(), path


def test_a_daily_plan_goes_from_its_card_to_an_arm_of_the_preview(tool):
    """BEFORE and AFTER as pasted, finished by the tools; the points are of the day's quota of one model."""
    for window, arm in (
        ("W0-GE-01", "stock_gemini"),
        ("W0-GE-02", "stock_gemini"),
        ("W0-GE-03", "stock_gemini"),
    ):
        day = f"2026-03-0{window[-1]}"
        for phase, card, clock in (("before", "usage-left", "11:00"), ("after", "usage-left-later", "13:00")):
            words = ("--window", window, "--phase", phase, "--at", f"{day}T{clock}:00Z")
            ran = tool("tracker", "ingest", "gemini", *words, stdin=(GEMINI / f"{card}.txt").read_bytes())
            assert (ran.status, ran.err) == (0, "")
        made = tool("tracker", "complete", "--window", window, "--gemini-features", "3", "--methodology", arm)
        assert (made.status, made.err) == (0, "")
    (row, *_) = parsed(tool("ledger-cat", "--kind", "window").out)
    assert (row["capacity_pp"], row["capacity_quota"], row["provider"]) == (
        17.5,
        "daily gemini-2.5-pro",
        "gemini",
    )
    shown = json.loads(tool("preview", "--format", "json", stdin=tool("ledger-cat").out).out)
    assert "stock_gemini" in json.dumps(shown)
    audited = json.loads(tool("tracker", "window-audit", "--window", "W0-GE-01", "--json").out)
    assert (audited["capacity_pp"], audited["capacity_quota"]) == (17.5, "daily gemini-2.5-pro")


def test_a_plan_with_nothing_but_a_month_has_a_capacity(tool):
    card = "  Monthly limit: [██████░░] {} (resets 08:00 on 20 Jan)\n"
    for phase, left, clock in (("before", "80% left", "09:00"), ("after", "71% left", "11:00")):
        words = ("--window", "W1", "--phase", phase, "--at", text(at(clock)), "--tz", "UTC")
        assert tool("tracker", "ingest", "codex", *words, stdin=card.format(left)).status == 0
    made = tool("tracker", "complete", "--window", "W1", "--codex-features", "2")
    assert "points of monthly" in made.err
    (row,) = parsed(tool("ledger-cat", "--kind", "window").out)
    assert (row["capacity_pp"], row["capacity_quota"]) == (9.0, "monthly")


ROW = """    Provider(
        "mallard",
        letter="m",
        capacity=[CapacityQuota("daily")],
        models="mallard",
        surfaces=[Surface("pond", "mallard_pond")],
    ),
)
BY_NAME = {"""
PARSER = '''"""The pond's card.

    pond 12 % used, refilled in 9h
"""

import re

from tracker.meters import Reading, Refusal, meter, reset_times
from tracker.providers import SPANS


def parse(raw, at):
    found = re.search(r"pond (\\d+) % used, refilled (in \\d+h)", raw)
    if found is None:
        raise Refusal("no_panel", f"no pond in {len(raw)} characters")
    reset = reset_times.reset(found[2], at, SPANS["daily"].length)
    return Reading([meter("daily", float(found[1]), resets_at=reset.at, label="pond")], partial=False)
'''


@pytest.fixture
def copied(tmp_path):
    """A copy of the tools with one more provider: a row, a parser, and nothing else."""
    tree = tmp_path / "tree"
    for folder in ("bin", "lib", "scripts"):
        shutil.copytree(
            ROOT / folder, tree / folder, symlinks=True, ignore=shutil.ignore_patterns("__pycache__")
        )
    (tree / ".venv").symlink_to((ROOT / ".venv").resolve())
    shutil.copy(ROOT / "pyproject.toml", tree)
    table = tree / "lib" / "tracker" / "providers.py"
    table.write_text(table.read_text().replace(")\nBY_NAME = {", ROW, 1))
    (tree / "lib" / "tracker" / "meters" / "mallard_pond.py").write_text(PARSER)
    return tree


def test_a_row_a_parser_and_a_text_are_a_provider(copied: Path, tmp_path: Path):
    """A made-up provider goes from its text to an arm; options, commands and schedules know it."""

    def call(*words: str, stdin: str = ""):
        env = clean_env(tmp_path) | {"PATH": f"{copied}/bin:/usr/bin:/bin"}
        return run([f"{copied}/bin/{words[0]}", *words[1:]], stdin=stdin, cwd=tmp_path, env=env)

    assert call("capture", "mallard", stdin="a heron\n").err.startswith("capture: no_panel: no pond")
    asked = call("read-meter", "mallard")
    assert (asked.status, asked.out) == (2, "")
    assert "paste its text into `capture mallard`" in asked.err
    for window in ("W1", "W2", "W3"):
        for phase, used, clock in (("before", 12, "09:00"), ("after", 20, "11:00")):
            hours = {"before": 9, "after": 7}[phase]
            words = ("--window", window, "--phase", phase, "--at", text(at(clock, int(window[1]))))
            ran = call(
                "tracker", "ingest", "mallard", *words, stdin=f"pond {used} % used, refilled in {hours}h\n"
            )
            assert (ran.status, ran.err) == (0, "")
        made = call(
            "tracker",
            "complete",
            "--window",
            window,
            "--mallard-features",
            "4",
            "--methodology",
            "stock_mallard",
        )
        assert (made.status, made.err) == (0, "")
    rows = parsed(call("ledger-cat", "--kind", "window").out)
    assert [(row["capacity_pp"], row["capacity_quota"]) for row in rows] == [(8.0, "daily")] * 3
    shown = call("tracker", "preview", "--format", "json")
    assert shown.status == 0, shown.err
    assert "stock_mallard" in shown.out
    plan = "2026-01-05T09:00Z 2026-01-05T14:00Z W4 mallard\n"
    assert call("window-schedule", stdin=plan).out.count("mallard") == 2
    assert call("ledger-undo", "--last", "before", "--provider", "mallard").status == 0
    assert run([f"{copied}/scripts/gen-docs"], cwd=tmp_path, env=clean_env(tmp_path)).status == 0
    assert (
        "_tracker_name ms _tracker_reading start mallard"
        in (copied / "scripts" / "tracker-aliases.sh").read_text()
    )
