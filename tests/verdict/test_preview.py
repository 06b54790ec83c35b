"""preview: the contract of its JSON, what it says in words, and that it reads quickly."""

from __future__ import annotations

import json
import math
import subprocess

import pytest

from card_rows import A, B, blocks, lines, sample_rows, window
from conftest import BIN


@pytest.fixture
def preview(tool):
    def call(rows, *args):
        ran = tool("preview", "--format", "json", *args, stdin=lines(rows))
        assert ran.status == 0, ran.err
        return json.loads(ran.out)

    return call


def test_the_json_has_the_keys_that_others_read(preview):
    found = preview(sample_rows())
    for arm in found["arms"]:
        assert {"methodology", "provider", "n", "features", "capacity_pp", "efficiency", "phi"} <= arm.keys()
        assert set(arm["ci"]) == {"low", "high", "level"}
        assert set(arm["fieller"]) == {"bounded", "low", "high"}
        assert set(arm["rounding"]) == {"low", "high"}
    assert {"paired", "rate_ratio", "ci", "n_blocks"} <= found["comparison"].keys()
    assert {"looks", "rejected_at", "threshold", "score", "e_value"} <= found["sequential"].keys()
    assert {"needed", "needed_upper"} <= found["power"].keys()


def test_sums_are_the_rows_sums(preview):
    found = preview(blocks(6))
    a = next(arm for arm in found["arms"] if arm["methodology"] == A)
    assert (a["n"], a["features"], a["capacity_pp"]) == (6, 18, 246)
    assert a["efficiency"] == pytest.approx(18 / 246)
    assert found["comparison"]["paired"] and found["comparison"]["n_blocks"] == 6


def test_below_three_windows_the_interval_is_not_available(tool, preview):
    rows = [window(0, A, 3, 40), window(1, A, 2, 30)]
    ran = tool("preview", stdin=lines(rows))
    assert "ci=n/a" in ran.out and "nothing may be claimed" in ran.out
    assert preview(rows)["arms"][0]["ci"] == {"low": None, "high": None, "level": 0.95}


def test_windows_without_blocks_are_compared_unpaired(preview):
    found = preview([window(i, A, 3, 40 + i) for i in range(6)] + [window(i, B, 3, 20 + i) for i in range(4)])
    assert not found["comparison"]["paired"] and found["comparison"]["n_blocks"] == 0
    assert found["comparison"]["rate_ratio"] > 1
    assert found["sequential"]["looks"] == []


def test_blocks_are_looked_at_in_the_order_in_which_they_ended(preview):
    rows = blocks(8, fb=4)
    assert preview(rows)["sequential"] == preview(rows[::-1])["sequential"]


def test_a_misspelt_methodology_is_named(tool):
    rows = [window(i, A, 3, 40, i) for i in range(4)] + [window(i, "mitm_ofload", 3, 20, i) for i in range(4)]
    out = tool("preview", stdin=lines(rows)).out
    assert "methodology 'mitm_ofload' (4 windows) is not 'mitm_offload'" in out
    assert "no usable window of mitm_offload" in out


def test_a_window_recorded_twice_counts_once(preview, tool):
    rows = blocks(6)
    again = dict(rows[0], features=1)
    found = preview([*rows, again])
    a = next(arm for arm in found["arms"] if arm["methodology"] == A)
    assert (a["n"], a["features"]) == (6, 16)
    assert "the last row counts" in tool("preview", stdin=lines([*rows, again])).out


def test_undone_and_superseded_rows_do_not_count(preview):
    rows = blocks(6)
    wrong = window(9, A, 99, 1, 9, row_id="r1")
    undo = {"kind": "undo", "ts": "2026-02-01T00:00:00Z", "undoes": "r1", "row_id": "u1"}
    assert preview([*rows, wrong, undo])["arms"] == preview(rows)["arms"]
    back = {"kind": "undo", "ts": "2026-02-01T00:00:00Z", "undoes": "u1"}
    assert preview([*rows, wrong, undo, back])["arms"] != preview(rows)["arms"]
    corrected = window(9, A, 3, 40, 9, supersedes="r1")
    assert preview([*rows, wrong, corrected])["arms"] == preview([*rows, corrected])["arms"]


