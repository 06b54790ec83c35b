"""Send every class of request that Claude Code makes through a router, and look for what leaked.

What stands on a lane, in a log or on the terminal where it must not is a leak.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tracker.mock.ports import free_port
from tracker.mock.recorder import ANTHROPIC, Arrived, Lanes
from tracker.proofs.marked import KEY, LABELS, MARKS, SENTENCE, Sent, requests

# Headers that Z.AI may see.
ALLOWED = {
    "host",
    "accept",
    "accept-encoding",
    "content-type",
    "content-length",
    "user-agent",
    "anthropic-version",
    "anthropic-beta",
    "x-api-key",
    "authorization",
}


class Finding(NamedTuple):
    """One rule on one request, a lane or a log; `seen` says what broke it."""

    rule: str
    where: str
    is_kept: bool
    seen: str


@contextlib.contextmanager
def router(command: list[str], lanes: Lanes, folder: Path) -> Iterator[int]:
    """Run a router with offload on, as loud as it can be; yield its port."""
    port = free_port()
    settings = [f"confdir={folder}", f"ssl_verify_upstream_trusted_ca={lanes.files.authority}"]
    mode = f"upstream:http://127.0.0.1:{lanes.network_port}"
    words = [*command, "--listen-host", "127.0.0.1", "-p", str(port), "--mode", mode]
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "TRACKER_HOME": str(folder),
        "FORCE_HAIKU_TO_ZAI": "1",
        "ZAI_API_KEY": KEY,
        "ENABLE_BODY_TEE": "1",
        "MITM_FILTER_CHAIN": "1",
    }
    with (folder / "printed").open("wb") as printed:
        process = subprocess.Popen(
            [*words, *(word for setting in settings for word in ("--set", setting))],
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for(port, folder, process)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def _wait_for(port: int, folder: Path, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            if (folder / "mitmproxy-ca-cert.pem").exists():
                return
        time.sleep(0.05)
    raise RuntimeError("the router did not start: " + (folder / "printed").read_text(errors="replace")[-400:])


def ask(port: int, authority: Path, raw: bytes) -> bytes:
    """Send one request through a router and return the reply's bytes."""
    with socket.create_connection(("127.0.0.1", port), 20) as plain:
        plain.sendall(f"CONNECT {ANTHROPIC}:443 HTTP/1.1\r\nHost: {ANTHROPIC}:443\r\n\r\n".encode())
        while not plain.recv(4096).endswith(b"\r\n\r\n"):
            pass
        context = ssl.create_default_context(cafile=str(authority))
        with context.wrap_socket(plain, server_hostname=ANTHROPIC) as connection:
            connection.sendall(raw)
            got = b""
            with contextlib.suppress(ssl.SSLError, ConnectionError):
                while piece := connection.recv(65536):
                    got += piece
            return got


def check(command: list[str], folder: Path, sends: Sequence[Sent] | None = None) -> list[Finding]:
    """Run a router, send it everything (or `sends`), and return every rule with what was seen."""
    lanes = Lanes(folder / "lab")
    found: list[Finding] = []
    try:
        place = folder / "router"
        place.mkdir()
        with router(command, lanes, place) as port:
            for sent in requests() if sends is None else sends:
                lanes.forget()
                got = ask(port, place / "mitmproxy-ca-cert.pem", sent.raw)
                found += look(sent, got, lanes.anthropic.arrived, lanes.zai.arrived)
        found += look_into_logs(place)
    finally:
        lanes.stop()
    return found


def look(sent: Sent, got: bytes, anthropic: list[Arrived], zai: list[Arrived]) -> list[Finding]:
    """Return what the rules say of one request, by what arrived on the lanes."""
    where = sent.name
    lanes = ["zai"] * len(zai) + ["anthropic"] * len(anthropic)
    found = [Finding("arrives once, on its lane", where, lanes == [sent.lane], f"{lanes or 'nowhere'}")]
    found.append(Finding("the client gets a reply", where, got.startswith(b"HTTP/1.1 200"), repr(got[:40])))
    for arrived in zai:
        whole = (arrived.head + arrived.body).decode("latin-1")
        leaked = [name for name, mark in MARKS.items() if mark in whole]
        leaked += [sent.name for secret in sent.secrets if secret in arrived.head + arrived.body][:1]
        found.append(Finding("nothing of the account on Z.AI's lane", where, not leaked, ", ".join(leaked)))
        foreign = sorted(set(arrived.headers) - ALLOWED)
        betas = arrived.headers.get("anthropic-beta", "")
        foreign += ["oauth beta"] if "oauth" in betas else []
        found.append(Finding("no foreign header on Z.AI's lane", where, not foreign, ", ".join(foreign)))
        keys = [name for name in ("x-api-key", "authorization") if KEY in arrived.headers.get(name, "")]
        found.append(Finding("Z.AI's key, once", where, len(keys) == 1 and whole.count(KEY) == 1, f"{keys}"))
    for arrived in anthropic:
        same = arrived.head + b"\r\n\r\n" + arrived.body == sent.raw
        found.append(Finding("not a byte changed on Anthropic's lane", where, same, repr(arrived.head[:60])))
        absent = KEY.encode() not in arrived.head + arrived.body
        found.append(Finding("Z.AI's key not on Anthropic's lane", where, absent, "the key"))
    return found


def look_into_logs(folder: Path) -> list[Finding]:
    """Return whether a secret, an id, an address or a sentence stands in what a router wrote."""
    secrets = {"Z.AI's key": KEY} | {name: mark for name, mark in MARKS.items() if name not in LABELS}
    found = []
    for path in [folder / "printed", *sorted((folder / "logs").glob("*.jsonl"))]:
        text = path.read_text(errors="replace")
        leaked = [name for name, mark in secrets.items() if mark in text and name != "billing"]
        if path.name != "body-samples.jsonl" and SENTENCE in text:
            leaked.append("a prompt")
        found.append(Finding("no secret in a log", path.name, not leaked, ", ".join(leaked)))
    wrote = (folder / "logs" / "usage.jsonl").exists()
    found.append(Finding("every message has its row", "usage.jsonl", wrote, "no log"))
    return found


def as_dict(found: list[tuple[str, Finding]]) -> dict[str, Any]:
    """Return the verdict as plain values; each finding comes with the name of its router."""
    findings = [{"router": name, **finding._asdict()} for name, finding in found]
    broken = [one for one in findings if not one["is_kept"]]
    return {
        "verdict": "leak" if broken else "clean",
        "checks": len(found),
        "broken": broken,
        "findings": findings,
    }
