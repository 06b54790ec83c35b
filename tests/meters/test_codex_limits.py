"""Codex's limits as JSON."""

from __future__ import annotations

import pytest

from meter_texts import name_of, parsed, reads_as_noted, texts
from tracker.meters import Refusal, codex_limits


@pytest.mark.parametrize("path", texts("codex-app_server", "codex-rollout", "codex-usage"), ids=name_of)
def test_a_text_reads_as_the_file_beside_it_says(path):
    reads_as_noted(path)


def test_a_plan_without_windows_is_told_from_one_that_is_new():
    answer = '{"result":{"rateLimits":{"primary":null,"secondary":null,"planType":"%s"%s}}}'
    with pytest.raises(Refusal, match=r"no_windows: the plan .business. goes by credits"):
        parsed(codex_limits, answer % ("business", ',"credits":{"hasCredits":true}'))
    with pytest.raises(Refusal, match="deferred"):
        parsed(codex_limits, answer % ("plus", ""))


def test_an_answer_without_its_envelope_reads_as_with_it():
    limits = '{"rateLimits":{"limitId":"codex","primary":%s,"secondary":null%s}}'
    window = '{"usedPercent":7,"windowDurationMins":300,"resetsAt":1772377140}'
    assert [one["used_pct"] for one in parsed(codex_limits, limits % (window, "")).meters] == [7.0]
    with pytest.raises(Refusal, match=r"no_windows"):
        parsed(codex_limits, limits % ("null", ',"credits":{"unlimited":true}'))
