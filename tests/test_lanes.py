"""The table of lanes: what is in it, what a file of one's own may add, and where a key may go."""

from __future__ import annotations

import pytest

from tracker import cli, lanes

OWN = """
[[lane]]
name = "acme"
words = "Acme"
base_url = "https://api.acme.example/anthropic"
key_variable = "ACME_API_KEY"
model = "acme-small"
max_tokens = 8192
model_map = { haiku = "acme-tiny" }
"""


def written(tmp_path, text):
    path = tmp_path / "lanes.toml"
    path.write_text(text)
    return str(path)


def test_every_shipped_lane_is_whole_and_shares_nothing_with_another():
    assert [lane.name for lane in lanes.SHIPPED] == ["zai", "zai-cn", "kimi", "deepseek"]
    for lane in lanes.SHIPPED:
        assert lane.dialect in lanes.dialects()
        assert lanes.place(lane, lane.base_url, lanes.table()).host in lane.hosts
        assert lane.most_tokens(lane.model) and lane.header_modes and lane.price_list
    keys = [lane.key_variable for lane in lanes.SHIPPED]
    hosts = [host for lane in lanes.SHIPPED for host in lane.hosts]
    assert len(set(keys)) == len(keys) and len(set(hosts)) == len(hosts)


def test_a_lane_of_ones_own_stands_beside_the_shipped_ones(tmp_path):
    found = lanes.table(written(tmp_path, OWN))
    assert list(found) == ["zai", "zai-cn", "kimi", "deepseek", "acme"]
    acme = found["acme"]
    assert (acme.backend, acme.dialect, acme.hosts) == ("acme", "anthropic", ("api.acme.example",))
    assert acme.most_tokens("anything") == 8192 and acme.model_map == (("haiku", "acme-tiny"),)
    assert acme.setting("MODEL") == "ACME_MODEL"


@pytest.mark.parametrize(
    "change, said",
    [
        (('name = "acme"', "name = "), "is no TOML (Invalid value (at line 3, column 8))"),
        (('name = "acme"', 'name = "zai"'), "line 3: name 'zai' is taken; choose another"),
        (('name = "acme"', 'name = "anthropic"'), "line 3: name 'anthropic' is taken"),
        (('name = "acme"', 'name = "Acme Inc"'), "line 3: name 'Acme Inc' is not small letters"),
        (('key_variable = "ACME_API_KEY"', ""), "line 2: key_variable is missing"),
        (('key_variable = "ACME_API_KEY"', "key_variable = 7"), "line 6: key_variable is no text"),
        (("ACME_API_KEY", "ZAI_API_KEY"), "line 6: key_variable ZAI_API_KEY is zai's"),
        (('model = "acme-small"', ""), "line 2: model is missing"),
        (('model = "acme-small"', 'model = "a"\ndialect = "french"'), "line 8: dialect 'french' is not known (known:"),
        (("https://api.acme.example", "http://api.acme.example"), "line 5: base_url is not encrypted"),
        (("api.acme.example", "api.z.ai"), "line 5: base_url api.z.ai is zai's"),
        (("api.acme.example", "api.anthropic.com"), "line 5: base_url points to Anthropic"),
        (("api.acme.example", "api.acme.example /x"), "line 5: base_url holds a space"),
        (("max_tokens = 8192", "max_tokens = 0"), "line 8: max_tokens must be 1 or more"),
        (("max_tokens = 8192", 'max_tokens = "many"'), "line 8: max_tokens is no table of numbers"),
        (("max_tokens", "most_tokens"), "line 8: most_tokens is no key of a lane"),
        (("[[lane]]", "[lane]"), "line 2: lane: only [[lane]] tables"),
        (("[[lane]]", "[[lanes]]"), "line 2: lanes: only [[lane]] tables"),
        (("max_tokens = 8192", 'key_pattern = "("'), "line 8: key_pattern is no regular expression"),
        (("max_tokens = 8192", 'header_modes = ["cookie"]'), "line 8: header_modes may be"),
        (("max_tokens = 8192", 'hosts = ["elsewhere.example"]'), "line 8: hosts do not hold api.acme.example"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_by_line_and_key(tmp_path, change, said):
    with pytest.raises(cli.Stop) as stop:
        lanes.table(written(tmp_path, OWN.replace(*change)))
    assert said in str(stop.value) and stop.value.status == cli.NO_SETTING
    assert "lanes.toml" in str(stop.value)


def test_the_line_is_that_of_the_lane_that_is_wrong(tmp_path):
    second = OWN.replace("acme", "bolt").replace("ACME", "BOLT").replace('model = "bolt-small"', "")
    with pytest.raises(cli.Stop, match="line 11: model is missing"):
        lanes.table(written(tmp_path, OWN + second))


def test_a_file_that_is_named_and_not_there_is_said():
    with pytest.raises(cli.Stop, match=r"cannot read /nowhere\.toml .*LANES_FILE"):
        lanes.table("/nowhere.toml")


@pytest.mark.parametrize(
    "url, said",
    [
        ("https://api.example.org/anthropic", "no lane owns (lanes: zai, zai-cn, kimi, deepseek): declare one"),
        ("https://api.deepseek.com/anthropic", "which is deepseek's: use OFFLOAD_LANE=deepseek"),
        ("https://open.bigmodel.cn/api/anthropic", "use OFFLOAD_LANE=zai-cn"),
        ("https://api.z.ai.example.org/", "no lane owns"),
        ("https://127.0.0.1.example.org/", "no lane owns"),
        ("https://api.z.ai@example.org/", "is no https://host/path"),
        ("https://api.z.ai\\@example.org/", "holds a space"),
        ("http://api.z.ai/", "is not encrypted"),
        ("https://api.z.ai/a b", "holds a space"),
        ("https://api.z.ai/\r\nX: y", "holds a space"),
        ("https://api.z.ai/\n", "holds a space"),
        ("https://аpi.z.ai/", "holds a space"),  # the first letter is Cyrillic
        ("https://api.anthropic.com", "points to Anthropic"),
        ("https://api.z.ai:99999/", "Port out of range"),
        ("https://api.z.ai:0/", "has port 0"),
        ("https://:word@api.z.ai/", "is no https://host/path"),
        ("https://api.z.ai/../x", "is no https://host/path"),
        ("https://api.z.ai/api/%0d%0aX", "is no https://host/path"),
        ("https://api.z.ai/%2e%2e/x", "is no https://host/path"),
        ("", "is no https://host/path"),
    ],
)  # fmt: skip
def test_a_base_url_that_is_not_the_lanes_own_is_refused(url, said):
    with pytest.raises(ValueError) as wrong:
        lanes.place(lanes.SHIPPED[0], url, lanes.table())
    assert said in str(wrong.value)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080/x", "https://localhost:1/", "http://[::1]:9/"])
def test_this_machine_may_stand_in_for_any_lane(url):
    assert lanes.is_loopback(lanes.place(lanes.SHIPPED[0], url, lanes.table()).host)


def test_words_are_the_lanes_own_and_a_strangers_name_cannot_steer_a_terminal():
    assert [lanes.words(name) for name in ("anthropic", "zai", "kimi")] == [
        "Anthropic",
        "Z.AI",
        "Kimi (Moonshot)",
    ]
    assert lanes.words("x\x1b[2J") == "x\\x1b[2J"
    assert lanes.backend("deepseek") == "deepseek" and lanes.backend("anthropic") is None
    assert not lanes.is_known("elsewhere") and lanes.is_offload("elsewhere")
