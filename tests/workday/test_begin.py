"""Which window begins, and whether it is its turn."""

from datetime import UTC, datetime

import pytest

from tracker import cli, rows
from tracker.workday import begin, route

DAY = datetime(2026, 11, 20, 9, tzinfo=UTC)
STRAIGHT = route.Route(None, False, None, [])


def dealt(window, block, turn, arm):
    return rows.Feature(
        ts=DAY,
        feature_id=f"F-{block}",
        window=window,
        methodology=arm,
        state="assigned",
        block=block,
        turn=turn,
    )


DEAL = [
    dealt("B1", 1, 1, "mitm_offload"),
    dealt("A1", 1, 2, "stock_anthropic"),
    dealt("A2", 2, 1, "stock_anthropic"),
]


def test_without_a_name_the_next_of_the_deal_begins():
    assert begin.choose(DEAL, None, "main") == begin.Begun("B1", "mitm_offload", ["F-1"])


def test_a_window_before_its_turn_is_told():
    assert begin.out_of_turn(DEAL, "A1") == "B1"
    assert begin.out_of_turn(DEAL, "B1") is None


def test_an_id_that_was_never_dealt_is_taken_as_it_is():
    assert begin.choose(DEAL, "W9", "main") == begin.Begun("W9", None, [])


def test_the_registered_candidate_is_the_arm_that_offloads_whatever_it_is_called():
    plan = rows.Experiment(ts=DAY, baseline="mitm_offload", candidate="stock_anthropic")
    begin.check_arm([plan], begin.Begun("B1", "mitm_offload", []), STRAIGHT)
    with pytest.raises(cli.Stop, match="this window offloads"):
        begin.check_arm([plan], begin.Begun("A1", "stock_anthropic", []), STRAIGHT)


def test_without_a_registration_no_arm_is_checked():
    begin.check_arm(DEAL, begin.Begun("B1", "mitm_offload", []), STRAIGHT)


def test_a_shell_that_leads_nowhere_begins_no_window_dealt_or_not():
    for arm in (None, "stock_anthropic"):
        with pytest.raises(cli.Stop, match=r"nothing answers on 127\.0\.0\.1:8082") as stop:
            begin.check_arm([], begin.Begun("W9", arm, []), route.Route(8082, False, None, []))
        assert stop.value.status == cli.NO_SETTING


def test_a_window_by_what_is_left_begins_behind_a_router_that_goes_by_it_and_no_other_does():
    plan = rows.Experiment(ts=DAY, candidate="mitm_quota")
    by_quota = route.Route(8082, True, True, [], "five_hour>80")
    begin.check_arm([plan], begin.Begun("B1", "mitm_quota", []), by_quota)
    for arm, way, word in (
        ("mitm_quota", route.Route(8082, True, True, []), "goes by what is left"),
        ("mitm_offload", by_quota, "an arm of its own"),
        ("stock_anthropic", by_quota, "an arm of its own"),
    ):
        with pytest.raises(cli.Stop, match=word):
            begin.check_arm([plan], begin.Begun("B1", arm, []), way)
