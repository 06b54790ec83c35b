"""`.env` in every form that people write: one reader, whatever asks."""

from __future__ import annotations

import os
import subprocess

import pytest

from conftest import BIN, ROOT, clean_env, run
from tracker import cli, env_file

KEY = "0123456789abcdef.made-up"
FORMS = {
    "plain": f"ZAI_API_KEY={KEY}\n",
    "no newline": f"ZAI_API_KEY={KEY}",
    "export": f"export ZAI_API_KEY={KEY}\n",
    "export and blanks": f"  export   ZAI_API_KEY={KEY}\n",
    "double quotes": f'ZAI_API_KEY="{KEY}"\n',
    "single quotes": f"ZAI_API_KEY='{KEY}'\n",
    "comment": f"ZAI_API_KEY={KEY} # my key\n",
    "comment behind quotes": f'ZAI_API_KEY="{KEY}" # my key\n',
    "spaces": f"ZAI_API_KEY = {KEY}\n",
    "spaces and quotes": f'ZAI_API_KEY = "{KEY}"\n',
    "trailing blanks": f"ZAI_API_KEY={KEY}  \n",
    "byte order mark": f"\ufeffZAI_API_KEY={KEY}\n",
    "windows lines": f"# mine\r\nZAI_API_KEY={KEY}\r\nZAI_MODEL=glm-4.6\r\n",
    "last of two": f"ZAI_API_KEY=other\nZAI_API_KEY={KEY}\n",
    "commented out before": f"#ZAI_API_KEY=other\nZAI_API_KEY={KEY}\n",
    "blank lines": f"\n\n  \nZAI_API_KEY={KEY}\n\n",
    "a name alone": f"SOMETHING\nZAI_API_KEY={KEY}\n",
    "others beside": f"PATH_OF_OURS=/x\nZAI_API_KEY={KEY}\nZ=1\n",
    "quotes on the last of two": f"ZAI_API_KEY=x\nexport ZAI_API_KEY='{KEY}' # new\n",
}


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS)
def test_a_key_is_read_in_every_form(tmp_path, text):
    path = tmp_path / ".env"
    path.write_bytes(text.encode())
    assert env_file.read(path)["ZAI_API_KEY"] == KEY


@pytest.mark.router
@pytest.mark.parametrize("form", ["comment", "byte order mark", "windows lines", "quotes on the last of two"])
def test_the_router_reads_the_same(tmp_path, form):
    (tmp_path / ".env").write_bytes(FORMS[form].encode())
    env = clean_env(tmp_path, TRACKER_HOME=str(tmp_path), FORCE_HAIKU_TO_ZAI="1")
    ran = run([str(BIN / "router"), "--check"], cwd=tmp_path, env=env)
    assert (ran.status, ran.out) == (0, "Haiku to Z.AI: 1 (FORCE_HAIKU_TO_ZAI=1, environment)\n"), ran.err


def test_a_dollar_is_a_letter_of_a_key(tmp_path):
    (tmp_path / ".env").write_text("ZAI_API_KEY=a$HOME{b}\n")
    assert env_file.read(tmp_path / ".env") == {"ZAI_API_KEY": "a$HOME{b}"}


def test_no_file_sets_nothing(tmp_path):
    assert env_file.read(tmp_path / ".env") == {}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"A=1\n'oops\n", "line 2: this sets nothing; write NAME=value"),
        (b"\xff\xfeA\x00", "is no UTF-8 text"),
        (b"A=oo\x00ps\n", "is no UTF-8 text; save it as UTF-8"),
    ],
)
def test_a_file_that_is_wrong_is_said_without_its_words(tmp_path, content, said):
    path = tmp_path / ".env"
    path.write_bytes(content)
    with pytest.raises(cli.Stop) as stop:
        env_file.read(path)
    assert (stop.value.status, said in str(stop.value)) == (cli.NO_SETTING, True)
    assert "oops" not in str(stop.value)


def test_the_environment_wins_and_an_empty_variable_is_none(tmp_path, monkeypatch):
    (tmp_path / ".env").write_text("ONE=file\nTWO=file\nTHREE=file\nFOUR=file\n")
    monkeypatch.setenv("ONE", "shell")
    monkeypatch.setenv("TWO", "")
    monkeypatch.delenv("THREE", raising=False)
    monkeypatch.delenv("FOUR", raising=False)
    assert env_file.take(tmp_path / ".env", lambda name: name != "FOUR") == {"TWO", "THREE"}
    assert [os.environ.get(name) for name in ("ONE", "TWO", "THREE", "FOUR")] == [
        "shell",
        "file",
        "file",
        None,
    ]


def test_the_example_has_the_four_names_of_a_user_and_is_not_ignored():
    assert set(env_file.read(ROOT / ".env.example")) == {
        "ZAI_API_KEY",
        "FORCE_HAIKU_TO_ZAI",
        "MITM_PORT",
        "ZAI_MODEL",
    }
    ignored = subprocess.run(
        ["git", "check-ignore", ".env", ".env.example"], cwd=ROOT, capture_output=True, text=True
    )
    assert ignored.stdout == ".env\n"
