"""Z.AI's monitor: the key goes to the lane's own host and nowhere else, and `.env` is read as everywhere."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tracker import cli
from tracker.live import glm


@pytest.fixture
def place(tmp_path, monkeypatch):
    for name in ("ZAI_API_KEY", "ZAI_BASE_URL", "USAGE_LOG", "HTTPS_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "")  # not set, for the readers; and put back afterwards
    monkeypatch.setenv("TRACKER_HOME", str(tmp_path))
    monkeypatch.setenv("METER_SECONDS", "5")
    return tmp_path


@pytest.fixture
def server():
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.server.seen.append((self.path, self.headers["Authorization"]))
            self.send_response(self.server.status)
            self.send_header("location", f"http://localhost:{self.server.server_port}/elsewhere")
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *words):
            pass

    made = HTTPServer(("127.0.0.1", 0), Handler)
    made.seen, made.status = [], 200
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


@pytest.mark.parametrize("line", ["ZAI_API_KEY=0123.made-up # my key", "export ZAI_API_KEY='0123.made-up'\r"])
def test_the_key_of_env_is_sent_without_its_comment(place, server, line):
    (place / ".env").write_text(
        f"\ufeff{line}\nZAI_BASE_URL=http://127.0.0.1:{server.server_port}/api/anthropic\n"
    )
    assert list(glm.read()) == [b"{}"]
    assert server.seen == [(glm.PATH, "0123.made-up")]


def test_a_redirect_does_not_take_the_key_along(place, server):
    server.status = 302
    (place / ".env").write_text(
        f"ZAI_API_KEY=k.made-up\nZAI_BASE_URL=http://127.0.0.1:{server.server_port}/x\n"
    )
    assert list(glm.read()) == [b"{}"]
    assert len(server.seen) == 1


def test_a_base_url_that_no_lane_owns_is_refused(place):
    (place / ".env").write_text("ZAI_API_KEY=k.made-up\nZAI_BASE_URL=https://api.example.org/x\n")
    with pytest.raises(cli.Stop) as stop:
        list(glm.read())
    assert stop.value.status == cli.NO_SETTING
    assert "no lane owns" in str(stop.value)


def test_without_key_and_rows_one_is_told_where_it_belongs(place):
    with pytest.raises(cli.Stop) as stop:
        list(glm.read())
    assert (stop.value.status, "ZAI_API_KEY is not set" in str(stop.value)) == (cli.NO_SETTING, True)


@pytest.mark.parametrize("key", ['"0123.made-up\nFOO=2"', "“0123.made-up”", "'0123 made-up'"])
def test_a_key_that_no_header_can_carry_is_said_without_it_and_goes_nowhere(place, server, key, capsys):
    (place / ".env").write_text(
        f"ZAI_API_KEY={key}\nZAI_BASE_URL=http://127.0.0.1:{server.server_port}/api/anthropic\n"
    )
    with pytest.raises(cli.Stop) as stop:
        list(glm.read())
    said = capsys.readouterr().err + str(stop.value)
    assert stop.value.status == cli.NO_SETTING
    assert "ZAI_API_KEY holds a blank, a line's end or a letter that no key has" in said
    assert "0123" not in said and server.seen == []
