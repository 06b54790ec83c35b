"""Run `python -m tracker.cli …` in the clone's folder, with any Python and without PYTHONPATH: it becomes bin/tracker."""

import os
import sys
from pathlib import Path

tool = Path(__file__).resolve().parents[2] / "bin" / "tracker"
os.execv(tool, [str(tool), *sys.argv[1:]])  # noqa: S606
