"""What may stand on a lane, rule by rule, and the proof over a whole log."""

from __future__ import annotations

import json

import pytest

from usage_logs import line, sonnet, usage

HAIKU_STAYED = {"lane": "anthropic", "upstream": "anth", "backend_provider": "haiku", "header_mode": None}


def rules(tool, *rows, args=()):
    """Return (status, the rules broken with their lines) that verify-routing finds."""
    ran = tool("verify-routing", "--format", "json", *args, stdin=b"".join(map(line, rows)))
    return ran.status, [(found["line"], found["rule"]) for found in json.loads(ran.out)["breaches"]]


GOOD = [
    usage(),
    sonnet(),
    usage(model="Claude-HAIKU-9"),
    usage(decision="quota_probe", **HAIKU_STAYED),
    usage(decision="paused", **HAIKU_STAYED),
    usage(decision="below_mark", **HAIKU_STAYED),
    usage(decision="lane_used_up", **HAIKU_STAYED),
    usage(decision="quota"),
    usage(model="claude-sonnet-5-5", decision="quota_class"),
    usage(decision="off", force_haiku=False, **HAIKU_STAYED),
    usage(decision="kept", force_haiku=False, **HAIKU_STAYED),
    usage(decision="off", force_haiku=None, **HAIKU_STAYED),
    usage(decision="not_messages", **HAIKU_STAYED),
    usage(decision="malformed", **HAIKU_STAYED),
    usage(model="claude-sonnet-5-5", decision="forced_class"),
    usage(header_mode="authorization", routed_model="glm-4.6"),
    sonnet(routed_model="claude-sonnet-5-5"),
    usage(upstream=None, backend_provider=None, force_haiku=None),
    *(
        usage(lane=name, upstream=name, backend_provider=backend)
        for name, backend in [("zai-cn", "glm"), ("kimi", "kimi"), ("deepseek", "deepseek")]
    ),
]
BREACHES = {
    "haiku-on-anthropic": [
        usage(decision="kept", **HAIKU_STAYED),
        usage(decision="off", force_haiku=True, **HAIKU_STAYED),
        usage(decision="kept", force_haiku=None, **HAIKU_STAYED),
        usage(decision="no_zai_key", **HAIKU_STAYED),
        usage(decision="no_kimi_key", **HAIKU_STAYED),
        usage(decision="fallback", **HAIKU_STAYED),
        usage(decision="kept", status=529, err_type="5xx", **HAIKU_STAYED),
    ],
    "not-haiku-offloaded": [
        usage(model="claude-sonnet-5-5"),
        usage(model="claude-sonnet-5-5", decision="quota"),
        usage(model="claude-opus-5-5"),
        usage(model="unknown"),
    ],
    "lane-key-on-anthropic": [sonnet(header_mode="x-api-key"), sonnet(header_mode="authorization")],
    "decision-against-lane": [
        sonnet(decision="forced_class"),
        sonnet(decision="quota_class"),
        usage(decision="below_mark"),
        usage(decision="lane_used_up"),
        usage(decision="quota_probe"),
        usage(decision="fallback"),
    ],
    "names-against-lane": [
        sonnet(upstream="zai"),
        usage(backend_provider="haiku"),
        sonnet(backend_provider="glm"),
    ],
    "model-changed-on-anthropic": [sonnet(routed_model="glm-4.6")],
    "credential-in-log": [
        usage(new="sk-ant-madeup"),
        usage(trace_id="sk-ant-madeup"),
        sonnet(session_id="Bearer made.up-token"),
        usage(prompt_id="0123456789abcdef0123456789abcdef.MadeUpMadeUp1234"),
    ],
    "header-in-log": [usage(headers={"a": "b"}), usage(**{"X-Api-Key": "made up"}), sonnet(cookie="made up")],
    "body-in-log": [usage(body="hello"), usage(new={"Request_Body": 1}), sonnet(messages=[{"role": "user"}])],
}


@pytest.mark.parametrize("row", GOOD, ids=range(len(GOOD)))
def test_a_request_that_went_where_it_may_breaks_no_rule(tool, row):
    assert rules(tool, row) == (0, [])


@pytest.mark.parametrize(("rule", "row"), [(rule, row) for rule, some in BREACHES.items() for row in some])
def test_each_rule_is_checked_on_every_line(tool, rule, row):
    assert rules(tool, usage(), sonnet(), row, usage()) == (1, [(3, rule)])


@pytest.mark.parametrize("decision", ["paused", "below_mark", "lane_used_up", "off", "kept"])
def test_expect_forced_allows_no_haiku_on_anthropic_but_the_quota_probe(tool, decision):
    stayed = usage(decision=decision, force_haiku=False, **HAIKU_STAYED)
    probe = usage(decision="quota_probe", **HAIKU_STAYED)
    assert rules(tool, probe, stayed, args=["--expect", "forced"]) == (1, [(2, "haiku-on-anthropic")])
    assert rules(tool, probe, usage(), sonnet(), args=["--expect", "forced"]) == (0, [])


def test_a_breach_is_named_by_file_and_line_and_no_secret_is_shown(tool, tmp_path):
    (tmp_path / "a.jsonl").write_bytes(line(usage()))
    (tmp_path / "b.jsonl").write_bytes(line(usage()) + b"\n" + line(sonnet(session_id="sk-ant-madeup")))
    ran = tool("verify-routing", "a.jsonl", "b.jsonl")
    assert ran.status == 1
    assert "b.jsonl:3: credential-in-log: at byte" in ran.out
    assert "madeup" not in ran.out + ran.err
    assert "blank at line 2" in ran.err
    assert ran.out.startswith("2 of 3 decisions went to Z.AI; completions by lane: anthropic 1, zai 2\n")


