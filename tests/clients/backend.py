"""A loopback stand-in for the providers' account endpoints, which answers with known numbers.

It is an HTTPS proxy that ends the TLS of every host itself, with a CA made for the run, and it
speaks plain HTTP on the same port for clients whose base address can be set.  It never connects
anywhere, so nothing of a client's leaves the machine.
"""

from __future__ import annotations

import json
import socketserver
import ssl
import threading
from pathlib import Path

import trustme


class Backend:
    """`answers` maps the end of a path to (status, JSON body); `seen` is what clients asked for."""

    def __init__(self, folder: Path) -> None:
        self.answers: dict[str, tuple[int, object]] = {}
        self.seen: list[str] = []
        self.ca = trustme.CA()
        self.ca_file = folder / "ca.pem"
        self.ca.cert_pem.write_to_path(str(self.ca_file))
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._lock = threading.Lock()
        backend = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                backend._serve(self.connection, "http")

        socketserver.ThreadingTCPServer.daemon_threads = True
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, method: str, host: str, path: str) -> tuple[int, object]:
        """Return what this request gets; one that nothing was set for gets an empty object."""
        self.seen.append(f"{method} {host}{path}")
        bare = path.partition("?")[0]
        for end, made in self.answers.items():
            if bare.endswith(end):
                return made
        return 200, {}

    def _context(self, host: str) -> ssl.SSLContext:
        with self._lock:
            if host not in self._contexts:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.set_alpn_protocols(["http/1.1"])
                self.ca.issue_cert(host).configure_cert(context)
                self._contexts[host] = context
            return self._contexts[host]

    def _serve(self, connection, host: str) -> None:
        try:
            stream = connection.makefile("rb")
            while line := stream.readline(65536):
                method, target, *_ = line.decode("latin-1").split()
                headers = {}
                while (line := stream.readline(65536)) not in (b"\r\n", b""):
                    name, _, value = line.decode("latin-1").partition(":")
                    headers[name.strip().lower()] = value.strip()
                if method == "CONNECT":
                    name = target.rsplit(":", 1)[0]
                    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                    self._serve(self._context(name).wrap_socket(connection, server_side=True), name)
                    return
                if length := int(headers.get("content-length", 0)):
                    stream.read(length)
                status, body = self.answer(method, host, target)
                text = body if isinstance(body, bytes) else json.dumps(body).encode()
                head = f"HTTP/1.1 {status} Said\r\ncontent-type: application/json\r\ncontent-length: {len(text)}\r\n\r\n"
                connection.sendall(head.encode() + text)
        except (OSError, ValueError, ssl.SSLError):
            return
