"""scripts/mitm.sh and ccmitm: what a start says is in force, and what it refuses."""

from __future__ import annotations

import pytest

from conftest import ROOT
from tracker.mock.ports import free_port

pytestmark = [pytest.mark.shell, pytest.mark.router]
SOURCE = "source $ROOT/scripts/cc-aliases.sh; "
KEY = "0123456789abcdef.made-up"


@pytest.fixture
def start(sh, tmp_path):
    """`start("ccmitm", ZAI_API_KEY=…)` starts a router in a folder of the test's own, and ends it."""
    port = str(free_port())
    logs = tmp_path / "logs"
    own = {
        "TRACKER_HOME": str(tmp_path),
        "USAGE_LOG": str(logs / "usage.jsonl"),
        "MITM_LOG_DIR": str(logs),
    }

    def call(command, **env):
        return sh(f"{SOURCE}{command} {port}", **own, **env)

    yield call
    call(f"{ROOT}/scripts/mitm.sh stop")


def test_ccmitm_without_a_key_refuses_and_stops_nothing(start):
    ran = start("ccmitm")
    assert (ran.status, ran.out) == (78, "")
    assert "ZAI_API_KEY is not set; put it in .env" in ran.err
    assert "start with FORCE_HAIKU_TO_ZAI=0" in ran.err


def test_ccsub_right_behind_the_first_ccmitm_of_a_home_finds_its_certificate(start, tmp_path):
    """Given a HOME without a certificate, ccmitm returns when the router has made one."""
    for turn in range(3):
        (tmp_path / f"home-{turn}").mkdir()
        both = f"export HOME={tmp_path}/home-{turn}; go() {{ ccmitm $1 && ccsub $1; }}; go"
        ran = start(both, ZAI_API_KEY=KEY)
        assert ran.status == 0, ran.err


def test_what_the_refusal_recommends_runs(start, tmp_path):
    ran = start("FORCE_HAIKU_TO_ZAI=0 ccmitm")
    assert ran.status == 0, ran.err
    assert "Haiku to Z.AI: 0 (FORCE_HAIKU_TO_ZAI=0, environment)" in ran.out
    (tmp_path / ".env").write_bytes(
        (ROOT / ".env.example").read_bytes().replace(b"KEY=", f"KEY={KEY}".encode())
    )
    ran = start("ccmitm")
    assert "Haiku to Z.AI: 1 (FORCE_HAIKU_TO_ZAI=1, environment)" in ran.out, ran.err


def test_a_pause_at_the_start_is_what_the_banner_says(start):
    assert start("ccpause; ccresume; :").status == 0
    ran = start("OFFLOAD_PAUSED=1 ccmitm", ZAI_API_KEY=KEY)
    assert "Haiku to Z.AI: 0 (OFFLOAD_PAUSED=1, environment)" in ran.out, ran.err


def test_a_pause_that_was_left_is_what_the_banner_says(start):
    assert start("ccpause; :").status == 0
    ran = start("ccmitm", ZAI_API_KEY=KEY)
    assert "Haiku to Z.AI: 0 (OFFLOAD_PAUSED=1, router.control)" in ran.out, ran.err


def test_a_rule_is_what_banner_and_status_say_and_a_bad_one_is_one_line(start):
    said = (
        "Haiku to Z.AI: above a mark only, back at five_hour below 75 or at its reset "
        "(OFFLOAD_WHEN=five_hour>80, environment)"
    )
    ran = start("OFFLOAD_WHEN='five_hour>80' ccmitm", ZAI_API_KEY=KEY)
    assert said in ran.out, ran.err
    assert f"at its start {said}" in start(f"{ROOT}/scripts/mitm.sh status").out
    refused = start("OFFLOAD_WHEN='five_hour=80' ccmitm", ZAI_API_KEY=KEY)
    assert (refused.status, refused.out) == (78, "")
    assert refused.err.count("OFFLOAD_WHEN is 'five_hour=80'") == 1


def test_status_says_what_was_in_force(start):
    assert start("ccmitm", ZAI_API_KEY=KEY).status == 0
    ran = start(f"{ROOT}/scripts/mitm.sh status")
    assert "at its start Haiku to Z.AI: 1 (FORCE_HAIKU_TO_ZAI=1, environment)" in ran.out


def test_what_it_keeps_lies_beside_the_log_from_any_folder(start, tmp_path):
    """No toolkit's own folder is written to: an installed one may be read-only, and is no one's place for logs."""
    elsewhere = "cd /; MITM_LOG_DIR= "
    ran = start(
        f"USAGE_LOG={tmp_path}/mine/usage.jsonl; export USAGE_LOG; {elsewhere}ccmitm", ZAI_API_KEY=KEY
    )
    assert ran.status == 0, ran.err
    kept = {path.suffix for path in (tmp_path / "mine").glob("router-*")}
    assert kept == {".pid", ".log", ".state"}
    ran = start(f"export USAGE_LOG={tmp_path}/mine/usage.jsonl; {elsewhere}{ROOT}/scripts/mitm.sh stop")
    assert ran.out.startswith("stopped the router"), ran.err


def test_a_pasted_lines_comment_is_none_of_its_words(start):
    """A zsh on a terminal takes # for a word, and the plans' own lines end in comments."""
    port = free_port()
    assert (
        start("ccmitm '#' starts the router").status == 78
    )  # its port is the standard one, and no key is there
    ran = start(f"ccmitm {port} '#' starts it && {ROOT}/scripts/mitm.sh stop {port} '#' and", ZAI_API_KEY=KEY)
    assert ran.status == 0, ran.err
    assert f"router on 127.0.0.1:{port}" in ran.out and f"stopped the router on port {port}" in ran.out


def test_the_proof_is_of_the_router_that_this_shell_goes_through(start, tmp_path):
    assert start("ccmitm", ZAI_API_KEY=KEY).status == 0
    (tmp_path / "logs" / "usage.jsonl").write_bytes((ROOT / "data/samples/logs/usage.jsonl").read_bytes())
    said = start('proof() { ccsub "$1" && ccverify; }; proof')
    assert "router on 127.0.0.1:" in said.out and "no router on port" not in said.out, said.err
