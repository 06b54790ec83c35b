"""What goes wrong, and when: scripts of rules."""

from __future__ import annotations

import pytest

from tracker import cli
from tracker.mock import faults
from tracker.mock.faults import FaultRule, Script

HAIKU, SONNET = "claude-haiku-5-5", "claude-sonnet-5-5"
MESSAGES = "/v1/messages"


def statuses(script, *models, path=MESSAGES):
    """The status of each request in turn, None where nothing goes wrong."""
    return [rule and rule.status for rule in (script.pick(path, model) for model in models)]


def test_rules_match_by_model_and_number():
    script = Script([FaultRule(model="HAIKU", nth=2, status=500)])
    assert statuses(script, HAIKU, SONNET, HAIKU, HAIKU) == [None, None, 500, None]


def test_every_and_times_hold_together():
    script = Script([FaultRule(every=2, times=2, status=500)])
    assert statuses(script, *[HAIKU] * 6) == [None, 500, None, 500, None, None]


def test_the_first_rule_that_matches_is_carried_out_and_the_others_count_all_the_same():
    script = Script([FaultRule(nth=1, status=429), FaultRule(nth=2, status=500)])
    assert statuses(script, HAIKU, HAIKU, HAIKU) == [429, 500, None]


def test_a_path_is_matched_by_a_part_of_it_and_a_request_without_a_model_by_no_model():
    script = Script([FaultRule(path="count_tokens", status=500), FaultRule(model="haiku", status=429)])
    assert statuses(script, HAIKU, path=MESSAGES + "/count_tokens") == [500]
    assert statuses(script, None, HAIKU) == [None, 429]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{}",
        b'[{"modell": "haiku"}]',
        b'[{"status": 200}]',
        b'[{"nth": 0}]',
        b'[{"delay_ms": -1}]',
        b'[{"reset": "later"}]',
        b'[{"model": "\xff"}]',
    ],
)
def test_a_script_that_is_none_is_refused_with_what_is_wrong(text):
    with pytest.raises(cli.Stop, match="no list of rules") as stop:
        faults.read(text)
    assert stop.value.status == cli.BAD_INPUT


def test_without_a_file_nothing_goes_wrong_and_a_file_that_is_not_there_is_said(tmp_path):
    assert statuses(faults.load(None), HAIKU) == [None]
    (tmp_path / "script.json").write_text('[{"status": 529}]')
    assert statuses(faults.load(tmp_path / "script.json"), HAIKU) == [529]
    with pytest.raises(cli.Stop, match=r"cannot read .*none\.json") as stop:
        faults.load(tmp_path / "none.json")
    assert stop.value.status == cli.USAGE
