"""What `make docs` writes: fresh, readable by man, and completing in real shells."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import time

import msgspec
import pytest

from conftest import ROOT, TOOLS, clean_env, run
from tracker import rows


def gen_docs(tmp_path, *args, root=ROOT):
    return run([str(root / "scripts/gen-docs"), *args], cwd=tmp_path, env=clean_env(tmp_path))


def copy_of_project(tmp_path):
    """A checkout of the test's own, with this one's interpreter."""
    made = tmp_path / "project"
    made.mkdir()
    for name in ("bin", "lib", "scripts", "docs", "man", "completions"):
        shutil.copytree(ROOT / name, made / name, ignore=shutil.ignore_patterns("__pycache__"))
    (made / ".venv").symlink_to(ROOT / ".venv")
    return made


def test_the_written_docs_are_fresh(tmp_path):
    ran = gen_docs(tmp_path, "--check")
    assert (ran.status, ran.out, ran.err) == (0, "", "")


def test_a_stale_page_is_named_and_writing_heals_it(tmp_path):
    project = copy_of_project(tmp_path)
    (project / "docs/rows.md").write_text("edited by hand\n")
    (project / "man/no-such-tool.1").write_text("left over\n")
    ran = gen_docs(tmp_path, "--check", root=project)
    assert ran.status == 1
    assert ran.err.startswith("gen-docs: stale: docs/rows.md man/no-such-tool.1; ")
    assert ran.err.count("\n") == 1
    assert gen_docs(tmp_path, root=project).status == 0
    assert not (project / "man/no-such-tool.1").exists()
    assert gen_docs(tmp_path, "--check", root=project).status == 0


def test_the_callers_environment_does_not_show_in_the_docs(tmp_path):
    env = clean_env(tmp_path, TRACKER_DATA_DIR="/somewhere/else", AGENT_ID="zork", COLUMNS="40")
    ran = run([str(ROOT / "scripts/gen-docs"), "--check"], cwd=tmp_path, env=env)
    assert (ran.status, ran.err) == (0, "")


def test_every_kind_and_field_of_row_stands_in_the_tables():
    page = (ROOT / "docs/rows.md").read_text()
    shared = {field.name for field in msgspec.structs.fields(rows.Row)}
    for kind, declared in rows.KINDS.items():
        section = page.partition(f"\n## {kind}\n")[2].partition("\n## ")[0]
        for field in {field.name for field in msgspec.structs.fields(declared)} - shared:
            assert re.search(rf"^\| `{field}` \| .+ \| .* \| .+ \|", section, re.M), (kind, field)


@pytest.mark.parametrize("name", TOOLS)
def test_a_manual_page_renders_without_a_complaint(name, tmp_path):
    if shutil.which("man") is None:
        if os.environ.get("TRACKER_NO_SKIP"):
            pytest.fail("man is not installed, and nothing may be skipped here")
        pytest.skip("man is not installed")
    env = clean_env(tmp_path, MANWIDTH="80", MANROFFSEQ="", MAN_KEEP_STDERR="1")
    command = ["man", "--warnings", "-l", str(ROOT / f"man/{name}.1")]
    ran = run(command, cwd=tmp_path, env=env)
    assert (ran.status, ran.err) == (0, "")
    text = re.sub(".\b", "", ran.out)
    first = (ROOT / f"docs/tools/{name}.md").read_text().splitlines()[4].rstrip(".").replace("`", "")
    said = " ".join(text.split())
    assert f"NAME {name} - {first[0].lower() + first[1:]}" in said
    for heading in ("SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "EXAMPLES"):
        assert f"\n{heading}\n" in text
    assert all(len(line) <= 80 for line in text.partition("\nEXAMPLES\n")[0].splitlines())


class Terminal:
    """A real interactive shell in a pseudo-terminal."""

    def __init__(self, command, env, cwd):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(cwd)
            os.execvpe(command[0], command, env)

    def type(self, keys):
        os.write(self.fd, keys.encode())

    def read_until(self, mark, seconds=20):
        seen = b""
        end = time.monotonic() + seconds
        while mark.encode() not in seen and time.monotonic() < end:
            if select.select([self.fd], [], [], 0.1)[0]:
                seen += os.read(self.fd, 65536)
        assert mark.encode() in seen, seen.decode(errors="replace")
        return seen.decode(errors="replace")

    def completed(self, line):
        """Return the line after Tab: it is put behind `print` and run, and the shell says what it was."""
        self.type(line + "\t")
        time.sleep(0.3)
        self.type("\x01: '<<' \x05 '>>'\r")
        self.type("fc -ln -1 | cat; echo DO''NE\r")
        text = self.read_until("DONE\r")
        return re.findall(r": '<<' (.*?) *'>>'", text.replace("\r\n", "\n"))[-1]

    def close(self):
        os.close(self.fd)
        os.waitpid(self.pid, 0)


START = {
    "bash": (["bash", "--noprofile", "--norc", "-i"], "source '{root}/completions/tracker.bash'"),
    "zsh": (
        ["zsh", "-f", "-i"],
        "fpath=('{root}/completions' $fpath); autoload -Uz compinit; compinit -u -D",
    ),
}


@pytest.fixture(scope="module", params=["bash", "zsh"])
def terminal(request, tmp_path_factory):
    tmp_path = tmp_path_factory.mktemp("terminal")
    if shutil.which(request.param) is None:
        if os.environ.get("TRACKER_NO_SKIP"):
            pytest.fail(f"{request.param} is not installed, and nothing may be skipped here")
        pytest.skip(f"{request.param} is not installed")
    command, setup = START[request.param]
    env = clean_env(tmp_path, TERM="dumb", PS1="$ ", HISTFILE="", COLUMNS="200")
    (tmp_path / "a folder").mkdir()
    opened = Terminal(command, env, tmp_path)
    opened.type(setup.format(root=ROOT) + "\recho REA''DY\r")
    opened.read_until("READY\r")
    yield opened
    opened.close()


@pytest.mark.shell
@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("preview --form", "preview --format"),
        ("preview --format js", "preview --format json"),
        ("capture-claude --pha", "capture-claude --phase"),
        ("capture-claude --phase bef", "capture-claude --phase before"),
        ("ledger-cat --data-dir a", "ledger-cat --data-dir a folder"),
        ("tracker prev", "tracker preview"),
        ("tracker --data-dir x ing", "tracker --data-dir x ingest"),
        ("tracker ingest cla", "tracker ingest claude"),
        ("tracker ingest claude --pha", "tracker ingest claude --phase"),
        ("tracker ingest claude --window W1 --phase af", "tracker ingest claude --window W1 --phase after"),
        ("tracker alias st", "tracker alias start"),
        ("tracker alias start cla", "tracker alias start claude"),
        ("tracker complete --outc", "tracker complete --outcome"),
        ("tracker --data", "tracker --data-dir"),
    ],
)
def test_tab_completes(terminal, typed, line):
    done = terminal.completed(typed)
    plain = done.replace("\\", "").replace("'", "").rstrip("/= ")
    assert plain == line


@pytest.mark.shell
def test_the_bash_file_is_clean_shell(tmp_path):
    name = str(ROOT / "completions/tracker.bash")
    for command in (["shellcheck", "-s", "bash", name], ["shfmt", "-d", name]):
        ran = subprocess.run(
            [str(ROOT / ".venv/bin" / command[0]), *command[1:]], capture_output=True, text=True
        )
        assert (ran.returncode, ran.stdout) == (0, "")
