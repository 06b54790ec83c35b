"""Two recording providers, the network between, and a real proxy: what the router's tests stand on.

Everything is on loopback.  The providers of tracker.mock.recorder keep every request as the bytes that
arrived and answer by a function of the test; `Proxy` is a process, mitmdump or bin/router; `ask` is a client that shows
what it received byte by byte.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from conftest import ROOT
from tracker.mock.ports import free_port
from tracker.mock.recorder import (  # noqa: F401 - the tests take them from here
    ANTHROPIC,
    END,
    MESSAGE,
    SSE_HEAD,
    START,
    ZAI,
    Arrived,
    Lanes,
    answer_well,
    chunk,
    delta,
    event,
    fields,
    reply,
)

MITMDUMP = ROOT / ".venv-router" / "bin" / "mitmdump"
ROUTER = ROOT / "addons" / "haiku_glm_router.py"
LOGIN = "Bearer sk-ant-oat01-made-up-login-0000"
KEY = "made-up-zai-key-1111"


class Proxy:
    """A proxy process; its log, its anomalies, what it printed."""

    def __init__(
        self, lanes: Lanes, folder: Path, command: list[str], *options: str, mode: str = "", **env: str
    ) -> None:
        self.lanes = lanes
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.out = folder / "proxy.out"
        self.port = free_port()
        self._mark = last_trace()
        self._anomalies = 0
        self._output = self.out.open("ab")
        settings = [
            f"confdir={folder / 'confdir'}",
            f"ssl_verify_upstream_trusted_ca={lanes.files.authority}",
            *options,
        ]
        self.process = subprocess.Popen(
            [
                *command,
                *("--listen-host", "127.0.0.1", "-p", str(self.port)),
                *("--mode", mode or f"upstream:http://127.0.0.1:{lanes.network_port}"),
                *(word for setting in settings for word in ("--set", setting)),
            ],
            cwd=folder,
            env={"PATH": os.environ["PATH"], "HOME": str(folder), "TRACKER_HOME": str(folder), "TZ": "UTC"}
            | env,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
        )
        self._wait()

    def _wait(self) -> None:
        until = time.monotonic() + 20
        while time.monotonic() < until:
            if self.process.poll() is not None:
                break
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                if self.authority.exists():
                    return
            time.sleep(0.02)
        raise AssertionError(f"the proxy did not start: {self.printed}")

    @property
    def authority(self) -> Path:
        return self.folder / "confdir" / "mitmproxy-ca-cert.pem"

    @property
    def printed(self) -> str:
        return self.out.read_text(errors="replace")

    def lines(self, name: str) -> list[dict[str, Any]]:
        path = self.folder / "logs" / name
        # What is read while it is being written may end in half a line.
        whole = path.read_text().split("\n")[:-1] if path.exists() else []
        return [json.loads(line) for line in whole]

    def usage(self, count: int) -> list[dict[str, Any]]:
        """Return the rows of this story's requests once there are `count` of them."""
        until = time.monotonic() + 10
        while len(found := self._since("usage.jsonl")) < count and time.monotonic() < until:
            time.sleep(0.01)
        assert len(found) == count, found
        return found

    def anomalies(self, count: int) -> list[dict[str, Any]]:
        until = time.monotonic() + 10
        while (
            len(found := self.lines("anomalies.jsonl")[self._anomalies :]) < count
            and time.monotonic() < until
        ):
            time.sleep(0.01)
        assert len(found) == count, found
        return found

    def _since(self, name: str) -> list[dict[str, Any]]:
        # A row is written when its reply has ended, so one of the story before may come late.
        numbers = ((row, row["trace_id"].rpartition("-")[2]) for row in self.lines(name))
        return [row for row, number in numbers if number.isdecimal() and int(number) > self._mark]

    def forget(self) -> None:
        self._mark, self._anomalies = last_trace(), len(self.lines("anomalies.jsonl"))

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(how)
        status = self.process.wait(20)
        self._output.close()
        return status


def mitmdump(*scripts: Path) -> list[str]:
    """Return the command of a mitmdump with these addons."""
    return [str(MITMDUMP), *(word for script in scripts for word in ("-s", str(script)))]


OURS = [str(ROOT / "bin" / "router")]
COMMANDS = {"mitmdump": mitmdump(ROUTER), "bin-router": OURS}


