"""A history into rows: every reply once, every line accounted for, read-only."""

import json
import os
from datetime import UTC, datetime

import pytest

from history.transcripts import claude, codex, limit, said, tokens
from tracker.history import client_files, ingest

LIMITS = {"primary": {"used_percent": 12.5, "window_minutes": 300, "resets_at": 1763640000}}


@pytest.fixture
def write(tmp_path):
    def make(**texts):
        for at, (name, lines) in enumerate(texts.items()):
            folder = tmp_path / (".codex/sessions" if name.startswith("rollout") else ".claude/projects/-p")
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / f"{name.replace('_', '-')}.jsonl"
            path.write_text("".join(lines))
            os.utime(path, (1000 + at, 1000 + at))
        return client_files.find(tmp_path, {})

    return make


def sums(account):
    return (
        account.replies
        + account.repeated
        + account.failed
        + account.synthetic
        + account.other
        + sum(account.refused.values())
    )


def test_of_several_pieces_the_last_usage_counts(write):
    lines = [claude("a", out=1), said(), claude("a", "2026-11-20T09:00:01Z", out=70), claude("b")]
    found = ingest.ingest(write(s1=lines))
    assert [(row.completion_tokens, row.lane) for row in found.usage] == [(40, "stock"), (70, "stock")]
    assert (found.account.replies, found.account.repeated, found.account.other) == (2, 1, 1)


def test_a_resumed_session_counts_its_first_part_once(write):
    first = [claude("a"), claude("b")]
    resumed = [claude("a", sessionId="s2"), claude("b", sessionId="s2"), claude("c", sessionId="s2")]
    found = ingest.ingest(write(s1=first, s2=resumed))
    assert sorted(row.session_id for row in found.usage) == ["s1", "s1", "s2"]


def test_every_line_is_accounted_for(write):
    lines = [
        claude("a"),
        claude("a"),
        said(),
        claude("b", model="<synthetic>"),
        claude("c", model="<synthetic>", isApiErrorMessage=True),
        claude("d")[:-9] + "\n",
        claude("e").replace('"output_tokens":40', '"output_tokens":"x"'),
        claude("f", at="yesterday"),
        claude("g").rstrip("\n"),
    ]
    account = ingest.ingest(write(s1=lines)).account
    assert (account.lines, sums(account)) == (9, 9)
    assert account.refused == {"not-json": 1, "wrong-type": 1, "no-time": 1} or "truncated" in account.refused
    assert (account.replies, account.failed, account.synthetic) == (2, 1, 1)


def test_a_failed_request_is_a_row_that_nobody_can_price(write):
    row = ingest.ingest(write(s1=[claude("a", model="<synthetic>", isApiErrorMessage=True)])).usage[0]
    assert (row.err_type, row.status, row.prompt_tokens) == ("net", None, None)


def test_a_folder_is_a_label_and_no_path_unless_asked(write):
    sources = write(s1=[claude("a")])
    assert ingest.ingest(sources).usage[0].project == "app"
    assert ingest.ingest(sources, paths=True).usage[0].project == "/srv/me/app"
    assert "/srv/me" not in str(ingest.ingest(sources).usage)


def test_codex_gives_usage_and_readings_of_its_limits(write):
    lines = [
        codex("session_meta", id="t1", cwd="C:\\\\work\\\\app", cli_version="0.171.0"),
        codex("turn_context", model="gpt-5.5-codex"),
        codex("event_msg", "2025-11-20T10:00:00Z", type="token_count", info=tokens(9, 9), rate_limits=LIMITS),
    ]
    found = ingest.ingest(write(rollout_1=lines))
    assert (found.usage[0].model, found.usage[0].project) == ("gpt-5.5-codex", "app")
    assert found.snapshots[0].meters[0].used_pct == 12.5
    assert (found.account.lines, sums(found.account)) == (3, 3)


