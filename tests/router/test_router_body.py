"""What a body holds, cut at its members without reading them, is what a whole reading finds."""

from __future__ import annotations

import json
import subprocess
import textwrap

import pytest

from conftest import ROOT
from lanes import MITMDUMP

LIB = ROOT / "lib"

# Runs where mitmproxy is.  The slow way, json's, is the measure of the fast one, msgspec's.
BODIES = r"""
import json, random, sys

seed, count, fast = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "fast"
if not fast:
    sys.modules["msgspec"] = None  # as where it is not installed
from tracker.router.lanes import request as lane_request
from tracker.router.log import message_body

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
    sent = lane_request.body(found, "glm-4.6", 131072)
    arrived = json.loads(sent)
    kept = {key: part for key, part in expected.items() if key != "metadata"}
    assert arrived["model"] == "glm-4.6" and arrived.keys() == kept.keys() | {"model"}, raw
    named = lane_request.identities(found["metadata"].source.lower() if "metadata" in found else b"", sent)
    for key, part in kept.items():
        if key == "max_tokens" and isinstance(part, int):
            assert arrived[key] <= 131072, raw
        elif key not in ("model", "system", "max_tokens", "thinking") and "[removed]" not in json.dumps(arrived[key]):
            assert arrived[key] == part, raw
    assert not [name for name in named if name in sent.lower()], raw
assert read > count / 4 and refused > count / 20, (read, refused)
print(read, refused)
"""


@pytest.mark.parametrize("way", ["fast", "slow"])
def test_random_bodies_are_cut_as_a_whole_reading_cuts_them(way):
    command = [MITMDUMP.with_name("python"), "-c", BODIES, "9", "3000", way]
    ran = subprocess.run(command, cwd=LIB, capture_output=True, text=True)
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
    assert inside(
        f"from tracker.router.log import message_body; print(message_body.asks_for_stream(b'''{body}'''))"
    ) == str(asks)


@pytest.mark.parametrize("name", ["rot13", "hex", "base64", "utf-8", "gzip;q=1", "gzip, rot13", ""])
def test_an_encoding_that_http_does_not_know_is_unreadable(name):
    code = f"""
        from tracker.router.log import message_body
        try:
            print(message_body.decode(b"7b7d", b"{name}"))
        except message_body.Unreadable:
            print("unreadable")
    """
    assert inside(code) == ("unreadable" if name else "b'7b7d'")


ACCOUNT, DEVICE = "aaaaaaaa-1111-4222-8333-444444444444", "c0ffee" + "0" * 58
SESSION = "bbbbbbbb-5555-4666-8777-888888888888"
USER = {"device_id": DEVICE, "account_uuid": ACCOUNT, "session_id": SESSION}
USERS = [json.dumps(USER), f"user_{DEVICE}_account_{ACCOUNT}_session_{SESSION}"]
ADDRESS = "Jo.O'Made-Up+1@Example.org"
LINE = "# userEmail\nThe user's email address is {}. Use it only to identify the user."


def sent_to_zai(**more):
    """Return what Z.AI gets of a body, parsed: whatever is replaced, it stays JSON."""
    body = {"model": "claude-haiku-5-5", "messages": [], **more}
    code = f"""
        import sys
        from tracker.router.lanes import request as lane_request
        from tracker.router.log import message_body
        raw = {json.dumps(body, ensure_ascii=False).encode()!r}
        sys.stdout.buffer.write(lane_request.body(message_body.members(raw), "glm-4.6", 131072))
    """
    return json.loads(inside(code))


@pytest.mark.parametrize("user", USERS, ids=["2.1", "2.0"])
@pytest.mark.parametrize("mark", [ACCOUNT, ACCOUNT.upper(), DEVICE, DEVICE.upper(), SESSION])
def test_an_id_of_the_metadata_stands_nowhere_in_what_zai_gets(user, mark):
    nested = json.dumps({"answer": json.dumps({"id": mark})})
    result = {"type": "tool_result", "tool_use_id": "t", "content": nested}
    sent = sent_to_zai(
        messages=[{"role": "user", "content": f"I am {mark}."}, {"role": "user", "content": [result]}],
        system=[{"type": "text", "text": f"see https://example.org/?id={mark}"}],
        tools=[{"name": "t", "description": mark}],
        metadata={"user_id": user},
    )
    assert mark not in json.dumps(sent) and "metadata" not in sent
    assert sent["messages"][0]["content"] == "I am [removed]."
    assert json.loads(json.loads(sent["messages"][1]["content"][0]["content"])["answer"]) == {
        "id": "[removed]"
    }


@pytest.mark.parametrize("user", USERS, ids=["2.1", "2.0"])
def test_files_below_a_sessions_folder_are_still_found(user):
    path = f"/tmp/claude-1000/-home-jo/{SESSION}/tasks/a7.output"
    sent = sent_to_zai(messages=[{"role": "user", "content": path}], metadata={"user_id": user})
    assert sent["messages"][0]["content"] == path


@pytest.mark.parametrize(
    "written",
    [
        ADDRESS,
        ADDRESS.lower(),
        ADDRESS.upper(),
        ADDRESS.replace("@", "%40"),
        ADDRESS.swapcase(),
        f"mailto:{ADDRESS}",
    ],
)
def test_the_accounts_address_stands_nowhere_in_what_zai_gets(written):
    sent = sent_to_zai(
        messages=[{"role": "user", "content": LINE.format(ADDRESS)}, {"role": "user", "content": written}],
        system=f"Author: <{written}>",
    )
    assert "made-up" not in json.dumps(sent).lower()
    assert sent["messages"][0]["content"] == LINE.format("[removed]")


@pytest.mark.parametrize(
    "line",
    ["User email: {}", "userEmail is <{}>", '{{"userEmail": "{}"}}', "The user’s account email is {}."],
)
@pytest.mark.parametrize("address", [ADDRESS, "jo@example.org", "jö@exämple.org"])
def test_the_address_is_found_however_its_line_is_worded(line, address):
    sent = sent_to_zai(messages=[{"role": "user", "content": line.format(address)}])
    assert sent["messages"][0]["content"] == line.format("[removed]")


@pytest.mark.parametrize("text", ["Author: Jo <jo@example.org>", "mail jo@example.org", "users: @types/node"])
def test_an_address_that_is_content_passes(text):
    assert sent_to_zai(messages=[{"role": "user", "content": text}])["messages"][0]["content"] == text


BILLING = "x-anthropic-billing-header: cc_version=2.1.329; cc_entrypoint=cli;"


@pytest.mark.parametrize(
    "system, kept",
    [
        ([{"type": "text", "text": BILLING}, {"type": "text", "text": "B"}], [{"type": "text", "text": "B"}]),
        ([{"type": "text", "text": f"A\n{BILLING}\nB"}], [{"type": "text", "text": "A\nB"}]),
        (BILLING.upper() + "\nB", "B"),
        (f"A\n{BILLING}", "A\n"),
        ("What is x-anthropic-billing-header: for?", "What is x-anthropic-billing-header: for?"),
    ],
)
def test_the_billing_line_is_left_out_wherever_it_stands_in_the_system_prompt(system, kept):
    assert sent_to_zai(system=system)["system"] == kept


def inside(code):
    """Return what a piece of code prints where mitmproxy is."""
    command = [MITMDUMP.with_name("python"), "-c", textwrap.dedent(code)]
    ran = subprocess.run(command, cwd=LIB, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr[-500:]
    return ran.stdout.strip()
