"""Two recording providers and routers between them, for every hostile story of a module."""

from __future__ import annotations

import pytest

from lanes import COMMANDS, MITMDUMP, Lanes, running


@pytest.fixture(scope="module")
def lanes(tmp_path_factory):
    if not MITMDUMP.exists():
        pytest.skip("no .venv-router; run `make setup`")
    both = Lanes(tmp_path_factory.mktemp("lanes"))
    yield both
    both.stop()


@pytest.fixture(scope="module")
def ours(lanes, tmp_path_factory):
    with running(lanes, tmp_path_factory.mktemp("ours"), command=COMMANDS["bin-router"]) as proxy:
        yield proxy


@pytest.fixture
def router(lanes, ours):
    lanes.forget()
    ours.forget()
    return ours


@pytest.fixture(scope="module", params=COMMANDS)
def one_of_both(request, lanes, tmp_path_factory):
    with running(lanes, tmp_path_factory.mktemp("one"), command=COMMANDS[request.param]) as proxy:
        yield proxy


@pytest.fixture
def either(lanes, one_of_both):
    """A mitmdump with the router on, and bin/router; nothing has happened yet."""
    lanes.forget()
    one_of_both.forget()
    return one_of_both