def test_a_negative_delta_shows_the_anomalies_line(tool):
    lost = window(9, B, 3, None, 9, errors=["negative-delta"])
    out = tool("preview", stdin=lines([*blocks(4), lost])).out
    assert "Anomalies: 1 (see anomalies.jsonl)" in out
    assert "W9-mi: negative-delta" in out


def test_a_divergence_is_shown(tool):
    rows = [window(0, A, 3, 40, notes=["divergent:ccusage"])]
    assert "W0-st: divergent:ccusage" in tool("preview", stdin=lines(rows)).out


def test_telemetry_alone_gives_the_proxy_block(tool):
    row = {
        "kind": "proxy_telemetry",
        "ts": "2026-01-01T00:00:00Z",
        "window": "W0-CHN",
        "total_prompts": 128,
        "routed_prompts": 82,
        "errors": 1,
        "p50_latency_ms": 820,
        "p95_latency_ms": 1600,
    }
    out = tool("preview", stdin=lines([row])).out
    assert "routed_to_glm=64.1% (prompts=128), latency=820 ms p50 / 1,600 ms p95, errors=0.8%" in out


def test_one_window_can_be_asked_for(preview, tool):
    assert preview(blocks(4), "--window", "W2-mi")["arms"][0]["n"] == 1
    assert preview(blocks(4), "--window", "WEEK0") == preview(blocks(4))
    assert tool("preview", "--window", "X", stdin=lines(blocks(4))).status == 66


def test_accounts_are_told_apart_on_request(preview):
    rows = [window(i, A, 3, 40, account="garnin" if i % 2 else "zork") for i in range(8)]
    found = preview(rows, "--by", "account")
    assert [(arm["account"], arm["n"]) for arm in found["arms"]] == [("garnin", 4), ("zork", 4)]


def test_a_registered_plan_changes_the_looks(preview):
    plan = {"kind": "experiment", "ts": "2025-12-01T00:00:00Z", "n_blocks": 6, "seed": 1}
    found = preview([plan, *blocks(6, ca=60)])
    assert found["sequential"]["looks"][0]["n"] == 5
    assert found["sequential"]["rejected_at"] == 5
    assert found["plan"]["registered"]


def test_directional_is_never_printed(tool):
    for rows in (blocks(3), blocks(12), sample_rows()):
        assert "directional" not in tool("preview", stdin=lines(rows)).out.lower()


@pytest.mark.parametrize(
    "rows",
    [
        blocks(4, ca=0, cb=0),
        blocks(6, fa=0, fb=0),
        blocks(6, fb=0),
        blocks(12, 3, 30, 3, 30),
        blocks(6, 1e6, 998, 1e6, 1e-300),
        [window(i, A, 3, None, i) for i in range(4)],
        [window(i, A, 3, 40, i) for i in range(6)] + [window(i, B, 3, 20, i + 3) for i in range(6)],
        [window(i, "m" * 300, 3, 40, "9" * 5000) for i in range(4)],
        [*blocks(30), {"kind": "experiment", "ts": "2025-12-01T00:00:00Z", "n_blocks": 30, "seed": 1}],
    ],
    ids=["no-capacity", "no-features", "b-nothing", "equal", "huge", "lost", "shifted", "long", "too-many"],
)
@pytest.mark.parametrize("name", ["preview", "decision-card"])
def test_nonsense_ends_in_words(tool, name, rows):
    for shape in ("text", "json"):
        ran = tool(name, "--format", shape, stdin=lines(rows))
        assert ran.status in {0, 1, 66} and not ran.err
    assert all(math.isfinite(value) for value in numbers(json.loads(ran.out)))


