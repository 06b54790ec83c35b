"""The lab of scripts/lab.sh as a process: mock providers and the network between, until it is stopped."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class RunningLab:
    """`router_options` lead a router's way out into the lab; `env` is what its shells need beside them."""

    def __init__(self, folder: Path, **env: str) -> None:
        script = (
            f'. "{ROOT}/scripts/lab.sh"; trap "lab_stop; exit" TERM; lab_start "$0"; '
            'printf "%s\\n" "$LAB_NETWORK" "$LAB_CA" "$LAB_ANTHROPIC" "$LAB_ZAI"; wait'
        )
        self.process = subprocess.Popen(
            ["bash", "-c", script, str(folder)],
            stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            env={"PATH": os.environ["PATH"], "HOME": str(folder), "LAB_TOKENS": "1000000"} | env,
        )
        self.network, self.authority, self.anthropic, self.zai = (
            self.process.stdout.readline().strip() for _ in range(4)
        )

    def router_options(self, confdir: Path) -> str:
        """Return the words behind `ccmitm PORT`."""
        return (
            f"--mode upstream:{self.network} --set ssl_verify_upstream_trusted_ca={self.authority}"
            f" --set confdir={confdir}"
        )

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)
