"""A window's requests as one row: each counted once, merged in any order."""

from __future__ import annotations

import json
import random
import statistics

import msgspec
import numpy as np
import pytest

import usage_logs
from tracker import rows
from tracker.telemetry import usage_lines, window_total
from usage_logs import line, usage


def requests_of(text):
    found = window_total.WindowRequests()
    for block in usage_lines.blocks([text]):
        found.add("log", block)
    return found


def test_a_window_is_one_row_that_counts_each_request_once(tool):
    log = usage_logs.log(400)
    ran = tool("ingest-proxy", "--window", "W0-MITM-01", "--methodology", "mitm_offload", stdin=log)
    row = msgspec.json.decode(ran.out, type=rows.ProxyTelemetry)
    requests = list(usage_logs.requests(400))
    zai = sum(row["lane"] == "zai" for row in requests)
    latency = [row["latency_ms"] for row in requests]
    failed = sum(row["err_type"] is not None for row in requests)
    assert (row.window, row.methodology, row.total_prompts) == ("W0-MITM-01", "mitm_offload", 400)
    assert (row.routed_prompts, row.routed_to_glm_pct) == (zai, 100 * zai / 400)
    assert (row.errors, row.error_rate) == (failed, failed / 400)
    assert row.mean_latency_ms == pytest.approx(statistics.fmean(latency))
    assert row.p50_latency_ms == pytest.approx(np.quantile(latency, 0.5))
    assert row.p95_latency_ms == pytest.approx(np.quantile(latency, 0.95))
    again = log.split(b"\n")[:-1]
    random.Random(3).shuffle(again)
    twice = tool(
        "ingest-proxy",
        "--window",
        "W0-MITM-01",
        "--methodology",
        "mitm_offload",
        stdin=log + b"\n".join(again),
    )
    assert (twice.status, twice.out) == (0, ran.out)


def test_of_two_rows_with_one_trace_id_the_latest_counts_in_any_order(tool):
    both = [
        line(usage(trace_id="t", status=529, err_type="5xx")),
        line(usage(trace_id="t", ts="2026-02-03T10:00:05Z")),
    ]
    outs = {tool("ingest-proxy", "--window", "W", stdin=b"".join(order)).out for order in (both, both[::-1])}
    assert len(outs) == 1
    assert json.loads(outs.pop())["errors"] == 0
    without = tool("ingest-proxy", "--window", "W", stdin=line(usage()) * 2 + line(usage(status=500)))
    assert json.loads(without.out)["total_prompts"] == 2


def test_windows_merge_in_any_order_and_large_ones_like_small_ones(monkeypatch):
    text = usage_logs.log(600).splitlines(keepends=True)
    parts = [b"".join(text[:300]), b"".join(text[200:500]), b"".join(text[100:])]
    said = set()
    for large in (10**9, 0):
        monkeypatch.setattr(window_total, "_LARGE", large)
        for order in (parts, parts[::-1]):
            merged = window_total.WindowRequests()
            for part in order:
                merged.merge(requests_of(part))
            said.add(msgspec.json.encode(merged.row("W")))
        said.add(msgspec.json.encode(requests_of(b"".join(text)).row("W")))
    assert len(said) == 1


def test_since_and_until_cut_out_a_window(tool):
    log = usage_logs.log(400)
    times = [row["ts"] for row in usage_logs.requests(400)]
    ran = tool("ingest-proxy", "--window", "W", "--since", times[100], "--until", times[200], stdin=log)
    told = json.loads(ran.out)
    assert told["total_prompts"] == 100
    assert (told["first_ts"], told["last_ts"]) == (times[100], times[199])
    late = tool("ingest-proxy", "--window", "W", "--since", "2030-01-01T00:00Z", stdin=log)
    assert (late.status, late.out) == (66, "")
    assert "none of 400 requests was from 2030-01-01" in late.err
    assert tool("ingest-proxy", "--window", "W", "--since", "noon").status == 2
