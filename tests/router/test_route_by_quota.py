"""A real mitmdump and bin/router go by what is left: scripted headers on one side, lanes and rows on the other."""

from __future__ import annotations

import datetime
import json
import ssl
import subprocess
import time
import urllib.request

import pytest

from conftest import ROOT
from lanes import COMMANDS, MESSAGE, answer_well, ask, reply, request
from router.test_decide import started
from running_lab import RunningLab
from tracker.mock.ports import free_port

pytestmark = pytest.mark.router
LAB_KEY = "0123456789abcdef.made-up-for-a-lab"
RULE = "five_hour>80,weekly>90"


def says(lanes, five_hour=0.1, weekly=0.1, resets_in=3600.0, status="200 OK", body=None):
    """Have Anthropic's replies tell these shares of the quotas."""
    reset = str(int(time.time() + resets_in))
    told = {
        "anthropic_ratelimit_unified_status": "allowed",
        "anthropic_ratelimit_unified_5h_utilization": str(five_hour),
        "anthropic_ratelimit_unified_5h_reset": reset,
        "anthropic_ratelimit_unified_7d_utilization": str(weekly),
        "anthropic_ratelimit_unified_7d_reset": reset,
    }
    raw = reply(body or MESSAGE, status, **told)
    lanes.anthropic.answer = lambda arrived, writer: writer.write(raw)


def haiku(proxy, *headers):
    """Ask Haiku; return the status."""
    return ask(proxy, request("claude-haiku-4-5", None, *headers)).status


def sonnet(proxy, *headers):
    return ask(proxy, request("claude-sonnet-5-5", None, *headers)).status


@pytest.fixture(params=COMMANDS)
def by_quota(request, special):
    """`with by_quota(OFFLOAD_WHEN=…) as proxy`: both routers, nothing forced unless the test says so."""

    def start(**env):
        return special(command=request.param, **{"FORCE_HAIKU_TO_ZAI": "0", "OFFLOAD_WHEN": RULE} | env)

    return start


def test_haiku_moves_above_the_mark_and_back_below_it_and_sonnet_stays(lanes, by_quota):
    with by_quota() as proxy:
        for share in (0.79, 0.81, 0.76, 0.74):
            says(lanes, share)
            assert (sonnet(proxy), haiku(proxy)) == (200, 200)
        rows = proxy.usage(8)
        asked = [(row["model"], row["lane"], row["decision"]) for row in rows]
        stays = ("claude-sonnet-5-5", "anthropic", "kept")
        below, above = ("claude-haiku-4-5", "anthropic", "below_mark"), ("claude-haiku-4-5", "zai", "quota")
        assert asked == [stays, below, stays, above, stays, above, stays, below]
        assert {row["offload_when"] for row in rows} == {RULE}
        assert [row["force_haiku"] for row in rows if row["model"] == "claude-haiku-4-5"] == [
            False,
            True,
            True,
            False,
        ]
        assert rows[3]["offload_from"] == f"OFFLOAD_WHEN={RULE}, environment; five_hour 81 %, weekly 10 %"
        assert "five_hour 81 %, weekly 10 %: the offload to Z.AI is on, at the latest until" in proxy.printed
        assert "five_hour 74 %, weekly 10 %: the offload to Z.AI is off again" in proxy.printed
        proven = verified(proxy)
        assert proven.returncode == 0, proven.stderr + proven.stdout


def verified(proxy):
    return subprocess.run(
        [ROOT / "bin" / "verify-routing", proxy.folder / "logs" / "usage.jsonl"],
        capture_output=True,
        text=True,
        check=False,
    )


def test_at_the_reset_haiku_is_back_without_another_reply_of_anthropics(lanes, by_quota):
    with by_quota() as proxy:
        says(lanes, 0.2, weekly=0.95, resets_in=4)
        sonnet(proxy)
        haiku(proxy)
        time.sleep(4.2)
        haiku(proxy)
        assert [row["decision"] for row in proxy.usage(3)] == ["kept", "quota", "below_mark"]


def test_a_429_of_anthropics_tells_its_quotas_too(lanes, by_quota):
    with by_quota() as proxy:
        says(
            lanes,
            1.02,
            status="429 x",
            body={"type": "error", "error": {"type": "rate_limit_error", "message": "m"}},
        )
        assert (haiku(proxy), haiku(proxy)) == (429, 200)
        assert [row["decision"] for row in proxy.usage(2)] == ["below_mark", "quota"]


def test_classes_go_by_the_rule_and_opus_not_even_then(lanes, by_quota):
    subagent = "X-Claude-Code-Request-Class: subagent"
    with by_quota(ROUTE_CLASSES="subagent") as proxy:
        says(lanes, 0.5)
        sonnet(proxy, subagent)
        says(lanes, 0.9)
        sonnet(proxy)
        sonnet(proxy, subagent)
        ask(proxy, request("claude-opus-5-5", None, subagent))
        haiku(proxy, subagent)
        rows = proxy.usage(5)
        assert [row["decision"] for row in rows] == ["below_mark", "kept", "quota_class", "kept", "quota"]
        assert [row["lane"] for row in rows] == ["anthropic", "anthropic", "zai", "anthropic", "zai"]
        assert verified(proxy).returncode == 0


