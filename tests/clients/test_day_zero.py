"""Day zero: a HOME with a month of real clients' history, the toolkit from pipx, and what it says to the token."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from clients.world import CLIENTS, ROOT, installed
from tracker.money.prices import ListPrices, Tokens

sys.path.append(str(ROOT / "bench" / "peers"))
import month

KINDS = {
    "prompt_tokens": "input",
    "completion_tokens": "output",
    "cache_read_tokens": "cache_read",
    "cache_creation_tokens": "cache_write",
}
pytestmark = [pytest.mark.slow, pytest.mark.long]
DRIVES = {"claude-code": month.CLAUDE, "codex": month.CODEX}


@pytest.fixture(scope="module")
def day_zero(tmp_path_factory):
    """Return a HOME with a month in it and the toolkit installed, what was billed, and how to run a tool there."""
    missing = [one for name, one in DRIVES.items() if one.removeprefix(f"{name}-") not in installed(name)]
    if missing:
        pytest.skip(f"{', '.join(missing)} is not among the clients that were asked for")
    home = tmp_path_factory.mktemp("day-zero") / "home"
    home.mkdir()
    truth = month.make(home, CLIENTS)
    tools = tmp_path_factory.mktemp("pipx")
    subprocess.run([sys.executable, "-m", "venv", tools], check=True)
    subprocess.run([tools / "bin" / "pip", "install", "-qq", "pipx"], check=True)
    clean = {
        "PATH": f"{home / '.local' / 'bin'}:/usr/bin:/bin",
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
    }
    index = {
        name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_", "REQUESTS_"))
    }
    pipx = [tools / "bin" / "pipx", "install", "-q", "--python", sys.executable, f"{ROOT}[evidence]"]
    subprocess.run(pipx, check=True, env=clean | index, cwd=home, capture_output=True)

    def run(*words: str, stdin: bytes = b"") -> bytes:
        ran = subprocess.run(
            words, input=stdin, env=clean, cwd=home, capture_output=True, timeout=60, check=False
        )
        assert ran.returncode == 0, ran.stderr.decode()
        return ran.stdout

    return home, truth, run


def usage(out: bytes) -> list[dict]:
    return [row for row in map(json.loads, out.splitlines()) if row["kind"] == "usage"]


def test_every_request_that_was_billed_is_a_row_to_the_token(day_zero):
    _, truth, run = day_zero
    billed = {one["request"]: one for one in truth["billed"]}
    told = {row["trace_id"]: row for row in usage(run("ingest-history", "--quiet"))}
    assert len(told) > 300 and told.keys() == billed.keys()
    for name, row in told.items():
        assert {kind: row[field] for field, kind in KINDS.items()} == {
            kind: billed[name][kind] for kind in KINDS.values()
        }
        assert row["model"] == billed[name]["model"]
        assert (
            0
            <= (
                datetime.fromisoformat(row["ts"]) - datetime.fromisoformat(billed[name]["session_start"])
            ).total_seconds()
            <= 2400
        )


def test_what_is_left_is_what_the_server_said_last(day_zero):
    _, truth, run = day_zero
    assert run("tracker", "now").startswith(b"codex\n")
    quotas = {one["quota"]: one for one in json.loads(run("tracker", "now", "--json"))["quotas"]}
    for quota, name in (("five_hour", "primary"), ("weekly_all", "secondary")):
        assert quotas[quota]["used_pct"] == float(truth["codex_limits"][f"x-codex-{name}-used-percent"])
        resets = int(truth["codex_limits"][f"x-codex-{name}-reset-at"])
        assert datetime.fromisoformat(quotas[quota]["resets_at"]).timestamp() == resets


def test_the_load_is_the_bill_at_its_list_price_and_a_model_without_one_is_named(day_zero):
    _, truth, run = day_zero
    rows = run("ingest-history", "--quiet")
    times = {row["trace_id"]: datetime.fromisoformat(row["ts"]) for row in usage(rows)}
    fit = json.loads(run("plan-fit", "--plan", "codex=plus", "--format", "json", stdin=rows))
    prices = ListPrices()
    for load in fit["loads"]:
        mine = [one for one in truth["billed"] if one["client"] == load["provider"]]
        costs = {
            one["request"]: prices.cost(
                one["model"], "stock", times[one["request"]],
                Tokens(one["input"], one["output"], one["cache_read"], one["cache_write"]),
            )
            for one in mine
        }  # fmt: skip
        assert load["usd"] == pytest.approx(sum(cost or 0.0 for cost in costs.values()), rel=1e-9)
        without = Counter(one["model"] for one in mine if costs[one["request"]] is None)
        assert load["unpriced"] == without
        assert load["requests"] == len(mine) - sum(without.values())
    claude, codex = fit["loads"]
    assert claude["carries"] is None and claude["unpriced"] == {month.UNKNOWN: 5}
    assert codex["carries"]["plan"] == "plus" and truth["codex_over"] == 0.0
    assert run("tracker", "plan-fit", "--plan", "codex=plus").startswith(b"claude:\n")


def test_a_points_worth_holds_what_the_servers_gauge_counted(day_zero):
    _, truth, run = day_zero
    worth = json.loads(run("tracker", "point-worth", "--format", "json"))
    assert worth["requests"] == len(truth["billed"]) and worth["unpriced"] == {month.UNKNOWN: 5}
    mine = [one for one in truth["billed"] if one["client"] == "codex"]
    counted = sum(month.weighed(one) for one in mine)
    all_tokens = sum(one[kind] for one in mine for kind in KINDS.values())
    for quota, length in (("five_hour", month.FIVE_HOURS), ("weekly_all", month.WEEK)):
        [found] = [one["all"]["tokens"] for one in worth["quotas"] if one["quota"] == quota]
        true = all_tokens / (100 * counted / month.HELD[length])
        assert found["rounded_low"] <= true <= found["rounded_high"]


def test_nothing_of_it_was_written_but_by_the_clients_and_the_installer(day_zero):
    home, _, run = day_zero
    before = sorted(
        path for path in Path(home).rglob("*") if ".local" not in path.parts and ".cache" not in path.parts
    )
    for words in (
        ("tracker", "now"),
        ("tracker", "point-worth"),
        ("tracker", "plan-fit", "--plan", "codex=plus"),
    ):
        run(*words)
    after = sorted(
        path for path in Path(home).rglob("*") if ".local" not in path.parts and ".cache" not in path.parts
    )
    assert after == before
