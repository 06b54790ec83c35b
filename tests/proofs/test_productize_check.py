"""productize-check: clean routers pass, a careless one does not."""

from __future__ import annotations

import pytest

from conftest import ROOT
from lanes import MITMDUMP, mitmdump
from tracker.print import leaks_page
from tracker.proofs import leaks

pytestmark = [
    pytest.mark.router,
    pytest.mark.skipif(not MITMDUMP.exists(), reason="no .venv-router; run `make setup`"),
]


@pytest.mark.parametrize("router", ["bin", "mitmdump"])
def test_the_router_leaks_nothing(tool, router):
    ran = tool("productize-check", "--router", router)
    assert (ran.status, ran.err) == (0, "")
    assert "checks hold" in ran.out


def test_a_careless_router_is_found_out(tmp_path):
    careless = mitmdump(ROOT / "tests" / "fixtures" / "router" / "careless.py")
    found = leaks.check(careless, tmp_path)
    broken = {finding.rule for finding in found if not finding.is_kept}
    assert {
        "arrives once, on its lane",  # haiku in a tool, and the quota probe
        "nothing of the account on Z.AI's lane",
        "no foreign header on Z.AI's lane",
        "no secret in a log",
        "every message has its row",
    } <= broken
    text = leaks_page.render(leaks.as_dict([("careless", finding) for finding in found]))
    assert "BROKEN" in text and "e-mail" in text
