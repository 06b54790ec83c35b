"""Who may use the router, and where it connects: the hosts of a list, and the offload lane for its owner alone.

The lane's key is the user's money.  It is spent for clients that send the proxy token of this
installation, and for processes of the router's own user on this machine, as the kernel says: those could
read the token anyway.  Everybody else's requests stay on Anthropic, where they bring their own login.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hmac
import ipaddress
import os
import re
import secrets
import socket
import stat
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from tracker import lanes

TOKEN_FILE: Final = "router-token"  # noqa: S105 - a name as well; in mitmproxy's folder, beside its authority
TOKEN_VARIABLE: Final = "ROUTER_TOKEN"  # noqa: S105 - the name of one
# What Claude Code talks to beside its API: sign-in, downloads, feature flags, plugins.  Source: the page on
# network configuration of its documentation, read 2026-11.
CLAUDE_CODE: Final = (
    *("*.anthropic.com", "claude.ai", "*.claude.ai", "claude.com", "*.claude.com", "*.claudeusercontent.com"),
    *("storage.googleapis.com", "github.com", "*.github.com", "raw.githubusercontent.com"),
)
_SOCK_DIAG, _BY_FAMILY, _ANY = 4, 20, 0xFFFFFFFF  # linux/netlink.h, linux/sock_diag.h
_BASIC = re.compile(rb"(?i)basic +([A-Za-z0-9+/=_-]+)\s*\Z")
_CREDENTIALS = re.compile(rb"(?i)\r\nproxy-authorization:[ \t]*([^\r\n]*)")
_ENTRY = re.compile(r"(\[?[^\[\]]+?\]?)(?::(\d{1,5}))?")
_EVERY = re.compile(r"\*(?::\d{1,5})?")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_NAME = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.[a-z][a-z0-9-]*")  # a public name, no address


def may_connect(host: str, port: int, allowed: Iterable[str]) -> bool:
    """Say whether a list of hosts lets a connection pass.

    An entry is NAME, NAME:PORT, `*.NAME` or `*`; without a port it means 443.  `*` is every name that is
    no address and has a dot, so that neither this machine nor its network is meant by it.

    >>> may_connect("api.github.com", 443, ["*.github.com"]), may_connect("127.0.0.1", 22, ["*", "a:22"])
    (True, False)
    """
    name = host.lower().rstrip(".")
    for entry in allowed:
        found = _ENTRY.fullmatch(entry.lower())
        if found is None or port != int(found[2] or 443):
            continue
        wanted = found[1]
        if wanted == "*":
            if _NAME.fullmatch(name) and not name.endswith((".localhost", ".local", ".internal")):
                return True
        elif name == wanted or (wanted.startswith("*.") and name.endswith(wanted[1:])):
            return True
    return False


async def leads_inside(host: str, port: int, allowed: Iterable[str]) -> bool:
    """Say whether a name that only `*` lets pass is one of this machine, its network or a cloud's inside.

    Whoever wrote the list meant the names in it, wherever they lead, and by `*` the public ones.  A name that is not
    known is left to the connection, which says so.
    """
    if may_connect(host, port, [entry for entry in allowed if not _EVERY.fullmatch(entry)]):
        return False
    with contextlib.suppress(OSError, UnicodeError, ValueError):
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return not all(is_public(str(place[4][0])) for place in found)
    return False


def is_public(address: str) -> bool:
    """Say whether an address is one of the internet, also where it stands for an older one.

    >>> is_public("8.8.8.8"), is_public("::ffff:127.0.0.1"), is_public("fe80::1%lo"), is_public("64:ff9b::7f00:1")
    (True, False, False, False)
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        older = found.ipv4_mapped or found.sixtofour or (found.teredo or (None, None))[1]
        if found in _NAT64:
            older = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if older is not None:
            return is_public(str(older))
    return found.is_global and not found.is_multicast


def hosts(anthropic: tuple[str, int], upstream: lanes.Address, more: Iterable[str]) -> frozenset[str]:
    """Return every host that the router connects to: Anthropic's, the lanes', Claude Code's, and some more."""
    own = {f"{anthropic[0]}:{anthropic[1]}", f"{upstream.host}:{upstream.port}"}
    of_lanes = {host for lane in lanes.known().values() for host in lane.hosts}
    return frozenset(own | of_lanes | set(CLAUDE_CODE) | set(more))


def token_in(head: bytes) -> bytes | None:
    r"""Return the credentials that a CONNECT brings for the proxy, None when it brings none.

    >>> token_in(b"CONNECT a:443 HTTP/1.1\r\nProxy-Authorization: Basic dTp0\r\n\r\n")
    b'Basic dTp0'
    """
    found = _CREDENTIALS.search(head)
    return found[1] if found else None


