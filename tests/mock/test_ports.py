"""Ports for servers to come: free, and out of the way of the system's own connections."""

from __future__ import annotations

import socket

import pytest

from tracker.mock import ports


def test_a_port_is_free_and_none_that_connections_are_given():
    found = {ports.free_port() for _ in range(50)}
    assert len(found) > 40
    for port in found:
        assert ports.FROM <= port < ports.TO < 32_768
        socket.create_server(("127.0.0.1", port)).close()


def test_a_port_that_is_taken_is_not_given(monkeypatch):
    taken = ports.free_port()
    with socket.create_server(("127.0.0.1", taken)):
        monkeypatch.setattr(ports, "FROM", taken)
        monkeypatch.setattr(ports, "TO", taken + 1)
        with pytest.raises(OSError, match="none of 100"):
            ports.free_port()
