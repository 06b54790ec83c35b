"""A session's short names, in real bash and zsh: into the router, out of it, and what is refused."""

from __future__ import annotations

import socket

import pytest

pytestmark = pytest.mark.shell
SOURCE = "source $ROOT/scripts/cc-aliases.sh; "
SHOW = "env | grep -E '^(ANTHROPIC_|HTTPS_PROXY|https_proxy|ALL_PROXY|NODE_EXTRA|CLAUDE_CODE_)' | sort"
LANE = {
    "ANTHROPIC_API_KEY": "sk-ant-made-up",
    "ANTHROPIC_AUTH_TOKEN": "made-up",
    "ANTHROPIC_BASE_URL": "https://elsewhere.example",
    "ANTHROPIC_DEFAULT_HAIKU_MODEL": "other",
    "CLAUDE_CODE_USE_BEDROCK": "1",
    "https_proxy": "http://elsewhere.example:3128",
}


@pytest.fixture
def router():
    """Something that answers on a port of loopback."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def certificate(tmp_path):
    folder = tmp_path / ".mitmproxy"
    folder.mkdir()
    path = folder / "mitmproxy-ca-cert.pem"
    path.write_text("a certificate\n")
    return path


@pytest.mark.parametrize("way", ["source $ROOT/scripts/sub-env.sh {}", SOURCE + "ccsub {}"])
def test_ccsub_sets_the_router_and_unsets_what_would_change_the_lane(sh, router, certificate, way):
    ran = sh(f"{way.format(router)} && {SHOW}", **LANE)
    assert ran.status == 0, ran.err
    assert ran.out.splitlines() == [
        "CLAUDE_CODE_SUBAGENT_MODEL=haiku",
        f"HTTPS_PROXY=http://127.0.0.1:{router}",
        f"NODE_EXTRA_CA_CERTS={certificate}",
    ]


def test_the_token_is_read_whatever_cat_is_called(sh, router, certificate):
    (certificate.parent / "router-token").write_text("made-up")
    aliases = "shopt -s expand_aliases 2>/dev/null || :\nalias cat='cat -n' read=false\n"
    ran = sh(aliases + f"source $ROOT/scripts/sub-env.sh {router}\necho $HTTPS_PROXY")
    assert ran.out == f"http://tracker:made-up@127.0.0.1:{router}\n"


def test_the_port_may_come_from_mitm_port(sh, router, certificate):
    ran = sh("source $ROOT/scripts/sub-env.sh; echo $HTTPS_PROXY", MITM_PORT=str(router))
    assert ran.out == f"http://127.0.0.1:{router}\n"


@pytest.mark.parametrize(
    "value",
    [
        "api.anthropic.com",
        "localhost,.anthropic.com",
        "*",
        "a.example, Anthropic.com",
        "api.anthropic.com:443",
        "*.anthropic.com",
        ".com",
    ],
)
@pytest.mark.parametrize("name", ["NO_PROXY", "no_proxy"])
def test_a_no_proxy_that_leads_past_the_router_is_refused(sh, router, certificate, name, value):
    ran = sh(
        f"source $ROOT/scripts/sub-env.sh {router}; echo $?; {SHOW}",
        **{name: value},
        ANTHROPIC_BASE_URL="kept",
    )
    assert ran.out == "78\nANTHROPIC_BASE_URL=kept\n", "nothing was changed"
    assert "NO_PROXY has" in ran.err


def test_a_no_proxy_for_others_is_fine(sh, router, certificate):
    assert (
        sh(f"source $ROOT/scripts/sub-env.sh {router}", NO_PROXY="localhost,myanthropic.com.example").status
        == 0
    )


def test_a_router_that_does_not_answer_is_refused(sh, certificate):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    ran = sh(f"source $ROOT/scripts/sub-env.sh {port}; echo $?; {SHOW}")
    assert ran.out == "75\n"
    assert f"nothing answers on 127.0.0.1:{port}; start the router with: ccmitm {port}" in ran.err


def test_a_missing_certificate_is_refused(sh, router):
    ran = sh(f"source $ROOT/scripts/sub-env.sh {router}; echo $?; {SHOW}")
    assert ran.out == "78\n"


@pytest.mark.parametrize("port", ["x", "80a", "''\\ "])
def test_what_is_no_port_is_refused(sh, port):
    assert sh(f"source $ROOT/scripts/sub-env.sh {port}; echo $?").out == "2\n"


def test_ccstock_leaves_nothing_that_leads_to_the_router(sh, router, certificate):
    ran = sh(SOURCE + f"ccsub {router} && ccstock && {SHOW}", HTTP_PROXY="x", **LANE)
    assert (ran.status, ran.out) == (0, "")


def test_pause_and_resume_are_one_line_in_the_control_file(sh, tmp_path):
    control = tmp_path / "logs" / "router.control"
    log = str(tmp_path / "logs" / "usage.jsonl")
    assert sh(SOURCE + "ccpause", USAGE_LOG=log).status == 0
    assert control.read_text() == "OFFLOAD_PAUSED=1\n"
    control.write_text("ROUTE_CLASSES=subagent\n" + control.read_text())
    assert sh(SOURCE + "ccresume", USAGE_LOG=log).status == 0
    assert control.read_text() == "ROUTE_CLASSES=subagent\nOFFLOAD_PAUSED=0\n"
    assert [path.name for path in control.parent.iterdir()] == ["router.control"]


def test_only_what_a_running_router_obeys_can_be_set(sh):
    ran = sh("$ROOT/scripts/router-control.sh ZAI_API_KEY=x")
    assert ran.status == 2
    assert "cannot be set in a running router" in ran.err


def test_every_setting_that_a_running_router_obeys_can_be_set(sh, tmp_path):
    ran = sh(
        "for name in $($ROOT/bin/router --controls); do $ROOT/scripts/router-control.sh $name=0 || exit; done",
        USAGE_LOG=str(tmp_path / "logs" / "usage.jsonl"),
    )
    assert ran.status == 0, ran.err
    names = [line.partition("=")[0] for line in (tmp_path / "logs/router.control").read_text().splitlines()]
    assert {"OFFLOAD_PAUSED", "KIMI_HEADER_MODE", "ROUTE_CLASSES"} <= set(names)
    one = sh("$ROOT/scripts/router-control.sh OFFLOAD_PAUSED; $ROOT/scripts/router-control.sh PAUSED=1")
    assert one.status == 2 and one.err.count("cannot be set") == 2


def test_the_next_start_can_be_told_its_header_and_its_http(sh):
    ran = sh(SOURCE + "cczai_bearer; cch1; env | grep -E 'ZAI_HEADER_MODE|MITM_FORCE_H1' | sort")
    assert ran.out == "MITM_FORCE_H1=1\nZAI_HEADER_MODE=authorization\n"


def test_ccverify_without_a_log_has_not_passed(sh, tmp_path):
    ran = sh(SOURCE + "ccverify", USAGE_LOG=str(tmp_path / "none.jsonl"))
    assert ran.status == 66
    assert "no requests in" in ran.err


def test_ccverify_shows_the_proof_and_the_last_requests_as_a_table(sh, tmp_path):
    log = tmp_path / "usage.jsonl"
    row = '{"kind":"usage","ts":"2026-03-02T09:00:00Z","model":"claude-haiku-4-5","lane":"%s","status":200,"latency_ms":3.0,"decision":"%s","op":"stream"}\n'
    log.write_text(row % ("zai", "forced_model"))
    ran = sh(SOURCE + "ccverify", USAGE_LOG=str(log))
    assert ran.status == 0, ran.err
    assert "1 of 1 decisions went to Z.AI" in ran.out
    assert "{" not in ran.out
    [row] = [line.split() for line in ran.out.splitlines() if line.startswith("09:00:00")]
    assert row[:3] == ["09:00:00", "claude-haiku-4-5", "zai"]


def test_ccproof_needs_a_shell_that_goes_through_a_router(sh):
    ran = sh(SOURCE + "ccproof")
    assert ran.status == 78
    assert "run ccsub first" in ran.err


def test_cch_and_ccs_ask_the_model_they_are_named_for(sh, tmp_path):
    ran = sh(SOURCE + "function claude() { echo \"$@\"; }; cch 'Say ok' --output-format json; ccs hello")
    assert ran.out == "-p --model haiku Say ok --output-format json\n-p --model sonnet hello\n"


def test_cc_stays_the_compiler_unless_an_interactive_shell_asks(sh):
    assert "function" not in sh(SOURCE + "type cc || :", TRACKER_CC="1").out
    ran = sh(
        f"{sh.name} {'--norc' if sh.name == 'bash' else '-f'} -ic '{SOURCE}type cc; cc mitm'", TRACKER_CC="1"
    )
    assert "function" in ran.out
    assert "use cc mitm start|stop|status" in ran.err
