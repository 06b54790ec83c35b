"""Certificates made for one run: for the providers' names, and for no other."""

from __future__ import annotations

import contextlib
import ssl
from concurrent.futures import ThreadPoolExecutor

import pytest

from tracker.mock import certificates


def handshake(files, name):
    """Shake hands in memory as a client that trusts the run's authority; return the protocol agreed."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    trust = ssl.create_default_context(cafile=str(files.authority))
    trust.set_alpn_protocols(["h2", "http/1.1"])
    client = trust.wrap_bio(to_client, to_server, server_hostname=name)
    server = certificates.server_context(files).wrap_bio(to_server, to_client, server_side=True)
    for _ in range(4):
        for side in (client, server):
            with contextlib.suppress(ssl.SSLWantReadError):
                side.do_handshake()
    return client.selected_alpn_protocol()


@pytest.mark.parametrize("host", certificates.HOSTS)
def test_every_provider_is_believed_and_speaks_http_1_1(tmp_path_factory, host):
    files = certificates.make(tmp_path_factory.getbasetemp() / "tls")
    assert handshake(files, host) == "http/1.1"


@pytest.mark.parametrize("host", ["example.com", "api.anthropic.com.example.com"])
def test_no_other_name_is(tmp_path, host):
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(certificates.make(tmp_path), host)


def test_several_that_ask_at_once_get_the_same_and_the_key_is_its_owners_alone(tmp_path):
    with ThreadPoolExecutor(4) as several:
        made = list(several.map(lambda _: certificates.make(tmp_path / "new" / "tls"), range(4)))
    (files,) = set(made)
    before = files.authority.read_bytes(), files.server.read_bytes()
    certificates.make(tmp_path / "new" / "tls")
    assert (files.authority.read_bytes(), files.server.read_bytes()) == before
    assert files.server.stat().st_mode & 0o777 == 0o600
    assert b"PRIVATE KEY" not in files.authority.read_bytes()  # nobody can sign with it later
