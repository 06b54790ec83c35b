"""The sourced files in shells that are not as they come: options, aliases, CDPATH, strictness; and fish."""

from __future__ import annotations

import os
import shutil

import pytest

from conftest import ROOT, clean_env, run

pytestmark = pytest.mark.shell
AT = "2026-11-21T05:00:00Z"
PANE = "Current session: 12% used · resets Nov 21, 9am (UTC)\nCurrent week (all models): 3% used\n"
BOTH = {
    "CDPATH": "CDPATH=$ROOT:/; export CDPATH",
    "a cd that prints": 'cd() { builtin cd "$@" && echo "now in $PWD"; }',
    "strict": "set -eu",
    "aliases": "shopt -s expand_aliases 2>/dev/null || :; alias cat=false sed=false cd=false env=false grep=false",
    "functions": "cat() { echo broken; return 1; }; sed() { cat; }; dirname() { cat; }; grep() { cat; }",
}
ZSH = {
    name: f"setopt {name}"
    for name in ("posix_argzero", "no_function_argzero", "no_short_loops", "nounset", "ksh_arrays")
} | {"a folder's hook": 'chpwd() { echo "now in $PWD" }'}


def worlds():
    for shell in ("bash", "zsh"):
        for name, text in (BOTH | (ZSH if shell == "zsh" else {})).items():
            yield pytest.param(shell, text, id=f"{shell}: {name}")


def in_shell(shell, text, tmp_path, *, stdin="", cwd=None, **env):
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    quiet = {"bash": ["--noprofile", "--norc"], "zsh": ["-f"], "fish": ["--no-config"]}[shell]
    return run(
        [shutil.which(shell), *quiet, "-c", text],
        stdin=stdin,
        cwd=cwd or tmp_path,
        env=clean_env(tmp_path, ROOT=str(ROOT), **env),
    )


@pytest.mark.parametrize(("shell", "before"), [*worlds()])
@pytest.mark.parametrize("where", ["$ROOT/scripts", "scripts"])
def test_sourced_files_find_themselves_and_work(tmp_path, shell, before, where):
    """By their whole path and by a relative one, and then called from another folder."""
    ran = in_shell(
        shell,
        f"{before}\nsource {where}/tracker-aliases.sh\nsource {where}/cc-aliases.sh\nbuiltin cd /tmp >/dev/null\n"
        f"as --window W1 --at {AT}\n",
        tmp_path,
        stdin=PANE,
        cwd=ROOT,
    )
    assert ran.status == 0, ran.err
    said = [line for line in ran.out.splitlines() if not line.startswith("now in")]
    assert len(said) == 1
    assert said[0].startswith("W1 claude BEFORE at 05:00 UTC")


@pytest.mark.parametrize(("shell", "before"), [*worlds()])
def test_ccstock_does_what_it_says_everywhere(tmp_path, shell, before):
    show = r"\command env | \command grep -E '^(ANTHROPIC|HTTPS_PROXY)' || :"
    ran = in_shell(
        shell,
        f"{before}\nsource $ROOT/scripts/cc-aliases.sh\nccstock\necho ended $?\n{show}",
        tmp_path,
        ANTHROPIC_BASE_URL="https://elsewhere.example",
        HTTPS_PROXY="http://127.0.0.1:1",
    )
    assert ran.out.splitlines()[-1] == "ended 0", ran.out + ran.err


@pytest.mark.parametrize("shell", ["bash", "zsh"])
@pytest.mark.parametrize(
    "before",
    [
        "shopt -s expand_aliases 2>/dev/null || :; alias read=false echo=: unset=: local=:",
        "set -a",
        "export NOTE='two lines\nHTTPS_PROXY=as text'",
    ],
)
def test_ccstock_is_as_good_as_its_word_whatever_builtins_are_called(tmp_path, shell, before):
    """An alias of `read` once left all set and ended 0; a second line of a variable is no variable."""
    ran = in_shell(
        shell,
        f"{before}\nsource $ROOT/scripts/cc-aliases.sh\nccstock\n\\builtin echo ended $?\n"
        '\\builtin echo "${ANTHROPIC_BASE_URL-}${HTTPS_PROXY-}"',
        tmp_path,
        ANTHROPIC_BASE_URL="https://elsewhere.example",
        HTTPS_PROXY="http://127.0.0.1:1",
    )
    assert (ran.out, ran.err) == ("ended 0\n\n", "")


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_ccstock_does_not_claim_what_it_could_not_do(tmp_path, shell):
    text = "readonly ANTHROPIC_BASE_URL\nsource $ROOT/scripts/cc-aliases.sh\nccstock || echo ended $?"
    ran = in_shell(shell, text, tmp_path, ANTHROPIC_BASE_URL="https://elsewhere.example")
    assert ran.out == "ended 75\n"
    assert "still set (read-only?): ANTHROPIC_BASE_URL" in ran.err
    text = "source $ROOT/scripts/cc-aliases.sh\nPATH=/nowhere\nccstock || echo ended $?"
    ran = in_shell(shell, text, tmp_path, ANTHROPIC_BASE_URL="https://elsewhere.example")
    assert ran.out == "ended 75\n"
    assert "cannot be read" in ran.err


def test_cc_gives_other_words_to_the_compiler(tmp_path):
    compiler = tmp_path / "bin" / "cc"
    compiler.parent.mkdir()
    compiler.write_text('#!/bin/sh\necho compiled "$@"\n')
    compiler.chmod(0o755)
    path = f"{compiler.parent}:{os.environ['PATH']}"
    text = "source $ROOT/scripts/cc-aliases.sh; cc -O2 x.c; cc mitm status 1"
    for shell, quiet in (("bash", ["--norc"]), ("zsh", ["-f"])):
        if shutil.which(shell):
            env = clean_env(tmp_path, ROOT=str(ROOT), PATH=path, MITM_LOG_DIR=str(tmp_path))
            ran = run([shutil.which(shell), *quiet, "-ic", text], cwd=tmp_path, env=env)
            assert "compiled -O2 x.c" in ran.out
            assert "no router on port 1" in ran.out
    ran = in_shell("bash", "source $ROOT/scripts/cc-aliases.sh; cc mitm status 1", tmp_path, PATH=path)
    assert ran.out == "compiled mitm status 1\n", "scripts and make see the compiler alone"


@pytest.mark.skipif(not shutil.which("fish"), reason="fish is not installed")
def test_fish_has_functions_of_its_own(tmp_path):
    source = "source $ROOT/scripts/tracker.fish; "
    ran = in_shell("fish", source + f"as --window W1 --at {AT}", tmp_path, stdin=PANE)
    assert ran.out.startswith("W1 claude BEFORE at 05:00 UTC"), ran.err
    ran = in_shell(
        "fish",
        source + "ccstock; and env | grep -E '^(ANTHROPIC|HTTPS_PROXY)'; ccsub nonsense",
        tmp_path,
        ANTHROPIC_BASE_URL="x",
        HTTPS_PROXY="y",
    )
    assert (ran.out, ran.status) == ("", 2), ran.out
    assert "is no port" in ran.err
