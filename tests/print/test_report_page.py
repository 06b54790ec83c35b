"""The page: its numbers are preview's and the card's, its names harmless, its size bounded."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest

from conftest import ROOT
from tracker import rows
from tracker.evidence.facts import facts_of
from tracker.print import report_page
from tracker.reporting.contents import contents
from verdict_rows import START, blocks, plan, window

SAMPLE = b"".join(path.read_bytes() for path in sorted((ROOT / "data/samples/week0").glob("*.jsonl")))


class Seen(HTMLParser):
    """Every element, its attributes, and what each <data> holds, by the table that it stands in."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.data, self.inside = [], [], {}, ["page"]
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]
        said = dict(attrs)
        if tag == "table":
            self.inside.append(said.get("id"))
        if tag == "data":
            self.data.setdefault(self.inside[-1], []).append(float(said["value"]))

    def handle_endtag(self, tag):
        if tag == "table":
            self.inside.pop()


def test_the_pages_numbers_are_those_that_the_tools_print(tool):
    page = Seen(tool("report", stdin=SAMPLE).out)
    preview = json.loads(tool("preview", "--format", "json", stdin=SAMPLE).out)
    card = json.loads(tool("decision-card", "--format", "json", stdin=SAMPLE).out)
    both = preview["comparison"]
    assert page.data["page"][:3] == [both["rate_ratio"], both["ci"]["low"], both["ci"]["high"]]
    assert page.data["arms-table"] == [
        value
        for arm in preview["arms"]
        for value in (
            arm["n"], arm["features"], arm["capacity_pp"], arm["efficiency"], arm["ci"]["low"],
            arm["ci"]["high"], arm["rounding"]["low"], arm["rounding"]["high"],
        )
    ]  # fmt: skip
    assert page.data["gates-table"] == [
        gate[name] for gate in card["gates"] for name in ("estimate", "bound", "margin", "n")
    ]


def test_every_gate_says_of_what_its_n_is_and_no_range_is_written_with_dots(tool):
    out = tool("report", stdin=SAMPLE).out
    assert "12</data> blocks</td>" in out and "72</data> features</td>" in out
    assert "Grey spans" in out and not re.search(r"\d\.\.\d", re.sub(r"<svg.*?</svg>", "", out, flags=re.S))


def test_an_arms_name_is_written_as_it_is_and_only_pictures_that_are_there_are_explained():
    facts = facts_of([plan(), *blocks(2)])
    page = report_page.render(contents(facts, b""), "0")
    assert "<p>Stock_anthropic" not in page and "<p>Mitm_offload" not in page and "Grey spans" not in page


def test_the_page_asks_nobody_for_anything(tool):
    out = tool("report", stdin=SAMPLE).out
    page = Seen(out)
    assert {"script", "iframe", "img", "object", "embed", "form", "base"} & set(page.tags) == set()
    assert [name for name in page.attributes if name.startswith("on")] == []
    addresses = re.findall(r'(?:href|src|action)="([^"#][^"]*)"', out)
    assert addresses == []
    assert "@import" not in out and not re.search(r"url\((?!#)", out)


EVIL = "<script>alert(1)</script>\"'><img src=x>\u202egpj\x1b[2J{{7*7}}{% raw %}"


@pytest.mark.parametrize("field", ["window", "methodology", "provider"])
def test_a_name_is_only_a_name(field):
    some = [
        window("W"),
        window("V", **{"arm" if field == "methodology" else field: EVIL} if field != "window" else {}),
    ]
    if field == "window":
        some = [window(EVIL)]
    page = report_page.render(contents(facts_of(some), b""), "0", now=EVIL)
    assert {"script", "img"} & set(Seen(page).tags) == set()
    assert "\x1b" not in page and "\u202e" not in page and "49{" not in page


def test_a_registration_and_a_note_are_only_text():
    some = [plan(baseline=EVIL), *blocks(6), window("W", EVIL, block=0)]
    page = report_page.render(contents(facts_of(some), b""), "0")
    assert {"script", "img"} & set(Seen(page).tags) == set()


def test_one_window_and_no_interval_is_a_page():
    page = report_page.render(contents(facts_of([window("W")]), b""), "0")
    assert "cannot be compared yet</h1>" in page
    page = report_page.render(contents(facts_of([plan(), *blocks(1)]), b""), "0")
    assert re.search(r"delivered <data [^>]+>[\d.]+</data> times \(no interval yet\) as many", page)


def test_the_answer_is_one_sentence_with_the_cards_word_and_its_interval(tool):
    [heading] = re.findall(r"<h1>(.*?)</h1>", tool("report", stdin=SAMPLE).out)
    said = re.sub(r"<[^>]+>", "", heading)
    assert said == (
        "GO mitm_offload delivered 3.50 times (95 % interval 3.45 to 3.55) as many features per point as stock_anthropic"
    )


def test_a_thousand_windows_stay_below_three_megabytes():
    made = contents(facts_of([plan(n_blocks=500), *blocks(500)]), b"")
    assert len(report_page.render(made, "0").encode()) < 3_000_000


def test_quotas_of_many_people_are_left_to_their_own_reports():
    def page(count):
        some = [
            rows.Snapshot(
                ts=START, provider="claude", surface="tui", person=f"p{n}",
                meters=[rows.Meter(meter="five_hour", used_pct=3.0)],
            )
            for n in range(count)
        ]  # fmt: skip
        played = [
            msgspec.structs.replace(one, person=f"p{place // 2}", window=f"p{place // 2}/{one.window}")
            for place, one in enumerate(blocks(count))
        ]
        return report_page.render(contents(facts_of([plan(), *played, *some]), b""), "0")

    few, many = page(report_page.MOST_PEOPLE), page(report_page.MOST_PEOPLE + 1)
    assert few.count("<h3>Quotas over time: ") == report_page.MOST_PEOPLE
    assert "Quotas over time" not in many
    assert "Quotas are drawn of up to 8 people" in many and "Quotas are drawn of" not in few


def test_the_same_rows_give_the_same_page(tool):
    assert tool("report", stdin=SAMPLE).out == tool("report", stdin=SAMPLE).out


def test_a_file_of_now_that_is_not_there_is_one_line(tool, tmp_path):
    ran = tool("report", "--now", str(Path(tmp_path) / "nowhere"), stdin=SAMPLE)
    assert (ran.status, ran.out) == (66, "")
    assert re.fullmatch(r"report: \S+nowhere cannot be read \(No such file or directory\); .+\n", ran.err)
