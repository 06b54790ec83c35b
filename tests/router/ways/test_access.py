"""Where the router connects, and who may spend the lane's key."""

from __future__ import annotations

import asyncio
import base64
import os
import socket

import pytest

from tracker import lanes
from tracker.router.ways import access

ANTHROPIC = ("api.anthropic.com", 443)
UPSTREAM = lanes.Address("https", "api.z.ai", 443, "/api/anthropic")


def basic(user: str, token: bytes) -> bytes:
    return b"Basic " + base64.b64encode(user.encode() + b":" + token)


@pytest.mark.parametrize(
    "host, port, may",
    [
        *[("api.anthropic.com", 443, True), ("API.Anthropic.com.", 443, True), ("api.anthropic.com", 80, False)],
        *[("statsig.anthropic.com", 443, True), ("claude.ai", 443, True), ("downloads.claude.ai", 443, True)],
        *[("api.z.ai", 443, True), ("api.deepseek.com", 443, True), ("api.z.ai", 22, False)],
        *[("127.0.0.1", 22, False), ("169.254.169.254", 80, False), ("localhost", 443, False), ("::1", 443, False)],
        *[("evil.org", 443, False), ("evilanthropic.com", 443, False), ("anthropic.com.evil.org", 443, False)],
        ("127.0.0.1", 443, False),
    ],
)  # fmt: skip
def test_only_the_hosts_of_the_list_are_connected_to(host, port, may):
    assert access.may_connect(host, port, access.hosts(ANTHROPIC, UPSTREAM, [])) is may


@pytest.mark.parametrize(
    "entry, host, port, may",
    [
        ("pip.example.org", "pip.example.org", 443, True),
        ("example.org:8443", "example.org", 8443, True),
        ("example.org:8443", "example.org", 443, False),
        ("*.example.org", "a.b.example.org", 443, True),
        ("*.example.org", "example.org", 443, False),
        ("127.0.0.1:9000", "127.0.0.1", 9000, True),
        ("*", "anything.example", 443, True),
        ("*", "169.254.169.254", 443, False),
        ("*", "metadata.google.internal", 443, False),
        ("*", "localhost", 443, False),
        ("*", "0x7f000001", 443, False),
        ("*", "anything.example", 22, False),
    ],
)
def test_the_list_can_be_made_longer(entry, host, port, may):
    assert access.may_connect(host, port, access.hosts(ANTHROPIC, UPSTREAM, [entry])) is may


@pytest.fixture
def opened(tmp_path, monkeypatch):
    monkeypatch.delenv(access.TOKEN_VARIABLE, raising=False)
    folder = tmp_path / "confdir"
    folder.mkdir(mode=0o755)
    (folder / "mitmproxy-ca.pem").write_text("made up")
    (folder / "mitmproxy-ca.pem").chmod(0o644)
    made = access.Access()
    made.open(folder)
    return made, folder


def test_an_installation_has_a_token_of_its_own_and_its_keys_are_its_owners(opened):
    made, folder = opened
    token = folder / access.TOKEN_FILE
    first = token.read_bytes()
    assert len(first.strip()) >= 40
    assert token.stat().st_mode & 0o777 == 0o600 and folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "mitmproxy-ca.pem").stat().st_mode & 0o777 == 0o600
    made.open(folder)
    assert token.read_bytes() == first


@pytest.mark.parametrize("user", ["tracker", "", "a:b"])
def test_the_token_is_the_password_of_any_name(opened, user):
    made, folder = opened
    token = (folder / access.TOKEN_FILE).read_bytes().strip()
    made.admit("c", basic(user, token))
    assert made.has_token("c")
    made.forget("c")
    assert not made.has_token("c")


@pytest.mark.parametrize(
    "credentials", [None, b"", b"Basic", b"Basic !", b"Bearer x", basic("u", b""), basic("u", b"wrong")]
)
def test_no_other_word_is_the_token(opened, credentials):
    made, _ = opened
    made.admit("c", credentials)
    assert not made.has_token("c")


