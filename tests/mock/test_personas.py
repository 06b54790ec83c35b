"""Every shipped lane against a mock of its own dialect, through the real router."""

from __future__ import annotations

import json

import pytest

from conftest import ROOT
from lab_world import Daemon, MockProvider
from lanes import MITMDUMP, Proxy, ask, request
from tracker import lanes as table
from tracker.mock import personas

pytestmark = [
    pytest.mark.router,
    pytest.mark.skipif(not MITMDUMP.exists(), reason="no .venv-router; run `make setup`"),
]


class World:
    """What Proxy asks of a lab: where its network is, and whom to trust."""

    def __init__(self, authority, port) -> None:
        self.files = type("Files", (), {"authority": authority})()
        self.network_port = port


def test_every_lane_has_a_persona_with_its_path_and_errors():
    assert personas.names() == ("anthropic", *(lane.name for lane in table.SHIPPED))
    for lane in table.SHIPPED:
        persona = personas.named(lane.name)
        assert lane.base_url.endswith(persona.base) and persona.ways is personas.OF_DIALECT[lane.dialect]


@pytest.mark.parametrize("lane", table.SHIPPED, ids=lambda lane: lane.name)
def test_a_lane_goes_through_the_router_and_its_errors_are_understood(lane, tmp_path):
    provider = MockProvider(tmp_path / "lab", lane.name)
    network = Daemon(tmp_path, "mock-network", "--route", f"{lane.hosts[0]}={provider.port}")
    world = World(provider.told["ca"], network.port)
    env = {
        lane.key_variable: "0123456789abcdef.made-up",
        "OFFLOAD_LANE": lane.name,
        "FORCE_HAIKU_TO_ZAI": "1",
    }
    log = tmp_path / "logs" / "usage.jsonl"
    proxy = Proxy(world, tmp_path, [str(ROOT / "bin" / "router")], USAGE_LOG=str(log), **env)
    try:
        plain, stream = ask(proxy, request()), ask(proxy, request(stream=True))
        assert plain.status == stream.status == 200 and b"message_stop" in stream.body
        assert plain.json["model"] == lane.model
        provider.set_faults({"path": "/v1/messages", "status": 401, "times": 1})
        refused = ask(proxy, request())
        assert (
            refused.status == 400
            and f"{lane.words} refused the router's key" in refused.json["error"]["message"]
        )
        provider.set_faults({"path": "/v1/messages", "status": 429, "times": 1})
        assert ask(proxy, request()).status == 429
        provider.set_faults()
        provider.set_meter(share=2.0)
        full = ask(proxy, request())
        expected = {"exhausted": 429, "unpaid": 400}
        assert full.status == expected["exhausted" if lane.dialect == "zai" else "unpaid"], full.raw
        rows = [json.loads(line) for line in proxy.usage(5) and log.read_text().splitlines()]
    finally:
        proxy.stop()
        provider.end()
        network.end()
    assert {(row["lane"], row["backend_provider"], row["routed_model"]) for row in rows} == {
        (lane.name, lane.backend, lane.model)
    }
    assert [row["err_type"] for row in rows[:2]] == [None, None]
    assert all(row["prompt_tokens"] and row["completion_tokens"] for row in rows[:2])
    assert {row["header_mode"] for row in rows} == {lane.header_modes[0]}
