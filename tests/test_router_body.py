"""What a body holds, cut at its members without reading them, is what a whole reading finds."""

from __future__ import annotations

import subprocess

import pytest

from conftest import ROOT
from lanes import MITMDUMP

ADDONS = ROOT / "addons"

# Runs where mitmproxy is.  The slow way, json's, is the measure of the fast one, msgspec's.
BODIES = r"""
import json, random, sys

seed, count, fast = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "fast"
if not fast:
    sys.modules["msgspec"] = None  # as where it is not installed
import message_body, zai_request

assert (message_body._cut is not None) == fast
dice = random.Random(seed)
KEYS = ["model", "metadata", "system", "max_tokens", "messages", "stream", "thinking", 'a"model', "\\", "é", "", "mod\u0000el"]
TEXTS = ["claude-haiku-4-5", '"metadata":{"user_id":"x"}', "},{\"model\":\"claude-opus\"", "\\\"", "tab\t\n", "é€😀", "quota",
         "The user's email address is jo@example.org", "x-anthropic-billing-header: cc_version=1;\nrest", "0" * 32]

def value(depth):
    kind = dice.randrange(8 if depth else 5)
    if kind == 0: return dice.choice(TEXTS)
    if kind == 1: return dice.choice([0, -1, 7, 999999, 1.5, -2e-9, 10**30])
    if kind == 2: return dice.choice([True, False, None])
    if kind < 5: return dice.choice(TEXTS) + dice.choice(TEXTS)
    if kind == 5: return [value(depth - 1) for _ in range(dice.randrange(4))]
    return {dice.choice(KEYS): value(depth - 1) for _ in range(dice.randrange(4))}

def space(): return dice.choice(["", "", " ", "\n\t", "\r\n  "])

def text_of(found):
    if isinstance(found, dict):
        return "{" + space() + (space() + "," + space()).join(
            quoted(key) + space() + ":" + space() + text_of(part) for key, part in found.items()) + space() + "}"
    if isinstance(found, list):
        return "[" + space() + (space() + "," + space()).join(map(text_of, found)) + space() + "]"
    return quoted(found) if isinstance(found, str) else json.dumps(found)

def quoted(word):
    made = json.dumps(word, ensure_ascii=dice.random() < 0.5)
    return made.replace("m", "\\u006d") if dice.random() < 0.05 else made

def no_constant(name): raise ValueError(name)

def whole(raw):
    try:
        found = json.loads(raw.decode(), parse_constant=no_constant)
        return found if isinstance(found, dict) else None
    except (ValueError, RecursionError):
        return None

def cut(raw):
    try:
        return message_body.members(raw)
    except message_body.Unreadable:
        return None

read = refused = 0
for number in range(count):
    body = {dice.choice(KEYS): value(3) for _ in range(dice.randrange(7))}
    if dice.random() < 0.8: body["model"] = "claude-haiku-4-5"
    if dice.random() < 0.5: body["system"] = [{"type": "text", "text": dice.choice(TEXTS)} for _ in range(2)]
    items = list(body.items())
    dice.shuffle(items)
    raw = (space() + text_of(dict(items)) + space()).encode()
    if dice.random() < 0.1:  # a key twice
        raw = raw.rstrip()[:-1] + (b"," if body else b"") + b'"model": "claude-opus"}'
    if dice.random() < 0.4:  # something broken
        at = dice.randrange(len(raw) + 1)
        odd = dice.choice([b"", b"\"", b"\\", b"{", b"]", b",", b"\x01", b"\xff", b"NaN", b"0", b"-", b"\\ud800", b"x"])
        raw = raw[:at] + odd + raw[at + dice.randrange(3):]
    expected, found = whole(raw), cut(raw)
    assert (expected is None) == (found is None), raw
    if expected is None:
        refused += 1
        continue
    read += 1
    assert {key: part.value for key, part in found.items()} == expected, raw
    assert list(found) == list(expected), raw
    model = expected.get("model")
    assert message_body.read_model(raw) == (model if isinstance(model, str) else None), raw
    sent = zai_request.body(found, "glm-4.6", None)
    arrived = json.loads(sent)
    kept = {key: part for key, part in expected.items() if key != "metadata"}
    assert arrived["model"] == "glm-4.6" and arrived.keys() == kept.keys() | {"model"}, raw
    named = zai_request.identities(found, sent)
    for key, part in kept.items():
        if key == "max_tokens" and isinstance(part, int):
            assert arrived[key] <= 131072, raw
        elif key not in ("model", "system", "max_tokens", "thinking") and "[removed]" not in json.dumps(arrived[key]):
            assert arrived[key] == part, raw
    assert not [name for name in named if name.encode() in sent], raw
assert read > count / 4 and refused > count / 20, (read, refused)
print(read, refused)
"""


@pytest.mark.parametrize("way", ["fast", "slow"])
def test_random_bodies_are_cut_as_a_whole_reading_cuts_them(way):
    command = [MITMDUMP.with_name("python"), "-c", BODIES, "9", "3000", way]
    ran = subprocess.run(command, cwd=ADDONS, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr[-2000:]


@pytest.mark.parametrize(
    "body, asks",
    [
        ('{"model":"m","messages":[],"stream":true}', True),
        ('{"model":"m","stream":false}', False),
        ('{"stream":true,"tools":[{"stream":false}]}', True),
        ('{"stream":true,"metadata":{"stream":false}}', True),
        ('{"stream": false ,"max_tokens": 5 }\\n', False),
        ('{"stream":true,"x":"}"}', True),
    ],
)
def test_a_stream_asked_for_is_seen_wherever_it_stands(body, asks):
    code = f"import message_body; assert message_body.asks_for_stream(b'''{body}''') is {asks}"
    ran = subprocess.run(
        [MITMDUMP.with_name("python"), "-c", code], cwd=ADDONS, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr[-500:]
