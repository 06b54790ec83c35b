"""A text that is no key is said to be none by the router, the meter and `doctor`, and is never shown."""

from __future__ import annotations

import pytest

from conftest import BIN, clean_env, run
from tracker import lanes, placeholders

PLACEHOLDER = "is a placeholder, not a key"
NO_KEYS = {
    "your-key-here": PLACEHOLDER,
    "<key>": PLACEHOLDER,
    "<your key>": PLACEHOLDER,
    "[API-KEY]": PLACEHOLDER,
    "changeme": PLACEHOLDER,
    "change-me": PLACEHOLDER,
    "sk-…": PLACEHOLDER,
    "sk-...": PLACEHOLDER,
    "sk-xxxxxxxxxxxxxxxxxxxx": PLACEHOLDER,
    "xxxxxxxx.xxxxxxxx": PLACEHOLDER,
    "********": PLACEHOLDER,
    "ZAI_API_KEY": PLACEHOLDER,
    "$ZAI_API_KEY": PLACEHOLDER,
    "${ZAI_API_KEY}": PLACEHOLDER,
    "your_zai_api_key": PLACEHOLDER,
    "yourkeyhere": PLACEHOLDER,
    "my-api-key": PLACEHOLDER,
    "none": PLACEHOLDER,
    "TODO": PLACEHOLDER,
    "0123456789abcdef.A1b2C3d4;": "holds ';', a sign that no key has",
    "0123456789abcdef.A1b2C3d4,": "holds ',', a sign that no key has",
    '"0123456789abcdef.A1b2C3d4': "holds '\"', a sign that no key has",
    "<0123456789abcdef.A1b2C3d4>": "holds '<', a sign that no key has",
    "0123456789abcdef A1b2C3d4": "holds a blank",
    "“0123456789abcdef”": "a letter that no key has",
}
KEYS = [
    "0123456789abcdef0123456789abcdef.A1b2C3d4E5f6G7h8",
    "sk-kimi-0A1b2C3d4E5f6G7h8A1b2C3d4E5f6G7h8A1b2C3d4",
    "sk-0123456789abcdef0123456789abcdef",
    "eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.a-b_c~d+e/f==",
    "17|a$b:c@d!e#f",
    "made-up",
]


@pytest.mark.parametrize(("text", "said"), NO_KEYS.items(), ids=NO_KEYS)
def test_what_is_no_key_is_refused_without_it(text, said):
    lane = lanes.SHIPPED[0]
    with pytest.raises(ValueError, match=r"key has|not a key") as wrong:
        lanes.own_key(lane, {lane.key_variable: text})
    assert said in str(wrong.value)
    assert text not in str(wrong.value)


@pytest.mark.parametrize("key", KEYS)
def test_what_may_be_a_key_is_taken(key):
    for lane in lanes.SHIPPED:
        assert lanes.own_key(lane, {lane.key_variable: f" {key}\n"}) == key


def test_random_keys_in_the_shape_of_every_lane_are_taken():
    import random
    import string

    draw = random.Random(7)
    for _ in range(20_000):
        hexes = "".join(draw.choices("0123456789abcdef", k=32))
        letters = "".join(draw.choices(string.ascii_letters + string.digits, k=40))
        for key in (f"{hexes}.{letters[:16]}", f"sk-{letters}", f"sk-kimi-{letters}", f"sk-{hexes}"):
            assert not placeholders.is_placeholder.__wrapped__(key, "ZAI_API_KEY")
            assert placeholders.stray_sign.__wrapped__(key) is None


def test_a_server_of_ones_own_on_this_machine_takes_what_it_takes():
    mine = lanes.SHIPPED[0]._replace(base_url="http://127.0.0.1:4000", hosts=("127.0.0.1",))
    assert lanes.own_key(mine, {mine.key_variable: "dummy"}) == "dummy"


@pytest.mark.router
@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("ZAI_API_KEY=0123456789abcdef.A1b2C3d4;", "ZAI_API_KEY holds ';', a sign that no key has"),
        ("ZAI_API_KEY=your-secret-here", f"ZAI_API_KEY {PLACEHOLDER}"),
    ],
)
def test_router_meter_and_doctor_say_the_same(tmp_path, line, said):
    """Given `.env` with what is no key, each says so in one line, without it, and the two that need it end with 78."""
    (tmp_path / ".env").write_text(f"{line}\n")
    env = clean_env(tmp_path, TRACKER_HOME=str(tmp_path), FORCE_HAIKU_TO_ZAI="1")
    for command, status in (
        (["router", "--check"], 78),
        (["read-meter", "glm"], 78),
        (["doctor", "--format", "json"], 1),
    ):
        ran = run([str(BIN / command[0]), *command[1:]], cwd=tmp_path, env=env)
        told = ran.out + ran.err
        assert (ran.status, said in told) == (status, True), (command, told)
        assert "0123456789abcdef" not in told and "secret" not in told
        if status == 78:
            assert (ran.out, ran.err.count("\n")) == ("", 1), ran.err
