"""Which lane is in force, and what keeps a router from starting."""

from __future__ import annotations

import os
import subprocess

import pytest

from lanes import COMMANDS, KEY, MITMDUMP
from tracker.mock.ports import free_port

pytestmark = [
    pytest.mark.router,
    pytest.mark.skipif(not MITMDUMP.exists(), reason="no .venv-router; run `make setup`"),
]


def started(command, folder, *settings, **env):
    """Return what became of a router that must not start: it ends by itself, or the test fails."""
    words = [word for setting in settings for word in ("--set", setting)]
    return subprocess.run(
        [*COMMANDS[command], "--listen-host", "127.0.0.1", "-p", str(free_port()), *words],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "ZAI_API_KEY": KEY, "FORCE_HAIKU_TO_ZAI": "1"}
        | env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
    )


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    "env, said",
    [
        ({"ZAI_BASE_URL": "https://api.example.org/anthropic"}, "no lane owns (lanes: zai, zai-cn, kimi, deepseek)"),
        ({"ZAI_BASE_URL": "https://api.deepseek.com/anthropic"}, "use OFFLOAD_LANE=deepseek"),
        ({"ZAI_BASE_URL": "https://api.anthropic.com"}, "points to Anthropic"),
        ({"ZAI_BASE_URL": "http://api.z.ai"}, "is not encrypted"),
        ({"ZAI_BASE_URL": "https://api.z.ai/\r\nx: y"}, "holds a space"),
        ({"OFFLOAD_LANE": "nowhere"}, "OFFLOAD_LANE is 'nowhere', which is no lane"),
        ({"OFFLOAD_LANE": "kimi", "KIMI_BASE_URL": "https://api.z.ai/x"}, "KIMI_BASE_URL points to api.z.ai"),
        ({"OFFLOAD_LANE": "kimi"}, "KIMI_API_KEY is not set"),
        ({"LANES_FILE": "/nowhere.toml"}, "cannot read /nowhere.toml"),
    ],
)  # fmt: skip
def test_a_router_that_would_send_a_key_to_a_stranger_does_not_start(tmp_path, command, env, said):
    ended = started(command, tmp_path, **env)
    assert ended.returncode == 78
    lines = [line for line in ended.stderr.splitlines() if said in line]
    assert len(lines) == 1 and "Traceback" not in ended.stderr
    assert KEY not in ended.stdout + ended.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_a_base_url_among_the_options_is_looked_at_too(tmp_path, command):
    ended = started(command, tmp_path, "zai_base_url=https://api.example.org")
    assert ended.returncode == 78 and "ZAI_BASE_URL points to api.example.org" in ended.stderr
    assert "Traceback" not in ended.stderr
