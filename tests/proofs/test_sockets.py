"""Connections that a run left behind, as Linux and macOS tell of them."""

from __future__ import annotations

import os
import socket

from tracker.proofs import sockets


def test_sockets_are_counted_on_a_live_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert sockets.left(port) == 0
        with socket.create_connection(("127.0.0.1", port)):
            peer, _ = server.accept()
            with peer:
                assert sockets.left(port) == 1


def test_macos_tells_of_both_families_and_only_the_local_port_counts():
    shown = """Active Internet connections (including servers)
Proto Recv-Q Send-Q  Local Address          Foreign Address        (state)
tcp4       0      0  127.0.0.1.8082         127.0.0.1.50010        ESTABLISHED
tcp4       0      0  127.0.0.1.50010        127.0.0.1.8082         ESTABLISHED
tcp6       0      0  ::1.8082               ::1.50011              CLOSE_WAIT
tcp4       0      0  127.0.0.1.8082         127.0.0.1.50012        TIME_WAIT
tcp46      0      0  *.8082                 *.*                    LISTEN
tcp4       0      0  127.0.0.1.18082        127.0.0.1.50013        ESTABLISHED
udp4       0      0  *.8082                 *.*
"""
    assert sockets.in_netstat(shown, 8082) == 2
    assert sockets.in_netstat("", 8082) == 0


def test_where_there_are_no_tables_netstat_is_asked(monkeypatch, tmp_path):
    program = tmp_path / "netstat"
    program.write_text("#!/bin/sh\necho 'tcp4 0 0 127.0.0.1.8082 127.0.0.1.5001 CLOSE_WAIT'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(sockets, "TABLES", ())
    assert (sockets.left(8082), sockets.left(8083)) == (1, 0)
