"""tests/clients/install.sh with an npm of the test's own: which clients are driven."""

from __future__ import annotations

import pytest

from conftest import ROOT, clean_env, run

pytestmark = pytest.mark.shell
INSTALL = ROOT / "tests" / "clients" / "install.sh"
NPM = """#!/bin/sh
case $1 in
view) case $2 in *@latest) echo '"9.1.2"' ;; *@9.0) printf '[\\n  "9.0.1",\\n  "9.0.7"\\n]\\n' ;; *) exit 1 ;; esac ;;
install) mkdir -p "$6/node_modules/.bin" && printf '#!/bin/sh\\n' >"$6/node_modules/.bin/claude" &&
	chmod +x "$6/node_modules/.bin/claude" && echo "$7" >>"$HOME/installed" ;;
esac
"""


@pytest.fixture
def install(tmp_path):
    (tmp_path / "npm").write_text(NPM)
    (tmp_path / "npm").chmod(0o755)
    env = clean_env(tmp_path)
    env["PATH"] = f"{tmp_path}:{env['PATH']}"
    return lambda *packages: run([str(INSTALL), str(tmp_path / "c"), *packages], cwd=tmp_path, env=env)


def test_each_version_has_its_folder_and_what_was_asked_last_is_driven(install, tmp_path):
    assert install("@a/claude@9.1.1", "@a/claude@9.0").status == 0
    assert install("@a/claude@latest", "@a/claude@9.1.1").status == 0
    assert {path.name for path in (tmp_path / "c").iterdir()} == {
        "claude-9.1.1", "claude-9.0.7", "claude-9.1.2", "driven",
    }  # fmt: skip
    assert (tmp_path / "c" / "driven").read_text() == "claude-9.1.2\nclaude-9.1.1\n"
    # What is there is not installed again.
    assert (tmp_path / "installed").read_text() == "@a/claude@9.1.1\n@a/claude@9.0.7\n@a/claude@9.1.2\n"


def test_a_version_that_npm_does_not_have_or_that_is_missing_is_said(install, tmp_path):
    assert install("@a/claude@8").err.endswith("install: npm has no @a/claude@8; name another version\n")
    ran = install("@a/claude")
    assert (ran.status, ran.err) == (2, "install: @a/claude has no version; write @a/claude@latest\n")
    assert not (tmp_path / "c" / "driven").exists()
