"""Run the tools that read clients' histories side by side on one made-up HOME, and write docs/peers.md.

    python bench/peers/run.py [--home HOME --truth FILE]

Without --home the month is made first (month.py, a minute and the clients of `make setup-clients`).  Peers are
installed from npm and PyPI into .cache/bench/peers; each runs under `env -i`, without a network, on a copy of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "lib"), str(Path(__file__).parent)]

import month  # noqa: E402

from tracker.money.prices import ListPrices, Tokens  # noqa: E402

CACHE = ROOT / ".cache" / "bench" / "peers"
CCUSAGE = "20.0.24"
PYPI = {"claude-monitor": "4.0.0", "ccpace": "0.10.0", "ccdrift": "0.30.1", "ccmeter": "0.1.8"}
KINDS = ("input", "output", "cache_read", "cache_write")
NO_READING = "no reading of Claude's quota is on this HOME"
Said = dict[str, Any]


class Ran(NamedTuple):
    """What a tool printed, how it ended, and how long it took."""

    out: str
    status: int
    seconds: float


def install() -> dict[str, list[str]]:
    """Install the peers, once; return the words that start each."""
    CACHE.mkdir(parents=True, exist_ok=True)
    npm = CACHE / "npm"
    if not (npm / "node_modules" / ".bin" / "ccusage").exists():
        command = [
            "npm",
            "install",
            "--silent",
            "--no-audit",
            "--no-fund",
            "--prefix",
            str(npm),
            f"ccusage@{CCUSAGE}",
        ]
        subprocess.run(command, check=True)
    made = {"ccusage": [str(npm / "node_modules" / ".bin" / "ccusage")]}
    for name, version in PYPI.items():
        place = CACHE / name
        if not (place / "bin" / name).exists():
            subprocess.run([sys.executable, "-m", "venv", place], check=True)
            subprocess.run([place / "bin" / "pip", "install", "-q", f"{name}=={version}"], check=True)
        made[name] = [str(place / "bin" / name)]
    return made


def without_network() -> list[str]:
    """Return what a command is run by so that it reaches nothing; none where this machine has no `unshare`."""
    words = ["unshare", "-rn"]
    alone = (
        shutil.which("unshare")
        and not subprocess.run([*words, "true"], capture_output=True, check=False).returncode
    )
    return words if alone else []


def runner(home: Path) -> Callable[..., Ran]:
    """Return what runs a tool under `env -i`, on a copy of the HOME that is as old as the HOME itself.

    `typed`: in that copy sessions of `claude -p` are written down as if they had been typed.
    """
    shut = without_network()

    def run(*words: str, stdin: str = "", typed: bool = False) -> Ran:
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "home"
            shutil.copytree(home, copy, symlinks=True)  # with the times of its files
            for path in (copy / ".claude" / "projects").rglob("*.jsonl") if typed else ():
                path.write_bytes(path.read_bytes().replace(b'"entrypoint":"sdk-cli"', b'"entrypoint":"cli"'))
            env = {
                "HOME": str(copy),
                "PATH": f"{ROOT / 'bin'}:{os.environ['PATH']}",
                "TZ": "UTC",
                "LC_ALL": "C.UTF-8",
            }
            env |= {
                "COLUMNS": "120",
                "NO_COLOR": "1",
                "HTTPS_PROXY": "http://127.0.0.1:9",
                "HTTP_PROXY": "http://127.0.0.1:9",
            }
            begun = time.monotonic()
            ran = subprocess.run(
                [*shut, *words],
                input=stdin,
                cwd=copy,
                env=env,
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
            text = (ran.stdout + ran.stderr).replace(str(copy), "~")
            return Ran(text if ran.returncode else ran.stdout, ran.returncode, time.monotonic() - begun)

    return run


def tokens(bill: list[Said], client: str) -> Counter[str]:
    """Return what was billed to a client's requests, by kind."""
    made: Counter[str] = Counter()
    for one in bill:
        if one["client"] == client:
            made.update({kind: one[kind] for kind in KINDS})
    return made


def usd(bill: list[Said], client: str) -> tuple[float, int]:
    """Return the list price of what was billed, on each session's day, and how many requests have none."""
    prices, total, without = ListPrices(), 0.0, 0
    for one in bill:
        if one["client"] != client:
            continue
        when = datetime.fromisoformat(one["session_start"])
        parts = Tokens(one["input"], one["output"], one["cache_read"], one["cache_write"])
        cost = prices.cost(one["model"], "stock", when, parts)
        total, without = total + (cost or 0.0), without + (cost is None)
    return total, without


def told(counts: Counter[str]) -> str:
    """Return tokens in words."""
    return ", ".join(f"{counts[kind]:,} {kind.replace('_', ' ')}" for kind in KINDS)


def first_line(ran: Ran) -> str:
    """Return the first thing that a tool says."""
    return next((line.strip() for line in ran.out.splitlines() if line.strip()), "nothing")


RUNS_OUT, RESETS = "Tokens will run out:", "Limit resets at:"
Line = tuple[str, str, str, str]  # question, tool, what it says, what was true


