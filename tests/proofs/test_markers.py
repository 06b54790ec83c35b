"""What productize-check marks requests with."""

from __future__ import annotations

import json

from tracker.proofs import markers


def test_there_are_more_than_eighty_and_each_has_a_name_of_its_own():
    names = [marker.name for marker in markers.MARKERS]
    assert len(names) > 150 and len(set(names)) == len(names)


def test_every_marker_stands_in_its_own_request():
    for marker in markers.MARKERS:
        body = marker.body()
        whole = body + marker.query.encode() + b"\n".join(b": ".join(field) for field in marker.fields())
        assert any(secret in whole for secret in marker.secrets), marker.name
        assert json.loads(body)["model"] == "claude-haiku-5-5"
        assert markers.SENTENCE in json.dumps(json.loads(body))