def numbers(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [number for inner in value for number in numbers(inner)]
    return [value] if isinstance(value, float) else []


@pytest.mark.parametrize("bad", ["NaN", "1e308", "-1", "1e999", '"x"', "true"])
def test_a_number_that_is_none_is_refused_with_its_line(tool, bad):
    text = lines(blocks(1)) + lines([window(7, A, "@", 1)]).replace('"@"', bad)
    ran = tool("preview", stdin=text)
    assert ran.status == 65 and "line 3:" in ran.err and not ran.out


def test_both_formats_of_a_report_say_the_same(tool):
    text, markdown = (tool("preview", "--format", f, stdin=lines(sample_rows())).out for f in ("text", "md"))
    assert "### What may be claimed" in markdown
    for claim in [line[4:] for line in text.splitlines() if "may be claimed:" in line]:
        assert claim in markdown


@pytest.mark.parametrize(
    "said",
    [
        {"kind": "registration", "arms": ["old", "new"], "n": 8},
        {"kind": "experiment", "arms": ["old", "new"], "N": 8},
        {"kind": "pre_registration", "arm_a": "old", "arm_b": "new", "blocks": 8, "n_blocks": 8},
        {"kind": "experiment", "baseline": "old", "candidate": "new", "n_blocks": 8.0},
        {"kind": "registration", "arms": {"A": "old", "B": "new"}, "n": 8},
        {"kind": "registration", "arms": {"candidate": "new", "baseline": "old"}, "n": 8},
    ],
)
@pytest.mark.parametrize("by", ["methodology", "provider"])
def test_a_registration_in_the_plans_own_words_is_the_plan(tool, said, by):
    rows = [said | {"ts": "2025-12-01T00:00:00Z", "seed": 1}, *(window(i, "old", 3, 40, i) for i in range(3))]
    plan = json.loads(tool("preview", "--format", "json", "--by", by, stdin=lines(rows)).out)["plan"]
    assert (plan["baseline"], plan["candidate"], plan["n_blocks"], plan["registered"]) == (
        "old",
        "new",
        8,
        True,
    )


def test_a_registered_margin_is_the_margin(preview):
    said = {"kind": "experiment", "ts": "2025-12-01T00:00:00Z", "margins": {"p95": 1.5, "error_margin_pp": 1}}
    plan = preview([said, window(0, A, 3, 40, 0)])["plan"]
    assert (plan["p95_margin"], plan["error_margin_pp"], plan["cost_margin"]) == (1.5, 1.0, 2.0)


def test_the_cards_own_words_for_a_margin_are_taken(preview):
    margins = {"reliability_errors": 1, "reliability_p95": 1.2, "cost_ratio": 3}
    plan = preview([{"kind": "registration", "margins": margins}, window(0, A, 3, 40, 0)])["plan"]
    assert (plan["error_margin_pp"], plan["p95_margin"], plan["cost_margin"]) == (1.0, 1.2, 3.0)


def test_fewer_blocks_than_a_verdict_takes_are_computed_and_said(tool):
    """The arms' intervals do not hang on the number of blocks; the verdict does."""
    rows = [{"kind": "registration", "N": 4, "seed": 1}]
    rows += [
        window(2 * i + j, (A, B)[j], 3 + j, 40, 2 * i + j) | {"block": i} for i in range(4) for j in (0, 1)
    ]
    ran = tool("preview", "--format", "json", stdin=lines(rows))
    found = json.loads(ran.out)
    assert found["plan"]["warnings"] == ["4 blocks were registered: a verdict below 5 blocks is impossible"]
    assert all(arm["ci"]["low"] for arm in found["arms"])
    assert not found["sequential"]["looks"] and found["sequential"]["rejected_at"] is None
    assert tool("decision-card", stdin=lines(rows)).status == 66


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"n": 8, "n_blocks": 12}, "n_blocks is said twice"),
        ({"arms": ["one"]}, "arms must be two names"),
        ({"margins": {"speed": 2}}, "margins: quality, errors, p95, cost (speed)"),
        ({"candidate": A}, "baseline and candidate look alike ('stock_anthropic', 'stock_anthropic')"),
        (
            {"candidate": f"{A.title()} "},
            "baseline and candidate look alike ('stock_anthropic', 'Stock_Anthropic ')",
        ),
        ({"arms": [A, A]}, "baseline and candidate look alike ('stock_anthropic', 'stock_anthropic')"),
        ({"baseline": ""}, "an arm has no name"),
        ({"alpha": 0.2}, "alpha: at most 0.05 (0.2)"),
        ({"effect": 1}, "smallest_effect: a ratio that is not 1"),
    ],
)
def test_a_registration_that_cannot_be_understood_is_refused_not_replaced_by_defaults(tool, wrong, word):
    rows = [
        {"kind": "experiment", "ts": "2025-12-01T00:00:00Z", **wrong},
        window(0, A, 3, 40, 0),
    ]
    said = tool("preview", stdin=lines(rows))
    assert (said.status, said.out) == (65, "")
    assert "line 1: registration: " in said.err and word in said.err


