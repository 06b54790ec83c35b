"""A collector on loopback: it takes what OTLP/HTTP exporters post as JSON, and keeps a line an export as a file exporter does."""

from __future__ import annotations

import http.server
import threading
from pathlib import Path


class Collector:
    """`url` is its endpoint; `file` holds one export a line, in the order in which they came."""

    def __init__(self, file: Path) -> None:
        self.file = file
        file.touch()
        lock = threading.Lock()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                with lock, file.open("ab") as kept:
                    kept.write(self._body().replace(b"\n", b" ") + b"\n")
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def _body(self) -> bytes:
                if "chunked" not in self.headers.get("Transfer-Encoding", ""):
                    return self.rfile.read(int(self.headers["Content-Length"]))
                body = b""
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return body

            def log_message(self, *_: object) -> None:
                """Keep the tests' screen clear."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def env(self) -> dict[str, str]:
        """What Claude Code needs to tell this collector of its requests, and of nothing else."""
        return {
            "CLAUDE_CODE_ENABLE_TELEMETRY": "1",
            "OTEL_LOGS_EXPORTER": "otlp",
            "OTEL_METRICS_EXPORTER": "otlp",
            "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json",
            "OTEL_EXPORTER_OTLP_ENDPOINT": self.url,
            "OTEL_LOGS_EXPORT_INTERVAL": "200",
            "OTEL_METRIC_EXPORT_INTERVAL": "1000",
            "NO_PROXY": "127.0.0.1",
        }

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