class Access:
    """The token of this installation, and the clients that are trusted for it."""

    def __init__(self) -> None:
        self._token: bytes | None = None
        self._trusted: dict[str, bool] = {}  # by client id

    @property
    def is_set(self) -> bool:
        """Whether the user has chosen a token, as listening beyond loopback asks for."""
        return bool(os.environ.get(TOKEN_VARIABLE, "").strip())

    def open(self, folder: Path) -> None:
        """Take the token from the environment, else from its file in mitmproxy's folder, made at need.

        The folder and the authority's keys in it become its owner's alone.
        """
        chosen = os.environ.get(TOKEN_VARIABLE, "").strip()
        try:
            close(folder)
            self._token = chosen.encode() or _read_or_make(folder / TOKEN_FILE)
        except OSError:
            self._token = chosen.encode() or None  # nobody is trusted for a token then

    def admit(self, client: str, credentials: bytes | None) -> None:
        """Remember a client whose token is right."""
        found = _BASIC.match(credentials or b"")
        if found is None or self._token is None:
            return
        with contextlib.suppress(ValueError):
            word = base64.b64decode(found[1], validate=True).rpartition(b":")[2]
            if hmac.compare_digest(word, self._token):
                self._trusted[client] = True

    def refusal(
        self, client: str, peer: str, place: tuple[str, int], allowed: Iterable[str]
    ) -> tuple[int, str] | None:
        """Return status and words for a client that may not be connected to a place; None when it may."""
        if not lanes.is_loopback(peer) and not self.has_token(client):
            return 407, "the router's proxy token is missing; scripts/sub-env.sh puts it into HTTPS_PROXY"
        if not may_connect(*place, allowed):
            return 403, f"the router does not connect to {place[0]}:{place[1]}; ROUTER_ALLOW_HOSTS adds hosts"
        return None

    def has_token(self, client: str) -> bool:
        """Say whether a client has shown the token."""
        return self._trusted.get(client) is True

    def is_trusted(self, client: str, peer: tuple[str, int], own: tuple[str, int]) -> bool:
        """Say whether a client, at `peer` as seen from `own`, may spend the lane's key."""
        known = self._trusted.get(client)
        if known is None:
            known = self._trusted[client] = lanes.is_loopback(peer[0]) and user_at(peer, own) == os.getuid()
        return known

    def forget(self, client: str) -> None:
        """Forget a client that left."""
        self._trusted.pop(client, None)


def close(folder: Path) -> None:
    """Make a folder and the private keys in it their owner's alone; OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid == os.getuid():
        folder.chmod(0o700)
    for path in [*folder.glob("*-ca.pem"), *folder.glob("*-ca.p12"), *folder.glob("*-dhparam.pem")]:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            path.chmod(0o600)


def _read_or_make(path: Path) -> bytes | None:
    with contextlib.suppress(FileExistsError):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        os.write(file, secrets.token_urlsafe(32).encode() + b"\n")
        os.close(file)
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        path.chmod(0o600)
    return path.read_bytes().strip() or None


def user_at(peer: tuple[str, int], own: tuple[str, int]) -> int | None:
    """Return the user id of the process at the other end of a TCP connection on this machine.

    The kernel is asked for that one socket (Linux: sock_diag(7), some 50 us; /proc/net/tcp lists all of
    them, which takes milliseconds).  None where it does not say.
    """
    if not hasattr(socket, "AF_NETLINK"):
        return None
    family = socket.AF_INET6 if ":" in peer[0] else socket.AF_INET
    try:
        ends = b"".join(socket.inet_pton(family, end[0]).ljust(16, b"\0") for end in (peer, own))
        wanted = struct.pack("!HH", peer[1], own[1]) + ends + struct.pack("=III", 0, _ANY, _ANY)
        asked = struct.pack("=BBBBI", family, socket.IPPROTO_TCP, 0, 0, _ANY) + wanted
        head = struct.pack("=IHHII", 16 + len(asked), _BY_FAMILY, 1, 0, 0)
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _SOCK_DIAG) as kernel:
            kernel.settimeout(1.0)
            kernel.send(head + asked)
            answer = kernel.recv(4096)
        if struct.unpack_from("=H", answer, 4)[0] != _BY_FAMILY:
            return None  # an error: there is no such socket
        user: int = struct.unpack_from("=I", answer, 80)[0]
        return user
    except (OSError, ValueError, struct.error):
        return None
