"""What is in force: a setting said at the start, a control file that was left, and one set since."""

from __future__ import annotations

import pytest

from conftest import ROOT, clean_env, run
from lanes import ROUTER, Lanes, ask, mitmdump, request, running
from tracker.router.router_settings import ControlFile

pytestmark = pytest.mark.router
COMMANDS = {"mitmdump": mitmdump(ROUTER), "bin-router": [str(ROOT / "bin" / "router")]}
CONTROL = str(ROOT / "scripts" / "router-control.sh")


@pytest.fixture(scope="module")
def lanes(tmp_path_factory):
    both = Lanes(tmp_path_factory.mktemp("tls"))
    yield both
    both.stop()


def set_in(folder, *words):
    ran = run(
        [CONTROL, *words], cwd=folder, env=clean_env(folder, USAGE_LOG=str(folder / "logs/usage.jsonl"))
    )
    assert ran.status == 0, ran.err


def decided(lanes, proxy):
    ask(proxy, request())
    [row] = proxy.usage(1)
    return row["decision"], row["offload_from"]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_pause_at_the_start_wins_over_a_file_that_says_resume(lanes, tmp_path, command):
    set_in(tmp_path, "OFFLOAD_PAUSED=1")
    set_in(tmp_path, "OFFLOAD_PAUSED=0")
    with running(lanes, tmp_path, command=COMMANDS[command], OFFLOAD_PAUSED="1") as proxy:
        lanes.forget()
        assert decided(lanes, proxy) == ("paused", "OFFLOAD_PAUSED=1, environment")
        assert not lanes.zai.arrived


def test_off_at_the_start_wins_over_a_file_that_says_on_until_somebody_sets_it_anew(lanes, tmp_path):
    set_in(tmp_path, "FORCE_HAIKU_TO_ZAI=1")
    with running(lanes, tmp_path, command=COMMANDS["bin-router"], FORCE_HAIKU_TO_ZAI="0") as proxy:
        ask(proxy, request())
        set_in(tmp_path, "ROUTE_CLASSES=none-of-them")
        ask(proxy, request())
        set_in(tmp_path, "FORCE_HAIKU_TO_ZAI=1")
        ask(proxy, request())
        rows = proxy.usage(3)
    assert [row["decision"] for row in rows] == ["off", "off", "forced_model"]
    assert [row["offload_from"] for row in rows] == [
        "FORCE_HAIKU_TO_ZAI=0, environment",
        "FORCE_HAIKU_TO_ZAI=0, environment",
        "FORCE_HAIKU_TO_ZAI=1, router.control",
    ]


def test_a_pause_that_was_left_holds_when_the_start_says_nothing(lanes, tmp_path):
    set_in(tmp_path, "OFFLOAD_PAUSED=1")
    with running(lanes, tmp_path, command=COMMANDS["bin-router"]) as proxy:
        assert decided(lanes, proxy) == ("paused", "OFFLOAD_PAUSED=1, router.control")


def test_the_same_value_set_again_counts_as_set(tmp_path):
    path = tmp_path / "router.control"
    path.write_text("OFFLOAD_PAUSED=0\n")
    control = ControlFile(path, frozenset({"offload_paused"}))
    assert control.changed()
    assert control.values == {}
    path.unlink()
    path.write_text("OFFLOAD_PAUSED=0\n")
    assert control.changed()
    assert control.values == {"offload_paused": "0"}
