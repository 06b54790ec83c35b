"""Rows as values, for the tests of single modules of evidence and verdict."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tracker import rows

START = datetime(2026, 1, 5, tzinfo=UTC)
A, B = "stock_anthropic", "mitm_offload"


def window(name, arm=A, features=3.0, points=40.0, day=0, **more):
    return rows.Window(
        ts=START + timedelta(days=day, hours=6 * (arm == B)),
        window=name,
        methodology=arm,
        provider=more.pop("provider", "claude"),
        features=features,
        capacity_pp=points,
        **more,
    )


def blocks(n, fa=3.0, ca=40.0, fb=3.0, cb=20.0, **more):
    """Return the windows of n blocks."""
    return [
        one
        for i in range(n)
        for one in (
            window(f"A{i}", A, fa, ca + i % 3, i, block=i, **more),
            window(f"B{i}", B, fb, cb + i % 2, i, block=i, **more),
        )
    ]


def feature(name, window=None, arm=None, **more):
    return rows.Feature(ts=START, feature_id=name, window=window, methodology=arm, **more)


def telemetry(name, arm=None, requests=400, errors=3, **more):
    return rows.ProxyTelemetry(
        ts=START, window=name, methodology=arm, total_prompts=requests, errors=errors, **more
    )


def plan(days=-1, **terms):
    return rows.Experiment(ts=START + timedelta(days=days), seed=terms.pop("seed", 1), **terms)
