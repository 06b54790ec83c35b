"""Totals as Prometheus reads them from a file: base units, counters that end in `_total`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import accumulate
from typing import TYPE_CHECKING

from tracker.exports.totals import ArmTotal, Totals

if TYPE_CHECKING:
    from prometheus_client.core import Metric


def text(made: Totals) -> str:
    """Return the text file that node_exporter's collector takes."""
    from prometheus_client import CollectorRegistry, generate_latest

    registry = CollectorRegistry()
    registry.register(_Collected(made))
    return generate_latest(registry).decode()


class _Collected:
    """What prometheus_client asks for its metrics."""

    def __init__(self, made: Totals) -> None:
        self._made = made

    def collect(self) -> Iterable[Metric]:
        """Return every metric that there is something to say of."""
        yield from _requests(self._made)
        yield from _quotas(self._made)
        yield from _arms(self._made)


def _requests(made: Totals) -> Iterable[Metric]:
    from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily

    labels = ["lane", "model", "upstream_model", "error"]
    requests = CounterMetricFamily("tracker_requests", "Requests, by what answered them.", labels=labels)
    tokens = CounterMetricFamily("tracker_tokens", "Tokens that replies counted.", labels=[*labels, "type"])
    seconds = HistogramMetricFamily(
        "tracker_request_duration_seconds", "From the request read to the reply ended.", labels=labels
    )
    for asked, count in made.requests.items():
        requests.add_metric(list(asked), count)
    for (asked, kind), count in made.tokens.items():
        tokens.add_metric([*asked, kind], count)
    for asked, its in made.seconds.items():
        ends = [*(f"{bound:g}" for bound in its.bounds), "+Inf"]
        seconds.add_metric(list(asked), list(zip(ends, accumulate(its.counts), strict=True)), its.total)
    yield from (requests, tokens, seconds)


def _quotas(made: Totals) -> Iterable[Metric]:
    from prometheus_client.core import GaugeMetricFamily

    labels = ["provider", "account", "quota", "pool"]
    used = GaugeMetricFamily("tracker_quota_used_ratio", "Share of a quota used, 1 is all.", labels=labels)
    read = GaugeMetricFamily(
        "tracker_quota_read_timestamp_seconds", "When the quota was last read.", labels=labels
    )
    reset = GaugeMetricFamily(
        "tracker_quota_reset_timestamp_seconds", "When the quota starts anew.", labels=labels
    )
    for quota, tick in made.quotas.items():
        its = [quota.provider, quota.account or "", quota.meter, quota.pool]
        used.add_metric(its, tick.used_pct / 100)
        read.add_metric(its, tick.ts.timestamp())
        if tick.resets_at is not None:
            reset.add_metric(its, tick.resets_at.timestamp())
    yield from (used, read, reset)


def _arms(made: Totals) -> Iterable[Metric]:
    from prometheus_client.core import CounterMetricFamily

    labels = ["methodology", "provider"]
    sums: Iterable[tuple[str, str, Mapping[ArmTotal, float], float]] = (
        ("tracker_windows", "Windows finished.", made.windows, 1),
        ("tracker_features", "Features delivered.", made.features, 1),
        ("tracker_capacity_used_ratio", "Quotas used by windows, 1 is a whole one.", made.points, 0.01),
    )
    for name, about, counts, unit in sums:
        family = CounterMetricFamily(name, about, labels=labels)
        for arm, count in counts.items():
            family.add_metric(list(arm), count * unit)
        yield family
    odd = CounterMetricFamily("tracker_anomalies", "Anomalies recorded.", labels=["anomaly"])
    for name, count in made.anomalies.items():
        odd.add_metric([name], count)
    yield odd
