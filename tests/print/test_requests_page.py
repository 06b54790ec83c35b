"""What a usage log holds, as pages and records."""

from __future__ import annotations

import pytest

import usage_logs
from tracker.print import requests_page
from tracker.telemetry import part_reader, report, sources
from tracker.telemetry.part_reader import Question
from usage_logs import line, sonnet, usage


@pytest.fixture
def made(tmp_path):
    def make(text: bytes = usage_logs.log(100) + b"oops\n", by=()):
        (tmp_path / "log").write_bytes(text)
        found = part_reader.read(sources.find([str(tmp_path / "log")])[0], Question(by=by))
        return report.metrics(found.rollup, found.account)

    return make


def test_the_heading_says_how_much_was_read_over_which_time(made):
    text = line(usage()) + line(sonnet(status=529, err_type="5xx", ts="2026-02-04T10:00:00Z")) + b"oops\n"
    assert requests_page.heading(made(text)) == (
        "2 requests in 3 lines (1 refused), 2026-02-03T10:00:00Z to 2026-02-04T10:00:00Z; 50.0 % failed"
    )


def test_one_screen_has_the_answer_and_names_what_it_leaves_out(made):
    found = made()
    short, full = requests_page.render(found, full=False), requests_page.render(found)
    assert "\n\nAlso " in short and "--full" in short and "--full" not in full
    assert len(full) > len(short)
    for title in ("Lanes", "Offload", "Latency in ms", "Refused lines"):
        assert title in short and title in full


def test_a_breakdown_that_was_asked_for_stands_on_the_screen(made):
    found = made(by=("client",))
    assert any(title == "client" for title, *_ in requests_page.sections(found))
    assert "offloaded" in requests_page.render(found, full=False)


def test_breakdowns_that_were_asked_for_come_first_and_have_the_screen(made):
    text = b"".join(line(usage(client=f"client-{n:04}", project="p")) for n in range(2_000))
    shown = requests_page.render(made(text, by=("client", "project")), full=False)
    assert shown.index("\nclient ") < shown.index("\nproject\n")
    assert shown.count("client-") > 20 and "Lanes\n" not in shown
    assert "more: --full)" in shown and "Also Lanes, " in shown
    assert shown.count("\n") <= 40


def test_a_sessions_table_leaves_tokens_out_before_it_falls_to_blocks(made, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    found = made(line(usage(session_id="3b36d51a-000d-44bd-b231-754294730b45")), by=("session",))
    assert "(not shown at 80 columns: cache write, cache read, completion, prompt)" in requests_page.render(
        found, full=False
    )


def test_tables_that_hold_nothing_are_left_out(made):
    titles = [title for title, *_ in requests_page.sections(made(line(usage())))]
    assert "Errors" not in titles and "Refused lines" not in titles


def test_records_have_every_group_once_and_add_up(made):
    found = made()
    records = requests_page.records(found)
    lanes = [one for one in records if one["table"] == "lane"]
    assert sum(one["requests"] for one in lanes) == 100 and {one["group"] for one in lanes} == {
        "anthropic",
        "zai",
    }
    assert len({(one["table"], one["group"]) for one in records}) == len(records)


def test_a_runs_entry_has_its_name_and_its_lines(made):
    entry = requests_page.test_entry("T1", made(), ["{1}", "{2}"])
    assert entry.startswith("## T1\n\n100 requests in 101 lines") and entry.endswith(
        "```json\n{1}\n{2}\n```\n\n"
    )