class Reply(NamedTuple):
    """What a client received: the bytes, and when each piece came."""

    raw: bytes
    pieces: list[tuple[float, bytes]]

    @property
    def status(self) -> int:
        return int(self.raw.split(b" ", 2)[1])

    @property
    def head(self) -> bytes:
        return self.raw.partition(b"\r\n\r\n")[0]

    @property
    def headers(self) -> dict[str, str]:
        return fields(self.head)

    @property
    def body(self) -> bytes:
        body = self.raw.partition(b"\r\n\r\n")[2]
        if "chunked" not in self.headers.get("transfer-encoding", ""):
            return body
        whole = b""
        while body:
            size, _, body = body.partition(b"\r\n")
            whole += body[: int(size, 16)]
            body = body[int(size, 16) + 2 :]
        return whole

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def most_memory_mb(proxy: Proxy) -> float:
    """Return the most memory that a proxy has taken so far, MB; a test skips where there is no /proc."""
    told = Path(f"/proc/{proxy.process.pid}/status")
    if not told.exists():
        pytest.skip("no /proc on this machine")
    [line] = [line for line in told.read_text().splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) / 1024


def connect(
    proxy: Proxy,
    host: str = ANTHROPIC,
    alpn: list[str] | None = None,
    port: int = 443,
    token: str = "",
    check: bool = True,
) -> ssl.SSLSocket:
    """Return a TLS connection to a provider's name through the proxy; `token` is shown to it.

    `check` is whether the proxy must be the one that reads it.
    """
    raw = socket.create_connection(("127.0.0.1", proxy.port), 20)
    word = base64.b64encode(f"tracker:{token}".encode()).decode()
    shown = f"Proxy-Authorization: Basic {word}\r\n" if token else ""
    raw.sendall(f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n{shown}\r\n".encode())
    head = b""
    while b"\r\n\r\n" not in head:
        got = raw.recv(4096)
        assert got, head
        head += got
    assert b" 200 " in head.split(b"\r\n")[0], head
    context = ssl.create_default_context(cafile=str(proxy.authority))
    if not check:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if alpn:
        context.set_alpn_protocols(alpn)
    return context.wrap_socket(raw, server_hostname=host)


_traces = [0]


def last_trace() -> int:
    return _traces[-1]


def request(
    model: str | None = "claude-haiku-4-5", body: bytes | dict | None = None, *headers: str, **more: Any
) -> bytes:
    """Return the bytes of a message request as Claude Code sends it; `headers` are lines put on top."""
    if body is None:
        body = {"model": model, "max_tokens": 64, "messages": [{"role": "user", "content": "Hi"}], **more}
    content = body if isinstance(body, bytes) else json.dumps(body, separators=(",", ":")).encode()
    _traces.append(last_trace() + 1)
    lines = [
        "POST /v1/messages?beta=true HTTP/1.1",
        "Host: api.anthropic.com",
        "Accept: application/json",
        f"Authorization: {LOGIN}",
        "content-type: application/json",
        "User-Agent: claude-cli/2.1.329 (external, cli)",
        "X-Claude-Code-Session-Id: 11111111-2222-4333-8444-555555555555",
        f"x-client-request-id: trace-{last_trace()}",
        "anthropic-version: 2023-06-01",
        "anthropic-beta: claude-code-20250219,oauth-2025-04-20,interleaved-thinking-2025-05-14",
        "Cookie: a=b",
        *headers,
        f"Content-Length: {len(content)}",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def exchange(connection: ssl.SSLSocket, sent: bytes, timeout: float = 20) -> Reply:
    """Send a request and read one reply to its end, or to the end of the connection."""
    connection.settimeout(timeout)
    connection.sendall(sent)
    raw, pieces = b"", []
    while not _whole(raw):
        try:
            got = connection.recv(65536)
        except (ConnectionError, ssl.SSLError):
            break
        if not got:
            break
        pieces.append((time.perf_counter(), got))
        raw += got
    return Reply(raw, pieces)


def _whole(raw: bytes) -> bool:
    head, found, body = raw.partition(b"\r\n\r\n")
    if not found:
        return False
    headers = fields(head)
    if "chunked" in headers.get("transfer-encoding", ""):
        return body.endswith(b"0\r\n\r\n")
    return len(body) >= int(headers.get("content-length", "0"))


def ask(proxy: Proxy, sent: bytes, host: str = ANTHROPIC) -> Reply:
    """Send one request on a connection of its own."""
    with connect(proxy, host) as connection:
        return exchange(connection, sent)


@contextlib.contextmanager
def running(
    lanes: Lanes, folder: Path, *options: str, command: list[str] | None = None, **env: str
) -> Iterator[Proxy]:
    """Run mitmdump with the router; offload is on, with a made-up key, unless the test says otherwise."""
    env = {"FORCE_HAIKU_TO_ZAI": "1", "ZAI_API_KEY": KEY} | env
    proxy = Proxy(lanes, folder, command or mitmdump(ROUTER), *options, **env)
    try:
        yield proxy
    finally:
        proxy.stop()
