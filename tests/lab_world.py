"""A lab for tests: real mock providers and the network between, as processes on loopback."""

from __future__ import annotations

import json
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, NamedTuple

from conftest import BIN, clean_env
from tracker.mock import personas


def in_session(leader: int) -> list[str]:
    """Return the command lines of the processes that a session's leader started, itself among them."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            session = int((process / "stat").read_text().rpartition(")")[2].split()[3])
            words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except (OSError, ValueError):
            continue
        if session == leader and words:
            found.append(words)
    return found


def gone(leader: int, seconds: float = 15) -> bool:
    """Say whether a session's processes are gone, at the latest after some seconds."""
    deadline = time.monotonic() + seconds
    while in_session(leader) and time.monotonic() < deadline:
        time.sleep(0.1)
    return not in_session(leader)


class Reply(NamedTuple):
    """An HTTP reply, or what came of it."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Daemon:
    """A program of bin/ that announces its port on stdout; ended by id."""

    def __init__(self, folder: Path, name: str, *args: str) -> None:
        self.process = subprocess.Popen(
            [str(BIN / name), *args], stdout=subprocess.PIPE, text=True, cwd=folder, env=clean_env(folder)
        )
        assert self.process.stdout is not None
        self.told = json.loads(self.process.stdout.readline())
        self.port: int = self.told["port"]
        self.url: str = self.told["url"]

    def end(self) -> int:
        self.process.terminate()
        return self.process.wait(10)


class MockProvider(Daemon):
    """A mock provider with its log, and a plain HTTPS client that trusts it."""

    def __init__(self, folder: Path, persona: str = "anthropic", *args: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.log = folder / f"{persona}.jsonl"
        super().__init__(
            folder,
            "mock-provider",
            "--as",
            persona,
            "--tls",
            str(folder / "tls"),
            "--log",
            str(self.log),
            *args,
        )
        self.base = self.url + personas.named(persona).base
        self.key = "0123456789abcdef.made-up" if persona == "zai" else "sk-ant-made-up"
        self.context = ssl.create_default_context(cafile=self.told["ca"])

    def send(self, method: str, url: str, data: bytes | None = None, **headers: str) -> Reply:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(url, data=data, headers=named, method=method)
        try:
            with urllib.request.urlopen(request, context=self.context, timeout=20) as reply:
                return Reply(reply.status, _lower(reply.headers), reply.read())
        except urllib.error.HTTPError as wrong:
            return Reply(wrong.code, _lower(wrong.headers), wrong.read())

    def ask(
        self, model: str, *, headers: dict[str, str] | None = None, path: str = "/v1/messages", **more: Any
    ) -> Reply:
        body = {"model": model, "max_tokens": 30, "messages": [{"role": "user", "content": "hello"}]} | more
        data = json.dumps({key: value for key, value in body.items() if value is not None}).encode()
        return self.send("POST", self.base + path, data, **(headers or {"x_api_key": self.key}))

    def set_faults(self, *rules: dict[str, Any]) -> Reply:
        return self.send("PUT", self.url + "/lab/faults", json.dumps(rules).encode())

    def set_meter(self, **values: Any) -> Reply:
        return self.send("PUT", self.url + "/lab/meter", json.dumps(values).encode())

    def arrivals(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]


def _lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def events(body: bytes) -> list[tuple[str, dict[str, Any]]]:
    """Return the (event, data) pairs of a stream that came whole or not."""
    made = []
    for block in body.decode().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "event" in lines:
            made.append((lines["event"], json.loads(lines["data"])))
    return made
