"""Every scenario gets a folder, a ledger and shells of its own."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "lib")]

import needs  # noqa: E402

if said := needs.lacking():
    sys.exit(f"behave: {said}")


def before_feature(context, feature):
    """A feature about the router has one lab, and one folder for its certificates."""
    context.lab = None
    if "lab" in feature.tags:
        from running_lab import RunningLab

        context.lab_folder = Path(tempfile.mkdtemp(prefix="lab-"))
        context.lab = RunningLab(context.lab_folder / "lab")


def after_feature(context, feature):
    if context.lab is not None:
        context.lab.stop()
        shutil.rmtree(context.lab_folder)


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
    context.port = None


def after_scenario(context, scenario):
    if context.port is not None:
        stop = [str(ROOT / "scripts" / "mitm.sh"), "stop", context.port]
        subprocess.run(stop, env=context.env, capture_output=True, check=False)
    shutil.rmtree(context.home)
