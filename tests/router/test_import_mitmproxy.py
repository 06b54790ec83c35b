"""The router without the addons that it does not use: what it asks for is mitmproxy's own, nothing else is loaded."""

from __future__ import annotations

import subprocess

import pytest

from conftest import ROOT
from lanes import MITMDUMP

pytestmark = [
    pytest.mark.router,
    pytest.mark.skipif(not MITMDUMP.exists(), reason="no .venv-router; run `make setup`"),
]


def inside(text: str) -> str:
    ran = subprocess.run(
        [
            MITMDUMP.with_name("python"),
            "-c",
            f"import sys; sys.path.insert(0, {str(ROOT / 'lib')!r})\n{text}",
        ],
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_the_router_loads_no_web_server_no_directory_and_no_password_files():
    assert inside(
        "from tracker.router import master\n"
        "print(*sorted({'flask', 'ldap3', 'passlib', 'mitmproxy.addons.onboarding'} & sys.modules.keys()))\n"
        "print(master.tlsconfig.TlsConfig.__module__, hasattr(master.next_layer.NextLayer, 'next_layer'))\n"
    ).splitlines() == ["", "mitmproxy.addons.tlsconfig True"]


def test_an_addon_that_somebody_asks_for_is_there():
    assert inside(
        "from tracker.router import import_mitmproxy\n"
        "from mitmproxy.addons import block\nfrom mitmproxy import addons\n"
        "print(block.Block.__name__, addons.__name__)\n"
    ) == "Block mitmproxy.addons\n"  # fmt: skip


def test_what_was_imported_before_stays_as_it_was():
    assert inside(
        "import mitmproxy.addons as whole\nfrom tracker.router import import_mitmproxy\n"
        "print(sys.modules['mitmproxy.addons'] is whole, bool(whole.default_addons()))\n"
    ) == "True True\n"  # fmt: skip
