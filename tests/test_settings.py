"""What wins over what: option, environment, `.env`, config file, default."""

from __future__ import annotations

import json
import re

import pytest

from conftest import ROOT, clean_env, run
from tracker import bases, cli, config_file, settings

PANE = (
    "Current session\n 22% used\nResets 10:40am\n\nCurrent week (all models)\n 9% used\nResets Jun 29, 10am\n"
)
PAGE = (ROOT / "docs" / "install.md").read_text()


@pytest.fixture
def home(tmp_path, monkeypatch):
    for name in ("TRACKER_CONFIG", *config_file.BY_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TRACKER_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


SAY = {  # key -> four values that it may have, for the environment, .env, and the file
    "places.": ("/of/environment", "/of/env-file", "/of/config"),
    "time_zone": ("Europe/Madrid", "Asia/Tokyo", "America/Lima"),
    "provider": ("glm", "codex", "gemini"),
    "arms.": ("one", "two", "three"),
    "plans.": ("11", "12", "13"),
}


@pytest.mark.parametrize("key", config_file.KEYS, ids=lambda key: key.name)
def test_environment_wins_over_env_file_over_config_file(home, monkeypatch, key):
    mine, in_env, in_config = next(three for name, three in SAY.items() if key.name.startswith(name))
    assert settings.said(key.variable) is None
    table, _, last = key.name.rpartition(".")
    (home / "config.toml").write_text(
        f'[{table}]\n{last} = "{in_config}"\n' if table else f'{last} = "{in_config}"\n'
    )
    assert settings.said(key.variable) == (in_config, f"{key.name} in the config file")
    (home / ".env").write_text(f"export {key.variable}='{in_env}' # mine\n")
    assert settings.said(key.variable) == (in_env, f"{key.variable} in .env")
    monkeypatch.setenv(key.variable, mine)
    assert settings.said(key.variable) == (mine, key.variable)
    monkeypatch.setenv(key.variable, "")
    assert settings.said(key.variable) == (in_env, f"{key.variable} in .env")


@pytest.mark.parametrize("arm", ["baseline", "candidate"])
def test_an_option_wins_over_all_and_the_default_is_last_for_an_arm(tool, tmp_path, arm):
    def taken(*words: str, **env: str) -> str:
        return json.loads(tool("experiment", "register", "--seed", "7", *words, **env).out)[arm]

    assert taken() == {key.name: key.default for key in config_file.KEYS}[f"arms.{arm}"]
    (tmp_path / "config.toml").write_text(f'[arms]\n{arm} = "of-config"\n')
    assert taken() == "of-config"
    (tmp_path / ".env").write_text(f"TRACKER_{arm.upper()}=of-env-file\n")
    assert taken() == "of-env-file"
    variable = {f"TRACKER_{arm.upper()}": "of-environment"}
    assert taken(**variable) == "of-environment"
    assert taken(f"--{arm}", "typed", **variable) == "typed"


def test_an_option_wins_over_all_and_the_default_is_last_for_a_zone(tool, tmp_path):
    def resets(*words: str, **env: str) -> str:
        ran = tool("capture-claude", "--at", "2026-06-28T06:00:00Z", *words, stdin=PANE, **env)
        assert ran.status == 0, ran.err
        return json.loads(ran.out)["meters"][0]["resets_at"]

    assert resets() == "2026-06-28T10:40:00Z"  # the machine's zone is UTC here
    (tmp_path / "config.toml").write_text('time_zone = "Europe/Lisbon"\n')
    assert resets() == "2026-06-28T09:40:00Z"
    (tmp_path / ".env").write_text("TRACKER_TIME_ZONE=Europe/Madrid\n")
    assert resets() == "2026-06-28T08:40:00Z"
    assert resets(TRACKER_TIME_ZONE="Europe/Athens") == "2026-06-28T07:40:00Z"
    assert resets("--tz", "UTC", TRACKER_TIME_ZONE="Europe/Athens") == "2026-06-28T10:40:00Z"


def test_an_option_wins_over_all_and_the_default_is_last_for_the_ledger(tool, tmp_path):
    def went(*words: str, **env: str) -> str:
        before = set(tmp_path.rglob("experiments.jsonl"))
        row = tool("experiment", "register", "--seed", "7").out
        assert tool("ledger-append", *words, stdin=row, **{"TRACKER_DATA_DIR": "", **env}).status == 0
        [new] = set(tmp_path.rglob("experiments.jsonl")) - before
        return new.parent.relative_to(tmp_path).as_posix()

    assert went() == "data/week0/live"
    (tmp_path / "config.toml").write_text(f'[places]\nledger = "{tmp_path}/of-config"\n')
    assert went() == "of-config"
    (tmp_path / ".env").write_text(f"TRACKER_DATA_DIR={tmp_path}/of-env-file\n")
    assert went() == "of-env-file"
    assert went(TRACKER_DATA_DIR=f"{tmp_path}/of-environment") == "of-environment"
    assert went("--data-dir", f"{tmp_path}/typed", TRACKER_DATA_DIR=f"{tmp_path}/of-environment") == "typed"


def test_the_provider_of_begin_and_of_a_task_is_the_one_that_is_set(tool, tmp_path):
    (tmp_path / "config.toml").write_text('provider = "codex"\n')
    run(["git", "init", "-q"], cwd=tmp_path, env=clean_env(tmp_path))
    began = tool("window-begin", "W1", "--text", "--any-arm", stdin="no usage text")
    assert "capture-codex" in began.err
    assert (
        "capture-glm"
        in tool("window-begin", "W1", "--text", "--any-arm", TRACKER_PROVIDER="glm", stdin="x").err
    )
    wrong = tool("window-begin", "W1", "--text", "--any-arm", TRACKER_PROVIDER="cladue", stdin="x")
    assert (wrong.status, "TRACKER_PROVIDER is 'cladue'; it must be one of claude" in wrong.err) == (78, True)


def test_a_plan_that_is_set_counts_where_it_fits_and_a_typed_one_must_fit(tool, tmp_path):
    rows = "".join(
        (ROOT / "data/samples/week0" / name).read_text() for name in ("windows.jsonl", "snapshots.jsonl")
    )

    def costs(*words: str) -> str:
        ran = tool("plan-cost", *words, "--format", "json", stdin=rows)
        assert ran.status in (0, 66), ran.err
        return ran.out

    (tmp_path / "config.toml").write_text('[plans]\nclaude = 42\ngemini = "none"\ncodex = 7\n')
    configured = costs()
    (tmp_path / "config.toml").unlink()
    assert configured == costs("--plan", "claude=42")
    assert configured != costs()
    (tmp_path / "config.toml").write_text('[plans]\nclaude = "no-such-plan"\n')
    wrong = tool("plan-cost", stdin=rows)
    assert "plans.claude in the config file: no claude plan 'no-such-plan' is known" in wrong.err


def test_a_repository_goes_by_its_name_unless_a_folder_of_that_name_is_here(home):
    (home / "config.toml").write_text('[repositories]\napp = "/src/app"\n')
    assert str(settings.repository("app")) == "/src/app"
    assert str(settings.repository("./app")) == "app"
    assert str(settings.repository("other")) == "other"
    (home / "app").mkdir()
    with pytest.raises(cli.Stop, match=r"a folder here and a repository .*; write \./app or /src/app"):
        settings.repository("app")


def test_where_and_doctor_say_what_is_in_force_and_what_says_so(tool, tmp_path):
    (tmp_path / "config.toml").write_text(
        f'time_zone = "Europe/Madrid"\n[places]\nresults = "{tmp_path}/pages"\n[repositories]\napp = "/src/app"\n'
    )
    (tmp_path / ".env").write_text("TRACKER_PROVIDER=glm\n")
    where = tool("tracker", "where").out
    assert (
        f"results  {tmp_path}/pages\n         reports of runs: places.results in the config file\n" in where
    )
    assert f"config   {tmp_path}/config.toml\n         your config file: TRACKER_HOME\n" in where
    assert (
        "time_zone Europe/Madrid\n         zone of a meter's times that name none: time_zone in the config file\n"
        in where
    )
    assert "provider glm\n         whose meter is read: TRACKER_PROVIDER in .env\n" in where
    assert "repositories.app /src/app\n         what --repo app means: the config file\n" in where
    checks = json.loads(tool("doctor", "--format", "json").out)
    [said] = [check for check in checks if check["name"] == "settings"]
    assert said["state"] == "ok"
    assert "results: places.results in the config file" in said["seen"]


def test_doctor_says_which_key_is_wrong_and_goes_on(tool, tmp_path):
    (tmp_path / "config.toml").write_text("ledger = 1\n")
    ran = tool("doctor", "--format", "json")
    checks = {check["name"]: check for check in json.loads(ran.out)}
    assert ran.status == 1
    assert checks["git"]["state"] == "ok"
    assert "ledger is no key (known: places.ledger" in checks["config file"]["seen"]
    assert tool("ledger-cat", TRACKER_DATA_DIR="").status == 78
    assert tool("ledger-cat", "--help").status == 0


def test_the_table_of_the_page_is_the_table_of_the_code():
    found = re.findall(r"^\| `([^`]+)` \| (.+) \|$", PAGE.split("## Settings")[1], re.MULTILINE)
    told = {
        key.name: f"{key.about} | {key.option or '–'} | `{key.variable}` | {key.default}"
        for key in config_file.KEYS
    }
    told["repositories.NAME"] = "what `--repo NAME` means | – | – | a folder of that name"
    assert dict(found) == told


def test_a_clones_config_file_is_not_in_the_clone(monkeypatch):
    monkeypatch.delenv("TRACKER_HOME", raising=False)
    assert bases.TREE not in bases.config().path.parents
