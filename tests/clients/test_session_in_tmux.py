"""A person's session, played on a real terminal: the newest Claude Code through the real router, begin to verdict.

bash and zsh, each in a tmux of its own, with an empty environment, a HOME of its own, a made-up login and key,
and providers on loopback.  What was on the screen is kept in results/session-<shell>.txt.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from clients.terminal import Terminal
from clients.world import CLIENTS, ROOT, World, installed
from running_lab import RunningLab
from tracker.mock.ports import free_port

pytestmark = [pytest.mark.router, pytest.mark.slow, pytest.mark.long]

SHELLS = {"bash": ["bash", "--noprofile", "--norc"], "zsh": ["zsh", "-f"]}
KEY = "0123456789abcdef.made-up-for-a-session"
TASKS = "feature_id,predicted_size\n" + "".join(f"F-{number},50\n" for number in range(1, 7))


class Seat(Terminal):
    """A terminal with this project, a lab and the newest client."""

    def __init__(self, shell: str, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.lab = RunningLab(folder / "lab", LAB_USED_PCT="10")
        version = installed("claude-code")[-1]
        self.world = World(folder, "claude-code", version)
        self.world.backend.stop()  # the lab answers instead
        (self.world.work / "tasks.csv").write_text(TASKS)
        self.login = {
            name: (self.world.home / name).read_bytes()
            for name in (".claude/.credentials.json", ".claude.json")
        }
        self.homes = count(1)
        env = {
            "PATH": f"{ROOT / 'bin'}:{CLIENTS / f'claude-code-{version}' / 'node_modules' / '.bin'}:"
            f"{Path(shutil.which('node')).parent}:/usr/local/bin:/usr/bin:/bin",
            **{name: self.world.env[name] for name in ("HOME", "TERM", "LANG", "TZ", "DISABLE_AUTOUPDATER")},
            **{"PS1": "$ ", "ZAI_API_KEY": KEY, "MITM_PORT": str(self.port)},
            **{"TRACKER_HOME": str(folder), "TRACKER_DATA_DIR": str(folder / "ledger")},
            **{"USAGE_LOG": str(folder / "logs" / "usage.jsonl"), "MITM_LOG_DIR": str(folder / "logs")},
            "MITM_CONFDIR": str(folder / "router"),
            "BUNDLE_DIR": str(folder / "bundles"),
        }
        kept = ROOT / "results" / f"session-{shell}.txt"
        about = f"Claude Code {version} in {shell}, through the router, between mock providers on loopback"
        super().__init__(shell, kept, self.world.work, env, SHELLS[shell], about)

    def start_router(self, *, force: int) -> str:
        """Start the router anew, as a person does; its way out is the lab's network."""
        lab = self.lab.router_options(self.folder / "router")
        printed = self.command(f"FORCE_HAIKU_TO_ZAI={force} ccmitm {self.port} {lab}")
        self.command(f"ccsub {self.port}")
        return printed

    def home(self) -> str:
        """Return `HOME=…` with the same login in it: the client keeps a reading for a minute, and nobody waits here."""
        home = self.folder / f"home-{next(self.homes)}"
        (home / ".claude").mkdir(parents=True)
        for name, said in self.login.items():
            (home / name).write_bytes(said)
        return f"HOME={home}"

    def talk(self, text: str) -> None:
        """Open Claude Code, ask Sonnet, switch to Haiku, ask again, and leave."""
        self.command("clear")
        self._tmux("clear-history", "-t", "seat")
        self.write("claude --model sonnet")
        self.wait(r"Sonnet [^\n]*Claude Max[^$]*^❯", 60)
        self.write(text)
        self.wait(r"^● a reply made on loopback", 60)
        self.wait(r"^❯[ \xa0]*$", 20, keep=False)
        self.write("/model haiku")
        if "Switch model?" in self.wait(r"Switch model\?|Set model to Haiku", 20):
            self.press("Enter")
        self.wait("Set model to Haiku", 20)
        self.write(f"{text}, Haiku")
        self.wait(rf"{text}, Haiku\s+● a reply made on loopback", 60)
        self.wait(r"^❯[ \xa0]*$", 20, keep=False)
        self.write("/exit")
        self.wait(r"Resume this session with:\s+claude [^\n]*--resume \S+\s+\$", 30)

    def commit(self, feature: str) -> None:
        """Do some work in the repository."""
        self.command(
            f"seq 40 > {feature}.txt && git add {feature}.txt && git -c user.name=n -c user.email=n@example.com commit -qm {feature}"
        )

    def rows(self, kind: str) -> list[dict[str, Any]]:
        done = subprocess.run(
            [ROOT / "bin" / "ledger-cat", "--data-dir", self.folder / "ledger", "--kind", kind],
            capture_output=True,
            text=True,
            check=True,
        )
        return [json.loads(line) for line in done.stdout.splitlines()]

    def requests(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / "logs" / "usage.jsonl").read_text().splitlines()]

    def last_lane(self) -> str:
        """Return where the last request of a person's went."""
        time.sleep(0.7)  # a row is written when its reply has ended
        return [row["lane"] for row in self.requests() if row["request_class"] in {"main", "session_title"}][
            -1
        ]

    def leave(self) -> None:
        """Stop what was started."""
        script = str(ROOT / "scripts" / "mitm.sh")
        env = {"PATH": "/usr/bin:/bin", "MITM_LOG_DIR": str(self.folder / "logs")}
        subprocess.run([script, "stop", str(self.port)], env=env, capture_output=True, check=False)
        self.close()
        self.lab.stop()