def test_whole_numbers_written_with_a_point_and_no_errors_written_as_null_are_read(preview):
    rows = []
    for i in range(5):
        rows += [window(i, A, 3, 40, float(i), errors=None), window(i, B, 3, 20, i)]
    assert preview(rows)["comparison"]["n_blocks"] == 5


MANY = 6000  # windows: more than a tool reads line by line


def many_windows():
    return [
        {
            "kind": "window",
            "ts": "2026-01-05T12:00:00Z",
            "window": f"W{i}",
            "methodology": (A, B)[i % 2],
            "provider": "claude",
            "block": i // 2,
            "features": 2 + i % 3,
            "capacity_pp": 20 + i % 31,
        }
        for i in range(MANY)
    ]


def test_many_rows_say_what_they_say_line_by_line(preview, tool, tmp_path):
    rows = many_windows()
    known = preview(rows)
    assert [arm["n"] for arm in known["arms"]] == [MANY // 2] * 2 and known["comparison"][
        "n_blocks"
    ] == MANY // 2
    again = dict(rows[7], features=5)
    assert preview([*rows, again]) == preview([*rows[:7], *rows[8:], again]) | {
        "notes": preview([*rows, again])["notes"]
    }
    notes = " ".join(preview([*rows, again])["notes"])
    assert "windows that came more than once: 1 (W7)" in notes and "`ledger-merge` keeps them apart" in notes
    strange = {"kind": "from-tomorrow", "ts": "2026-01-05T12:00:00Z"}
    late = {"ts": "2026-01-04T00:00:00Z", "kind": "registration", "N": 8}
    assert preview([*rows, strange]) == known
    assert preview([*rows, late])["plan"]["n_blocks"] == 8
    (tmp_path / "rows.jsonl").write_text(lines([*rows, again, late]))
    with (tmp_path / "rows.jsonl").open("rb") as file:
        ran = subprocess.run(
            [BIN / "preview", "--format", "json"], stdin=file, stdout=subprocess.PIPE, check=True
        )
    assert json.loads(ran.stdout) == preview([*rows, again, late])


@pytest.mark.parametrize(
    "wrong", [{"kind": None}, {"features": -1}, {"kind": "registration", "arms": "both"}]
)
def test_a_wrong_row_among_many_is_named_by_its_line(tool, wrong):
    rows = many_windows()
    rows[5000] = {key: value for key, value in (rows[5000] | wrong).items() if value is not None}
    ran = tool("preview", stdin=lines(rows))
    assert ran.status == 65 and "line 5001: " in ran.err


@pytest.mark.parametrize(
    ("kind", "field", "value", "most"),
    [
        ("window", "capacity_pp", 1e308, "1000.0"),
        ("window", "features", 2e16, "1000000.0"),
        ("feature", "cost_usd", 1e308, "1000000.0"),
        ("proxy_telemetry", "p95_latency_ms", 1e300, "1000000000.0"),
        ("proxy_telemetry", "total_prompts", 10**13, "1000000000000"),
    ],
)
def test_an_impossible_number_is_refused_with_what_is_allowed(tool, kind, field, value, most):
    row = window(0, A, 3, 40, 0) | {"kind": kind, "total_prompts": 1, "errors": None, field: value}
    ran = tool("preview", stdin=lines([row]))
    assert ran.status == 65 and f"<= {most} - at `$.{field}` ({value})" in ran.err


@pytest.mark.parametrize("bad", ["NaN", "-Infinity", "nan"])
def test_what_is_not_json_is_named(tool, bad):
    ran = tool("preview", stdin=lines([window(7, A, "@", 1)]).replace('"@"', bad))
    assert ran.status == 65 and f"line 1: {bad} is not JSON, write null" in ran.err


@pytest.mark.parametrize(
    "name", ["preview", "decision-card", "router-replay", "cost-compare", "ledger-append"]
)
@pytest.mark.parametrize("place", [0, 3000])
def test_deeply_nested_json_is_one_line_and_65(tool, name, place):
    deep = '{"kind":"window","x":' + "[" * 20000 + "]" * 20000 + "}\n"
    ran = tool(name, stdin=lines([window(i, A, 3, 40) for i in range(place)]) + deep)
    assert (ran.status, ran.err.count("\n")) == (65, 1)
    assert f"line {place + 1}: JSON nested too deeply" in ran.err


