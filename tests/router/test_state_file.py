"""A running router says what is in force, follows its control file, and takes the file away at its end."""

from __future__ import annotations

import json
import subprocess
import time

import pytest

from conftest import BIN, clean_env
from lanes import MITMDUMP

pytestmark = [
    pytest.mark.router,
    pytest.mark.skipif(not MITMDUMP.exists(), reason="no .venv-router; run `make setup`"),
]


def start(folder, **env):
    env = clean_env(
        folder, USAGE_LOG=str(folder / "usage.jsonl"), ZAI_API_KEY="made-up", FORCE_HAIKU_TO_ZAI="1", **env
    )
    made = subprocess.Popen([str(BIN / "router"), "--port", "0"], env=env, cwd=folder, stdout=subprocess.PIPE)
    return made, json.loads(made.stdout.readline())["port"]


def test_it_says_port_lane_and_force_and_goes_with_the_router(tmp_path):
    router, port = start(tmp_path)
    path = tmp_path / "router.state.json"
    said = json.loads(path.read_text())
    assert (said["port"], said["lane"], said["force_haiku"], said["paused"]) == (port, "zai", True, False)
    assert said["written_at"] == pytest.approx(time.time(), abs=30)
    assert "made-up" not in path.read_text()
    router.terminate()
    router.wait(timeout=20)
    assert not path.exists() and not [*tmp_path.glob("router.state*")]


def test_it_says_what_the_control_file_held_so_that_a_reader_knows_what_was_set_since(tmp_path):
    (tmp_path / "router.control").write_text("FORCE_HAIKU_TO_ZAI=0\n")
    router, _ = start(tmp_path)
    said = json.loads((tmp_path / "router.state.json").read_text())
    assert (said["force_haiku"], said["control"]) == (True, {"force_haiku_to_zai": "0"})
    router.terminate()
    router.wait(timeout=20)


def test_two_routers_beside_one_log_say_each_its_own(tmp_path):
    (first, one), (second, other) = start(tmp_path), start(tmp_path, OFFLOAD_PAUSED="1")
    for port, paused in ((one, False), (other, True)):
        said = json.loads((tmp_path / f"router.state-{port}.json").read_text())
        assert (said["port"], said["paused"]) == (port, paused)
    second.terminate()
    second.wait(timeout=20)
    assert [path.name for path in tmp_path.glob("router.state*")] == [f"router.state-{one}.json"]
    first.terminate()
    first.wait(timeout=20)


def test_another_routers_file_stays(tmp_path):
    router, _ = start(tmp_path)
    path = tmp_path / "router.state.json"
    path.write_text(json.dumps({"pid": 1, "port": 1}))
    router.terminate()
    router.wait(timeout=20)
    assert path.exists()


def test_a_place_that_cannot_be_written_keeps_no_router_from_its_work(tmp_path):
    (tmp_path / "file").write_text("")
    router, port = start(tmp_path, ROUTER_STATE=str(tmp_path / "file" / "state.json"))
    assert port > 0
    router.terminate()
    assert router.wait(timeout=20) == 0
