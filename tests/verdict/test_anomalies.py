"""Open anomalies, and what explains them."""

from __future__ import annotations

from tracker import rows
from tracker.verdict.anomalies import explain_nothing, open_anomalies
from verdict_rows import START, window


def anomaly(word, name="W", **more):
    return rows.Anomaly(ts=START, anomaly=word, window=name, **more)


def test_an_anomaly_is_open_until_a_row_explains_it():
    lost = [window("W", points=None, errors=["negative-delta"])]
    told = anomaly("negative-delta", row_id="a")
    assert open_anomalies([], lost) == ["W: negative-delta"]
    assert open_anomalies([told], lost) == ["W: negative-delta"]
    assert open_anomalies([told, anomaly("negative-delta", acknowledges="a")], lost) == []
    assert open_anomalies([anomaly("x", "other")], lost, {"W"}) == ["W: negative-delta"]


def test_an_acknowledgement_of_nothing_explains_nothing():
    stray = anomaly("negative-delta", acknowledges="nobody")
    assert open_anomalies([stray], [window("W", errors=["negative-delta"])]) == ["W: negative-delta"]
    assert "'nobody' explains nothing" in explain_nothing([stray])[0]