def test_of_two_logins_each_goes_by_its_own_quota(lanes, by_quota):
    with by_quota() as proxy:
        says(lanes, 0.95)
        sonnet(proxy)
        says(lanes, 0.10)
        other = request("claude-sonnet-5-5").replace(b"made-up-login-0000", b"made-up-login-9999")
        ask(proxy, other)
        ask(proxy, request().replace(b"made-up-login-0000", b"made-up-login-9999"))
        haiku(proxy)
        assert [row["decision"] for row in proxy.usage(4)] == ["kept", "kept", "below_mark", "quota"]


def test_the_clients_own_question_stays_and_tells_what_is_left(lanes, by_quota):
    with by_quota() as proxy:
        says(lanes, 0.9)
        probe = {
            "model": "claude-haiku-4-5",
            "max_tokens": 1,
            "messages": [{"role": "user", "content": "quota"}],
        }
        ask(proxy, request(body=probe))
        haiku(proxy)
        ask(proxy, request(body=probe))
        assert [row["decision"] for row in proxy.usage(3)] == ["quota_probe", "quota", "quota_probe"]


def used_up(lanes, text, status="429 x", **headers):
    raw = reply({"error": {"code": "1308", "message": text}}, status, **headers)
    lanes.zai.answer = lambda arrived, writer: writer.write(raw)


def test_a_lane_that_is_used_up_sends_haiku_back_until_its_reset(lanes, by_quota):
    opens = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=8, seconds=5)
    with by_quota() as proxy:
        says(lanes, 0.9)
        sonnet(proxy)
        used_up(lanes, f"Your limit will reset at {opens:%Y-%m-%d %H:%M:%S}")
        assert (haiku(proxy), haiku(proxy)) == (200, 200)
        assert len(lanes.zai.arrived) == 1
        lanes.zai.answer = answer_well
        time.sleep(5.5)
        assert haiku(proxy) == 200
        rows = proxy.usage(4)
        assert [row["decision"] for row in rows] == ["kept", "lane_used_up", "lane_used_up", "quota"]
        first = rows[1]
        assert (first["lane"], first["status"], first["err_type"]) == ("anthropic", 200, None)
        assert first["routed_model"] is None and first["header_mode"] is None
        assert "Z.AI used up until" in rows[2]["offload_from"]
        assert proxy.anomalies(1)[0]["anomaly"] == "zai-exhausted"
        assert verified(proxy).returncode == 0


@pytest.mark.parametrize(
    "headers, seconds", [({"retry_after": "77"}, 77), ({}, 900), ({"retry_after": "soon"}, 900)]
)
def test_a_lane_that_does_not_say_when_it_opens_is_left_alone_for_a_while(lanes, by_quota, headers, seconds):
    with by_quota() as proxy:
        says(lanes, 0.9)
        sonnet(proxy)
        used_up(lanes, "Usage limit reached", **headers)
        assert (haiku(proxy), haiku(proxy)) == (200, 200)
        rows = proxy.usage(3)
        assert [row["decision"] for row in rows[1:]] == ["lane_used_up"] * 2
        assert rows[1]["offload_from"] == f"Z.AI used up for {seconds} s"


def test_a_refused_key_is_still_said_and_falls_back_only_when_allowed(lanes, by_quota):
    raw = reply({"error": {"code": "1001", "message": "x"}}, "401 Unauthorized")
    with by_quota() as proxy:
        says(lanes, 0.9)
        sonnet(proxy)
        lanes.zai.answer = lambda arrived, writer: writer.write(raw)
        assert haiku(proxy) == 400
        assert proxy.usage(2)[1]["decision"] == "quota"


def control(proxy, text):
    """Write the control file as router-control.sh does."""
    new = proxy.folder / "logs" / "new"
    new.parent.mkdir(exist_ok=True)
    new.write_text(text)
    new.replace(new.with_name("router.control"))


def test_a_running_router_takes_another_rule_and_none(lanes, by_quota):
    with by_quota(OFFLOAD_WHEN="") as proxy:
        says(lanes, 0.9)
        for text in (
            "OFFLOAD_WHEN=five_hour>80\n",
            "OFFLOAD_WHEN=five_hour>80\nFORCE_HAIKU_TO_ZAI=0\n",
            "OFFLOAD_WHEN=five_hour>80\nOFFLOAD_PAUSED=1\n",
            "OFFLOAD_WHEN=five_hour>95\n",
            "OFFLOAD_WHEN=off\n",
            "OFFLOAD_WHEN=five_hour\n",
        ):
            control(proxy, text)
            sonnet(proxy)
            haiku(proxy)
        rows = proxy.usage(12)[1::2]
        assert [row["decision"] for row in rows] == [
            *("quota", "off", "paused", "below_mark", "off", "unreadable_setting")
        ]
        assert [row["offload_when"] for row in rows] == [
            "five_hour>80",
            None,
            None,
            "five_hour>95",
            None,
            None,
        ]
        assert {row["lane"] for row in rows[1:]} == {"anthropic"}


