"""A server of the lab until it is told to stop: its log, its port, its first line."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket

import pytest

from tracker import cli
from tracker.mock import faults, serve
from tracker.mock.network import Network
from tracker.mock.provider import MockProvider


def test_a_log_is_added_to_and_no_path_keeps_nothing(tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_text('{"n": 0}\n')
    log = serve.log_to(path)
    log({"n": 1})
    assert [json.loads(line)["n"] for line in path.read_text().splitlines()] == [
        0,
        1,
    ]  # at once, not at the end
    serve.log_to(None)({"n": 2})
    assert [entry.name for entry in tmp_path.iterdir()] == ["log.jsonl"]


def serving(server, announced):
    """Run a server until it has announced itself, then send it SIGTERM."""

    def announce(line):
        announced.append(line)
        asyncio.get_running_loop().call_later(0.05, os.kill, os.getpid(), signal.SIGTERM)

    asyncio.run(asyncio.wait_for(server(announce), 10))


def test_a_server_says_where_it_listens_and_ends_when_it_is_told_to(tmp_path):
    def made():
        return MockProvider("zai", capacity=1000, script=faults.Script([]), log=[].append)

    said = []
    serving(lambda announce: serve.provider(made(), 0, None, announce), said)
    serving(lambda announce: serve.provider(made(), 0, tmp_path / "tls", announce), said)
    serving(lambda announce: serve.network(Network({}, [].append), 0, announce), said)
    plain, over_tls, network = said
    assert plain["url"] == f"http://127.0.0.1:{plain['port']}" and plain["ca"] is None
    assert over_tls["url"].startswith("https://") and over_tls["ca"] == str(tmp_path / "tls" / "ca.pem")
    assert network["port"] > 0
    for line in said:  # none of them listens any more
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", line["port"]), 1)


def test_a_port_that_another_has_is_no_end_of_the_world():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(cli.Stop, match=f"port {port} is not free") as stop:
            asyncio.run(serve.network(Network({}, [].append), port, [].append))
        assert stop.value.status == cli.TRY_LATER


@pytest.mark.parametrize(
    ("args", "status", "words"),
    [
        (["--faults", "none.json"], 2, "cannot read none.json"),
        (["--log", "no/such/folder/x"], 2, "cannot write the log"),
        (["--port", "70000"], 2, "port"),
        (["--five-hour-tokens", "0"], 2, "--five-hour-tokens"),
        (["--as", "openai"], 2, "invalid choice"),
    ],
)
def test_a_wrong_option_is_said_in_one_line(tool, args, status, words):
    ran = tool("mock-provider", *args)
    assert (ran.status, ran.out) == (status, "")
    assert words in ran.err
    assert ran.err.count("\n") == 1


def test_a_taken_port_is_said_in_one_line(tool):
    with socket.create_server(("127.0.0.1", 0)) as other:
        ran = tool("mock-provider", "--port", str(other.getsockname()[1]))
    assert ran.status == 75
    assert "is not free" in ran.err
    assert ran.err.count("\n") == 1
