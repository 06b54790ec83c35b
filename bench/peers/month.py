"""A month of real clients' history in a HOME of its own: month.py HOME [--clients FOLDER].

Claude Code and Codex are run against servers on loopback that bill every request; then the times that the clients
wrote are moved, session by session, to the working days of the four weeks that end now, and stretched, since nobody
can wait for a month.  Nothing else of what they wrote is touched.  Prints what was billed as JSON: the truth that
every reader of this HOME is held against.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import web

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "lib")]

from tracker.mock import faults  # noqa: E402
from tracker.mock.provider import MockProvider  # noqa: E402

DAYS = 28
SEED = 20261128
STRETCH = timedelta(minutes=40)  # what a session's replies are spread over
CLAUDE, CODEX = "claude-code-2.1.332", "codex-0.171.0"
CLAUDE_MODELS = ("opus", "sonnet", "sonnet", "haiku")
UNKNOWN = "claude-unheard-of-1"  # a model that no price list has: once
CODEX_MODEL = "gpt-5.5"
FIVE_HOURS, WEEK = 5 * 3600, 7 * 86_400
HELD = {FIVE_HOURS: 4e5, WEEK: 1e6}  # tokens, as the loopback plan weighs them
STAMP = re.compile(rb'("timestamp":")(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)(")')

Bill = list[dict[str, Any]]


def weighed(billed: dict[str, Any]) -> float:
    """Return what the loopback plan counts a reply at, in fresh tokens."""
    return float(billed["input"] + billed["cache_read"] / 10 + 8 * billed["output"])


class BillingProvider(MockProvider):
    """Anthropic on loopback, which keeps what it bills."""

    def __init__(self, bill: Bill) -> None:
        super().__init__("anthropic", capacity=1e12, script=faults.Script([]), log=lambda line: None)
        self.bill = bill

    def _answer(self, exchange: Any) -> Any:
        answer = super()._answer(exchange)
        tokens = answer.tokens
        self.bill.append(
            {
                "client": "claude",
                "request": exchange.request_id,
                "model": answer.model,
                "input": tokens.input,
                "output": tokens.output,
                "cache_read": tokens.cache_read,
                "cache_write": tokens.cache_write,
            }
        )
        return answer


class BillingResponses:
    """OpenAI's Responses API on loopback: so many replies a session, limits that move, and what it bills."""

    def __init__(self, bill: Bill, luck: random.Random) -> None:
        self.bill, self.luck = bill, luck
        self.now = 0.0  # when the session is to have been
        self.opened = dict.fromkeys(HELD, -1e18)
        self.used = dict.fromkeys(HELD, 0.0)
        self.over = 0.0  # what came while a quota was full

    def app(self) -> web.Application:
        app = web.Application(client_max_size=1 << 25)
        app.router.add_post("/v1/responses", self.respond)
        return app

    async def respond(self, request: web.Request) -> web.Response:
        told = await request.json()
        turns = sum(one.get("type") == "function_call_output" for one in told["input"])
        number = len(self.bill) + 1
        plan = json.dumps({"plan": [{"step": "look", "status": "completed"}]})
        item: dict[str, Any] = {"type": "function_call", "id": f"fc_{number}", "call_id": f"call_{number}"}
        item |= {"name": "update_plan", "arguments": plan}
        if turns >= 7:
            text = {"type": "output_text", "text": "done"}
            item = {"type": "message", "id": f"msg_{number}", "role": "assistant", "content": [text]}
        read, fresh, out = (self.luck.randrange(*ends) for ends in ((8000, 30_000), (800, 6000), (60, 900)))
        billed = {"input": fresh, "output": out, "cache_read": read, "cache_write": 0}
        self.bill.append({"client": "codex", "request": f"resp_{number}", "model": told["model"]} | billed)
        self._use(weighed(billed))
        usage = {
            "input_tokens": fresh + read,
            "input_tokens_details": {"cached_tokens": read},
            "output_tokens": out,
            "output_tokens_details": {"reasoning_tokens": out // 3},
            "total_tokens": fresh + read + out,
        }
        response = {"id": f"resp_{number}"}
        events = (
            ("response.created", {"response": response}),
            ("response.output_item.done", {"output_index": 0, "item": item}),
            ("response.completed", {"response": response | {"usage": usage}}),
        )
        text = "".join(
            f"event: {name}\ndata: {json.dumps({'type': name} | data)}\n\n" for name, data in events
        )
        return web.Response(text=text, content_type="text/event-stream", headers=self.limits())

    def _use(self, amount: float) -> None:
        for length in HELD:
            if self.now >= self.opened[length] + length:
                self.opened[length], self.used[length] = self.now, 0.0
            self.used[length] += amount
        if any(self.used[length] > whole for length, whole in HELD.items()):
            self.over += amount

    def limits(self) -> dict[str, str]:
        """Return the headers that say how much of each quota is used."""
        made = {}
        for name, (length, whole) in zip(("primary", "secondary"), HELD.items(), strict=True):
            used = min(100, int(100 * self.used[length] / whole))
            made |= {
                f"x-codex-{name}-used-percent": f"{used}",
                f"x-codex-{name}-window-minutes": f"{length // 60}",
                f"x-codex-{name}-reset-at": f"{int(self.opened[length] + length)}",
            }
        return made


@contextmanager
def serving(*apps: Callable[[], web.Application]) -> Iterator[list[str]]:
    """Serve applications on loopback, in a thread; give their addresses."""
    loop = asyncio.new_event_loop()
    urls: list[str] = []
    ready = threading.Event()

    async def start() -> None:
        for app in apps:
            runner = web.AppRunner(app(), access_log=None)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            urls.append(f"http://127.0.0.1:{runner.addresses[0][1]}")
        ready.set()

    def run() -> None:
        loop.run_until_complete(start())
        loop.run_forever()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    ready.wait(20)
    try:
        yield urls
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(20)


def environment(home: Path, clients: Path, **more: str) -> dict[str, str]:
    """Return what a client is run with: its own HOME, and nothing of whoever runs this."""
    bins = ":".join(str(clients / name / "node_modules" / ".bin") for name in (CLAUDE, CODEX))
    clean = {
        "PATH": f"{bins}:{os.environ['PATH']}",
        "HOME": str(home),
        "TERM": "xterm",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
    }
    return clean | more


def say(words: list[str], cwd: Path, env: dict[str, str]) -> None:
    """Run a client to its end."""
    ran = subprocess.run(
        words, cwd=cwd, env=env, capture_output=True, stdin=subprocess.DEVNULL, timeout=300, check=False
    )
    if ran.returncode:
        raise SystemExit(
            f"{words[0]} ended with {ran.returncode}: {(ran.stdout + ran.stderr).decode()[-800:]}"
        )


def move(written: list[Path], seen: set[Path], start: datetime) -> None:
    """Move the times of what a session wrote to its own start, and stretch them."""
    fresh = [path for path in written if path not in seen]
    texts = {path: path.read_bytes() for path in fresh}
    times = [clock(found[2]) for text in texts.values() for found in STAMP.finditer(text)]
    if not times:
        return
    first, span = min(times), max(max(times) - min(times), timedelta(milliseconds=1))

    def moved(found: re.Match[bytes]) -> bytes:
        when = start + (clock(found[2]) - first) / span * STRETCH
        stamp = when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        return found[1] + stamp.encode() + found[3]

    for path, text in texts.items():
        path.write_bytes(STAMP.sub(moved, text))
        place = path
        if path.name.startswith("rollout-"):  # its folder and its name say when it began
            name = re.sub(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d", start.strftime("%Y-%m-%dT%H-%M-%S"), path.name)
            place = path.parents[3] / start.strftime("%Y/%m/%d") / name
            place.parent.mkdir(parents=True, exist_ok=True)
            path.rename(place)
        end = (start + STRETCH).timestamp()
        os.utime(place, (end, end))
        seen.add(place)


def clock(stamp: bytes) -> datetime:
    """Return a client's time."""
    return datetime.fromisoformat(stamp.decode().replace("Z", "+00:00"))


def planned(now: datetime) -> list[tuple[datetime, str, int]]:
    """Return (start, client, number) of every session, oldest first: working days, the last within the last hours."""
    made: list[tuple[datetime, str, int]] = []
    for day in range(DAYS, -1, -1):
        morning = (now - timedelta(days=day)).replace(hour=8, minute=13, second=0, microsecond=0)
        if morning.weekday() > 4 and day:
            continue
        for hour, client in ((0.0, "codex"), (1.0, "claude"), (4.0, "codex")):
            if client == "codex" or day % 2 == 0:
                start = morning + timedelta(hours=hour) if day else now - timedelta(hours=4.5 - 0.9 * hour)
                made.append((start, client, len(made)))
    return sorted(made)


def make(home: Path, clients: Path) -> dict[str, Any]:
    """Make the month; return what was billed, each request with its session's start, and the limits as last said."""
    work = home / "work" / "shop"
    work.mkdir(parents=True)
    (work / "notes.txt").write_text("what there is to do\n")
    bill: Bill = []
    luck = random.Random(SEED)
    anthropic, openai = BillingProvider(bill), BillingResponses(bill, luck)
    seen: set[Path] = set()
    with serving(anthropic.app, openai.app) as (claude_url, codex_url):
        (home / ".codex").mkdir()
        (home / ".codex" / "config.toml").write_text(
            f'model = "{CODEX_MODEL}"\nmodel_provider = "lab"\ncheck_for_update_on_startup = false\n'
            f'[model_providers.lab]\nname = "lab"\nbase_url = "{codex_url}/v1"\nwire_api = "responses"\nenv_key = "LAB_KEY"\n'
            f'[projects."{work}"]\ntrust_level = "trusted"\n'
        )
        env = environment(
            home,
            clients,
            ANTHROPIC_BASE_URL=claude_url,
            ANTHROPIC_API_KEY="sk-ant-api03-made-up",
            LAB_KEY="made-up",
            DISABLE_AUTOUPDATER="1",
            CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC="1",
        )
        sessions = planned(datetime.now(UTC))
        unknown = next(number for _, client, number in sessions if client == "claude")
        for start, client, number in sessions:
            before = len(bill)
            openai.now = start.timestamp()
            if client == "claude":
                model = UNKNOWN if number == unknown else luck.choice(CLAUDE_MODELS)
                anthropic.output_tokens = luck.randrange(40, 400)
                anthropic.script = faults.Script(faults.read(json.dumps(rules(model, number)).encode()))
                say(["claude", "-p", f"look into it, {number}", "--model", model], work, env)
                written = list((home / ".claude" / "projects").rglob("*.jsonl"))
            else:
                say(["codex", "exec", "--skip-git-repo-check", f"look into it, {number}"], work, env)
                written = list((home / ".codex" / "sessions").rglob("rollout-*.jsonl"))
            move(written, seen, start)
            for one in bill[before:]:
                one["session_start"] = start.isoformat()
    return {"billed": bill, "codex_limits": openai.limits(), "codex_over": openai.over}


def rules(model: str, number: int) -> list[dict[str, Any]]:
    """Return what the model does in a session: it reads a file a few times; in some it asks an agent first."""
    text = {"type": "text", "text": "let me look"}  # so the client writes the reply down in two pieces
    read = {"type": "tool_use", "name": "Read", "input": {"file_path": "notes.txt"}}
    ask = {"description": "look", "prompt": "look around", "subagent_type": "Explore", "model": "haiku"}
    asks = number % 4 == 0 and model in ("opus", "sonnet")
    uses = [{"type": "tool_use", "name": "Agent", "input": ask} if asks else read, read, read, read]
    return [
        {"model": model, "nth": nth, "content": [text, use | {"id": f"toolu_{number}_{nth}"}]}
        for nth, use in enumerate(uses, 1)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path, help="a folder that does not exist yet")
    parser.add_argument("--clients", type=Path, default=ROOT / ".cache" / "clients")
    args = parser.parse_args()
    args.home.mkdir(parents=True)
    sys.stdout.write(json.dumps(make(args.home.resolve(), args.clients.resolve()), indent=1) + "\n")


if __name__ == "__main__":
    main()
