"""scripts/read-meter.sh and scripts/statusline-tee.sh: which source they take, and what they leave alone.

The clients here are a few lines of shell that answer as the real ones do; `make test-clients` asks those.
"""

from __future__ import annotations

import json
import os
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from conftest import ROOT, clean_env, run

READ = str(ROOT / "scripts" / "read-meter.sh")
TEE = str(ROOT / "scripts" / "statusline-tee.sh")
LIMITS = '"rate_limits":{"five_hour":{"utilization":21.5,"resets_at":"2026-03-01T14:59:00+00:00"}}'
ANSWER = f'{{"type":"control_response","response":{{"subtype":"success","response":{{{LIMITS}}}}}}}'
CLAUDE = f"""#!/bin/sh
case "$*" in
--version) echo "$CLIENT_VERSION (Claude Code)" ;;
*stream-json*) read -r request; [ -n "$NO_CONTROL" ] || echo '{ANSWER}'; cat >/dev/null ;;
*/usage*) echo "Current session: 21% used · resets Mar 1, 3:59pm (Europe/Oslo)" ;;
esac
echo "$* ${{ANTHROPIC_API_KEY:-no key}}" >>"$HOME/asked"
"""
CODEX = """#!/bin/sh
while read -r line; do
case $line in *rateLimits/read*) echo '{"id":2,"result":{"rateLimits":{"primary":{"usedPercent":9,"windowDurationMins":300}}}}' ;; esac
done
"""


@pytest.fixture
def meter(tmp_path):
    """`meter("claude", CLIENT_VERSION="2.1.329")` runs the script with stand-ins for the clients."""
    folder = tmp_path / "clients"
    folder.mkdir()

    def call(provider, *, clients=(("claude", CLAUDE), ("codex", CODEX)), **env):
        for name, text in clients:
            (folder / name).write_text(text)
            (folder / name).chmod(0o755)
        made = clean_env(tmp_path, USAGE_LOG=str(tmp_path / "logs" / "usage.jsonl"), METER_SECONDS="5", **env)
        made["PATH"] = f"{folder}:{os.environ['PATH']}"
        return run([READ, provider], cwd=tmp_path, env=made)

    return call


def test_claude_is_asked_through_its_control_channel_without_the_api_key(meter, tmp_path):
    ran = meter("claude", CLIENT_VERSION="2.1.329", ANTHROPIC_API_KEY="sk-made-up")
    assert (ran.status, ran.out.splitlines()[0]) == (0, ANSWER)
    assert "control request get_usage" in ran.err
    asked = (tmp_path / "asked").read_text()
    assert "stream-json --verbose no key" in asked
    assert "/usage" not in asked


def test_claude_falls_back_on_its_printed_usage_and_says_so(meter):
    ran = meter("claude", CLIENT_VERSION="2.1.329", NO_CONTROL="1")
    assert ran.out.startswith("Current session: 21% used")
    assert "printed /usage" in ran.err


def test_a_claude_that_would_ask_a_model_is_not_asked(meter, tmp_path):
    ran = meter("claude", CLIENT_VERSION="2.0.77")
    assert (ran.status, ran.out) == (75, "")
    assert "too old" in ran.err
    assert (tmp_path / "asked").read_text().splitlines() == ["--version no key"]


def test_the_status_lines_log_is_the_last_resort(meter, tmp_path):
    (tmp_path / "logs").mkdir()
    line = '{"captured_at":"2026-03-01T10:00:00Z","rate_limits":{"five_hour":{"used_percentage":3}}}'
    (tmp_path / "logs" / "statusline.jsonl").write_text(f"{line}\n")
    ran = meter("claude", CLIENT_VERSION="2.0.77")
    assert (ran.status, ran.out) == (0, f"{line}\n")