def test_a_byte_order_mark_is_passed_over(tool):
    text = lines(blocks(3))
    assert tool("preview", stdin="\ufeff" + text).out == tool("preview", stdin=text).out


def test_fields_of_a_registration_that_nothing_reads_are_named(tool):
    said = {
        "kind": "experiment",
        "ts": "2025-12-01T00:00:00Z",
        "planned_blocks": 8,
        "first": 6,
        "stop": "early",
    }
    for name in ("preview", "decision-card"):
        out = tool(name, stdin=lines([said, *blocks(3)])).out
        assert "8 blocks, first look at 6" in out
        assert "the registration says what no tool reads (stop): it is not judged by" in out


def test_a_name_cannot_steer_the_terminal(tool):
    name = "a\x1b[2J\x9b1m\nGO"
    rows = [window(i, name, 3, 40, window=f"{name}{i}", capacity_pp=None) for i in range(3)]
    rows.append({"kind": "evidence", "ts": "2026-01-01T00:00:00Z", "check": name, "result": "x"})
    for tool_name in ("preview", "decision-card"):
        for shape in ("text", "md", "json"):
            out = tool(tool_name, "--format", shape, stdin=lines(rows)).out
            assert not {"\x1b", "\x9b"} & set(out) and "\nGO" not in out
    ran = tool("decision-card", "--window", name.replace("\n", ""), stdin=lines(blocks(1)))
    assert ran.status == 66 and "no window row of a\\x1b[2J" in ran.err


def test_a_bar_in_a_name_stays_in_its_cell(tool):
    out = tool("preview", "--format", "md", stdin=lines([window(i, "a|b", 3, 40) for i in range(3)])).out
    assert "| a\\|b claude" in out


def a_long_experiment():
    """Return what is more than a screen: 12 blocks, 20 other arms, anomalies, telemetry, several notes."""
    rows = sample_rows()
    rows += [window(90 + at, f"arm_{at}", 3, 40) for at in range(20)]
    rows += [window(200 + at, A, 1, 40, errors=["negative-delta"], capacity_pp=None) for at in range(30)]
    rows += [dict(row) for row in rows if row.get("kind") == "window"][:9]
    return rows


def test_the_answer_is_one_screen_that_begins_with_what_may_be_claimed(tool):
    for rows in (sample_rows(), a_long_experiment()):
        out = tool("preview", stdin=lines(rows), COLUMNS="80").out
        assert 24 <= len(out.splitlines()) <= 40, out
        first = out.splitlines()[0]
        assert first.startswith(("What may be claimed:", "STOP: "))
        assert "--full" in out.splitlines()[-1]
        for words in ("\nPlan", "\narm ", "\nmitm_", "\nstock_", "\nBoth arms:", "\nAnomalies: "):
            assert words in out


def test_what_may_be_claimed_of_both_arms_comes_before_what_is_said_of_each(tool):
    out = tool("preview", stdin=lines([window(1, A, 3, 40), window(2, B, 3, 40)])).out
    claims = out.partition("What may be claimed:\n")[2]
    assert claims.startswith("  - nothing may be claimed of both arms")
    assert claims.index("of both arms") < claims.index("below 3 there is no interval")


def test_full_shows_every_part_and_every_row_of_it(tool):
    rows = a_long_experiment()
    short, full = (tool("preview", *args, stdin=lines(rows)).out for args in ((), ("--full",)))
    assert "--full" not in full
    assert all(f"arm_{at} claude" in full for at in range(20)) and "arm_19 claude" not in short
    for words in ("Sensitivity:", "Subagent Proxy:", "Readings:", "scores by block"):
        assert words in full
    assert full.startswith(short.partition("\n\nPlan")[0].partition("\n  (and ")[0])


def test_full_changes_no_other_format(tool):
    rows = lines(a_long_experiment())
    for form in ("json", "md", "csv"):
        one, other = (tool("preview", "--format", form, *more, stdin=rows).out for more in ((), ("--full",)))
        assert one == other
