"""What an hour of work takes where nobody read the gauge: recounted here with a few lines of its own."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest

from history.transcripts import claude, limit
from tracker.money import prices, working_hours

NOW = datetime(2026, 11, 27, 15, 30, tzinfo=UTC)
A_REPLY = 7 + 40 + 100 + 9  # tokens of one made-up reply


def write(home, days, name=".claude", each=6, **more):
    """Replies ten minutes apart, six of them a day, so that each lies in a quarter of an hour of its own or shares it."""
    folder = home / name / "projects" / "-p"
    folder.mkdir(parents=True, exist_ok=True)
    times = [NOW - timedelta(days=day, minutes=10 * place) for day in days for place in range(each)]
    lines = [claude(f"{name}{at.timestamp():.0f}", f"{at:%Y-%m-%dT%H:%M:%S.000Z}", **more) for at in times]
    lines.append(limit("x", "You've hit your limit", f"{NOW:%Y-%m-%dT%H:%M:%SZ}"))
    path = folder / "s.jsonl"
    path.write_text("".join(lines))
    os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    return times


def worked(home, providers=("claude",), **environment):
    return working_hours.of_clients(home, environment, providers, prices.ListPrices(), NOW)


def test_an_hour_of_work_is_all_tokens_over_the_quarters_with_a_request(tmp_path):
    times = write(tmp_path, (1, 2, 3, 4))
    (found,) = worked(tmp_path)
    quarters = {int(at.timestamp() // 900) for at in times}
    assert (found.provider, found.account, found.requests, found.days) == ("claude", None, 24, 4)
    assert found.hours == len(quarters) / 4
    assert found.tokens.estimate == pytest.approx(len(times) * A_REPLY / found.hours)
    assert found.tokens.low <= found.tokens.estimate <= found.tokens.high
    usd = (7 * 4 + 40 * 20 + 100 * 0.2 + 5 * 5 + 4 * 8) / 1e6  # claude-opus-5-5 by the list
    assert found.usd.estimate == pytest.approx(len(times) * usd / found.hours)


def test_what_is_older_than_a_week_or_lies_ahead_is_left_out(tmp_path):
    write(tmp_path, (1, 9, -2))
    (found,) = worked(tmp_path)
    assert (found.requests, found.days) == (6, 1)
    assert found.tokens.low is None  # one day has no interval


def test_a_model_without_a_price_is_named_and_there_is_no_money(tmp_path):
    write(tmp_path, (1,), model="claude-of-tomorrow-9")
    (found,) = worked(tmp_path)
    assert (found.usd, found.unpriced) == (None, ["claude-of-tomorrow-9"])


def test_accounts_stand_apart_and_nothing_is_read_for_nobody(tmp_path):
    for name in (".claude", ".claude-work"):
        write(
            tmp_path,
            (1, 2),
            name,
            model="claude-opus-5-5" if name == ".claude" else "claude-sonnet-5-5",
            each=3,
        )
    folders = ",".join(str(tmp_path / name) for name in (".claude", ".claude-work"))
    assert {one.account for one in worked(tmp_path, CLAUDE_CONFIG_DIR=folders)} == {None, ".claude-work"}
    assert worked(tmp_path, ()) == []
    assert worked(tmp_path / "nobody") == []