def test_two_processes_say_the_same_as_one(write, monkeypatch):
    sources = write(
        s1=[claude(f"a{n}", f"2026-11-20T09:{n % 60:02}:00Z") for n in range(300)],
        s2=[
            claude(f"a{n}", f"2026-11-20T10:{n % 60:02}:00Z", out=n, sessionId="s2") for n in range(200, 400)
        ],
    )
    alone = ingest.ingest(sources)
    monkeypatch.setattr(ingest, "LARGE", 1)
    assert ingest.ingest(sources) == alone


def test_the_tool_writes_rows_that_other_tools_take(tool, tmp_path, write):
    write(s1=[claude("a", model="claude-haiku-5-5"), claude("b")])
    ran = tool("ingest-history")
    assert ran.status == 0
    assert tool("ingest-history", "--since", "never").status == 2
    assert tool("ingest-history", "--since", "2026-11-21T00:00:00Z").status == 66
    assert "2 lines of 1 files: 2 replies" in ran.err
    report = json.loads(tool("summarize", "--format", "json", stdin=ran.out).out)
    assert report["total"]["requests"] == 2
    assert tool("verify-routing", stdin=ran.out).status == 66  # no router saw them
    told = json.loads(tool("ingest-proxy", "--window", "W", stdin=ran.out).out)
    assert (told["total_prompts"], told["offloadable_prompts"], told["p95_latency_ms"]) == (2, 1, None)


def test_nothing_to_read_says_where_it_looked(tool):
    ran = tool("ingest-history")
    assert (ran.status, ran.out) == (66, "")
    assert ".claude" in ran.err and ".codex" in ran.err
    assert tool("ingest-history", "/made/up").status == 66


def test_a_file_that_may_not_be_read_is_named(write, monkeypatch):
    sources = write(s1=[claude("a")], s2=[claude("b")])
    sources[0].path.unlink()
    account = ingest.ingest(sources).account
    assert list(account.unread) == ["s1.jsonl"]
    assert account.replies == 1


def test_the_examples_of_both_clients_histories_sum_up_without_a_complaint(write, tmp_path, tool):
    """A client's folder gives readings too, which are no requests; the first example had ended with 65."""
    moved = {"primary": LIMITS["primary"] | {"resets_at": 1795176000}}
    write(
        s1=[claude("a"), claude("b")],
        rollout_1=[codex("event_msg", type="token_count", info=tokens(10, 10), rate_limits=moved)],
    )
    assert '"kind":"snapshot"' in tool("ingest-history", str(tmp_path / ".codex/sessions")).out
    examples = [
        line.split(" | ")[0].split()
        for line in tool("ingest-history", "--help").out.splitlines()
        if "| summarize" in line
    ]
    assert len(examples) == 2
    for words in examples:
        options = [word for word in words[1:] if not word.startswith("~")]
        came = tool(*words[:1], *options, str(tmp_path / ".claude"), str(tmp_path / ".codex/sessions"))
        summed = tool("summarize", stdin=came.out)
        assert (summed.status, summed.err) == (0, "")


HIT = "You've hit your {} limit · resets 1pm (UTC)"


def told(found):
    return [
        (f"{row.ts:%H:%M}", row.account, row.meters[0].meter, row.meters[0].used_pct)
        for row in found.snapshots
    ]


def test_a_limit_that_was_reached_is_a_reading_of_100(write):
    found = ingest.ingest(write(s1=[claude("a"), limit("b", HIT.format("session"))]))
    assert told(found) == [("09:30", None, "five_hour", 100.0)]
    row = found.snapshots[0]
    assert (row.provider, row.surface, f"{row.meters[0].resets_at:%H:%M}") == ("claude", "banner", "13:00")
    assert [(one.status, one.err_type) for one in found.usage] == [(200, None), (429, "429")]
    assert (found.account.limits, found.account.unnamed) == (1, 0)
    assert found.account.lines == sums(found.account)


