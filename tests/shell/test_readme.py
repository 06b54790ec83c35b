"""The README as a newcomer walks it: every command that it shows is typed, in its order, in a repository of one's own."""

from __future__ import annotations

import os
import re
import shutil
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
        and '"feature_id":"F-5","window":"W0-CL-01"' in (home / "ledger" / "features.jsonl").read_text()
    )
    assert "efficiency: features per point, B over A" in ran.out, "the tour ends in the sample's card"


PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "plugin").rglob("*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_is_to_be_pasted_holds_no_comment(page):
    """A zsh on a terminal, as macOS has it, takes # for a word like any other."""
    blocks = re.findall(r"^ *```(?:bash|sh|zsh)\n(.*?)^ *```", page.read_text(), re.S | re.M)
    assert [line for block in blocks for line in block.splitlines() if re.search(r"(^|\s)#", line)] == []


@pytest.mark.shell
@pytest.mark.parametrize(
    ("shell", "at"), [("bash", "cc-aliases.sh"), ("zsh", "cc-aliases.sh"), ("fish", "tracker.fish")]
)
def test_the_short_names_are_sourced_as_it_says_from_any_folder(tmp_path, shell, at):
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    said = re.findall(
        rf"`(source [^`]*tracker\s+where\s+scripts\)[^`]*{at}\"?)`", (ROOT / "README.md").read_text()
    )
    assert len(said) == 1
    ran = run([shell, "-c", f"{' '.join(said[0].split())}\nccstock"], cwd=tmp_path, env=clean_env(tmp_path))
    assert (ran.status, ran.out, ran.err) == (0, "", "")


def test_the_card_that_it_shows_is_the_one_that_is_printed(tool):
    rows = b"".join(path.read_bytes() for path in sorted((ROOT / "data/samples/week0").glob("*.jsonl")))
    printed = re.search(r"(?ms)^gate .*?\n\n", tool("decision-card", stdin=rows, COLUMNS="118").out)[0]
    shown = re.search(r"(?ms)^```\n(gate .*?)\n```", (ROOT / "README.md").read_text())[1]
    assert [line.rstrip() for line in printed.strip().splitlines()] == shown.splitlines()