def ours(run: Callable[..., Ran], truth: Said) -> list[Line]:
    """Ask this toolkit."""
    bill, limits = truth["billed"], truth["codex_limits"]
    history = run("ingest-history", "--quiet")
    rows = [json.loads(line) for line in history.out.splitlines()]
    made: list[Line] = []
    for client, begins in (("claude", "claude-code"), ("codex", "codex")):
        mine = [row for row in rows if row["kind"] == "usage" and row["client"].startswith(begins)]
        names = ("prompt_tokens", "completion_tokens", "cache_read_tokens", "cache_creation_tokens")
        counts = Counter(
            {kind: sum(row[name] or 0 for row in mine) for kind, name in zip(KINDS, names, strict=True)}
        )
        made.append((f"tokens, {client}", "`ingest-history`", told(counts), told(tokens(bill, client))))
    now = json.loads(run("plan-now", "--json").out)
    for quota in now["quotas"]:
        name = {"five_hour": "primary", "weekly_all": "secondary"}[quota["quota"]]
        true = f"{limits[f'x-codex-{name}-used-percent']} % used, resets {stamp(limits[f'x-codex-{name}-reset-at'])}"
        said = f"{quota['used_pct']:g} % used, resets {clock(quota['resets_at'])}; " + ahead(quota)
        made.append((f"what is left, codex {quota['quota']}", "`tracker now`", said, true))
    fit = run("plan-fit", "--plan", "codex=plus", "--format", "json", stdin=history.out)
    for load in json.loads(fit.out)["loads"]:
        client = load["provider"]
        said = f"{load['usd']:.4f} USD"
        if load["unpriced"]:
            said += f", and no price for {', '.join(f'{name} ({count})' for name, count in load['unpriced'].items())}"
        total, without = usd(bill, client)
        true = f"{total:.4f} USD by the dated list" + (
            f"; {without} requests of a model that has no price" if without else ""
        )
        made.append((f"list price, {client}", "`plan-fit`", said, true))
        carries = load["carries"]
        said = f"{carries['plan']}, {carries['cost']:g} USD a month" if carries else "not known"
        over = f"the plan held it: {100 * truth['codex_over'] / weight(bill):.1f} % of its work came while a quota was full"
        made.append(
            (
                f"which plan carries it, {client}",
                "`plan-fit`",
                said,
                over if client == "codex" else NO_READING,
            )
        )
    worth = json.loads(run("point-worth", "--format", "json", stdin=history.out).out)
    for quota in worth["quotas"]:
        found, length = (
            quota["all"]["usd"],
            {"five_hour": month.FIVE_HOURS, "weekly_all": month.WEEK}[quota["quota"]],
        )
        said = f"{found['estimate']:.4f} USD ({found['rounded_low']:.4f}..{found['rounded_high']:.4f} with rounding)"
        true = usd(bill, "codex")[0] / (100 * weight(bill) / month.HELD[length])
        made.append((f"a point of codex {quota['quota']}", "`point-worth`", said, f"{true:.4f} USD"))
    return made


def weight(bill: list[Said]) -> float:
    """Return what the loopback plan counted in all, in its own tokens."""
    return sum(month.weighed(one) for one in bill if one["client"] == "codex")


def ahead(quota: Said) -> str:
    """Return a forecast in words."""
    found = quota["ahead"]
    if found is None:
        return str(quota["lacks"])
    if found["full_at"]:
        return (
            f"full on {clock(found['full_at'])} ({clock(found['full_low'])} .. {clock(found['full_high'])})"
        )
    return f"stays below: {found['unused_pct']:.0f} % unused ({found['unused_low']:.0f} .. {found['unused_high']:.0f})"


def clock(text: str | None) -> str:
    """Return an instant in words; none is the reset."""
    return "the reset" if text is None else f"{datetime.fromisoformat(text):%a %H:%M}"


def stamp(seconds: str) -> str:
    """Return an instant of a header in words."""
    return f"{datetime.fromtimestamp(int(seconds), UTC):%a %H:%M}"


