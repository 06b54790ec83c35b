"""`make install PREFIX=… DESTDIR=…`: what lies where, that it runs from there, and that it goes away whole."""

from __future__ import annotations

import os
import plistlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import ROOT, TOOLS, run

PACKAGES = ("msgspec", "tabulate", "python-dotenv")
PREFIX = "/opt/meters"
CCBUNDLE = 'source "$(tracker where scripts)/cc-aliases.sh" && ccbundle'


def prefix(action: str, *words: str, status: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, ROOT / "packaging/prefix.py", action, *words], capture_output=True, text=True
    )
    assert done.returncode == status, done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def destdir(tmp_path_factory) -> Path:
    """Return a DESTDIR in which the toolkit is installed, with the base's packages."""
    folder = tmp_path_factory.mktemp("destdir")
    assert (
        prefix("install", "--prefix", PREFIX, "--destdir", str(folder), "--only", *PACKAGES)
        == f"{folder}{PREFIX}/bin\n"
    )
    return folder


@pytest.fixture
def use(destdir, tmp_path):
    """`use("preview", …)` runs an installed tool in an environment that knows nothing of the clone."""

    def call(name: str, *args: str, stdin: bytes | str = b"", **env: str):
        clean = {"PATH": f"{destdir}{PREFIX}/bin:/usr/bin:/bin", "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"}
        return run([name, *args], stdin=stdin, cwd=tmp_path, env=clean | env)

    return call


def test_every_tool_its_page_and_its_completion_are_where_they_are_looked_for(destdir):
    below = Path(f"{destdir}{PREFIX}")
    assert {path.name for path in (below / "bin").iterdir()} == set(TOOLS)
    assert {path.stem for path in (below / "share/man/man1").iterdir()} >= set(TOOLS)
    bash = below / "share/bash-completion/completions"
    assert {path.name for path in bash.iterdir()} == set(TOOLS)
    assert (bash / "preview").read_bytes() == (ROOT / "completions/tracker.bash").read_bytes()
    assert (below / "share/zsh/site-functions/_tracker").exists()


def test_an_installed_tool_runs_from_below_destdir_and_keeps_a_persons_data_elsewhere(use, tmp_path):
    at = ("--at", "2026-03-01T11:00:00Z", "--window", "W1", "--phase", "before")
    read = use("capture-claude", *at, stdin="Current session: 22% used · resets Mar 1, 2pm (UTC)\n")
    assert read.status == 0, read.err
    kept = use("ledger-append", stdin=read.out)
    assert kept.status == 0, kept.err
    assert (tmp_path / ".local/share/plan-meters/ledger/snapshots.jsonl").exists()
    assert '"used_pct":22' in use("tracker", "ledger-cat", "--window", "W1").out


def test_it_is_the_installed_modules_that_run_with_the_packages_that_were_taken_along(use, destdir):
    asked = use("preview", stdin=(ROOT / "data/samples/week0/windows.jsonl").read_bytes())
    assert (asked.status, "pip install 'plan-meters[evidence]'" in asked.err) == (78, True), asked.err
    assert str(ROOT) not in "".join(use("tracker", "where").out)
    names = {
        path.name
        for path in Path(f"{destdir}{PREFIX}").glob(
            "lib/plan-meters/tracker/tree/.venv/lib/*/site-packages/*"
        )
    }
    assert {"msgspec", "tabulate.py", "dotenv"} & names >= {"msgspec", "dotenv"}
    assert not {"numpy", "pytest", "pip"} & names


def test_a_bundle_that_lacks_its_packages_is_one_line(use):
    asked = use("bash", "-c", CCBUNDLE)
    assert (asked.status, asked.out, asked.err.count("\n")) == (78, "", 1)
    assert "pip install 'plan-meters[bundle]'" in asked.err


def test_nothing_that_is_installed_names_the_clone_or_destdir(destdir):
    named = [str(path).encode() for path in (ROOT, destdir)]
    for path in Path(f"{destdir}{PREFIX}").rglob("*"):
        if path.is_file() and not path.is_symlink() and path.suffix not in (".so", ".pyc"):
            text = path.read_bytes()
            assert not any(name in text for name in named), path


def test_uninstalling_takes_all_of_it_and_nothing_else(tmp_path):
    where = ("--prefix", PREFIX, "--destdir", str(tmp_path))
    mine = tmp_path / "opt/meters/bin/mine"
    mine.parent.mkdir(parents=True)
    mine.write_text("not yours\n")
    prefix("install", *where, "--only", "msgspec")
    prefix("install", *where, "--only", "msgspec")  # once more over itself
    prefix("uninstall", *where)
    assert [path for path in tmp_path.rglob("*") if not path.is_dir()] == [mine]
    assert "nothing of plan-meters is in" in prefix("uninstall", *where, status=1)


