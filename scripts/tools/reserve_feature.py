#!/usr/bin/env python3
"""The field plans' name for `tracker reserve-feature`; options pass through, --data-dir among them."""

import os
import sys
from pathlib import Path

tracker = Path(__file__).resolve().parents[2] / "bin" / "tracker"
os.execv(tracker, [str(tracker), "reserve-feature", *sys.argv[1:]])  # noqa: S606
