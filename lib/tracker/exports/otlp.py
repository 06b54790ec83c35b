"""Totals as one OTLP request in JSON, with the names of OpenTelemetry's GenAI conventions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from tracker import __version__
from tracker.exports.totals import Histogram, RequestLabels, Totals


def request(made: Totals) -> str:
    """Return an ExportMetricsServiceRequest, as a collector takes it on /v1/metrics.

    Histograms are cumulative from the first row to the last.
    Source: semantic conventions for GenAI client metrics.
    """
    from google.protobuf.json_format import MessageToDict
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

    whole = ExportMetricsServiceRequest()
    of = whole.resource_metrics.add()
    _say(of.resource.attributes, {"service.name": "tracker", "service.version": __version__})
    scope = of.scope_metrics.add()
    scope.scope.name = "tracker"
    span = (_nanoseconds(made.first), _nanoseconds(made.last))
    _histograms(
        scope.metrics.add(),
        ("gen_ai.client.operation.duration", "s", "GenAI operation duration."),
        span,
        (({**_attributes(asked)}, its) for asked, its in made.seconds.items()),
    )
    _histograms(
        scope.metrics.add(),
        ("gen_ai.client.token.usage", "{token}", "Number of input and output tokens used."),
        span,
        (
            ({**_attributes(asked), "gen_ai.token.type": kind}, its)
            for (asked, kind), its in made.token_sizes.items()
        ),
    )
    return msgspec.json.encode(MessageToDict(whole)).decode() + "\n"


def _attributes(asked: RequestLabels) -> dict[str, str]:
    said = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": asked.lane,
        "gen_ai.request.model": asked.model,
        "gen_ai.response.model": asked.answered_by,
    }
    return said | ({"error.type": asked.error} if asked.error else {})


def _say(attributes: Any, said: Mapping[str, str]) -> None:
    for name, value in said.items():
        one = attributes.add()
        one.key, one.value.string_value = name, value


def _histograms(
    metric: Any,
    named: tuple[str, str, str],
    span: tuple[int, int],
    found: Iterable[tuple[Mapping[str, str], Histogram]],
) -> None:
    from opentelemetry.proto.metrics.v1.metrics_pb2 import AGGREGATION_TEMPORALITY_CUMULATIVE

    metric.name, metric.unit, metric.description = named
    metric.histogram.aggregation_temporality = AGGREGATION_TEMPORALITY_CUMULATIVE
    for attributes, its in found:
        point = metric.histogram.data_points.add()
        _say(point.attributes, attributes)
        point.start_time_unix_nano, point.time_unix_nano = span
        point.count, point.sum = sum(its.counts), its.total
        point.bucket_counts.extend(its.counts)
        point.explicit_bounds.extend(its.bounds)


def _nanoseconds(at: datetime | None) -> int:
    """Return an instant as OTLP counts it.

    >>> from datetime import UTC
    >>> _nanoseconds(datetime(1970, 1, 1, 0, 0, 1, 500, tzinfo=UTC)), _nanoseconds(None)
    (1000500000, 0)
    """
    return 0 if at is None else round(at.timestamp() * 1_000_000) * 1000
