"""A machine of its own for a real client: a home, a made-up login, a backend on loopback, a terminal."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from clients.backend import Backend

ROOT = Path(__file__).resolve().parent.parent.parent
CLIENTS = Path(os.environ.get("CLIENTS", ROOT / ".cache" / "clients")).resolve()
FAR = 4102444800  # 2100-01-01, when the made-up logins end


def installed(name: str) -> list[str]:
    """Return the versions of a client that are to be driven, oldest first: those asked for, else all installed."""
    asked = CLIENTS / "driven"
    folders = asked.read_text().split() if asked.exists() else [path.name for path in CLIENTS.iterdir()]
    found = [folder.removeprefix(f"{name}-") for folder in folders if folder.startswith(f"{name}-")]
    return sorted(found, key=lambda version: [int(part) for part in re.findall(r"\d+", version)])


def later(hours: float) -> datetime:
    """Return an instant some hours from now, in whole seconds."""
    return (datetime.now(UTC) + timedelta(hours=hours)).replace(microsecond=0)


class World:
    """One client's machine; `run` runs a program there, `screen` types into its terminal."""

    def __init__(self, folder: Path, client: str, version: str) -> None:
        self.home, self.work = folder / "home", folder / "home" / "work"
        self.work.mkdir(parents=True)
        self.backend = Backend(folder)
        self.bin = CLIENTS / f"{client}-{version}" / "node_modules" / ".bin"
        self.env = {
            "PATH": f"{self.bin}:{os.environ['PATH']}",
            "HOME": str(self.home),
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "HTTPS_PROXY": self.backend.url,
            "NODE_EXTRA_CA_CERTS": str(self.backend.ca_file),
            "SSL_CERT_FILE": str(self.backend.ca_file),
            "DISABLE_AUTOUPDATER": "1",
        }
        (self._claude if client == "claude-code" else self._codex)(version)

    def _claude(self, version: str) -> None:
        (self.home / ".claude").mkdir()
        login = {
            "accessToken": "sk-ant-oat01-made-up",
            "refreshToken": "sk-ant-ort01-made-up",
            "expiresAt": FAR * 1000,
            "scopes": ["user:inference", "user:profile"],
            "subscriptionType": "max",
            "rateLimitTier": "default_claude_max_20x",
        }
        (self.home / ".claude" / ".credentials.json").write_text(json.dumps({"claudeAiOauth": login}))
        account = {
            "accountUuid": "00000000-0000-4000-8000-000000000000",
            "emailAddress": "someone@example.com",
            "organizationUuid": "00000000-0000-4000-8000-000000000001",
        }
        trusted = {"hasTrustDialogAccepted": True, "hasCompletedProjectOnboarding": True}
        settings = {
            "hasCompletedOnboarding": True,
            "theme": "dark",
            "autoUpdates": False,
            "oauthAccount": account,
            "projects": {str(self.work): trusted},
        }
        (self.home / ".claude.json").write_text(json.dumps(settings))

    def _codex(self, version: str) -> None:
        def part(claims: object) -> str:
            return base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()

        account = {"chatgpt_plan_type": "plus", "chatgpt_account_id": "acct-0", "chatgpt_user_id": "user-0"}
        claims = {"email": "someone@example.com", "exp": FAR, "https://api.openai.com/auth": account}
        token = f"{part({'alg': 'none'})}.{part(claims)}.{part('made-up')}"
        tokens = {
            "id_token": token,
            "access_token": token,
            "refresh_token": "made-up",
            "account_id": "acct-0",
        }
        now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        login = {"auth_mode": "chatgpt", "OPENAI_API_KEY": None, "tokens": tokens, "last_refresh": now}
        (self.home / ".codex").mkdir()
        (self.home / ".codex" / "auth.json").write_text(json.dumps(login))
        settings = f'check_for_update_on_startup = false\n[projects."{self.work}"]\ntrust_level = "trusted"\n'
        (self.home / ".codex" / "config.toml").write_text(settings)
        workspace = {
            "id": "acct-0",
            "name": "Example",
            "structure": "personal",
            "workspace_backend_origin": "https://chatgpt.com",
            "account_routing_override": "NO_CONSTRAINT",
        }
        self.backend.answers["/accounts/check"] = (
            200,
            {"accounts": [workspace], "default_account_id": "acct-0"},
        )

    def run(self, *command: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            command, input=stdin, cwd=self.work, env=self.env, capture_output=True, timeout=240, check=False
        )

    def screen(self, width: int, command: str, keys: str, until: str, leave: str | None = None) -> bytes:
        """Return the terminal after `keys` and Enter, when `until` (a pattern) stands on it.

        `leave`: what a person types to end the client, which is waited for; without it the terminal is closed.
        """
        socket = f"meters-{os.getpid()}"

        def tmux(*words: str) -> str:
            return subprocess.run(["tmux", "-L", socket, *words], capture_output=True, text=True).stdout

        env = [f"{name}={value}" for name, value in self.env.items()]
        size = ["-x", str(width), "-y", "70"]
        tmux("new-session", "-d", "-s", "m", *size, "-c", str(self.work), "env", "-i", *env, *command.split())
        try:
            self._wait(tmux, re.compile(r"[❯›]|^> ", re.M).search, 60)
            for _ in range(4):  # what is typed into a question of the client's answers that first
                tmux("send-keys", "-t", "m", "-l", keys)
                self._wait(tmux, lambda pane: keys in pane, 5)
                tmux("send-keys", "-t", "m", "Enter")
                if self._wait(tmux, re.compile(until).search, 15):
                    break
            pane = self._settled(tmux).encode()
            if leave is not None:
                tmux("send-keys", "-t", "m", "-l", leave)
                self._wait(tmux, lambda pane: leave in pane, 5)
                tmux("send-keys", "-t", "m", "Enter")
                assert self._wait(tmux, lambda pane: not pane, 20), "the client did not end"
            return pane
        finally:
            tmux("kill-session", "-t", "m")

    def _wait(self, tmux: Callable[..., str], is_there: Callable[[str], object], seconds: float) -> bool:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if is_there(tmux("capture-pane", "-p", "-t", "m")):
                return True
            time.sleep(0.1)
        return False

    def _settled(self, tmux: Callable[..., str]) -> str:
        """Return the screen once nothing on it has changed for a second and a half."""
        end = time.monotonic() + 20
        pane, since = "", time.monotonic()
        while time.monotonic() - since < 1.5 and time.monotonic() < end:
            time.sleep(0.1)
            now = tmux("capture-pane", "-p", "-t", "m")
            if now != pane:
                pane, since = now, time.monotonic()
        return pane

    def stop(self) -> None:
        self.backend.stop()
        shutil.rmtree(self.home, ignore_errors=True)
