"""A lane that nobody here knows: a row, a dialect and a fixture, and it goes all the way.

Nothing but a file of the user's own and one file of dialects is added: the request goes through a real
router to a provider that speaks that dialect, into the log, through verify-routing, and has its cost.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess

import pytest

from conftest import ROOT
from lanes import ANTHROPIC, MITMDUMP, Lanes, Proxy, connect, exchange, reply, request

pytestmark = [
    pytest.mark.router,
    pytest.mark.skipif(not MITMDUMP.exists(), reason="no .venv-router; run `make setup`"),
]
ROW = """
[[lane]]
name = "acme"
words = "Acme Models"
backend = "acme"
base_url = "https://localhost:PORT/claude"
key_variable = "ACME_KEY"
model = "acme-small"
max_tokens = 4096
header_modes = ["authorization"]
dialect = "acme"
"""
DIALECT = '''"""Acme's: {"fault": {"code": "E7", …}} is not read; its codes are words."""

from tracker.router.dialects import Dialect

DIALECT = Dialect(exhausted=frozenset({"E_QUOTA"}), unpaid=frozenset({"E_MONEY"}), betas=False)
'''
PRICES = {
    "as_of": "today",
    "models": {"acme-small": {"input": 1, "output": 2}, "claude-haiku-4-5*": {"input": 3, "output": 4}},
}
KEY = "acme-made-up-key-0001"


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """A copy of the toolkit with one file more."""
    root = tmp_path_factory.mktemp("house")
    for part in ("bin", "lib", "addons", "data"):
        shutil.copytree(ROOT / part, root / part, ignore=shutil.ignore_patterns("__pycache__"), symlinks=True)
    for name in (".venv", ".venv-router"):
        (root / name).symlink_to((ROOT / name).resolve())
    (root / "lib" / "tracker" / "router" / "dialects" / "acme.py").write_text(DIALECT)
    return root


@pytest.fixture(scope="module")
def lanes(tmp_path_factory):
    lanes = Lanes(tmp_path_factory.mktemp("lanes"))
    yield lanes
    lanes.stop()


def tool(house, name, *args, stdin=b"", **env):
    ran = subprocess.run(
        [house / "bin" / name, *args],
        input=stdin,
        capture_output=True,
        env={"PATH": os.environ["PATH"], "HOME": str(house)} | env,
        timeout=60,
    )
    return ran.returncode, ran.stdout.decode(), ran.stderr.decode()


@pytest.mark.parametrize("command", ["bin-router", "mitmdump"])
def test_a_made_up_lane_goes_from_request_to_cost(house, lanes, tmp_path, command):
    lanes.forget()
    own = tmp_path / "lanes.toml"
    own.write_text(ROW.replace("PORT", str(lanes.zai.port)))
    prices = tmp_path / "prices.json"
    prices.write_text(json.dumps(PRICES))
    router = {
        "bin-router": [str(house / "bin" / "router")],
        "mitmdump": [str(MITMDUMP), "-s", str(house / "addons" / "haiku_glm_router.py")],
    }[command]
    env = {"LANES_FILE": str(own), "OFFLOAD_LANE": "acme", "ACME_KEY": KEY, "FORCE_HAIKU_TO_ZAI": "1"}
    at = ("localhost", lanes.anthropic.port)
    log = tmp_path / "logs" / "usage.jsonl"
    proxy = Proxy(
        lanes,
        tmp_path,
        router,
        mode="regular",
        ANTHROPIC_HOST=f"localhost:{at[1]}",
        USAGE_LOG=str(log),
        **env,
    )
    try:
        with connect(proxy, *at[:1], port=at[1]) as connection:
            got = exchange(
                connection, request(max_tokens=9999).replace(ANTHROPIC.encode(), b"localhost:%d" % at[1])
            )
        assert got.status == 200 and not lanes.anthropic.arrived
        [sent] = lanes.zai.arrived
        assert sent.target == "/claude/v1/messages?beta=true"
        assert sent.headers["authorization"] == f"Bearer {KEY}" and "anthropic-beta" not in sent.headers
        assert sent.json["model"] == "acme-small" and sent.json["max_tokens"] <= 4096
        answer = reply({"error": {"code": "E_MONEY", "message": "x"}}, "403 Forbidden")
        lanes.zai.answer = lambda arrived, writer: writer.write(answer)
        with connect(proxy, *at[:1], port=at[1]) as connection:
            refused = exchange(connection, request().replace(ANTHROPIC.encode(), b"localhost:%d" % at[1]))
        assert (
            refused.status == 400
            and "The account at Acme Models has no balance" in refused.json["error"]["message"]
        )
        proxy.usage(2)
    finally:
        proxy.stop()
    rows = log.read_bytes()
    first = json.loads(rows.splitlines()[0])
    assert (first["lane"], first["backend_provider"], first["upstream"]) == ("acme", "acme", "acme")
    status, out, err = tool(house, "verify-routing", stdin=rows, LANES_FILE=str(own))
    assert status == 0 and out.startswith("2 of 2 decisions went to Acme Models;"), (out, err)
    status, out, _ = tool(
        house, "cost-compare", "--format", "json", stdin=rows, LANES_FILE=str(own), PRICES_FILE=str(prices)
    )
    made = json.loads(out)
    assert status == 0 and made["total"]["priced"] == 1 and made["total"]["cost_usd"] > 0
    status, out, err = tool(house, "verify-routing", stdin=rows)
    assert status == 1 and "2 requests of lane 'acme', which no table has" in out + err