def test_a_limit_that_the_client_did_not_name_is_counted_and_no_reading(write):
    found = ingest.ingest(write(s1=[limit("b", "You've hit your limit · resets 1pm (UTC)")]))
    assert (found.snapshots, found.account.limits, found.account.unnamed) == ([], 0, 1)


def test_what_a_person_quotes_is_no_limit(write):
    words = HIT.format("session")
    line = json.loads(claude("a"))
    line["message"]["content"] = [{"type": "text", "text": words}]
    assert ingest.ingest(write(s1=[json.dumps(line) + "\n", said(words)])).snapshots == []


def test_a_resumed_session_tells_a_limit_once_and_since_holds(write):
    lines = [limit("b", HIT.format("session")), limit("c", HIT.format("weekly"), "2026-11-20T10:00:00Z")]
    sources = write(s1=lines, s2=lines)
    assert [one[2] for one in told(ingest.ingest(sources))] == ["five_hour", "weekly_all"]
    after = ingest.ingest(sources, since=datetime(2026, 11, 20, 9, 45, tzinfo=UTC))
    assert [one[2] for one in told(after)] == ["weekly_all"]


def test_a_limit_is_its_accounts(tmp_path):
    for name in (".claude", ".claude-work"):
        folder = tmp_path / name / "projects" / "-p"
        folder.mkdir(parents=True)
        (folder / "s.jsonl").write_text(limit(name, HIT.format("session")))
    folders = ",".join(str(tmp_path / name) for name in (".claude", ".claude-work"))
    found = ingest.ingest(client_files.find(tmp_path, {"CLAUDE_CONFIG_DIR": folders}))
    assert sorted(row.account for row in found.snapshots) == [".claude", ".claude-work"]
    assert sorted(row.account for row in found.usage) == [".claude", ".claude-work"]


def test_the_compiled_reader_gives_the_same_limits(write, monkeypatch):
    lines = [
        claude("a"),
        limit("b", HIT.format("session")),
        limit("c", "You've hit your limit", "2026-11-20T11:00:00Z"),
    ]
    sources = write(s1=lines)
    found = ingest.written(sources)
    plain = ingest.ingest(sources)
    assert (found.snapshots, found.account) == (plain.snapshots, plain.account)


def test_the_tool_says_what_the_client_did_not_name(write, tool):
    write(s1=[claude("a"), limit("b", "You've hit your limit · resets 1pm (UTC)")])
    assert (
        "1 times a limit of Claude's plan was reached that the client did not name"
        in tool("ingest-history").err
    )


def without(line, *paths):
    made = json.loads(line)
    for path in paths:
        inner = made
        for name in path[:-1]:
            inner = inner[name]
        inner.pop(path[-1], None)
    return json.dumps(made, separators=(",", ":")) + "\n"


def test_replies_without_any_id_are_one_each_and_pieces_of_a_request_are_one(write):
    ids = (("message", "id"), ("requestId",))
    alone = [without(claude("a", f"2026-11-20T0{hour}:00:00Z"), *ids) for hour in (8, 9, 9)]
    pieces = [without(claude("b", f"2026-11-20T10:0{minute}:00Z"), ids[0]) for minute in (0, 1)]
    account = ingest.ingest(write(s1=alone + pieces)).account
    assert (account.replies, account.repeated) == (3, 2)


@pytest.mark.parametrize("count", [-5, 10**17])
def test_a_count_that_no_row_can_have_is_refused_and_stops_nobody_behind(write, tool, count):
    bad = [claude("b").replace('"input_tokens":7', f'"input_tokens":{count}')]
    rollout = [codex("event_msg", type="token_count", info=tokens(count, count))]
    found = ingest.ingest(write(s1=[claude("a"), *bad], rollout_1=rollout))
    assert (found.account.replies, found.account.refused) == (1, {"wrong-type": 2})
    assert tool("summarize", stdin=tool("ingest-history").out).status == 0


