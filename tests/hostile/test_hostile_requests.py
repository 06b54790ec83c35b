"""Identities in two disguises at once, at random places of a request: none of them goes to a lane."""

from __future__ import annotations

import json

import pytest

from hostile import seeds
from tracker.proofs import disguises, markers
from tracker.router.dialects import named
from tracker.router.lanes import request as lane_request
from tracker.router.log import message_body

WORDS = {
    "account": markers.ACCOUNT,
    "device": markers.DEVICE,
    "organization": markers.ORGANIZATION,
    "e-mail": markers.EMAIL,
}
# What may be put around anything: it keeps every sign of what is in it, or stands for it letter by letter.
AROUND = {
    "base64": markers.SPELLINGS["as base64"],
    "JSON": lambda word: json.dumps({"a": [word]}),
    "JSON twice": lambda word: json.dumps(json.dumps(word)),
    "url": lambda word: "".join(f"%{code:02X}" for code in word.encode()),
    "capitals around": lambda word: f"ID=<{word}>",
    "lines": lambda word: f"a\r\n\t{word}\r\nb",
    "path": lambda word: f"/srv/{word}.json",
}
INSIDE = {
    how: (markers.SPELLINGS | disguises.DISGUISES)[how]
    for how in (
        *("as it is", "in capitals", "without dashes", "url-encoded", "in JSON escapes", "in HTML entities"),
        *(
            "in full-width letters",
            "with spaces of no width",
            "as base64",
            "in hex escapes",
            "spaced",
            "in Cyrillic letters",
        ),
        *("with tags inside", "in padded entities", "quoted-printable signs"),
    )
}


def places(text):
    """Return the members that may hold a text, each in a place of its own."""
    use = {"type": "tool_use", "id": "t", "name": "t", "input": {"a": [{"b": text}]}}
    result = {"type": "tool_result", "tool_use_id": "t", "content": [{"type": "text", "text": text}]}
    return [
        {"system": text},
        {"system": [{"type": "text", "text": f"You are.\n{text}"}]},
        {"tools": [{"name": "t", "description": text, "input_schema": {"title": text, "enum": [text]}}]},
        {"messages": [{"role": "assistant", "content": [use]}]},
        {"messages": [{"role": "user", "content": [result]}]},
        {
            "messages": [
                {"role": "assistant", "content": [{"type": "thinking", "thinking": text, "signature": "s"}]}
            ]
        },
        {"stop_sequences": [text]},
    ]


def texts(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from texts(one)
    elif isinstance(value, dict):
        for key, one in value.items():
            yield key
            yield from texts(one)


def carried(marker):
    return lane_request.carried(
        marker.fields(), marker.query, message_body.members(marker.body()), "glm", 1000, named("zai")
    )


def test_every_marker_and_a_mutation_of_each_is_gone(record_property):
    dice, left, tried = seeds.dice("markers"), [], 0
    for marker in markers.MARKERS:
        for mutated in (
            marker,
            marker._replace(headers=(*marker.headers, f"X-Odd-{dice.randrange(10**6)}: {markers.SECRET}")),
        ):
            tried += 1
            got = carried(mutated)
            whole = b"\n".join([got.body, got.query.encode(), *(b": ".join(field) for field in got.fields)])
            left += [marker.name] if any(secret in whole for secret in mutated.secrets) else []
    record_property("tried", tried)
    record_property("leaked", len(left))
    assert left == [], left[:12]


@pytest.mark.parametrize("what", WORDS)
def test_a_word_in_two_disguises_is_gone_wherever_it_stands(what, record_property):
    dice, left, times = seeds.dice(what), [], 60 * seeds.TIMES
    for _ in range(times):
        inner, outer = dice.choice(list(INSIDE)), dice.choice(list(AROUND))
        written = INSIDE[inner](WORDS[what])
        said = AROUND[outer](written)
        more = dice.choice(places(said))
        got = json.loads(carried(markers.Marker("mutated", (), more)).body)
        if any(said in text or written in text for text in texts(got)):
            left.append((inner, outer, next(iter(more))))
    record_property("tried", times)
    record_property("leaked", len(left))
    assert left == [], left[:12]
