"""The text file, read back by Prometheus' own parser; and the dashboard that asks for its metrics."""

from __future__ import annotations

import json
import re

from prometheus_client.parser import text_string_to_metric_families

from conftest import ROOT
from tracker.exports import prometheus
from tracker.exports.totals import totals
from verdict_rows import blocks

LOG = (ROOT / "data/samples/logs/usage.jsonl").read_bytes()
SAMPLE = b"".join(path.read_bytes() for path in sorted((ROOT / "data/samples/week0").glob("*.jsonl")))


def samples(text):
    return [one for family in text_string_to_metric_families(text) for one in family.samples]


def test_the_text_is_read_back_with_every_number(tool):
    ran = tool("export-rows", "--to", "prometheus", stdin=LOG)
    assert ran.status == 0, ran.err
    found = samples(ran.out)
    log = [json.loads(line) for line in LOG.splitlines()]
    assert sum(one.value for one in found if one.name == "tracker_requests_total") == len(log)
    for kind, name in (("input", "prompt_tokens"), ("output", "completion_tokens")):
        assert sum(
            one.value for one in found if one.name == "tracker_tokens_total" and one.labels["type"] == kind
        ) == sum(row[name] for row in log)
    seconds = sum(one.value for one in found if one.name == "tracker_request_duration_seconds_sum")
    assert round(seconds, 6) == round(sum(row["latency_ms"] for row in log) / 1000, 6)
    for one in found:
        if one.name.endswith("_bucket") and one.labels["le"] == "+Inf":
            rest = {name: value for name, value in one.labels.items() if name != "le"}
            (count,) = [
                other.value
                for other in found
                if other.name == "tracker_request_duration_seconds_count" and other.labels == rest
            ]
            assert one.value == count


def test_shares_are_ratios_and_times_are_seconds():
    found = {one.name: one.value for one in samples(prometheus.text(totals(blocks(1))))}
    assert found["tracker_windows_total"] == 1
    assert (
        found["tracker_capacity_used_ratio_total"] == 0.4 or found["tracker_capacity_used_ratio_total"] == 0.2
    )


def test_a_label_is_only_a_label(tool):
    evil = next(line for line in LOG.splitlines() if b"claude-sonnet-4-5" in line).replace(
        b"claude-sonnet-4-5", b'x\\"}\\n# HELP evil\\u001b[2J\\u202e'
    )
    ran = tool("export-rows", "--to", "prometheus", stdin=evil)
    assert ran.status == 0, ran.err
    assert "\x1b" not in ran.out and "\u202e" not in ran.out
    assert [family.name for family in text_string_to_metric_families(ran.out) if family.name == "evil"] == []


def test_the_dashboard_asks_for_metrics_that_are_there(tool):
    text = tool("export-rows", "--to", "prometheus", stdin=SAMPLE + LOG).out
    there = {one.name for one in samples(text)}
    board = json.loads((ROOT / "data/grafana/tracker.json").read_text())
    asked = {
        name
        for panel in board["panels"]
        for target in panel["targets"]
        for name in re.findall(r"tracker_[a-z_]+", target["expr"])
    }
    assert len(asked) >= 8
    assert asked - there <= {"tracker_anomalies_total"}, "the sample has no anomaly"
    assert "# HELP tracker_anomalies_total" in text
