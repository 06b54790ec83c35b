"""The OTLP request: read back by the protocol's own messages, and taken by whoever listens on loopback."""

from __future__ import annotations

import json

from google.protobuf.json_format import Parse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from conftest import ROOT
from tracker import jsonl
from tracker.exports import otlp
from tracker.exports.totals import SECONDS, TOKENS, totals

LOG = (ROOT / "data/samples/logs/usage.jsonl").read_bytes()


def read(text):
    (of,) = Parse(text, ExportMetricsServiceRequest()).resource_metrics
    (scope,) = of.scope_metrics
    return {metric.name: metric for metric in scope.metrics}


def said(point):
    return {one.key: one.value.string_value for one in point.attributes}


def test_the_request_holds_every_token_and_second_under_the_conventions_names(tool):
    found = read(tool("export-rows", "--to", "otlp", stdin=LOG).out)
    assert set(found) == {"gen_ai.client.operation.duration", "gen_ai.client.token.usage"}
    log = [json.loads(line) for line in LOG.splitlines()]
    tokens, seconds = found["gen_ai.client.token.usage"], found["gen_ai.client.operation.duration"]
    assert (tokens.unit, seconds.unit) == ("{token}", "s")
    for kind, name in (("input", "prompt_tokens"), ("output", "completion_tokens")):
        points = [one for one in tokens.histogram.data_points if said(one)["gen_ai.token.type"] == kind]
        assert sum(one.sum for one in points) == sum(row[name] for row in log)
    assert sum(one.count for one in seconds.histogram.data_points) == len(log)
    lanes = {said(one)["gen_ai.provider.name"] for one in seconds.histogram.data_points}
    assert lanes == {"anthropic", "zai"}
    for metric, bounds in ((tokens, TOKENS), (seconds, SECONDS)):
        for point in metric.histogram.data_points:
            assert list(point.explicit_bounds) == list(bounds)
            assert sum(point.bucket_counts) == point.count
            assert 0 < point.start_time_unix_nano < point.time_unix_nano
            assert {"gen_ai.operation.name", "gen_ai.request.model", "gen_ai.response.model"} <= said(
                point
            ).keys()


def test_a_failure_is_an_error_type():
    failed = {"kind": "usage", **json.loads(LOG.splitlines()[0]), "status": 529, "err_type": "5xx"}
    made = otlp.request(totals([jsonl.decode(json.dumps(failed).encode(), 1)]))
    (point,) = read(made)["gen_ai.client.operation.duration"].histogram.data_points
    assert said(point)["error.type"] == "5xx"
