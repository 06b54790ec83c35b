"""Secrets in a form of a form: none gets out of a bundle."""

from __future__ import annotations

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
