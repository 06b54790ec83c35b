"""What a running router says is in force, in a small file beside its log, for `tracker begin` and `status`."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

from tracker.router.log.row_writer import say
from tracker.router.router_settings import Settings

NAME = "router.state.json"


def path_beside(log: str) -> Path:
    """Return the file that belongs to a log; ROUTER_STATE names another."""
    return Path(os.environ.get("ROUTER_STATE") or Path(log).with_name(NAME))


def of_port(path: Path, port: int) -> Path:
    """Return the file of the router that listens on a port: two beside one log do not write over each other.

    >>> of_port(Path("logs/router.state.json"), 8083).name
    'router.state-8083.json'
    """
    return path.with_name(f"{path.stem}-{port}{path.suffix}")


def write(
    path: Path,
    port: int,
    settings: Settings,
    offloads_until: float | None = None,
    control: dict[str, str] | None = None,
) -> None:
    """Write down where the router listens and what it does with Haiku; a disk that is full is only said.

    `offloads_until`: epoch seconds of the reset until which a mark of the rule is passed; None: none is.
    `control`: what the control file held then, for who reads this to know what was set since.
    """
    said = {
        "port": port,
        "pid": os.getpid(),
        "lane": settings.lane.name,
        "force_haiku": settings.force_haiku,
        "paused": settings.paused,
        "offload_when": settings.rule.text if settings.rule is not None else None,
        "offloads_until": offloads_until,
        "control": control or {},
        "written_at": time.time(),
    }
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for target in (of_port(path, port), path):  # the second: the router that spoke last
            fresh.write_text(json.dumps(said) + "\n", encoding="utf-8")
            fresh.replace(target)
    except OSError as wrong:
        say(
            f"{path.name} could not be written ({wrong.strerror}); `tracker status` does not know this router"
        )


def remove(path: Path) -> None:
    """Take the files away, where they are still this process's."""
    for target in (*path.parent.glob(f"{path.stem}-*{path.suffix}"), path):
        try:
            if json.loads(target.read_text(encoding="utf-8")).get("pid") == os.getpid():
                target.unlink()
        except (OSError, ValueError):
            continue