def test_a_forbidden_field_is_found_however_it_is_written(tool):
    names = ["Authorization", "x-api-key", "Set-Cookie", "headers", "messages", "SYSTEM"]
    log = [
        line(usage())[:-2] + f',"{name}"{space}:{{"a":1}}}}\n'.encode()
        for name in names
        for space in ("", " ", "\t", "   ", "\r")
    ]
    ran = tool("verify-routing", "--format", "json", stdin=b"".join(log))
    assert [found["line"] for found in json.loads(ran.out)["breaches"]] == list(range(1, len(log) + 1))


def test_a_secret_on_a_line_that_is_no_row_is_a_breach_too(tool):
    ran = tool(
        "verify-routing", "--format", "json", stdin=line(usage()) + b"Authorization: Bearer made.up-token\n"
    )
    assert ran.status == 1
    assert [found["line"] for found in json.loads(ran.out)["breaches"]] == [2]


def test_a_check_that_saw_nothing_has_not_passed(tool, tmp_path):
    assert tool("verify-routing").status == 66
    assert tool("verify-routing", "no-such-log.jsonl").status == 66
    (tmp_path / "empty").touch()
    assert tool("verify-routing", "empty").status == 66


def test_refused_lines_fail_the_check_unless_lenient(tool):
    log = line(usage()) + b"oops\n"
    assert tool("verify-routing", stdin=log).status == 65
    assert tool("verify-routing", "--lenient", stdin=log).status == 0
    assert tool("verify-routing", "--lenient", stdin=b"oops\n").status == 65


def test_follow_wants_one_file(tool):
    ran = tool("verify-routing", "--follow")
    assert (ran.status, ran.err) == (
        2,
        "verify-routing: --follow watches one file, not 0; name the router's log\n",
    )


def of_lane(lane, backend, **more):
    return usage(lane=lane, upstream=lane, backend_provider=backend, **more)


def test_a_row_that_calls_kimi_glm_is_a_breach(tool):
    assert rules(tool, of_lane("kimi", "glm")) == (1, [(1, "names-against-lane")])
    assert rules(tool, of_lane("zai", "kimi")) == (1, [(1, "names-against-lane")])
    assert rules(tool, sonnet(backend_provider="deepseek")) == (1, [(1, "names-against-lane")])


def test_the_headline_names_the_lanes_own_words(tool):
    ran = tool("verify-routing", stdin=line(of_lane("kimi", "kimi")) + line(sonnet()))
    assert ran.out.startswith(
        "1 of 2 decisions went to Kimi (Moonshot); completions by lane: anthropic 1, kimi 1"
    )
    both = tool("verify-routing", stdin=line(of_lane("deepseek", "deepseek")) + line(usage()) + line(usage()))
    assert both.out.startswith(
        "2 of 3 decisions went to Z.AI, 1 to DeepSeek; completions by lane: anthropic 0, "
    )
    assert ran.status == both.status == 0


def test_a_lane_that_no_table_has_is_said_in_one_line_and_is_not_called_another(tool, tmp_path):
    log = b"".join(line(of_lane("acme", "acme")) for _ in range(3))
    for name in ("verify-routing", "summarize", "ingest-proxy"):
        ran = tool(name, *(["--window", "W1"] if name == "ingest-proxy" else []), stdin=log)
        said = ran.out + ran.err
        assert said.count("3 requests of lane 'acme', which no table has; declare it in lanes.toml") == 1
        assert "Z.AI" not in said.replace("went to Z.AI", "") and "Traceback" not in said
        assert ran.status == (1 if name == "verify-routing" else 0)
    own = tmp_path / "lanes.toml"
    own.write_text(
        '[[lane]]\nname = "acme"\nwords = "Acme"\nbase_url = "https://api.acme.example"\n'
        'key_variable = "ACME_API_KEY"\nmodel = "acme-1"\nkey_pattern = "acme_[a-z]{8}"\n'
    )
    ran = tool("verify-routing", stdin=log, LANES_FILE=str(own))
    assert ran.status == 0 and ran.out.startswith("3 of 3 decisions went to Acme;") and not ran.err
    leaky = line(of_lane("acme", "acme", trace_id="acme_abcdefgh"))
    assert "credential-in-log" in tool("verify-routing", stdin=leaky, LANES_FILE=str(own)).out


def test_a_wrong_lanes_file_is_said_by_line_and_key(tool, tmp_path):
    own = tmp_path / "lanes.toml"
    own.write_text('[[lane]]\nname = "zai"\n')
    for name in ("verify-routing", "summarize", "cost-compare"):
        ran = tool(name, stdin=line(usage(routed_model="glm-4.6")), LANES_FILE=str(own))
        assert ran.status == 78, ran
        assert ran.err.endswith("line 2: name 'zai' is taken; choose another; see docs/lanes.md\n")


@pytest.mark.parametrize(
    "key", ["0123456789abcdef0123456789abcdef.ABCDEFGHIJKLMNOP", "sk-" + "aB3" * 16, "sk-" + "0af1" * 8]
)
def test_a_key_of_any_lane_in_a_row_is_a_leak(tool, key):
    assert (1, "credential-in-log") in rules(tool, usage(agent_type=key))[1]
    assert rules(tool, usage(agent_type="task-0123456789"))[0] == 0
