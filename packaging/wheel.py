"""The build backend: hatchling's, told what a wheel carries beside the modules.

A wheel is the clone again, below `tracker/tree`, so that every tool, script and price list is found as
in a clone.  Each file of bin/ becomes an entry point.  `-C generic-names=off` (of `pip install .`,
`uv tool install .`, `pipx install --pip-args='-C generic-names=off' .`) leaves out those whose name is one plain word:
`router`, `preview` … would be in the way on somebody's PATH; `tracker run preview` is the same.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
import tempfile
import zlib
from pathlib import Path
from typing import Any

from carried import CARRIED, files
from hatchling import build
from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

build_sdist, build_editable = build.build_sdist, build.build_editable
get_requires_for_build_wheel = build.get_requires_for_build_wheel
get_requires_for_build_sdist = build.get_requires_for_build_sdist

ROOT = Path(__file__).resolve().parent.parent
SETTING = "generic-names"
ASKED = "TRACKER_GENERIC_NAMES"  # in the environment, since hatchling loads this file once for each hook

# What stands in the tree for .venv/bin/python: the interpreter that the package was installed for.
INTERPRETER = """\
#!/bin/sh
# The package is in $site; a virtual environment has its interpreter three folders up.
site=$(CDPATH= cd -- "${0%/*}/../../../.." && pwd -P)
lib=${site%/*}
if [ -n "${TRACKER_PYTHON:-}" ]; then found=$TRACKER_PYTHON
elif [ -x "${lib%/lib*/*}/bin/python" ]; then found=${lib%/lib*/*}/bin/python
else case ${lib##*/} in python3*) found=${lib##*/} ;; *) found=python3 ;; esac; fi
exec "$found" "$@"
"""


def tools() -> list[str]:
    """Return the names of the entry points, as far as they are asked for."""
    every = sorted(
        path.name for path in (ROOT / "bin").iterdir() if path.is_file() and os.access(path, os.X_OK)
    )
    return [name for name in every if os.environ.get(ASKED) != "off" or "-" in name or name == "tracker"]


def build_wheel(
    folder: str, config_settings: dict[str, Any] | None = None, metadata: str | None = None
) -> str:
    """Build a wheel, with the one setting that there is."""
    for name, value in (config_settings or {}).items():
        if name != SETTING or value not in ("on", "off"):
            raise SystemExit(f"wheel: {name}={value} is no setting; use {SETTING}=on or {SETTING}=off")
        os.environ[ASKED] = value
    return build.build_wheel(folder, config_settings, metadata)


class EntryPoints(MetadataHookInterface):
    """One entry point for each tool."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Say what each tool's command calls."""
        metadata["scripts"] = {name: f"tracker.installed:{name.replace('-', '_')}" for name in tools()}


class Tree(BuildHookInterface[Any]):
    """What lies beside the modules."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the tree, and the compiled readers where there is a compiler."""
        if version == "editable" or self.target_name != "wheel":
            return
        made = self.made = Path(tempfile.mkdtemp())
        carried = build_data["force_include"]
        for name in CARRIED:
            for path in files(ROOT / name):
                carried[str(path)] = f"tracker/tree/{path.relative_to(ROOT)}"
        for environment in (".venv", ".venv-router"):
            shim = made / environment
            shim.write_text(INTERPRETER)
            shim.chmod(0o755)
            carried[str(shim)] = f"tracker/tree/{environment}/bin/python"
        for name in tools():
            if name != "tracker":
                stub = made / name
                stub.write_text('. "${BASH_SOURCE[0]%/*}/tracker"\n')
                build_data["shared_data"][str(stub)] = f"share/bash-completion/completions/{name}"
        for compiled in _compiled(made):
            carried[str(compiled)] = f"tracker/tree/.cache/native/{compiled.name}"
            platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
            build_data["pure_python"], build_data["tag"] = False, f"py3-none-{platform}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what was made for the wheel."""
        shutil.rmtree(getattr(self, "made", ""), ignore_errors=True)


def _compiled(folder: Path) -> list[Path]:
    """Return the compiled readers of logs and histories; none without a compiler, which only costs time."""
    found = []
    for source in sorted((ROOT / "lib" / "native").glob("*.c")) if shutil.which("cc") else []:
        made = folder / f"{source.stem}-{zlib.crc32(source.read_bytes()):08x}.so"
        done = subprocess.run(["cc", "-O3", "-shared", "-fPIC", "-o", made, source], capture_output=True)
        found += [made] if done.returncode == 0 else []
    return found
