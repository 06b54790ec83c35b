"""Secrets in a form of a form: none gets out of a bundle."""

from __future__ import annotations

import binascii
import json

import pytest

from hostile import seeds
from hostile.said_by_words import SAID
from secret_kinds import FORMS, KINDS, left_of
from tracker.ops.bundle import secrets

# Forms that keep a line a line; what is folded in them is undone in their turn.
INNER = ("plain", "base64", "hex", "percent", "all escapes", "no-width blanks", "fullwidth", "base64 of gzip")
OUTER = ("plain", "JSON in JSON", "JSON in CSV", "base64", "base64 for URLs", "base64 of gzip", "percent")


def test_a_secret_in_a_form_of_a_form_does_not_get_out(record_property):
    dice, left, times = seeds.dice("bundle"), [], 40 * seeds.TIMES
    for _ in range(times):
        kind, inner, outer = dice.choice(list(KINDS)), dice.choice(INNER), dice.choice(OUTER)
        where, secret = KINDS[kind]
        text = where.replace("{{", "{").replace("}}", "}").replace("{}", secret)
        shown = secrets.redact(f"before\n{FORMS[outer](FORMS[inner](text))}\nbehind").text
        if left_of(secret, outer, shown) or FORMS[inner](secret) in shown:
            left.append((kind, inner, outer))
    record_property("tried", times)
    record_property("leaked", len(left))
    assert left == [], left[:12]


@pytest.mark.parametrize(("line", "secret"), SAID)
def test_what_the_words_around_it_say_does_not_get_out_in_any_form(line, secret):
    for form in ("plain", "JSON in JSON", "base64", "base64 of gzip"):
        shown = secrets.redact(f"before\n{FORMS[form](line)}\nbehind").text
        assert secret not in shown and json.dumps(secret)[1:-1] not in shown, (form, shown)


# Forms that are read by eye, or by one line of a program.
FURTHER = {
    "uuencode": lambda text: "\n".join(
        binascii.b2a_uu(text.encode()[at : at + 45]).decode().rstrip("\n") for at in range(0, len(text), 45)
    ),
    "a list of letters": lambda text: json.dumps(list(text)),
    "a list of codes": lambda text: json.dumps(list(text.encode())),
    "under accents": "\u0301".join,
    "letters that look alike": lambda text: text.translate(str.maketrans("aeopc", "аеорс")),
    "from right to left": lambda text: f"\u202e{text[::-1]}\u202c",
    "UTF-7": lambda text: text.replace("@", "+AEA-").replace("=", "+AD0-"),
}
READ_BY_EYE = {
    "a key": ("sk-ant-api03-AbCdEf12345GhIjKl67890", "AbCdEf12345"),
    "an address": ("write to ada.lovelace77@inv.example", "lovelace77"),
    "an id": ('"account_uuid":"0d0d0d0d-1111-4222-8333-abcdef0d0d0d"', "abcdef0d0d0d"),
    "a password": ("password=zxcv98761234qwer", "zxcv98761234"),
    "a host": ("ssh ada77.corp.internal", "ada77"),
    "a telephone": ("call +49 170 5550 1234", "5550 1234"),
    "a home": ("/home" + "/ada77x/app", "ada77x"),
}


@pytest.mark.parametrize("form", FURTHER)
@pytest.mark.parametrize("what", READ_BY_EYE)
def test_what_is_read_by_eye_does_not_get_out(what, form):
    line, secret = READ_BY_EYE[what]
    shown = secrets.redact(f"before\n{FURTHER[form](line)}\nbehind").text
    assert secret not in shown and FURTHER[form](secret).strip("[]\n\u202e\u202c") not in shown, shown


ORDINARY = [
    *("git@github.com:a/b.git", "v1.2.3", "2.1.332", "2026-11-28T14:00:00Z", "67b236f", "index 3f2a1b4..9c8d7e6 100644"),
    *("@@ -1,5 +1,7 @@", "1,234,567 tokens", "0.185 against 0.420", "pip install foo==1.2.3", "actions/checkout@v4"),
    *("lib/tracker/x.py:12:5", "10:30:00", "100 000", "12-34-56", "01:02:03", "a b c d e f", "1 2 3 4 5 6 7 8", "0.17 5550"),
    *("pass: rejected at block 7 of 12", "key: value", "the key is missing", "token count 12", "the token was refused"),
    *("password is required", "author of the page", "from right to left <b>", "host of the lane", "07 11 12 of 30"),
    *("[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]", "[12, 30, 45, 60, 75, 90, 12, 30, 45, 60, 75, 90]", "MODEL  LANE  STATUS  TOKENS"),
    *("~/.claude/x", "/Users", "é café naïve", "serial: yes", "~/notes", "x[.]y"),
]  # fmt: skip


@pytest.mark.parametrize("text", ORDINARY)
def test_an_ordinary_text_keeps_its_words(text):
    assert secrets.redact(f"before\n{text}\nbehind").text == f"before\n{text}\nbehind"
