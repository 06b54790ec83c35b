"""Which extra a tool lacks, said in one line."""

from __future__ import annotations

import re
import sys
import tomllib

from conftest import ROOT, run
from tracker import bases, extras

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_each_extra_has_the_message_of_where_one_is(monkeypatch):
    assert extras.what_is_missing("matplotlib.pyplot") == "needs matplotlib; run 'make setup'"
    monkeypatch.setattr(bases, "IS_CLONE", False)
    assert extras.what_is_missing("jq") == ("needs jq, zstandard and tqdm; pip install 'plan-meters[logs]'")
    assert extras.what_is_missing("msgspec") is None
    assert extras.what_is_missing(None) is None


def test_an_extra_brings_what_the_message_says():
    of_module = {"genai_prices": "genai-prices", "detect_secrets": "detect-secrets", "dask": "distributed"}
    of_module |= {
        "prometheus_client": "prometheus-client",
        "google": "protobuf",
        "opentelemetry": "opentelemetry-proto",
    }
    for extra, modules in extras.EXTRAS.items():
        asked = {re.split(r"[<>=;\[ ]", line)[0] for line in PROJECT["optional-dependencies"][extra]}
        assert {of_module.get(module, module) for module in modules} <= asked, extra
    assert PROJECT["name"] == bases.DISTRIBUTION


def test_an_import_that_is_of_no_extra_keeps_its_traceback(tmp_path):
    program = "from tracker import cli; cli.run(lambda: cli.parser('x', ''), lambda args: __import__('nowhere'), [])"
    ran = run([sys.executable, "-c", program], cwd=tmp_path, env={"PYTHONPATH": str(ROOT / "lib")})
    assert "No module named 'nowhere'" in ran.err
    assert "Traceback" in ran.err