def test_a_chosen_token_counts_instead(opened, monkeypatch):
    made, folder = opened
    monkeypatch.setenv(access.TOKEN_VARIABLE, "chosen-token")
    made.open(folder)
    made.admit("c", basic("u", (folder / access.TOKEN_FILE).read_bytes().strip()))
    assert not made.has_token("c") and made.is_set
    made.admit("c", basic("u", b"chosen-token"))
    assert made.has_token("c")


@pytest.mark.skipif(not hasattr(socket, "AF_NETLINK"), reason="only Linux tells whose a socket is")
@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_the_kernel_tells_whose_process_is_at_the_other_end(address):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with (
        socket.create_server((address, 0), family=family) as server,
        socket.create_connection(server.getsockname()[:2]) as client,
    ):
        accepted, peer = server.accept()
        own = accepted.getsockname()
        assert access.user_at(peer[:2], own[:2]) == os.getuid()
        assert access.user_at((peer[0], peer[1] + 1), own[:2]) is None
        made = access.Access()
        assert made.is_trusted("c", peer[:2], own[:2])
        assert not made.is_trusted("d", ("192.0.2.1", peer[1]), own[:2])
        client.close()
        accepted.close()


@pytest.mark.skipif(
    not hasattr(socket, "AF_NETLINK") or os.getuid() != 0, reason="only root can be another user"
)
def test_another_users_process_is_not_trusted():
    with socket.create_server(("127.0.0.1", 0)) as server:
        os.seteuid(65534)
        try:
            client = socket.create_connection(server.getsockname())
        finally:
            os.seteuid(0)
        accepted, peer = server.accept()
        assert access.user_at(peer, accepted.getsockname()) == 65534
        assert not access.Access().is_trusted("c", peer, accepted.getsockname())
        client.close()
        accepted.close()


def test_from_beyond_this_machine_nobody_comes_without_the_token(opened):
    made, folder = opened
    allowed = access.hosts(ANTHROPIC, UPSTREAM, [])
    assert made.refusal("c", "127.0.0.1", ANTHROPIC, allowed) is None
    assert made.refusal("c", "192.0.2.1", ANTHROPIC, allowed)[0] == 407
    made.admit("c", basic("u", (folder / access.TOKEN_FILE).read_bytes().strip()))
    assert made.refusal("c", "192.0.2.1", ANTHROPIC, allowed) is None
    assert made.refusal("c", "192.0.2.1", ("127.0.0.1", 22), allowed)[0] == 403


@pytest.mark.parametrize(
    "shown",
    [
        lambda word: b"Bearer " + word,
        lambda word: basic("u", word) + b", " + basic("u", word),
        lambda word: basic("u", word) + b"\0",
        lambda word: basic(word.decode(), b""),
        lambda word: basic("u", word + b"x"),
        lambda word: basic("u", word[:-1]),
        lambda word: basic("u", word.upper()),
        lambda word: b"Digest " + basic("u", word),
        lambda word: word,
        lambda word: b"",
        lambda word: b"Basic",
        lambda word: b"Basic ====",
    ],
)
def test_a_token_in_any_other_shape_is_none(opened, shown):
    made, folder = opened
    made.admit("c", shown((folder / access.TOKEN_FILE).read_bytes().strip()))
    assert not made.has_token("c")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        *((one, True) for one in ("8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808")),
        *(
            (one, False)
            for one in ("127.0.0.1", "10.0.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0")
        ),
        *(
            (one, False)
            for one in ("::1", "::", "fe80::1", "fd00::1", "::ffff:10.0.0.1", "64:ff9b::a9fe:a9fe")
        ),
        *((one, False) for one in ("2002:7f00:1::", "224.0.0.1", "ff02::1", "255.255.255.255", "no address")),
    ],
)
def test_an_address_of_the_internet_is_told_from_any_other(address, said):
    assert access.is_public(address) is said


@pytest.mark.parametrize(
    ("name", "allowed", "said"),
    [
        ("localhost", ["*"], True),
        ("localhost", ["*:443", "*.example"], True),
        ("localhost", ["*", "localhost"], False),
        ("8.8.8.8", ["*"], False),
        ("10.0.0.1", ["*"], True),
        ("nobody.invalid", ["*"], False),
    ],
)
def test_a_name_that_only_the_star_lets_pass_must_not_lead_inside(name, allowed, said):
    assert asyncio.run(access.leads_inside(name, 443, allowed)) is said
