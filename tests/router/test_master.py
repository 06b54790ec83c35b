"""bin/router's own mitmproxy: what it says before it starts, and what keeps it from starting."""

from __future__ import annotations

import socket

import pytest

from tracker.mock.ports import free_port
from tracker.router import master
from tracker.router.master import CannotStart


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    for name in ("ZAI_API_KEY", "FORCE_HAIKU_TO_ZAI", "OFFLOAD_LANE", "MITM_PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TRACKER_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def test_it_tells_where_haiku_would_go_and_writes_no_row(home):
    said = master.check([f"confdir={home}"])
    assert "Haiku" in said and not (home / "logs" / "usage.jsonl").exists()


@pytest.mark.parametrize(
    "setting, said",
    [
        ("force_haiku_to_zai=1", "ZAI_API_KEY"),
        ("no_such_option=1", "see docs/router.md"),
        ("zai_base_url=https://elsewhere.example", "ZAI_BASE_URL"),
    ],
)
def test_a_setting_that_cannot_be_keeps_it_from_starting(home, setting, said):
    with pytest.raises(CannotStart, match=said) as stop:
        master.check([f"confdir={home}", setting])
    assert stop.value.setting


def test_a_switch_that_cannot_be_read_is_told_and_means_anthropic(home):
    said = master.check([f"confdir={home}", "force_haiku_to_zai=perhaps"])
    assert "FORCE_HAIKU_TO_ZAI is neither 0 nor 1" in said


@pytest.mark.parametrize("port, name", [(70_000, "--port"), (-1, "--port"), (None, "MITM_PORT")])
def test_what_is_no_port_is_said_by_the_name_of_who_said_it(monkeypatch, port, name):
    monkeypatch.setenv("MITM_PORT", "high")
    with pytest.raises(CannotStart, match=f"{name} is no port"):
        master.serve(port, "127.0.0.1", "regular", [])


def test_a_port_that_is_taken_is_no_settings_fault(home):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotStart, match=f"cannot listen on 127.0.0.1:{port}") as stop:
            master.serve(port, "127.0.0.1", "regular", [f"confdir={home}"])
    assert not stop.value.setting


def test_who_looks_for_the_router_does_not_find_its_look_at_the_port(monkeypatch):
    def refuse(*_):
        raise AssertionError("it listens before it serves")

    port = free_port()
    monkeypatch.setattr(socket.socket, "listen", refuse)
    master._try_port("127.0.0.1", port)
    master._try_port("", port)
    master._try_port("::1", port)
