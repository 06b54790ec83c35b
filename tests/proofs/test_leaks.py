"""What leaks is found: a rule at a time, in what arrived and in what was written; clean routers pass."""

from __future__ import annotations

import pytest

from conftest import ROOT
from lanes import MITMDUMP, mitmdump
from tracker.mock.recorder import Arrived
from tracker.print import leaks_page
from tracker.proofs import leaks
from tracker.proofs.marked import KEY, MARKS, SENTENCE, Sent, requests

ROUTER = pytest.mark.skipif(not MITMDUMP.exists(), reason="no .venv-router; run `make setup`")


@pytest.mark.slow
@pytest.mark.router
@ROUTER
@pytest.mark.parametrize("router", ["bin", "mitmdump"])
def test_the_router_leaks_nothing(tool, router):
    ran = tool("productize-check", "--router", router, timeout=300)
    assert (ran.status, ran.err) == (0, "")
    assert "checks hold" in ran.out


@pytest.mark.router
@ROUTER
def test_a_careless_router_is_found_out(tmp_path):
    careless = mitmdump(ROOT / "tests" / "fixtures" / "router" / "careless.py")
    sends = [
        sent for sent in requests() if not sent.secrets
    ]  # one of every class; the marks come a hundred times
    found = leaks.check(careless, tmp_path, sends)
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


OK = b"HTTP/1.1 200 OK\r\n\r\n"
RAW = b"POST /v1/messages HTTP/1.1\r\nHost: api.anthropic.com\r\n\r\n{}"
LANE_HEAD = f"POST /api/anthropic/v1/messages HTTP/1.1\r\nHost: api.z.ai\r\nx-api-key: {KEY}"


def arrived(head: str, body: bytes = b"{}") -> Arrived:
    return Arrived(head.encode(), body, 1, 0.0)


def broken(lane, got=OK, anthropic=(), zai=(), secrets=()):
    """The rules that are broken by what arrived for one request."""
    found = leaks.look(Sent("one", lane, RAW, secrets), got, list(anthropic), list(zai))
    return {finding.rule for finding in found if not finding.is_kept}


def test_a_request_that_went_as_it_should_breaks_nothing():
    head, _, body = RAW.partition(b"\r\n\r\n")
    assert broken("anthropic", anthropic=[Arrived(head, body, 1, 0.0)]) == set()
    assert broken("zai", zai=[arrived(LANE_HEAD)]) == set()


@pytest.mark.parametrize(
    ("head", "body", "rule"),
    [
        (LANE_HEAD, MARKS["account"].encode(), "nothing of the account on Z.AI's lane"),
        (LANE_HEAD + f"\r\nuser-agent: {MARKS['e-mail']}", b"{}", "nothing of the account on Z.AI's lane"),
        (LANE_HEAD, b"one more secret", "nothing of the account on Z.AI's lane"),
        (LANE_HEAD + "\r\nx-stainless-os: Linux", b"{}", "no foreign header on Z.AI's lane"),
        (LANE_HEAD + "\r\nanthropic-beta: oauth-2025-04-20", b"{}", "no foreign header on Z.AI's lane"),
        (LANE_HEAD + f"\r\nauthorization: Bearer {KEY}", b"{}", "Z.AI's key, once"),
        (LANE_HEAD, KEY.encode(), "Z.AI's key, once"),
        ("POST / HTTP/1.1\r\nHost: api.z.ai", b"{}", "Z.AI's key, once"),
    ],
)
def test_what_must_not_stand_on_the_lane_breaks_its_rule(head, body, rule):
    assert broken("zai", zai=[arrived(head, body)], secrets=(b"one more secret",)) == {rule}


def test_a_request_on_the_wrong_lane_twice_nowhere_or_unanswered_is_found():
    once = "arrives once, on its lane"
    assert broken("anthropic", zai=[arrived(LANE_HEAD)]) == {once}
    assert broken("zai", zai=[arrived(LANE_HEAD)] * 2) == {once}
    assert broken("zai", b"") == {once, "the client gets a reply"}


def test_a_byte_that_changed_on_anthropics_lane_is_found_and_so_is_the_lanes_key():
    head = RAW.partition(b"\r\n\r\n")[0]
    changed = "not a byte changed on Anthropic's lane"
    assert broken("anthropic", anthropic=[Arrived(head, b"{ }", 1, 0.0)]) == {changed}
    with_key = Arrived(head + b"\r\nx-api-key: " + KEY.encode(), b"{}", 1, 0.0)
    assert broken("anthropic", anthropic=[with_key]) == {changed, "Z.AI's key not on Anthropic's lane"}


@pytest.mark.parametrize(
    ("name", "text", "seen"),
    [
        ("printed", KEY, "Z.AI's key"),
        ("logs/usage.jsonl", MARKS["login"], "login"),
        ("logs/usage.jsonl", SENTENCE, "a prompt"),
        ("logs/body-samples.jsonl", MARKS["device"], "device"),
        ("logs/usage.jsonl", MARKS["session"], ""),  # the client's own label for it
        ("logs/body-samples.jsonl", SENTENCE, ""),  # what a sample is there for
    ],
)
def test_a_secret_in_a_log_or_on_the_terminal_is_found(tmp_path, name, text, seen):
    (tmp_path / "logs").mkdir()
    for file in ("printed", "logs/usage.jsonl"):
        (tmp_path / file).write_text("nothing\n")
    (tmp_path / name).write_text(f"something {text} more")
    found = {one.where: one for one in leaks.look_into_logs(tmp_path) if one.rule == "no secret in a log"}
    assert {where: one.seen for where, one in found.items() if not one.is_kept} == (
        {tmp_path.joinpath(name).name: seen} if seen else {}
    )


def test_a_router_that_wrote_no_log_has_not_passed(tmp_path):
    (tmp_path / "printed").write_text("")
    made = leaks.as_dict([("mine", one) for one in leaks.look_into_logs(tmp_path)])
    assert (made["verdict"], made["checks"]) == ("leak", 2)
    assert [(one["router"], one["rule"]) for one in made["broken"]] == [("mine", "every message has its row")]
    assert leaks.as_dict([])["verdict"] == "clean"
