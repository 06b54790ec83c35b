"""The report's pictures: the page's colours, ids of their own, and everything said in words as well."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest

from tracker.print import report_charts

AT = datetime(2026, 1, 5, tzinfo=UTC)
ARM = {"methodology": "a", "name": "a claude", "n": 2, "efficiency": 0.1, "ci": {"low": 0.05, "high": 0.2}}


def one(name="W", arm="a", per_point=0.1, **more):
    return {
        "window": name, "arm": arm, "ended_at": AT, "per_point": per_point, "low": 0.08, "high": 0.13, **more
    }  # fmt: skip


GATE = {
    "name": "cost", "unit": "ratio", "needed": ">=", "margin": 2.0, "estimate": 2.6, "bound": 2.2, "verdict": "pass"
}  # fmt: skip
CHURN = {
    "arm": "a", "windows": 2, "mature": 1, "mature_lines": 90, "added_lines": 130, "share": 0.1
}  # fmt: skip
DRAWN = {
    "windows": lambda: report_charts.windows([one(), one("V", "b", high=None)], [ARM]),
    "gates": lambda: report_charts.gates([GATE, GATE | {"needed": "<=", "bound": None, "verdict": "undecided"}]),
    "quotas": lambda: report_charts.quotas(
        [{"name": "claude five_hour", "readings": [(AT, 3.0), (AT + timedelta(hours=2), 40.0)],
          "resets": [AT + timedelta(hours=1)]}],
        [(AT, AT + timedelta(hours=1))],
    ),
    "lanes": lambda: report_charts.lanes([{"lanes": {"anthropic": 5, "zai": 3}}, {"lanes": {"anthropic": 4}}]),
    "costs": lambda: report_charts.costs([{"arm": "a", "each": [0.1, 0.4], "usd_per_feature": 0.25, "features": 2}]),
    "churn": lambda: report_charts.churn([CHURN, CHURN | {"arm": "b", "share": None}]),
}  # fmt: skip
EMPTY = {
    "windows": lambda: report_charts.windows([one(per_point=None)], []),
    "gates": lambda: report_charts.gates([GATE | {"estimate": None}]),
    "quotas": lambda: report_charts.quotas([], []),
    "lanes": lambda: report_charts.lanes([]),
    "costs": lambda: report_charts.costs([]),
    "churn": lambda: report_charts.churn([]),
}


@pytest.mark.parametrize("name", DRAWN)
def test_a_picture_is_said_and_has_the_pages_colours(name):
    chart = DRAWN[name]()
    root = ElementTree.fromstring(chart.svg)
    assert root.get("role") == "img"
    ids = [node.get("id") for node in root.iter() if node.get("id")]
    assert len(ids) == len(set(ids)) and all(its.startswith(f"{chart.name}-") for its in ids)
    for label in root.get("aria-labelledby").split():
        assert label in ids
    refers = re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', chart.svg)
    assert {a or b for a, b in refers} <= set(ids)
    colours = set(re.findall(r"#[0-9a-f]{6}\b", chart.svg))
    assert colours <= {"#ffffff", "#000000"}, "every other colour is one of the page's"
    assert "var(--" in chart.svg


@pytest.mark.parametrize("name", EMPTY)
def test_without_a_number_there_is_no_picture(name):
    assert EMPTY[name]() is None


def test_the_same_numbers_give_the_same_picture():
    assert DRAWN["quotas"]() == DRAWN["quotas"]()


def test_names_are_harmless_in_a_picture():
    chart = report_charts.costs(
        [{"arm": "<script>$x^\x1b\u202e</script>", "each": [1.0], "usd_per_feature": 1.0, "features": 1}]
    )
    assert "<script" not in chart.svg and "\x1b" not in chart.svg
    assert "\\u202e" in chart.svg
    ElementTree.fromstring(chart.svg)


def test_seven_arms_are_drawn():
    chart = report_charts.windows([one(f"W{n}", f"arm{n}") for n in range(7)], [])
    assert all(f"arm{n}" in chart.svg for n in range(7))


@pytest.mark.filterwarnings("error")
def test_one_reading_of_a_quota_is_a_picture_without_a_warning():
    made = report_charts.quotas([{"name": "claude five_hour", "readings": [(AT, 3.0)], "resets": []}], [])
    assert made is not None and "1 readings" in made.said


def test_a_legend_stands_above_the_plane():
    """Its letters end before the highest of the axis begin, so that it hides no data."""
    made = report_charts.windows([one(), one("V", "mitm_offload")], [ARM])
    texts = re.findall(
        r'<text[^>]*translate\([\d.]+ ([\d.]+)\)[^>]*>([^<]*)</text>|<text[^>]* y="([\d.]+)"[^>]*>([^<]*)<',
        made.svg,
    )
    at = {name or other: float(y or z) for y, name, z, other in texts}
    ticks = [y for name, y in at.items() if re.fullmatch(r"0\.\d+", name)]
    assert len(ticks) > 2 and at["mitm_offload"] < min(ticks)
