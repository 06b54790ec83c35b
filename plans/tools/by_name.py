#!/usr/bin/env python3
"""Run `tracker X` under the field plans' name for it: decision_card.py is `tracker decision-card`.

The names are links to this file; options pass through, --data-dir among them.
"""

import os
import sys
from pathlib import Path

tracker = Path(__file__).resolve().parents[2] / "bin" / "tracker"
command = Path(sys.argv[0]).stem.replace("_", "-")
os.execv(tracker, [str(tracker), command, *sys.argv[1:]])  # noqa: S606
