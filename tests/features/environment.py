"""Every scenario gets a folder, a ledger and shells of its own."""

import os
import shutil
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def before_scenario(context, scenario):
    context.home = Path(tempfile.mkdtemp(prefix="scenario-"))
    context.env = {
        "PATH": f"{ROOT / 'bin'}:{os.environ['PATH']}",
        "HOME": str(context.home),
        "ROOT": str(ROOT),
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "TRACKER_DATA_DIR": str(context.home / "live"),
    }
    context.ran = None


def after_scenario(context, scenario):
    shutil.rmtree(context.home)
