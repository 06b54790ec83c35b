"""Checks of a machine that is made up: each says what is wrong and what to do."""

import pytest

from tracker import bases
from tracker.workday import health


def check(name, **environment):
    found = {one.name: one for one in health.checks({"PATH": "/usr/bin:/bin"} | environment, None)}
    return found[name]


@pytest.mark.parametrize(
    "names", ["*", "localhost,.anthropic.com", "api.anthropic.com", "foo *.anthropic.com"]
)
def test_what_leads_past_the_router_is_bad(names):
    assert check("NO_PROXY", no_proxy=names).state == health.BAD


@pytest.mark.parametrize("names", ["", "localhost,127.0.0.1", "example.com", "notanthropic.com"])
def test_other_exceptions_are_fine(names):
    assert check("NO_PROXY", NO_PROXY=names).state == health.OK


def test_a_file_in_the_way_of_the_ledger_or_the_log_is_bad(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TRACKER_DATA_DIR", str(tmp_path / "file"))
    monkeypatch.setenv("USAGE_LOG", str(tmp_path / "file" / "usage.jsonl"))
    for name in ("ledger", "log"):
        found = check(name)
        assert (found.state, "not writable" in found.seen) == (health.BAD, True)


def test_a_client_that_is_not_there_is_a_note_with_a_way_round():
    found = check("claude")
    assert (found.state, "--text" in found.advice) == (health.NOTE, True)


def test_every_check_that_is_not_ok_says_what_to_do():
    for one in health.checks({"PATH": "", "MITM_PORT": "x", "TRACKER_NOW": "2026-01-01T00:00:00Z"}, None):
        assert one.state == health.OK or one.advice, one


@pytest.mark.parametrize("text", ["[[bad\n", 'provider = "nonsense"\n'])
def test_a_config_file_that_is_wrong_is_said_once(monkeypatch, tmp_path, text):
    (tmp_path / "config.toml").write_text(text)
    monkeypatch.setenv("TRACKER_CONFIG", str(tmp_path / "config.toml"))
    found = health.checks({"PATH": "/usr/bin:/bin"}, None)
    said = [one for one in found if str(tmp_path / "config.toml") in one.seen]
    assert [(one.name, one.state) for one in said] == [("config file", health.BAD)]
    assert found[-1].name == "not looked at" and found[-1].advice == "mend config file first"
    assert {"ledger", "settings"} <= set(found[-1].seen.split(", "))
    assert not {"ledger", "settings"} & {one.name for one in found}


def test_a_name_that_is_wrong_is_said_whole(monkeypatch):
    monkeypatch.setenv("AGENT_ID", "../" + "x" * 70)
    found = check("AGENT_ID", AGENT_ID="../" + "x" * 70)
    assert (found.state, "x" * 70 in found.seen) == (health.BAD, True)


def test_an_installed_toolkit_has_mitmproxy_beside_it_and_advises_pip(monkeypatch, tmp_path):
    monkeypatch.setattr(bases, "TREE", tmp_path)
    monkeypatch.setattr(bases, "IS_CLONE", False)
    for there, state, advice in (
        (True, health.OK, ""),
        (False, health.NOTE, "pip install 'plan-meters[router]'"),
    ):
        monkeypatch.setattr(health, "_installed", lambda name, there=there: there)
        said = health._router_packages({}, None)
        assert said.state == state
        assert said.advice.startswith(advice) and bool(said.advice) == bool(advice)
    assert health._packages({}, None).advice == "pip install 'plan-meters[evidence]'"


@pytest.mark.parametrize(
    ("text", "state", "seen"),
    [
        ("ZAI_API_KEY=0123.made-up # mine\n", health.OK, "ZAI_API_KEY"),
        ("ZAI_CN_API_KEY=0123.made-up\n", health.OK, "ZAI_CN_API_KEY"),
        ("ZAI_API_KEY=“0123.made-up”\n", health.BAD, "ZAI_API_KEY holds a blank, a line's end or a letter"),
        ("set ZAI_API_KEY=0123.made-up\n", health.BAD, "line 1: this sets nothing"),
    ],
)
def test_a_key_is_seen_as_the_router_and_the_meter_see_it(monkeypatch, tmp_path, text, state, seen):
    monkeypatch.setenv("TRACKER_HOME", str(tmp_path))
    (tmp_path / ".env").write_text(text)
    found = check("keys")
    assert (found.state, seen in found.seen, "0123" in found.seen) == (state, True, False)
