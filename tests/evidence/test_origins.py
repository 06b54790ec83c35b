"""Several people's ledgers in one stream: kept apart, read as one experiment, refused where they contradict."""

from __future__ import annotations

import hashlib
import html
import json
import re

import pytest

from card_rows import A, B, experiment, lines
from tracker import cli, jsonl
from tracker.evidence import origins


@pytest.fixture
def ledger(tool, tmp_path):
    """Make a person's ledger by `ledger-append`; returns its folder."""

    def make(person, seed=1, n=6, rows=None, **terms):
        where = tmp_path / person
        rows = rows or experiment(n=n)
        rows[0] |= {"seed": seed} | terms
        made = tool("ledger-append", "--data-dir", str(where), stdin=lines(rows))
        assert made.status == 0, made.err
        return where

    return make


def test_two_peoples_windows_of_one_name_are_two_windows(ledger, tool):
    merged = tool("ledger-merge", str(ledger("ann", 1)), str(ledger("bob", 2)))
    assert merged.status == 0 and merged.err == ""
    shown = json.loads(tool("preview", "--format", "json", stdin=merged.out).out)
    assert [arm["n"] for arm in shown["arms"]] == [12, 12]
    assert shown["people"]["people"] == 2
    assert [one["person"] for one in shown["people"]["per_person"]] == ["ann", "bob"]
    card = json.loads(tool("decision-card", "--format", "json", stdin=merged.out).out)
    assert (
        card["taken_out"]["chain"].startswith("chain verified: 186 rows")
        or "verified" in card["taken_out"]["chain"]
    )
    assert card["data_gate"]["completeness"]["lowest"]["window"].startswith("ann/")


@pytest.mark.parametrize("raw", [[], ["--raw"]])
def test_ledgers_joined_by_cat_claim_nothing_and_name_the_tool(ledger, tool, raw):
    """What the tool is for: in one pipe two people's windows of one name are one."""
    one, two = (
        tool("ledger-cat", *raw, "--data-dir", str(ledger(who, seed))).out
        for who, seed in (("ann", 1), ("bob", 2))
    )
    shown = json.loads(tool("preview", "--format", "json", stdin=one + two).out)
    assert shown["claims"][0].startswith("nothing may be claimed: windows of several ledgers have one name")
    assert "`ledger-merge PERSON=FOLDER ...`" in shown["claims"][0]
    assert shown["plan"]["warnings"][-1] in shown["claims"][0]
    page = tool("preview", stdin=one + two, COLUMNS="80").out
    assert page.index("ledger-merge") < page.index("features/pp")
    card = tool("decision-card", "--format", "json", stdin=one + two)
    assert card.status == cli.NOTHING and any(
        "ledger-merge" in said for said in json.loads(card.out)["missing"]
    )
    for other in (["plan-cost"], ["router-replay", "--strategy", "greedy", "--baseline", "fixed"]):
        refused = tool(*other, stdin=one + two)
        assert refused.status == cli.BAD_INPUT and "`ledger-merge PERSON=FOLDER ...`" in refused.err


def test_a_teams_report_has_the_number_across_people_on_top_and_a_line_for_each(ledger, tool):
    reading = {"kind": "snapshot", "ts": "2026-01-02T10:00:00Z", "provider": "claude", "surface": "tui",
               "meters": [{"meter": "five_hour", "used_pct": 3}]}  # fmt: skip
    one = ledger("ann", 1, rows=[*experiment(n=6), reading])
    two = ledger("bob", 2, rows=[*experiment(n=5), reading | {"ts": "2026-01-03T10:00:00Z"}])
    merged = tool("ledger-merge", str(one), str(two)).out
    people = json.loads(tool("preview", "--format", "json", stdin=merged).out)["people"]
    page = tool("report", stdin=merged).out
    assert re.findall("<h3>(Quotas over time.*?)</h3>", page) == [
        f"Quotas over time: {who}" for who in ("ann", "bob")
    ]
    [headline] = re.findall("<h1>(.*?)</h1>", page)
    assert "2 people, each counted once) as many features per point" in headline
    exact = [float(value) for value in re.findall(r'<data value="([^"]+)"', headline)]
    assert exact == [people["ratio"], people["ci"]["low"], people["ci"]["high"]]
    table = page.partition('<table id="people-table">')[2].partition("</table>")[0]
    assert re.findall('<th scope="row">(.*?)</th>', table) == ["ann", "bob"]
    ratios = [
        float(row[-1]) for row in (re.findall(r'value="([^"]+)"', row) for row in table.split("<tr>")[2:])
    ]
    assert ratios == [person["ratio"] for person in people["per_person"]]
    joined = "".join(tool("ledger-cat", "--data-dir", str(where)).out for where in (one, two))
    [headline] = re.findall("<h1>(.*?)</h1>", tool("report", stdin=joined).out)
    assert headline.endswith("cannot be compared yet")


