"""A certificate authority made for one run, and one server certificate for the providers' names."""

from __future__ import annotations

import fcntl
import os
import ssl
from pathlib import Path
from typing import NamedTuple

import trustme

from tracker import lanes

HOSTS = (
    *("api.anthropic.com", "platform.claude.com", "localhost", "127.0.0.1"),
    *(host for lane in lanes.SHIPPED for host in lane.hosts),
)


class Files(NamedTuple):
    """Where a run's certificates lie."""

    authority: Path  # PEM that a client has to trust
    server: Path  # PEM with the server's key and chain; readable by its owner only


def make(folder: Path) -> Files:
    """Return the certificates of `folder`, made if they are not there yet.

    Several providers may ask at once: the first makes them.  The authority's own key is thrown
    away, so nobody can sign with it later.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = Files(folder / "ca.pem", folder / "server.pem")
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not files.authority.exists():
            authority = trustme.CA(organization_name="tracker lab, made for one run")
            with os.fdopen(os.open(files.server, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(authority.issue_cert(*HOSTS).private_key_and_cert_chain_pem.bytes())
            authority.cert_pem.write_to_path(str(files.authority))
    return files


def server_context(files: Files) -> ssl.SSLContext:
    """Return what a server needs to speak TLS with them; HTTP/1.1 only, as the providers' clients do."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.server)
    context.set_alpn_protocols(["http/1.1"])
    return context