@pytest.fixture(params=SHELLS)
def seat(request, tmp_path):
    if not shutil.which(request.param) or not shutil.which("tmux"):
        pytest.skip(f"{request.param} or tmux is not installed")
    seat = Seat(request.param, tmp_path)
    yield seat
    seat.leave()


def test_five_pairs_of_windows_from_begin_to_a_verdict(seat):
    # Given a shell that knows the short names, a repository and a plan.
    seat.command(f"source {ROOT}/scripts/cc-aliases.sh")
    seat.command(
        "git init -q . && git -c user.name=n -c user.email=n@example.com commit -q --allow-empty -m start"
    )
    assert "begin the next window" in seat.command("tracker --help")
    seat.command("tracker experiment register --blocks 6 --seed 7")
    assert "recorded 12 feature" in seat.command("tracker assign-tasks --registered --seed 7 < tasks.csv")

    # When the first window is plain Anthropic: the router watches.
    assert "Haiku to Z.AI: 0" in seat.start_router(force=0)
    begun = seat.command(f"{seat.home()} tracker begin")
    assert "W0-CL-01 has begun (stock_anthropic): F-" in begun
    assert "five_hour 10 % used" in begun
    first = re.search(r"stock_anthropic\): (F-\d)", begun)[1]
    seat.talk("Say one")
    seat.commit(first)
    shown = seat.command("tracker status")
    assert "W0-CL-01" in shown
    assert "1 commit" in shown
    ended = seat.command(f"{seat.home()} tracker end --buffer-seconds 0 --feature {first}=0.9", 120)
    assert re.search(r"five_hour \d\d % used", ended)
    assert "features per point, candidate over baseline" in ended
    assert not [row for row in seat.requests() if row["lane"] != "anthropic"]
    stock = len(seat.requests())

    # Then the other arm is refused until the shell is in it.
    refused = seat.command("tracker begin", status=78)
    assert "W0-MITM-01 is dealt to mitm_offload" in refused
    assert "Haiku to Z.AI: 1" in seat.start_router(force=1)
    begun = seat.command(f"{seat.home()} tracker begin")
    assert "W0-MITM-01 has begun (mitm_offload): F-" in begun
    second = re.search(r"mitm_offload\): (F-\d)", begun)[1]
    seat.talk("Say two")
    seat.commit(f"{second}-b")
    assert re.search(r"zai\D+\d", seat.command("tracker status"))
    seat.command(f"{seat.home()} tracker end --buffer-seconds 0 --feature {second}=0.9", 120)

    # And the preview and the card say what can be said of one pair.
    assert "stock_anthropic" in seat.command("tracker preview")
    assert "INSUFFICIENT" in seat.command("tracker decision-card", status=66)

    # On the ledger: both windows, with what they used, their features, telemetry of their own and churn.
    windows = {row["window"]: row for row in seat.rows("window")}
    assert set(windows) == {"W0-CL-01", "W0-MITM-01"}
    assert {name: row["methodology"] for name, row in windows.items()} == {
        "W0-CL-01": "stock_anthropic",
        "W0-MITM-01": "mitm_offload",
    }
    assert all(row["capacity_pp"] > 0 and row["features"] == 1 for row in windows.values())
    assert {row["phase"] for row in seat.rows("snapshot")} == {"before", "after"}
    assert all(row["client_version"] for row in seat.rows("snapshot"))
    assert {row["window"] for row in seat.rows("churn")} == set(windows)
    sums = {row["window"]: row for row in seat.rows("proxy_telemetry")}
    offloaded = seat.requests()[stock:]
    assert sums["W0-MITM-01"]["total_prompts"] <= len(offloaded)
    assert sums["W0-CL-01"]["total_prompts"] <= stock
    assert sums["W0-MITM-01"]["routed_to_glm_pct"] > 0 == sums["W0-CL-01"]["routed_to_glm_pct"]
    by_lane = {row["lane"]: row["model"] for row in offloaded if row["request_class"] == "main"}
    assert "haiku" in by_lane["zai"]
    assert "sonnet" in by_lane["anthropic"]

    # Four more pairs, of two requests each, in the order that the coins gave; then the requests are priced.
    dealt = sorted(
        (row["block"], row["turn"], row["methodology"], row["window"], row["feature_id"])
        for row in seat.rows("feature")
        if row["state"] == "assigned"
    )
    for _, _, arm, window, task in dealt[2:10]:
        seat.start_router(force=int(arm == "mitm_offload"))
        assert f"{window} has begun ({arm}): {task}" in seat.command(f"{seat.home()} tracker begin")
        seat.command(f'ccs "Work on {task}" && cch "Test {task}"')
        seat.commit(f"{task}-{arm}")
        seat.command(f"{seat.home()} tracker end --buffer-seconds 0 --feature {task}=0.9", 120)
    seat.command("(tracker run ledger-cat; cat $USAGE_LOG) | cost-compare --features | ledger-append")
    card = seat.command("tracker decision-card", status=1)
    assert re.search(r"^NO-GO ", card, re.M)
    assert "complete blocks: 5" in card
    assert re.search(r"^cost: A over B .*fail: proven outside the margin", card, re.M)
    seat.start_router(force=1)

    # Meanwhile every request can be proven, Haiku can be kept back, and a shell can be made plain again.
    for words, lane in (("cch", "zai"), ("ccs", "anthropic")):
        assert '"is_error":false' in seat.command(f'{words} "Say ok" --output-format json')
        assert seat.last_lane() == lane
    assert "OFFLOAD_PAUSED=1" in seat.command("ccpause")
    seat.command('cch "Say ok" --output-format json')
    assert seat.last_lane() == "anthropic"
    seat.command("ccresume")
    assert "1 of 2 decisions went to Z.AI" in seat.command("ccproof", 120)
    assert "no breach" in seat.command("ccverify")
    assert "agentos_tmp_review-" in seat.command("ccbundle", 240)
    seat.command("ccstock")
    assert "HTTPS_PROXY" not in seat.command("env").partition("\n")[2]

    # Nobody's key or login is anywhere that is kept, and each provider saw its own alone.
    written = "".join(path.read_text() for path in (seat.folder / "ledger").rglob("*.jsonl"))
    written += (seat.folder / "logs" / "usage.jsonl").read_text()
    assert KEY not in written
    assert "sk-ant" not in written
