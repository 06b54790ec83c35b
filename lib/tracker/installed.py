"""What the entry points of an installed toolkit call: `tracker.installed:NAME` runs the tool of that name.

It does in the started interpreter what lib/start.py does in a clone; a second start would double a
small tool's time.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

BIN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tree", "bin")


def __getattr__(name: str) -> Callable[[], None]:
    """Return what runs a tool; `-` in its name is `_` here."""
    if not os.path.exists(os.path.join(BIN, name.replace("_", "-"))):
        raise AttributeError(name)
    return lambda: run(name.replace("_", "-"))


def run(name: str) -> None:
    """Run a tool of tree/bin with this process's options, and end with its status."""
    tool = os.path.join(BIN, name)
    os.environ["TRACKER_PYTHON"] = sys.executable  # for the tools and scripts that this one starts
    if name == "router":  # its first lines set what an interpreter must have before it starts
        os.execv(tool, [tool, *sys.argv[1:]])  # noqa: S606  the tool takes this process over
    callers = [sys.path[0], *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    sys.path[:] = [folder for folder in sys.path if folder not in callers]
    sys.argv[0] = tool
    with open(tool, encoding="utf-8") as file:
        code = compile(file.read(), tool, "exec")
    exec(code, {"__name__": "__main__", "__file__": tool})
