"""What a reader found, as text: for the tests that read one log in several ways."""

from __future__ import annotations

import json

import pytest

from tracker.telemetry import native, part_reader, report, sources
from tracker.telemetry.part_reader import Question


def answer(found: part_reader.Found) -> str:
    """Return what was found as one text, the same for the same rows."""
    return json.dumps(report.metrics(found.rollup, found.account))


def in_python(part: sources.Part) -> part_reader.Found:
    """Read a part without the compiled reader."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(native, "load", lambda *_: None)
        return part_reader.read(part, Question())