def test_a_prefix_must_be_absolute():
    assert "write PREFIX=/usr/local" in prefix("install", "--prefix", "opt/meters", status=2)


def test_make_hands_prefix_and_destdir_on():
    words = ["make", "-n", "install", f"PREFIX={PREFIX}", "DESTDIR=/tmp/package", "PACKAGES=msgspec tabulate"]
    said = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "install --prefix '/opt/meters' --destdir '/tmp/package' --only msgspec tabulate" in said
    said = subprocess.run(
        ["make", "-n", "uninstall"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert "uninstall --prefix '/usr/local' --destdir ''" in said


@pytest.mark.slow
def test_the_whole_installation_decides_and_routes(tmp_path):
    where = tmp_path / "whole"
    prefix("install", "--prefix", str(where))
    env = {"PATH": f"{where}/bin:/usr/bin:/bin", "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"}
    rows = b"".join(path.read_bytes() for path in sorted((ROOT / "data/samples/week0").glob("*.jsonl")))
    card = run(["decision-card"], stdin=rows, cwd=tmp_path, env=env)
    assert "efficiency: features per" in card.out, card.err
    router = run(["tracker", "router", "--check"], cwd=tmp_path, env=env)
    assert (router.status, router.err) == (0, "")
    log = Path(run(["tracker", "where", "log"], cwd=tmp_path, env=env).out.strip())
    log.parent.mkdir(parents=True)
    shutil.copy(ROOT / "data/samples/logs/usage.jsonl", log)
    bundled = run(["bash", "-c", CCBUNDLE], cwd=tmp_path, env=env)
    assert bundled.status == 0, bundled.err
    made = Path(bundled.out.splitlines()[0])
    assert (made / "reports/verify-routing.txt").read_text().strip()
    assert not any(str(tmp_path) in path.read_text() for path in made.rglob("*") if path.is_file())


def test_the_systemd_unit_is_one_and_holds_no_setting(tmp_path):
    where = tmp_path / "prefix"
    prefix("install", "--prefix", str(where), "--only", "msgspec")
    unit = where / "share/systemd/user/plan-meters-router.service"
    text = unit.read_text()
    assert f"ExecStart={where}/bin/tracker router\n" in text
    assert not re.search(r"^(Environment|PassEnvironment|LoadCredential)", text, re.MULTILINE)
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd is not here")
    done = subprocess.run(
        ["systemd-analyze", "--user", "verify", unit],
        capture_output=True,
        text=True,
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path), "MANPATH": str(where / "share/man")},
    )
    assert (done.returncode, [line for line in done.stderr.splitlines() if unit.name in line]) == (0, []), (
        done.stderr
    )


def test_the_plist_starts_the_same_and_holds_no_setting(destdir):
    plist = plistlib.loads(Path(f"{destdir}{PREFIX}/share/plan-meters/plan-meters.router.plist").read_bytes())
    assert plist["ProgramArguments"] == [f"{PREFIX}/bin/tracker", "router"]
    assert plist["Label"] == "plan-meters.router"
    assert plist["KeepAlive"] == {"SuccessfulExit": False}
    assert "EnvironmentVariables" not in plist
    assert plist["Umask"] == 0o077


@pytest.mark.slow
@pytest.mark.skipif(not (ROOT / ".venv-router/bin/python").exists(), reason="no .venv-router")
def test_the_services_command_is_a_router_that_answers_and_ends_on_sigterm(tmp_path):
    """The command of the unit itself, in the environment that a service gets: HOME, PATH, and a .env."""
    where = tmp_path / "prefix"
    prefix("install", "--prefix", str(where))
    home = tmp_path / "home"
    (home / ".config/plan-meters").mkdir(parents=True)
    (home / ".config/plan-meters/.env").write_text("MITM_PORT=0\n")
    unit = (where / "share/systemd/user/plan-meters-router.service").read_text()
    [command] = re.findall(r"^ExecStart=(.*)$", unit, re.MULTILINE)
    service = subprocess.Popen(
        command.split(),
        env={"HOME": str(home), "PATH": "/usr/bin:/bin"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    line = service.stdout.readline()
    service.terminate()
    _, said = service.communicate(timeout=60)
    assert '"port"' in line, said
    assert service.returncode in (0, -15, 143), said
    assert (home / ".local/state/plan-meters/logs").is_dir()
