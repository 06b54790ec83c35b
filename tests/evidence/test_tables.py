"""What the gates read: tasks and traffic by block, the registered blocks only."""

from __future__ import annotations

from tracker.evidence.facts import facts_of
from tracker.evidence.tables import tables_of
from verdict_rows import A, B, blocks, feature, telemetry


def tables(some, most=12):
    facts = facts_of(some)
    return tables_of(
        facts.pairing.blocks, (A, B), facts.windows, facts.features, facts.telemetry, facts.names, most
    )


def test_tasks_and_traffic_know_their_block():
    made = tables([*blocks(2), feature("T", "B1", B, quality_score=0.9, cost_usd=0.2), telemetry("A0")])
    assert made.b.tasks["T"][1:] == ("1", 0.9, 0.2)
    assert (made.a.traffic[0].block, made.a.traffic[0].errors, made.b.traffic) == ("0", 3.0, ())


def test_a_task_without_a_score_has_its_windows_quality_unless_nobody_delivered_it():
    some = blocks(1, quality_score=0.8)
    assert tables([*some, feature("T", "B0", B)]).b.tasks["T"].quality == 0.8
    assert tables([*some, feature("T", "B0", B, state="reserved")]).b.tasks["T"].quality is None


def test_blocks_beyond_the_registered_ones_are_not_tested():
    made = tables(blocks(7), most=5)
    assert len(made.blocks) == 5 and made.tested == {"0", "1", "2", "3", "4"}


def test_errors_are_counted_from_a_rate_where_only_that_is_known():
    made = tables([*blocks(1), telemetry("B0", errors=None, error_rate=0.01)])
    assert made.b.traffic[0].errors == 4.0


def test_a_row_that_prices_a_windows_features_together_is_no_task_beside_them():
    some = blocks(1, quality_score=0.8)
    done = [feature("T", "B0", B, quality_score=0.9), feature("U", "B0", B, quality_score=0.7)]
    price = feature("T+U", "B0", B, cost_usd=0.2, state="priced")
    made = tables([*some, *done, price]).b.tasks
    assert {name: task.quality for name, task in made.items() if name in "T+U"} == {
        "T": 0.9,
        "U": 0.7,
        "T+U": None,
    }
    assert made["T+U"].cost_usd == 0.2
    assert tables([*some, price]).b.tasks["T+U"].quality == 0.8