def test_what_is_in_force_is_written_down_and_so_is_a_flip(lanes, by_quota):
    with by_quota() as proxy:
        file = proxy.folder / "logs" / "router.state.json"
        says(lanes, 0.5)
        sonnet(proxy)
        said = json.loads(file.read_text())
        assert (said["force_haiku"], said["offload_when"], said["offloads_until"]) == (True, RULE, None)
        says(lanes, 0.9)
        sonnet(proxy)
        assert abs(json.loads(file.read_text())["offloads_until"] - time.time() - 3600) < 30


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("text", ["five_hour", "five_hour>80,,", "daily>80"])
def test_a_router_with_a_rule_that_cannot_be_read_does_not_start(tmp_path, command, text):
    ended = started(command, tmp_path, OFFLOAD_WHEN=text)
    assert ended.returncode == 78 and "Traceback" not in ended.stderr
    lines = [line for line in ended.stderr.splitlines() if "OFFLOAD_WHEN is " in line]
    assert len(lines) == 1 and "write five_hour>80,weekly>90" in lines[0]


def test_check_and_controls_name_the_rule(tmp_path):
    env = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "TRACKER_HOME": str(tmp_path),
        "ZAI_API_KEY": "made-up",
    }

    def router(*words, **more):
        return subprocess.run(
            [ROOT / "bin" / "router", *words],
            env=env | more,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    assert "OFFLOAD_WHEN" in router("--controls").stdout.split()
    said = router("--check", OFFLOAD_WHEN=RULE)
    assert said.stdout == (
        "Haiku to Z.AI: above a mark only, back at five_hour below 75, weekly below 85 or at its reset "
        f"(OFFLOAD_WHEN={RULE}, environment)\n"
    )
    keyless = router("--check", OFFLOAD_WHEN=RULE, ZAI_API_KEY="")
    assert keyless.returncode == 78 and "or start with OFFLOAD_WHEN=off" in keyless.stderr


class LabRouter:
    """bin/router with its way out into a lab; `lanes.ask` and its like take it for a proxy."""

    def __init__(self, lab, folder, **env):
        self.folder, self.port = folder, free_port()
        self.authority = folder / "confdir" / "mitmproxy-ca-cert.pem"
        words = lab.router_options(folder / "confdir").split()
        self.process = subprocess.Popen(
            [ROOT / "bin" / "router", "-p", str(self.port), *words],
            env={"PATH": "/usr/bin:/bin", "HOME": str(folder), "TRACKER_HOME": str(folder)} | env,
            cwd=folder,
            stdout=subprocess.PIPE,
        )
        self.process.stdout.readline()  # it listens

    def rows(self):
        self.process.terminate()
        self.process.wait(20)
        self.process.stdout.close()
        return [json.loads(line) for line in (self.folder / "logs" / "usage.jsonl").read_text().splitlines()]


def test_in_the_lab_haiku_moves_as_the_plans_fill_up_and_back_when_they_are_reset(tmp_path):
    lab = RunningLab(tmp_path / "lab", LAB_TOKENS="100000", LAB_USED_PCT="50")
    context = ssl.create_default_context(cafile=lab.authority)

    def fill(provider, share):
        told = json.dumps({"share": share}).encode()
        put = urllib.request.Request(f"{provider}/lab/meter", told, method="PUT")
        urllib.request.urlopen(put, context=context, timeout=20).close()

    router = LabRouter(lab, tmp_path, OFFLOAD_WHEN="five_hour>80", ZAI_API_KEY=LAB_KEY)
    try:
        for anthropic, zai in ((0.5, 0.1), (0.85, 0.1), (0.85, 1.0), (0.85, 1.0), (0.2, 1.0)):
            fill(lab.anthropic, anthropic)
            fill(lab.zai, zai)
            assert (sonnet(router), haiku(router)) == (200, 200)
    finally:
        rows = router.rows()
        lab.stop()
    assert [row["lane"] for row in rows if "sonnet" in row["model"]] == ["anthropic"] * 5
    went = [(row["lane"], row["decision"]) for row in rows if "haiku" in row["model"]]
    assert went == [
        ("anthropic", "below_mark"),
        ("zai", "quota"),
        ("anthropic", "lane_used_up"),
        ("anthropic", "lane_used_up"),
        ("anthropic", "below_mark"),
    ]
