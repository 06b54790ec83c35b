"""`ccusage blocks --json`: the running block, and nothing else of it."""

from __future__ import annotations

import pytest

from meter_texts import FIXTURES, name_of, parsed, reads_as_noted, texts
from tracker.meters import Refusal, ccusage
from tracker.providers import REPORTS


@pytest.mark.parametrize("path", texts("claude-ccusage", "glm-ccusage"), ids=name_of)
def test_a_text_reads_as_the_file_beside_it_says(path):
    reads_as_noted(path)


def test_a_block_of_several_models_is_taken_for_the_one_that_is_named():
    path = FIXTURES / "glm-ccusage" / "mixed.text.json"
    reading = parsed(ccusage, path.read_text(), take="glm-4.6")
    assert (reading.meters[0]["used"], reading.flags) == (31950, ["local-estimate", "mixed-models"])
    with pytest.raises(Refusal, match="no 'glm-9'"):
        parsed(ccusage, path.read_text(), take="glm-9")


@pytest.mark.parametrize("report", REPORTS)
def test_a_report_without_blocks_is_refused_by_its_name(report):
    with pytest.raises(Refusal, match=f"`{report}` report is no meter.*blocks --json"):
        parsed(ccusage, f'{{"{report}":[{{"totalTokens":3}}]}}')
