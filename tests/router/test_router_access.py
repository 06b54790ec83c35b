"""Who may use a running router, and for what."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import socket
import subprocess
import threading
import time

import pytest

from lanes import COMMANDS, KEY, LOGIN, Proxy, ask, connect, exchange, request, running
from tracker.mock.ports import free_port

pytestmark = pytest.mark.router


def say(proxy, sent: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", proxy.port), 10) as connection:
        connection.sendall(sent)
        got = b""
        while piece := connection.recv(65536):
            got += piece
            if b"\r\n\r\n" in got and got.endswith(b"}"):
                break
    return got


@pytest.mark.parametrize(
    "place", ["127.0.0.1:22", "169.254.169.254:80", "example.org:443", "[::1]:22", "api.z.ai:22"]
)
def test_a_tunnel_that_leads_elsewhere_is_refused(lanes, proxy, place):
    got = say(proxy, f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n\r\n".encode())
    assert got.startswith(b"HTTP/1.1 403 ")
    assert json.loads(got.partition(b"\r\n\r\n")[2])["error"]["type"] == "permission_error"
    assert b"ROUTER_ALLOW_HOSTS" in got and not lanes.asked
    assert proxy.anomalies(1)[0]["anomaly"] == "connection-refused"


def test_a_plain_request_that_leads_elsewhere_is_refused(lanes, proxy):
    got = say(proxy, b"GET http://169.254.169.254/latest HTTP/1.1\r\nHost: 169.254.169.254\r\n\r\n")
    assert got.startswith(b"HTTP/1.1 403 ") and not lanes.asked


@contextlib.contextmanager
def trap(host: str = "127.0.0.1"):
    """Listen on loopback; what comes there has got through."""
    came = []
    with socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET) as server:

        def listen() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, peer = server.accept()
                    came.append(peer)
                    connection.close()

        threading.Thread(target=listen, daemon=True).start()
        yield server.getsockname()[1], came
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)


@pytest.fixture(scope="module", params=COMMANDS)
def direct(request, lanes, tmp_path_factory):
    """A router that dials by itself, and lets every public name pass."""
    folder = tmp_path_factory.mktemp("direct")
    proxy = Proxy(lanes, folder, COMMANDS[request.param], mode="regular", ROUTER_ALLOW_HOSTS="*")
    yield proxy
    proxy.stop()


ITSELF = (
    *(
        "127.0.0.1",
        "localhost",
        "LOCALHOST.",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "0x7f.1",
        "2130706433",
        "0177.0.0.1",
    ),
    *("127.1", "0", "0.0.0.0", "u:p@127.0.0.1", "api.anthropic.com@127.0.0.1"),
)


@pytest.mark.parametrize("place", ITSELF)
def test_no_spelling_of_this_machine_is_a_way_into_it(direct, place):
    with trap("::1" if place == "[::1]" else "127.0.0.1") as (port, came):
        at = f"{place}:{port}"
        for line in (
            f"CONNECT {at}",
            *(f"{verb} {scheme}://{at}/x" for verb in ("GET", "POST") for scheme in ("http", "https")),
        ):
            for host in (at, "api.anthropic.com"):
                got = say(direct, f"{line} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\n\r\n".encode())
                assert got.split(b" ")[1] in (b"400", b"403", b"502"), (line, got[:200])
        assert came == []


def test_a_whole_address_of_https_needs_leave_like_a_tunnel(lanes, proxy):
    for place in ("127.0.0.1:22", "api.z.ai:22", "evil.example"):
        got = say(proxy, f"GET https://{place}/x HTTP/1.1\r\nHost: api.anthropic.com\r\n\r\n".encode())
        assert got.startswith(b"HTTP/1.1 403 ") and not lanes.asked, got[:200]


@pytest.mark.parametrize("place", ["API.ANTHROPIC.COM", "api.anthropic.com."])
def test_anthropics_name_is_known_however_it_is_written(lanes, proxy, place):
    with connect(proxy, place) as connection:
        sent = request().replace(b"Host: api.anthropic.com", b"Host: " + place.encode())
        assert exchange(connection, sent).status == 200
    assert proxy.usage(1)[0]["decision"] == "forced_model" and len(lanes.zai.arrived) == 1


@pytest.mark.parametrize("model", ["claude-haiku-4-5", "claude-sonnet-4-5"])
def test_a_proxys_credentials_go_no_further_than_the_proxy(lanes, proxy, model):
    """RFC 9110, 11.7.2: also where a client repeats them inside its tunnel."""
    with connect(proxy) as connection:
        assert (
            exchange(connection, request(model, None, "Proxy-Authorization: Basic dHJhY2tlcjp3b3Jk")).status
            == 200
        )
    [arrived] = lanes.zai.arrived + lanes.anthropic.arrived
    assert b"proxy-authorization" not in arrived.head.lower() and b"anthropic-version" in arrived.head.lower()


@pytest.mark.parametrize("host", ["api.z.ai", "127.0.0.1", "evil.example"])
def test_where_a_request_goes_is_what_the_tunnel_was_asked_for(lanes, proxy, host):
    other = request("claude-sonnet-4-5").replace(b"Host: api.anthropic.com", b"Host: " + host.encode())
    with connect(proxy, "api.z.ai", check=False) as connection:
        assert exchange(connection, request()).status == 200
    [arrived] = lanes.zai.arrived
    assert LOGIN in arrived.head.decode(), "the client's own request, which nobody changed"
    with connect(proxy) as connection:
        assert exchange(connection, other).status == 200
    [row] = proxy.usage(1)  # the one to another host is no row of Anthropic's
    assert (row["model"], row["lane"]) == ("claude-sonnet-4-5", "anthropic") and len(lanes.zai.arrived) == 1


def test_the_list_can_be_made_longer(lanes, special):
    with (
        special(ROUTER_ALLOW_HOSTS="example.org") as proxy,
        socket.create_connection(("127.0.0.1", proxy.port), 10) as connection,
    ):
        connection.sendall(b"CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n")
        assert b" 403 " not in connection.recv(65536).split(b"\r\n")[0]


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be another user")
@pytest.mark.parametrize("command", COMMANDS)
def test_another_user_spends_the_lanes_key_only_with_the_token(lanes, tmp_path, monkeypatch, command):
    with running(lanes, tmp_path, command=COMMANDS[command]) as proxy:
        token = (proxy.authority.parent / "router-token").read_text().strip()
        dial = socket.create_connection

        def dial_as_another_user(*args):
            with another_user():
                return dial(*args)

        monkeypatch.setattr(socket, "create_connection", dial_as_another_user)
        for shown, decision in (("", "no_proxy_token"), ("wrong", "no_proxy_token"), (token, "forced_model")):
            lanes.forget()
            proxy.forget()
            with connect(proxy, token=shown) as connection:
                assert exchange(connection, request()).status == 200
            assert proxy.usage(1)[0]["decision"] == decision
            assert bool(lanes.zai.arrived) == (shown == token)
            for provider in (lanes.zai, lanes.anthropic):
                assert not any(b"proxy-auth" in one.head.lower() for one in provider.arrived)
        assert proxy.printed.count("sub-env.sh") == 2 and token not in proxy.printed


@contextlib.contextmanager
def another_user():
    """Be `nobody` for a moment: a socket that is made now is of that user's."""
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    "words, said",
    [
        (["--listen-host", "0.0.0.0"], "ROUTER_TOKEN"),
        (["--listen-host", "::"], "ROUTER_TOKEN"),
        (["--mode", "regular@0.0.0.0:PORT"], "ROUTER_TOKEN"),
        (["--set", "ssl_insecure=true"], "ssl_insecure"),
    ],
)
def test_a_router_that_would_be_open_to_strangers_does_not_start(tmp_path, command, words, said):
    port = str(free_port())
    ran = subprocess.run(
        [*COMMANDS[command], "-p", port, *(word.replace("PORT", port) for word in words)],
        cwd=tmp_path,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "TRACKER_HOME": str(tmp_path),
            "ZAI_API_KEY": KEY,
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert ran.returncode == 78 and said in ran.stderr and "Traceback" not in ran.stderr


def test_with_a_token_of_its_own_a_router_listens_further(lanes, tmp_path):
    with running(lanes, tmp_path, command=COMMANDS["bin-router"], ROUTER_TOKEN="chosen") as proxy:
        lanes.forget()
        assert ask(proxy, request()).status == 200
        assert not (proxy.authority.parent / "router-token").exists()
        word = base64.b64encode(b"x:chosen").decode()
        with connect(proxy, token="chosen") as connection:
            assert exchange(connection, request()).status == 200
        assert word not in proxy.printed and len(lanes.zai.arrived) == 2


def test_a_mitmdump_typed_without_a_host_listens_on_loopback_alone(tmp_path):
    port, printed = free_port(), tmp_path / "printed"
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TRACKER_HOME": str(tmp_path)}
    with printed.open("w") as out:
        process = subprocess.Popen(
            [*COMMANDS["mitmdump"], "-p", str(port)],
            cwd=tmp_path,
            env=env | {"PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=out,
        )
    try:
        until = time.monotonic() + 20
        while "listening at" not in printed.read_text() and time.monotonic() < until:
            time.sleep(0.05)
        assert f"127.0.0.1:{port}" in printed.read_text()
    finally:
        process.terminate()
        process.wait(10)


def test_the_authoritys_key_and_its_folder_are_their_owners_alone(lanes, proxy):
    folder = proxy.authority.parent
    assert folder.stat().st_mode & 0o777 == 0o700
    for name in ("mitmproxy-ca.pem", "mitmproxy-ca.p12", "router-token"):
        assert (folder / name).stat().st_mode & 0o777 == 0o600, name
