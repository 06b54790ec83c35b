"""The live page: for whoever has its address, on this machine alone, and nothing but read."""

from __future__ import annotations

import http.client
import re
import signal
import socket
import subprocess
import threading
from pathlib import Path

import pytest

from conftest import BIN, clean_env, run
from tracker import cli
from tracker.reporting import live_page

LEDGER = (Path(__file__).parents[2] / "data/samples/week0").glob("*.jsonl")


class Fixed(live_page.Pages):
    def __init__(self, page=b"<p>hello", stop=None):
        super().__init__(None, 30)
        self.answer, self.stop, self.made = page, stop, 0

    def _report(self):
        self.made += 1
        if self.stop:
            raise self.stop
        return self.answer


@pytest.fixture
def served():
    servers = []

    def start(pages):
        server = live_page.Server(0, "token", pages)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def ask(server, path="/token/", method="GET", **headers):
    there = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    there.request(method, path, headers=headers)
    answer = there.getresponse()
    return answer.status, answer.read(), dict(answer.getheaders())


def test_the_page_is_there_for_who_knows_the_address(served):
    status, body, headers = ask(served(Fixed()))
    assert (status, body) == (200, b"<p>hello")
    assert headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/", "/token", "/token/x", "/other/", "/token/?q"])
def test_nothing_is_at_any_other_address(served, path):
    assert ask(served(Fixed()), path)[:2] == (404, b"not here\n")


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example"])
def test_a_page_elsewhere_cannot_read_it_by_a_name_of_its_own(served, host):
    assert ask(served(Fixed()), Host=host)[0] == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "CONNECT"])
def test_there_is_nothing_to_write_to(served, method):
    assert ask(served(Fixed()), method=method)[0] == 501


def test_a_head_is_the_page_without_its_body(served):
    status, body, headers = ask(served(Fixed()), method="HEAD")
    assert (status, body, headers["Content-Length"]) == (200, b"", "8")


def test_a_reload_within_seconds_computes_nothing(served):
    pages = Fixed()
    server = served(pages)
    assert [ask(server)[0] for _ in range(3)] == [200] * 3
    assert pages.made == 1


def test_why_there_is_no_page_is_said(served):
    stop = cli.Stop(66, "report: no window (0 rows read);\x1b[2J give it `ledger-cat`")
    status, body, _ = ask(served(Fixed(stop=stop)))
    assert status == 503
    assert body == b"report: no window (0 rows read);\\x1b[2J give it `ledger-cat`\n"


def test_one_who_says_nothing_keeps_nobody_out(served):
    server = served(Fixed())
    with socket.create_connection(("127.0.0.1", server.server_port)):
        assert ask(server)[0] == 200


def test_the_tool_shows_a_real_ledger_as_it_grows(tmp_path):
    env = clean_env(tmp_path)
    running = subprocess.Popen(
        [str(BIN / "serve"), "--refresh", "7"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        cwd=tmp_path, env=env,
    )  # fmt: skip
    try:
        address = running.stdout.readline().strip()
        port, path = re.fullmatch(r"http://127\.0\.0\.1:(\d+)(/[\w-]{32}/)", address).groups()
        there = http.client.HTTPConnection("127.0.0.1", int(port), timeout=60)
        there.request("GET", path)
        empty = there.getresponse()
        assert (empty.status, b"no window" in empty.read()) == (503, True)
        rows = b"".join(path.read_bytes() for path in sorted(LEDGER))
        appended = run([str(BIN / "ledger-append"), "--force"], stdin=rows, cwd=tmp_path, env=env)
        assert appended.status == 0, appended.err
        there.request("GET", path)
        answer = there.getresponse()
        page = answer.read().decode()
        assert answer.status == 200, page
        assert '<meta http-equiv="refresh" content="7">' in page
        assert '<h2 id="now">Now</h2>' in page and '<span class="word">' in page
        running.send_signal(signal.SIGINT)
        assert running.wait(timeout=20) == 130
        assert running.stderr.read() == ""
    finally:
        running.kill()


def test_a_port_that_is_taken_is_one_line(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = run(
            [str(BIN / "serve"), "--port", str(taken.getsockname()[1])], cwd=tmp_path, env=clean_env(tmp_path)
        )
    assert (ran.status, ran.out) == (75, "")
    assert re.fullmatch(
        r"serve: port \d+ cannot be used \(Address already in use\); say another with --port\n", ran.err
    )