def test_a_ledger_joined_with_itself_or_with_one_of_other_windows_is_only_a_note(ledger, tool):
    one = tool("ledger-cat", "--raw", "--data-dir", str(ledger("ann"))).out
    other = tool(
        "ledger-cat",
        "--raw",
        "--data-dir",
        str(ledger("ann-week1", rows=[row | {"window": "X" + row["window"]} if row.get("window") else row for row in experiment(n=6)])),
    ).out  # fmt: skip
    for joined in (one + one, one + other):
        shown = json.loads(tool("preview", "--format", "json", stdin=joined).out)
        assert not any("ledger-merge" in said for said in shown["claims"] + shown["plan"]["warnings"])
        assert any("`ledger-merge PERSON=FOLDER ...` keeps people apart" in said for said in shown["notes"])


def test_the_lines_stay_as_they_are_in_the_ledgers(ledger, tool):
    where = ledger("ann")
    merged = tool("ledger-merge", f"ann={where}").out.splitlines()
    assert json.loads(merged[0])["kind"] == "origin"
    assert sorted(merged[1:]) == sorted(
        tool("ledger-cat", "--data-dir", str(where), "--raw").out.splitlines()
    )


def test_one_person_with_two_machines_is_one_person(ledger, tool):
    merged = tool(
        "ledger-merge", f"ann@desk={ledger('one', 1)}", f"ann@lap={ledger('two', 2)}", str(ledger("bob", 3))
    )
    shown = json.loads(tool("preview", "--format", "json", stdin=merged.out).out)
    assert [(one["person"], one["blocks"]) for one in shown["people"]["per_person"]] == [
        ("ann", 12),
        ("bob", 6),
    ]


def test_a_touched_ledger_is_refused_with_its_line(ledger, tool):
    where = ledger("ann")
    path = where / "windows.jsonl"
    path.write_text(path.read_text().replace('"features":3', '"features":9', 1))
    ran = tool("ledger-merge", str(where), str(ledger("bob", 2)))
    assert (ran.status, ran.out) == (cli.BAD_INPUT, "")
    assert "windows.jsonl: line 2" in ran.err and ran.err.count("\n") == 1


def test_a_copy_of_a_ledger_is_no_second_person(ledger, tool, tmp_path):
    import shutil

    where = ledger("ann")
    shutil.copytree(where, tmp_path / "bob")
    ran = tool("ledger-merge", str(where), str(tmp_path / "bob"))
    assert ran.status == cli.BAD_INPUT and "hold" in ran.err and "copied" in ran.err


def test_plans_that_differ_are_refused_and_one_seed_for_all_is_said(ledger, tool):
    differ = tool("ledger-merge", str(ledger("ann", 1)), str(ledger("bob", 2, n_blocks=8)))
    assert differ.status == cli.BAD_INPUT and "n_blocks: 12 and 8" in differ.err
    same = tool("ledger-merge", str(ledger("cy", 7)), str(ledger("di", 7)))
    assert same.status == 0 and "one seed for several people (7: cy, di)" in same.err


def test_one_account_used_by_two_people_at_once_is_refused(ledger, tool):
    def rows(account):
        made = experiment(n=6)
        for row in made:
            if row["kind"] == "window":
                row |= {
                    "account": account,
                    "started_at": row["ts"].replace(":00:00Z", ":00:00Z"),
                    "ended_at": row["ts"].replace(":00:00Z", ":30:00Z"),
                }
        return made

    shared = tool(
        "ledger-merge", str(ledger("ann", 1, rows=rows("team"))), str(ledger("bob", 2, rows=rows("team")))
    )
    assert shared.status == cli.BAD_INPUT and "used one meter at the same time" in shared.err
    own = tool("ledger-merge", str(ledger("cy", 3, rows=rows("cy"))), str(ledger("di", 4, rows=rows("di"))))
    assert own.status == 0


