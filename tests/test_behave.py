"""The field plans' acceptance criteria, as features that `behave` runs."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from conftest import ROOT

FEATURES = sorted((ROOT / "tests" / "features").glob("*.feature"))


@pytest.mark.slow
@pytest.mark.parametrize("feature", FEATURES, ids=lambda path: path.stem)
def test_the_feature_holds(feature):
    ran = subprocess.run(
        [sys.executable, "-m", "behave", "--no-color", "--format", "progress2", str(feature)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={
            name: value for name, value in os.environ.items() if not name.startswith(("TRACKER_", "AGENT_"))
        },
        timeout=600,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_there_are_features():
    assert FEATURES
