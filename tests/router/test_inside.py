"""The tests of modules that import mitmproxy, run where mitmproxy is: in .venv-router."""

from __future__ import annotations

import os
import subprocess
import sysconfig

import pytest

from conftest import ROOT
from lanes import MITMDUMP

HERE = ROOT / "tests" / "router"
WHAT = ("lanes", "log", "ways", "wire", "test_master.py", "test_mitm.py")
# .venv-router has no pytest; this environment's is of Python alone, and comes last on its path.
START = "import sys; sys.path.append(sys.argv.pop(1)); import pytest; sys.exit(pytest.main(sys.argv[1:]))"

pytestmark = [
    pytest.mark.router,
    pytest.mark.skipif(not MITMDUMP.exists(), reason="no .venv-router; run `make setup`"),
]


def run_inside(*what: object) -> subprocess.CompletedProcess[str]:
    command = [MITMDUMP.with_name("python"), "-c", START, sysconfig.get_path("purelib")]
    options = [
        "-q",
        "--strict-markers",
        "--import-mode=importlib",
        "--doctest-modules",
        "-p",
        "no:cacheprovider",
    ]
    return subprocess.run(
        [*command, "-o", "addopts=", *options, *map(str, what)],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.mark.parametrize("what", WHAT)
def test_the_modules_of_the_router_do_what_their_tests_say(what):
    ran = run_inside(HERE / what)
    assert ran.returncode == 0 and " passed" in ran.stdout, ran.stdout + ran.stderr


def test_the_examples_in_the_router_are_true():
    ran = run_inside(ROOT / "lib" / "tracker" / "router")
    assert ran.returncode == 0 and " passed" in ran.stdout, ran.stdout + ran.stderr


def test_a_test_that_fails_inside_fails_here(tmp_path):
    (tmp_path / "test_wrong.py").write_text(
        "import mitmproxy\n\ndef test_wrong():\n    assert not mitmproxy\n"
    )
    assert run_inside(tmp_path / "test_wrong.py").returncode == 1