def test_numbers_that_the_client_kept_are_said_to_be_kept(meter, tmp_path):
    kept = {
        "fetchedAtMs": 1772362800000,
        "accountUuid": "x",
        "utilization": json.loads(f"{{{LIMITS}}}")["rate_limits"],
    }
    (tmp_path / ".claude.json").write_text(json.dumps({"cachedUsageUtilization": kept}, indent=2))
    ran = meter("claude", CLIENT_VERSION="2.1.329")
    note = json.loads(ran.out.splitlines()[1])
    assert (note["fetched_at_ms"], note["cached"]) == (1772362800000, True)
    assert "the client kept them" in ran.err


def test_codex_is_asked_through_its_app_server(meter):
    ran = meter("codex")
    assert json.loads(ran.out)["id"] == 2


def test_without_codex_the_last_sessions_log_is_read(meter, tmp_path):
    folder = tmp_path / ".codex" / "sessions" / "2026" / "03" / "01"
    folder.mkdir(parents=True)
    line = '{"timestamp":"2026-03-01T10:00:00Z","type":"event_msg","payload":{"type":"token_count","rate_limits":{"primary":{"used_percent":4,"window_minutes":300}}}}'
    (folder / "rollout-1.jsonl").write_text(f"{line}\n")
    ran = meter("codex", clients=[("codex", "#!/bin/sh\nexit 1\n")])
    assert ran.out == f"{line}\n"
    assert "as old as their timestamp" in ran.err


@pytest.fixture
def quota():
    """A quota endpoint on loopback; `.seen` is the Authorization headers that came."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.server.seen.append(self.headers["Authorization"])
            body = b'{"data":{"limits":[]}}' if self.path == "/api/monitor/usage/quota/limit" else b"{}"
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.seen = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_z_ai_is_asked_with_ones_own_key(meter, quota):
    base = f"http://127.0.0.1:{quota.server_port}/api/anthropic"
    ran = meter("glm", ZAI_API_KEY="0123.made-up", ZAI_BASE_URL=base)
    assert (ran.status, ran.out) == (0, '{"data":{"limits":[]}}')
    assert quota.seen == ["0123.made-up"]
    assert "0123" not in ran.err


def test_without_an_answer_the_routers_own_rows_are_given(meter, tmp_path):
    (tmp_path / "logs").mkdir()
    row = '{"kind":"usage","ts":"2026-03-01T10:00:00Z","lane":"zai"}'
    (tmp_path / "logs" / "usage.jsonl").write_text(f"{row}\n")
    ran = meter("glm", ZAI_API_KEY="0123.made-up", ZAI_BASE_URL="http://127.0.0.1:9/api/anthropic")
    assert (ran.status, ran.out) == (0, f"{row}\n")
    assert "tokens, no quota" in ran.err


def test_an_unknown_provider_is_a_wrong_option(meter):
    assert meter("gemini").status == 2


@pytest.mark.parametrize("given", ['{"version":"2.1.200","rate_limits":{}}', '{\n  "version": "2.1.200"\n}'])
def test_the_status_line_is_logged_and_passed_on_unchanged(tmp_path, given):
    log = tmp_path / "statusline.jsonl"
    ran = run([TEE, "cat"], stdin=given, cwd=tmp_path, env=clean_env(tmp_path, STATUSLINE_LOG=str(log)))
    assert (ran.status, ran.out, ran.err) == (0, given, "")
    [line] = log.read_text().splitlines()
    assert json.loads(line)["version"] == "2.1.200"
    assert json.loads(line)["captured_at"].endswith("Z")


def test_a_log_that_cannot_be_written_does_not_cost_the_status_line(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    env = clean_env(tmp_path, STATUSLINE_LOG=str(blocked / "statusline.jsonl"))
    ran = run([TEE, "cat"], stdin='{"version":"2.1.200"}', cwd=tmp_path, env=env)
    assert (ran.status, ran.out) == (0, '{"version":"2.1.200"}')


@pytest.mark.parametrize("given", ["", "{}", "no JSON"])
def test_what_is_no_status_is_passed_on_and_not_logged(tmp_path, given):
    log = tmp_path / "statusline.jsonl"
    ran = run([TEE, "cat"], stdin=given, cwd=tmp_path, env=clean_env(tmp_path, STATUSLINE_LOG=str(log)))
    assert ran.out == given
    assert not log.exists()
