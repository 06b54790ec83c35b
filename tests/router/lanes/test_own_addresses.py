"""Which addresses a text tells to be the account's own: in every wording and spelling, and no others."""

from __future__ import annotations

import json

import pytest

from tracker.proofs import markers
from tracker.router.lanes import own_addresses


def told(text):
    return own_addresses.told_in(json.dumps(text, ensure_ascii=False).encode())


@pytest.mark.parametrize("line", markers.TOLD)
def test_an_address_is_told_in_many_words(line):
    assert told(line.format(markers.OWNER)) == {markers.OWNER}


@pytest.mark.parametrize("how", markers.WRITTEN)
def test_an_address_is_told_however_it_is_written(how):
    assert told(f"# userEmail\nThe user's email address is {markers.WRITTEN[how](markers.OWNER)}.") >= {
        markers.OWNER
    }


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Author: Jo <jo@example.org>",
            "mail jo@example.org",
            '"email": "jo@example.org"',
            "users: @types/node",
            "Email: jo@example.org",
            "the plan: ask jo@example.org's organizer",
            "sign in, then mail jo@example.org",
        ),
        *(
            "git@github.com:a/b.git",
            "see user <jo@example.org>",
            "a commit by jo@example.org",
            "email is hard at times",
        ),
        *(
            "the user's email may be given",
            "logged in as root",
            "Account: 12345",
            "@" * 500,
            "my e-mail " * 500,
        ),
    ],
)
def test_other_addresses_are_content(text):
    assert told(text) == frozenset()