def test_rollouts_whose_head_is_lost_are_not_taken_for_one(write):
    event = codex("event_msg", type="token_count", info=tokens(9, 9))
    assert ingest.ingest(write(rollout_1=[event], rollout_2=[event])).account.replies == 2


def counts(times, first=1):
    return [
        codex(
            "event_msg", at, type="token_count", info=tokens(100 * number, 100), rate_limits=limits_at(number)
        )
        for number, at in enumerate(times, first)
    ]


def limits_at(number):
    return {"primary": LIMITS["primary"] | {"used_percent": 10.0 * number}}


HEAD = codex("session_meta", "2025-11-20T08:00:00Z", id="old", cwd="/x")
MODEL = codex("turn_context", "2025-11-20T08:00:01Z", model="gpt-5.5-codex")
OLD = ["2025-11-20T08:01:00Z", "2025-11-20T08:05:00Z", "2025-11-20T08:09:00Z"]


def fork(name, own, times=None, **parent):
    """A forked thread as Codex writes it: its head, in one burst all that the other one had, then what is its own."""
    parent = parent or {"forked_from_id": "old"}
    burst = times or [f"2025-11-20T09:00:00.{100 + number}Z" for number in range(3)]
    head = codex("session_meta", "2025-11-20T09:00:00.000Z", id=name, cwd="/x", **parent)
    return [head, HEAD.replace("T08:00:00Z", "T09:00:00.050Z"), MODEL, *counts(burst), *counts([own], 4)]


def told_by(found):
    return sorted((row.session_id, f"{row.ts:%H:%M}") for row in found.usage)


ONE_EACH = [("a", "09:09"), ("b", "09:20"), ("old", "08:01"), ("old", "08:05"), ("old", "08:09")]


@pytest.mark.parametrize("times", [None, OLD])
def test_what_a_forked_thread_copied_counts_once_and_at_its_own_time(write, times):
    spawned = {"source": {"subagent": {"thread_spawn": {"parent_thread_id": "old"}}}}
    files = {
        "rollout_1": [HEAD, MODEL, *counts(OLD)],
        "rollout_2": fork("a", "2025-11-20T09:09:00Z", times),
        "rollout_3": fork("b", "2025-11-20T09:20:00Z", times, **spawned)[:-1]
        + counts(["2025-11-20T09:20:00Z"], 5),
    }
    sources = write(**files)
    found = ingest.ingest(sources)
    assert told_by(found) == ONE_EACH
    assert (found.account.replies, found.account.repeated) == (5, 6)
    assert found.account.lines == sums(found.account)
    lines = b"".join(ingest.written(sources).lines)
    assert sorted(json.loads(line)["ts"] for line in lines.splitlines()) == sorted(
        f"{row.ts:%Y-%m-%dT%H:%M:%SZ}" for row in found.usage
    )
    # Old limits at the time of the fork are no readings: the gauge would fall.
    assert [f"{row.ts:%H:%M} {row.meters[0].used_pct:g}" for row in found.snapshots] == [
        "08:01 10", "08:05 20", "08:09 30", "09:09 40", "09:20 50",
    ]  # fmt: skip


def test_of_a_thread_that_is_gone_its_forks_copy_counts_once(write):
    both = {"rollout_2": fork("a", "2025-11-20T09:09:00Z"), "rollout_3": fork("b", "2025-11-20T09:20:00Z")}
    account = ingest.ingest(write(**both)).account
    assert (account.replies, account.repeated) == (5, 3)


def test_when_all_is_older_than_since_it_says_so(write, tool):
    write(s1=[claude("a")])
    ran = tool("ingest-history", "--since", "2999-01-01T00:00:00Z")
    assert (ran.status, ran.out) == (66, "")
    assert "all of it is older than --since 2999-01-01T00:00:00Z" in ran.err
    assert tool("ingest-history", "--since", "").status == 2
