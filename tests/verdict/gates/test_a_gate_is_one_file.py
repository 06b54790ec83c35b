"""A gate is one file and one line in a list: card, JSON, options and docs know it from there."""

from __future__ import annotations

import json
import shutil

import pytest

from card_rows import experiment, gate, lines
from conftest import ROOT, clean_env, run

MADE_UP = '''
"""Tokens: how many times as many requests the candidate may take."""

from tracker.evidence.margins import Margin
from tracker.verdict.gates.gate import FAIL, PASS, Gate, GateKind


def columns(tables):
    return [sum(one.requests for one in side.traffic) for side in (tables.a, tables.b)]


def judge(sums, margin, looks):
    ratio = sums[1] / sums[0]
    verdict = PASS if ratio <= margin else FAIL
    return Gate("chattiness", "ratio", "<=", margin, "requests", estimate=ratio, bound=ratio, verdict=verdict)


GATE = GateKind(
    name="chattiness",
    label="chattiness: requests, B over A",
    about="sums of requests",
    margin=Margin("chattiness", "ratio", 1.25, "requests over the baseline's, at most", least=0),
    columns=columns,
    judge=judge,
)
'''


@pytest.fixture
def house(tmp_path):
    """A copy of the house with a made-up gate: one file, one line in the list."""
    for part in ("lib", "bin", "scripts"):
        shutil.copytree(
            ROOT / part, tmp_path / part, symlinks=True, ignore=shutil.ignore_patterns("__pycache__")
        )
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    gates = tmp_path / "lib/tracker/verdict/gates"
    (gates / "chattiness.py").write_text(MADE_UP)
    listed = (gates / "__init__.py").read_text()
    line = "    __import__('tracker.verdict.gates.chattiness', fromlist=['GATE']).GATE,\n"
    (gates / "__init__.py").write_text(listed.replace("    cost.GATE,\n", f"    cost.GATE,\n{line}"))

    def call(name, *args, stdin=""):
        return run([str(tmp_path / name), *args], stdin=stdin, cwd=tmp_path, env=clean_env(tmp_path))

    call.root = tmp_path
    return call


def test_a_made_up_gate_is_judged_shown_registered_and_documented(house):
    help_page = house("bin/experiment", "--help").out
    assert (
        "--chattiness N" in help_page and "requests over the baseline's, at most (default 1.25)" in help_page
    )

    registered = house("bin/experiment", "register", "--seed", "7", "--chattiness", "1.5")
    plan = json.loads(registered.out)
    assert plan["margins"] == {"chattiness": 1.5}
    said = {"kind": "registration", "N": 12, "seed": 1, "margins": {"chattiness": 1.1, "cost": 2}}
    for registration, margin in (
        (plan | {"ts": "2025-12-01T00:00:00Z"}, 1.5),
        (said, 1.1),
        (experiment()[0], 1.25),
    ):
        made = house("bin/decision-card", "--format", "json", stdin=lines([registration, *experiment()[1:]]))
        card = json.loads(made.out)
        assert (gate(card, "chattiness")["margin"], card["plan"]["chattiness"]) == (margin, margin)
        assert card["verdict"] == "GO", card["missing"]
    many = [
        dict(row, total_prompts=900)
        if row.get("errors") == 3 and row["methodology"] == "mitm_offload"
        else row
        for row in experiment()
    ]
    text = house("bin/decision-card", stdin=lines(many))
    assert text.status == 1 and "chattiness: requests, B over A" in text.out

    refused = house("bin/experiment", "register", "--chattiness", "0")
    assert refused.status == 2 and "--chattiness: more than 0 (0)" in refused.err
    wrong = house("bin/preview", stdin=lines([dict(said, margins={"speed": 2})]))
    assert wrong.status == 65 and "margins: quality, errors, p95, cost, chattiness (speed)" in wrong.err

    made = house("scripts/gen-docs")
    assert made.status == 0, made.err
    assert "| chattiness | chattiness: requests, B over A |" in (house.root / "docs/gates.md").read_text()
    assert "--chattiness" in (house.root / "docs/tools/experiment.md").read_text()