def peers(run: Callable[..., Ran], start: dict[str, list[str]], bill: list[Said]) -> list[Line]:
    """Ask the peers what they answer at all."""
    made: list[Line] = []
    cc = start["ccusage"]
    for client in ("claude", "codex"):
        ran = run(*cc, client, "monthly", "--offline", "--json")
        found = json.loads(ran.out)["totals"]
        names = ("inputTokens", "outputTokens", "cacheReadTokens", "cacheCreationTokens")
        counts = Counter({kind: found.get(name, 0) for kind, name in zip(KINDS, names, strict=True)})
        made.append((f"tokens, {client}", f"ccusage {CCUSAGE}", told(counts), told(tokens(bill, client))))
        cost = found.get("totalCost", found.get("costUSD"))
        lacks = ", ".join(found.get("unpricedModels", []))
        said = f"{cost:.4f} USD" + (f", with these at 0: {lacks}" if lacks else "")
        made.append(
            (
                f"list price, {client}",
                f"ccusage {CCUSAGE} (offline)",
                said,
                f"{usd(bill, client)[0]:.4f} USD by the dated list",
            )
        )
    active = json.loads(run(*cc, "blocks", "--active", "--offline", "--json").out)["blocks"]
    said = "; ".join(
        f"{one['costUSD']} USD so far, {one['projection']['totalTokens']:,} tokens by the reset"
        for one in active
    )
    made.append(
        (
            "what is left, claude",
            f"ccusage {CCUSAGE}",
            said or "no block is open",
            NO_READING,
        )
    )
    name = f"claude-monitor {PYPI['claude-monitor']}"
    state = json.loads(run(*start["claude-monitor"], "--once", "--output", "json").out)
    five = state["limits"]["five_hour"]
    said = f"{five['used_percentage']} % used: {five['tokens_used']:,} of {five['token_limit']:,} tokens ({five['confidence']})"
    made.append(("what is left, claude", name, said, NO_READING))
    page = run(*start["claude-monitor"], "--once").out.splitlines()
    ends = [
        next((line.split(words)[1] for line in page if words in line), "nothing")
        for words in (RUNS_OUT, RESETS)
    ]
    said = "runs out {}, resets at {}".format(*map(plain, ends))
    made.append(("when it is full, claude", name, said, "not after its reset; " + NO_READING))
    made.append(
        ("what is left", f"ccpace {PYPI['ccpace']}", first_line(run(*start["ccpace"], "--once", "--json")),
         "it reads logins and asks the provider with them; this HOME has none")
    )  # fmt: skip
    made.append(
        ("what a plan holds", f"ccmeter {PYPI['ccmeter']}", first_line(run(*start["ccmeter"], "report")),
         "it asks the provider with the login; this HOME has none")
    )  # fmt: skip
    drift, name = start["ccdrift"], f"ccdrift {PYPI['ccdrift']}"
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    days = [one for one in bill if not one["session_start"].startswith(today)]  # it counts whole days
    counts = told(tokens(days, "claude"))
    made.append(("tokens, claude", name, first_line(run(*drift, "cost")), counts))
    typed = run(*drift, "cost", typed=True)
    made.append(
        (
            "tokens, claude",
            f"{name}, sessions marked as typed",
            first_line(typed),
            f"{sum(tokens(days, 'claude').values()):,}: {counts}",
        )
    )
    made.append(
        ("what a point holds, claude", name, first_line(run(*drift, "quota", typed=True)), NO_READING)
    )
    return made


def plain(text: str) -> str:
    """Return a text without colours."""
    import re

    return re.sub(r"\x1b\[[0-9;]*m", "", text).strip()


HEAD = """<!-- written by bench/peers/run.py -->

# Side by side

One HOME, made by real clients (Claude Code {claude}, Codex {codex}) against servers on loopback that bill every request: {requests:,}
requests in {sessions} sessions of four weeks, whose times were moved to working days. Each tool ran under `env -i` on a copy of it,
{network}, on {day}. One model is in no price list, on purpose. Nobody's plan is in it: the gauge is the loopback server's.
`make bench-peers` makes it all again.

| asked | tool | says | was true |
|---|---|---|---|
"""
TAIL = """
**What could not be asked.** ccpace and ccmeter answer from the provider, with the login, so on a HOME without one they have nothing
to say; they were run and said the above. ccdrift leaves the Agent SDK's sessions out, and `claude -p` is written down as one; it was
asked again with those marks changed. ccusage was kept from fetching prices (`--offline`), as everything here was: with a network it
knows more models. No peer says which plan fits a load, or what a point is worth with an interval, so there is nothing beside
`plan-fit` and `point-worth`. What comes after the month nobody knows, so of a forecast nothing is said to be true.

**How long it took**, from start to end, wall clock: {times}.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--truth", type=Path)
    parser.add_argument("--clients", type=Path, default=ROOT / ".cache" / "clients")
    args = parser.parse_args()
    start = install()
    if args.home is None:
        args.home = Path(tempfile.mkdtemp()) / "home"
        args.home.mkdir()
        truth = month.make(args.home.resolve(), args.clients.resolve())
    else:
        truth = json.loads(args.truth.read_text())
    bill = truth["billed"]
    run = runner(args.home)
    lines = sorted([*ours(run, truth), *peers(run, start, bill)], key=lambda line: line[0])
    history = run("ingest-history", "--quiet").out
    timed = {
        "`tracker now`": run("tracker", "now"),
        "`tracker point-worth`": run("tracker", "point-worth"),
        "`tracker plan-fit`": run("tracker", "plan-fit", "--plan", "codex=plus"),
    }
    assert history
    head = HEAD.format(
        claude=month.CLAUDE.rpartition("-")[2],
        codex=month.CODEX.rpartition("-")[2],
        requests=len(bill),
        sessions=len({one["session_start"] for one in bill}),
        network="without a network" if without_network() else "with every proxy shut",
        day=f"{datetime.now(UTC):%Y-%m-%d}",
    )
    table = "".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |\n" for line in lines)
    times = ", ".join(f"{name} {ran.seconds:.1f} s" for name, ran in timed.items())
    tail = TAIL.format(times=times)
    (ROOT / "docs" / "peers.md").write_text(head + table + tail)


if __name__ == "__main__":
    main()
