"""Providers and proxies for the router's stories; tests of modules that import mitmproxy run where it is.

Those in INSIDE are left out here and run by `test_inside.py` with .venv-router's Python.
"""

from __future__ import annotations

import importlib.util

import pytest

INSIDE = ("lanes", "log", "ways", "test_master.py", "test_mitm.py", "wire/test_upstream_pool.py")
HAS_MITMPROXY = importlib.util.find_spec("mitmproxy") is not None
collect_ignore = [] if HAS_MITMPROXY else list(INSIDE)

if not HAS_MITMPROXY:
    from lanes import COMMANDS, MITMDUMP, Lanes, running

    @pytest.fixture(scope="module")
    def lanes(tmp_path_factory):
        if not MITMDUMP.exists():
            pytest.skip("no .venv-router; run `make setup`")
        lanes = Lanes(tmp_path_factory.mktemp("lanes"))
        yield lanes
        lanes.stop()

    @pytest.fixture(scope="module", params=COMMANDS)
    def shared_proxy(request, lanes, tmp_path_factory):
        with running(lanes, tmp_path_factory.mktemp("proxy"), command=COMMANDS[request.param]) as proxy:
            yield proxy

    @pytest.fixture
    def proxy(lanes, shared_proxy):
        """A mitmdump with the router on, and bin/router; offload is on, nothing has happened yet."""
        lanes.forget()
        shared_proxy.forget()
        return shared_proxy

    @pytest.fixture
    def special(lanes, tmp_path):
        """`with special(ZAI_FALLBACK="anthropic") as proxy`: bin/router with other settings."""
        lanes.forget()

        def start(*options: str, command: str = "bin-router", **env: str):
            return running(lanes, tmp_path, *options, command=COMMANDS[command], **env)

        return start
