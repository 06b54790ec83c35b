"""The README as a newcomer walks it: every command that it shows is typed, in its order, in a repository of one's own."""

from __future__ import annotations

import os
import re
import subprocess

import pytest

from conftest import ROOT, clean_env, run
from workdays import CLAUDE

BLOCKS = re.findall(r"^```bash\n(.*?)^```", (ROOT / "README.md").read_text(), re.S | re.M)


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    """All blocks but the two of `make`, in one shell; nobody waits five minutes in a test, so the buffer is 0."""
    home = tmp_path_factory.mktemp("home")
    mine, clone = home / "mine", home / "clone"
    mine.mkdir()
    (home / "bin").mkdir()
    (home / "bin" / "claude").write_text(CLAUDE)
    (home / "bin" / "claude").chmod(0o755)
    for at in (mine,):
        subprocess.run(["git", "init", "-q", at], check=True)
    clone.symlink_to(ROOT)
    typed = "\n".join(
        f"cd {'mine' if 'samples' not in block and 'completions' not in block else 'clone'}\n{block}\ncd ~"
        for block in BLOCKS
        if "make " not in block or "setup" in block
    )
    typed = typed.replace("/path/to/this/clone", str(clone))
    typed = re.sub(r"^tracker end\b", "tracker end --buffer-seconds 0", typed, flags=re.M)
    env = clean_env(home, TRACKER_DATA_DIR=str(home / "ledger"), USAGE_LOG=str(home / "usage.jsonl"))
    env |= {"PATH": f"{home / 'bin'}{os.pathsep}{env['PATH']}", "HOME": str(home)}
    for who in ("AUTHOR", "COMMITTER"):
        env |= {f"GIT_{who}_NAME": "n", f"GIT_{who}_EMAIL": "n@example.com"}
    ran = run(["bash", "-e", "-o", "pipefail", "-c", typed], cwd=home, env=env, timeout=300)
    return ran, home


@pytest.mark.shell
def test_every_command_runs(day):
    ran, _ = day
    assert ran.status == 0, ran.err[-3000:]


@pytest.mark.shell
def test_the_day_ends_in_a_window_and_the_tour_in_a_card(day):
    ran, home = day
    assert "W0-CL-01 has begun (stock_anthropic)" in ran.out
    (window,) = (home / "ledger" / "windows.jsonl").read_text().splitlines()
    assert (
        '"capacity_pp":9.0' in window
        and '"feature_id":"F-1"' in (home / "ledger" / "features.jsonl").read_text()
    )
    assert "efficiency: features per point, B over A" in ran.out, "the tour ends in the sample's card"


def test_the_card_that_it_shows_is_the_one_that_is_printed(tool):
    rows = b"".join(path.read_bytes() for path in sorted((ROOT / "data/samples/week0").glob("*.jsonl")))
    printed = re.search(r"(?ms)^gate .*?\n\n", tool("decision-card", stdin=rows, COLUMNS="118").out)[0]
    shown = re.search(r"(?ms)^```\n(gate .*?)\n```", (ROOT / "README.md").read_text())[1]
    assert [line.rstrip() for line in printed.strip().splitlines()] == shown.splitlines()
