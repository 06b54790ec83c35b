"""The config file: what may stand in it, and what is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from tracker import cli, config_file
from tracker.evidence import registration

WHOLE = """\
time_zone = "Europe/Madrid"
provider = "glm"
[places]
ledger = "/data/ledger"
log = "~/usage.jsonl"
[arms]
baseline = "stock_anthropic"
[plans]
claude = "max"
glm = 18
[repositories]
app = "/src/app"
"""


def read(folder: Path, text: str) -> config_file.FileSaid:
    path = folder / "config.toml"
    path.write_text(text)
    return config_file.read(path)


def test_every_table_is_read_as_the_variables_that_say_the_same(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", "/srv/somebody")
    found = read(tmp_path, WHOLE)
    assert found.settings == {
        "TRACKER_TIME_ZONE": "Europe/Madrid",
        "TRACKER_PROVIDER": "glm",
        "TRACKER_DATA_DIR": "/data/ledger",
        "USAGE_LOG": "/srv/somebody/usage.jsonl",
        "TRACKER_BASELINE": "stock_anthropic",
        "TRACKER_PLAN_CLAUDE": "max",
        "TRACKER_PLAN_GLM": "18",
    }
    assert found.repositories == {"app": Path("/src/app")}


def test_no_file_and_an_empty_one_say_nothing(tmp_path):
    assert config_file.read(tmp_path / "none.toml") == ({}, {})
    assert read(tmp_path, "# nothing yet\n[places]\n") == ({}, {})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('time-zone = "UTC"', "time-zone is no key (known: places.ledger, places.log"),
        ('[places]\nledgers = "/x"', "places.ledgers is no key (known: "),
        ("[place]\n", "place is no key (known: "),
        (
            'time_zone = "Nowhere/Land"',
            "time_zone is 'Nowhere/Land'; it must be a zone such as Europe/Madrid",
        ),
        ("time_zone = 2", "time_zone is 2; it must be a zone"),
        ('time_zone = "../x"', "it must be a zone"),
        ('provider = "cladue"', "provider is 'cladue'; it must be one of claude, codex, glm, gemini"),
        ('provider = ["claude"]', "it must be one of claude"),
        ('[places]\nlog = "logs/usage.jsonl"', "it must be a path that begins with / or ~/"),
        ("[places.log]\nfile = 1", "places.log is {'file': 1}; it must be a path"),
        ("[arms]\nbaseline = 1", "arms.baseline is 1; it must be a name"),
        ('[plans]\nclaude = "max,glm=2"', "plans.claude is 'max,glm=2'; it must be a plan"),
        ("[plans]\nclaude = true", "it must be a plan"),
        ('repositories = "/src/app"', "repositories is no table"),
        ('[repositories]\napp = "src/app"', "repositories.app is 'src/app'; it must be a path"),
        ("provider =", "is no TOML (Invalid value (at "),
    ],
)
def test_what_is_not_known_or_not_so_is_refused_with_what_is_allowed(tmp_path, text, said):
    with pytest.raises(cli.Stop) as refused:
        read(tmp_path, text)
    assert refused.value.status == cli.NO_SETTING
    assert said in str(refused.value)
    assert str(refused.value).startswith(str(tmp_path / "config.toml"))
    assert str(refused.value).endswith("see docs/install.md")


def test_a_file_that_cannot_be_read_is_refused(tmp_path):
    with pytest.raises(cli.Stop, match=r"cannot read .*; make it readable, or set TRACKER_CONFIG"):
        config_file.read(tmp_path)


def test_the_defaults_that_are_told_are_those_in_force():
    told = {key.name: key.default for key in config_file.KEYS}
    assert told["arms.baseline"] == registration.DEFAULTS.baseline
    assert told["arms.candidate"] == registration.DEFAULTS.candidate
