"""The report, live on loopback: one page behind an address that only its reader knows, and nothing to write to."""

from __future__ import annotations

import hmac
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tracker import cli, places

FRESH_S = 2.0  # a page that is younger is shown again: a reload costs no second computation
PATIENCE_S = 30  # how long a connection may say nothing
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Pages:
    """The page as the ledger has it now, made by the tools that a person would type."""

    def __init__(self, data_dir: str | None, refresh_s: int) -> None:
        self._ledger = ["--data-dir", data_dir] if data_dir else []
        self._refresh_s = refresh_s
        self._made: tuple[float, bytes] | None = None
        self._one_at_a_time = threading.Lock()

    def page(self) -> bytes:
        """Return the page; cli.Stop says why there is none."""
        with self._one_at_a_time:
            if self._made is None or time.monotonic() - self._made[0] > FRESH_S:
                self._made = (time.monotonic(), self._report())
            return self._made[1]

    def _report(self) -> bytes:
        rows = self._tool("ledger-cat", "--raw", *self._ledger)
        with tempfile.TemporaryDirectory() as folder:
            now = Path(folder) / "now"
            now.write_bytes(
                self._tool("plan-now", *self._ledger, answers=(cli.OK, cli.NOTHING))
                + b"\n"
                + self._tool("window-status", *self._ledger)
            )
            return self._tool("report", "--now", str(now), "--refresh", str(self._refresh_s), given=rows)

    def _tool(
        self, name: str, *options: str, given: bytes = b"", answers: Sequence[int] = (cli.OK,)
    ) -> bytes:
        done = subprocess.run(
            [str(places.find("tools").path / name), *options],
            input=given,
            capture_output=True,
            check=False,
            env={**os.environ, "COLUMNS": "80"},
        )
        if done.returncode not in answers:
            raise cli.Stop(done.returncode, done.stderr.decode(errors="replace").strip() or name)
        return done.stdout


class Server(ThreadingHTTPServer):
    """A server on 127.0.0.1 that answers one address."""

    daemon_threads = True

    def __init__(self, port: int, token: str, pages: Pages) -> None:
        super().__init__(("127.0.0.1", port), Answer)
        self.path = f"/{token}/"
        self.pages = pages

    @property
    def address(self) -> str:
        """What a person opens."""
        return f"http://127.0.0.1:{self.server_port}{self.path}"

    def may_read(self, path: str, host: str) -> bool:
        """Return whether a request knows the address, and calls this machine by its own name.

        A page elsewhere that has its own name resolve to 127.0.0.1 sends that name as the host.
        """
        names = {f"{name}:{self.server_port}" for name in ("127.0.0.1", "localhost")}
        return host in names and hmac.compare_digest(path.encode(), self.path.encode())


class Answer(BaseHTTPRequestHandler):
    """Answers GET and HEAD, and nothing else."""

    server: Server
    server_version = "tracker"
    sys_version = ""
    timeout = PATIENCE_S

    def do_GET(self) -> None:
        """Answer with the page."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """Answer with the page's headers."""
        self._answer(with_body=False)

    def _answer(self, with_body: bool) -> None:
        status, kind, body = self._found()
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def _found(self) -> tuple[HTTPStatus, str, bytes]:
        if not self.server.may_read(self.path, self.headers.get("Host", "")):
            return HTTPStatus.NOT_FOUND, "text/plain", b"not here\n"
        try:
            return HTTPStatus.OK, "text/html", self.server.pages.page()
        except cli.Stop as stop:
            return HTTPStatus.SERVICE_UNAVAILABLE, "text/plain", f"{cli.harmless(str(stop))}\n".encode()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the address holds the token."""
