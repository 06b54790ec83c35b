"""Z.AI's quota answer."""

from __future__ import annotations

import pytest

from meter_texts import name_of, parsed, reads_as_noted, texts
from tracker.meters import Refusal, glm_quota


@pytest.mark.parametrize("path", texts("glm-quota"), ids=name_of)
def test_a_text_reads_as_the_file_beside_it_says(path):
    reads_as_noted(path)


def test_the_percentage_stops_at_a_hundred_and_the_units_go_on():
    limit = '{"type":"CREDIT_LIMIT","unit":3,"number":5,"usage":2000,"currentValue":%d,"percentage":%s}'
    for used, printed, percent, flags in (
        (1990, "99.5", 99.5, []),
        (2391, "100", 119.55, ["over-100"]),
        (2391, "60", 60.0, ["percent-vs-units-mismatch"]),
    ):
        reading = parsed(glm_quota, '{"data":{"limits":[%s]}}' % (limit % (used, printed)))
        assert (reading.meters[0]["used_pct"], reading.flags) == (percent, flags)


def test_two_weeks_in_one_answer_are_refused():
    week = '{"type":"CREDIT_LIMIT","unit":6,"number":1,"percentage":%d}'
    with pytest.raises(Refusal, match="two rows of the same quota"):
        parsed(glm_quota, f'{{"data":{{"limits":[{week % 3},{week % 4}]}}}}')