@pytest.mark.parametrize("label", ["ann@example.com=x", "a b=x", "=x", "../..=x", "ann@=x"])
def test_a_label_is_a_word_and_no_address(label, tool):
    ran = tool("ledger-merge", label)
    assert ran.status == cli.USAGE and "is no label" in ran.err and ran.err.count("\n") == 1


def test_two_ledgers_of_one_label_are_refused(ledger, tool):
    ran = tool("ledger-merge", f"ann={ledger('one', 1)}", f"ann={ledger('two', 2)}")
    assert ran.status == cli.BAD_INPUT and "PERSON@MACHINE" in ran.err and " of ann; " in ran.err


def test_nothing_is_claimed_of_people_where_no_plan_was_registered(ledger, tool):
    """One line said that nothing may be claimed, the next one claimed."""
    merged = tool(
        "ledger-merge", *(str(ledger(who, seed)) for seed, who in enumerate(("ann", "bob", "cy"), 1))
    )
    of_people = "each counted once"
    assert of_people in " ".join(
        json.loads(tool("preview", "--format", "json", stdin=merged.out).out)["claims"]
    )
    unplanned = "".join(line for line in merged.out.splitlines(True) if '"kind":"experiment"' not in line)
    shown = json.loads(tool("preview", "--format", "json", stdin=unplanned).out)
    assert shown["people"]["people"] == 3 and of_people not in " ".join(shown["claims"])


def test_the_reports_commands_are_of_the_stream_that_it_is_made_of(ledger, tool, tmp_path):
    folder = str(ledger("ann"))
    for stream, named in (
        ("ledger-cat --raw --data-dir", "<code>ledger-cat --raw</code> of the ledger, or the files"),
        ("ledger-merge", "<code>ledger-merge PERSON=FOLDER ...</code> of the same ledgers"),
    ):
        came = tool(*stream.split(), folder).out
        page = tool("report", stdin=came).out
        (tmp_path / "rows.jsonl").write_text(came)
        recomputed = html.unescape(page.split("<pre>", 1)[1].split("</pre>")[0]).strip().splitlines()
        assert named in page
        assert recomputed[0].split("# ")[1] == hashlib.sha256(came.encode()).hexdigest()
        for line in filter(None, recomputed[1:]):
            words = line.partition("<")[0].split()
            assert "< rows.jsonl" in line and tool(*words, stdin=came).out


def test_a_folder_without_rows_is_said(tool, tmp_path):
    (tmp_path / "ann").mkdir()
    for where in ("ann", "nobody"):
        ran = tool("ledger-merge", str(tmp_path / where))
        assert ran.status == cli.NOTHING and ran.err.count("\n") == 1


def test_what_ledger_merge_prints_is_not_recorded_again(ledger, tool, tmp_path):
    merged = tool("ledger-merge", str(ledger("ann")))
    ran = tool("ledger-append", "--data-dir", str(tmp_path / "new"), stdin=merged.out)
    assert ran.status == cli.BAD_INPUT and "no ledger holds them" in ran.err


def test_a_registration_said_again_by_a_colleague_is_the_same_one(ledger, tool):
    merged = tool("ledger-merge", str(ledger("ann", 1)), str(ledger("bob", 2)))
    card = json.loads(tool("decision-card", "--format", "json", stdin=merged.out).out)
    assert not any("registrations" in line for line in card["taken_out"]["lines"])
    assert card["plan"]["changed"] is None


def test_rows_before_any_origin_keep_their_names():
    plain = [
        jsonl.Line(jsonl.decode(lines([row]).encode().rstrip(), number), b"", number)
        for number, row in enumerate(experiment(n=1), 1)
    ]
    assert origins.kept_apart(plain) == plain
    assert {A, B} == {line.row.methodology for line in plain if getattr(line.row, "capacity_pp", None)}
