"""The candidates of the bench: how each is installed, started and reached."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from load import Way

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "lib")]

from tracker.mock.ports import free_port  # noqa: E402

KEPT = ROOT / ".cache" / "bench-router"  # where the peers are installed, apart from the project's own
ROUTER_BIN = ROOT / ".venv-router" / "bin"
HAIKU, SONNET = "claude-haiku-4-5", "claude-sonnet-5"
LITELLM, CCR = "litellm[proxy]==1.106.2", "@musistudio/claude-code-router@2.0.0"
ALL = ("direct", "bare", "plain", "ours", "litellm", "ccr")


class Candidate(NamedTuple):
    """One way to the providers: its process, if it has one, and how it is reached."""

    name: str
    about: str
    pid: int | None
    way: Way

    def cpu(self) -> float:
        """Return CPU seconds that its process has used; 0 where that cannot be told."""
        stat = Path(f"/proc/{self.pid}/stat")
        if self.pid is None or not stat.exists():
            return 0.0
        words = stat.read_text().rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mb(self) -> float:
        """Return the resident memory of its process, MB."""
        status = Path(f"/proc/{self.pid}/statm")
        if self.pid is None or not status.exists():
            return 0.0
        return int(status.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


class Bench:
    """A folder, two providers, and the processes between."""

    def __init__(self, folder: Path, rtt: float, before: Path | None = None) -> None:
        from tracker.mock import certificates

        self.folder, self.before = folder, before
        self.files = certificates.make(folder / "tls")
        self.context = ssl.create_default_context(cafile=str(self.files.authority))
        self.processes: list[subprocess.Popen[str]] = []
        self.anthropic, self.zai = self._provider(rtt), self._provider(rtt)

    def _provider(self, rtt: float) -> dict[str, int]:
        here = Path(__file__).parent
        python = ROUTER_BIN / "python"
        process = subprocess.Popen(
            [python, here / "upstream.py", "--certificate", self.files.server, "--rtt", str(rtt)],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.processes.append(process)
        return json.loads(process.stdout.readline())

    def start(self, name: str, far: bool = False) -> Candidate:
        """Start a candidate; `far` puts the providers at the end of the slow line."""
        leg = "slow" if far else "port"
        kind, _, of_before = name.partition("-")
        self.root = self.before if of_before and self.before else ROOT
        return getattr(self, f"_{kind}")(name + ("-far" if far else ""), self.anthropic[leg], self.zai[leg])

    def stop(self) -> None:
        """End every process, newest first."""
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)

    def _begin(self, name: str, command: list[str | Path], port: int, **env: str) -> tuple[int, Path]:
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        with (folder / "printed").open("w") as printed:
            process = subprocess.Popen(
                [str(word) for word in command],
                cwd=folder,
                env={"PATH": os.environ["PATH"], "HOME": str(folder), "TRACKER_HOME": str(folder)} | env,
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=subprocess.STDOUT,
                text=True,
            )
        self.processes.append(process)
        for _ in range(1200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                return process.pid, folder
            if process.poll() is not None:
                break
            time.sleep(0.1)
        raise SystemExit(f"bench: {name} did not start:\n" + (folder / "printed").read_text()[-2000:])

    def _direct(self, name: str, anthropic: int, zai: int) -> Candidate:
        return Candidate(name, "no router", None, Way("localhost", anthropic, None, self.context))

    def _mitm(self, name: str, about: str, command: list[str | Path], anthropic: int, zai: int) -> Candidate:
        port = free_port()
        settings = [f"confdir={self.folder / name}", f"ssl_verify_upstream_trusted_ca={self.files.authority}"]
        words = [*command, "--listen-host", "127.0.0.1", "-p", str(port)]
        env = {
            "FORCE_HAIKU_TO_ZAI": "1",
            "ZAI_API_KEY": "made-up",
            "ANTHROPIC_HOST": f"localhost:{anthropic}",
            "ZAI_BASE_URL": f"https://localhost:{zai}/api/anthropic",
        }
        words += [word for setting in settings for word in ("--set", setting)]
        pid, folder = self._begin(name, words, port, **env)
        context = ssl.create_default_context(cafile=str(folder / "mitmproxy-ca-cert.pem"))
        return Candidate(name, about, pid, Way("localhost", anthropic, port, context))

    def _bare(self, name: str, anthropic: int, zai: int) -> Candidate:
        return self._mitm(name, "mitmdump, no addon", [ROUTER_BIN / "mitmdump"], anthropic, zai)

    def _streaming(self, name: str, anthropic: int, zai: int) -> Candidate:
        script = self.folder / "streaming.py"
        script.write_text("def responseheaders(flow):\n    flow.response.stream = True\n")
        command = [ROUTER_BIN / "mitmdump", "-s", script]
        return self._mitm(name, "mitmdump, streams let through", command, anthropic, zai)

    def _plain(self, name: str, anthropic: int, zai: int) -> Candidate:
        command = [ROUTER_BIN / "mitmdump", "-s", self.root / "addons" / "haiku_glm_router.py"]
        return self._mitm(name, "mitmdump -s haiku_glm_router.py", command, anthropic, zai)

    def _ours(self, name: str, anthropic: int, zai: int) -> Candidate:
        return self._mitm(name, "bin/router", [self.root / "bin" / "router"], anthropic, zai)

    def _litellm(self, name: str, anthropic: int, zai: int) -> Candidate:
        port, config = free_port(), self.folder / f"{name}.json"
        routes = ((SONNET, SONNET, anthropic), (HAIKU, "glm-4.6", zai))
        models = [
            {
                "model_name": asked,
                "litellm_params": {
                    "model": f"anthropic/{given}",
                    "api_base": f"https://localhost:{at}",
                    "api_key": "made-up",
                },
            }
            for asked, given, at in routes
        ]
        config.write_text(json.dumps({"model_list": models}))  # JSON is YAML
        command = [
            litellm_folder() / "bin" / "litellm",
            *("--config", config, "--host", "127.0.0.1", "--port", str(port), "--num_workers", "1"),
            *("--ssl_keyfile_path", self.files.server, "--ssl_certfile_path", self.files.server),
        ]
        env = {"SSL_CERT_FILE": str(self.files.authority), "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
        key = "sk-made-up-master-key-0123456789"
        pid, _ = self._begin(name, command, port, **env, LITELLM_TELEMETRY="False", LITELLM_MASTER_KEY=key)
        way = Way("localhost", port, None, self.context, key=f"Authorization: Bearer {key}")
        return Candidate(name, "LiteLLM proxy", pid, way)

    def _ccr(self, name: str, anthropic: int, zai: int) -> Candidate:
        port = free_port()
        folder = self.folder / name / ".claude-code-router"
        folder.mkdir(parents=True)
        providers = [
            {
                "name": given,
                "api_base_url": f"https://localhost:{at}/v1/messages",
                "api_key": "made-up",
                "models": [model],
                "transformer": {"use": ["Anthropic"]},
            }
            for given, model, at in (("anthropic", SONNET, anthropic), ("zai", "glm-4.6", zai))
        ]
        config = {
            "HOST": "127.0.0.1",
            "PORT": port,
            "LOG": False,
            "NON_INTERACTIVE_MODE": True,
            "Providers": providers,
            "Router": {"default": f"anthropic,{SONNET}", "background": "zai,glm-4.6"},
        }
        (folder / "config.json").write_text(json.dumps(config))
        command = [ccr_folder() / "node_modules" / ".bin" / "ccr", "start"]
        pid, _ = self._begin(name, command, port, NODE_EXTRA_CA_CERTS=str(self.files.authority))
        # It serves no TLS: its client side goes without, to its advantage.
        return Candidate(
            name, "claude-code-router (plain HTTP in front)", pid, Way("localhost", port, None, None)
        )


def litellm_folder() -> Path:
    """Return where LiteLLM is installed, in an environment of its own; install it if it is not."""
    folder = KEPT / "litellm"
    if not (folder / "bin" / "litellm").exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([folder / "bin" / "pip", "install", "-q", LITELLM], check=True)
    return folder


def ccr_folder() -> Path:
    """Return where claude-code-router is installed; install it if it is not."""
    folder = KEPT / "ccr"
    if not (folder / "node_modules" / ".bin" / "ccr").exists():
        npm = shutil.which("npm")
        if npm is None:
            raise SystemExit(
                "bench: claude-code-router needs npm, which is not installed; leave it out with --candidates"
            )
        subprocess.run([npm, "i", "--no-fund", "--no-audit", "--prefix", folder, CCR], check=True)
    return folder


@contextlib.contextmanager
def bench(folder: Path, rtt: float, before: Path | None = None) -> Iterator[Bench]:
    """Yield a bench; its processes end with it."""
    made = Bench(folder, rtt, before)
    try:
        yield made
    finally:
        made.stop()
