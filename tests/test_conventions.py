"""The conventions, asked of every tool once: how it starts, speaks and ends, whatever it is given.

A new tool gets one entry in USES: what it needs to get to its stdin, and an input that it accepts.
"""

from __future__ import annotations

import os
import pty
import re
import shutil
import signal
import subprocess
import time
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from conftest import BIN, ROOT, TOOLS, Ran, clean_env, run

PANE = b"""Current session: 22% used \xc2\xb7 resets Jun 28, 10:40am (UTC)
Current week (all models): 31% used \xc2\xb7 resets Jul 2, 9am (UTC)
"""
CARD = """\
  5h limit:      [████████████████░░░░] 80% left (resets 14:30)
  Weekly limit:  [██████████░░░░░░░░░░] 52% left (resets 09:00 on 8 Mar)
""".encode()
QUOTA = (
    b'{"data":{"limits":[{"type":"TOKENS_LIMIT","unit":3,"number":5,"usage":12000,"currentValue":1500,'
    b'"remaining":10500,"percentage":12,"nextResetTime":1772720000000}],"level":"pro"}}\n'
)
WIRE = b"".join(
    b'{"kind":"usage","ts":"2026-03-05T10:%02d:00Z","model":"claude-sonnet-5-5","lane":"anthropic","status":200,'
    b'"latency_ms":800,"decision":"kept","op":"stream","rate_limits":{"5h_utilization":0.%02d,"5h_reset":1772720000}}\n'
    % (minute, 10 + minute // 10)
    for minute in range(60)
)
USAGE = b"".join(
    b'{"kind":"usage","ts":"2026-03-02T09:%02d:00Z","model":"claude-%s","lane":"%s","status":200,'
    b'"latency_ms":%d.5,"decision":"%s","op":"stream","prompt_tokens":900,"completion_tokens":40}\n'
    % (
        minute,
        *(
            (b"haiku-4-5", b"zai", 300, b"forced_model")
            if minute % 2
            else (b"sonnet-4-5", b"anthropic", 900, b"kept")
        ),
    )
    for minute in range(60)
)
WINDOWS = b"".join(
    b'{"kind":"window","ts":"2026-03-%02dT12:00:00Z","window":"W0-%s-%d","methodology":"%s","provider":"claude",'
    b'"features":%d,"capacity_pp":%d,"block":%d,"quality_score":0.9,"outcome":"pass"}\n'
    % (1 + block, arm[:2], block, arm, 2 + block % 2 + (arm == b"mitm_offload"), 20 + 3 * block, block)
    for block in range(8)
    for arm in (b"stock_anthropic", b"mitm_offload")
)
READINGS = b"".join(
    b'{"kind":"snapshot","ts":"2026-03-02T%s:00Z","provider":"claude","surface":"print","window":"W0","phase":"%s",'
    b'"meters":[{"meter":"five_hour","used_pct":%d,"resets_at":"2026-03-02T14:00:00Z"}]}\n' % reading
    for reading in ((b"09:10", b"before", 4), (b"13:00", b"after", 31))
)
OTEL = (
    b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"1772442000000000000","attributes":['
    b'{"key":"event.name","value":{"stringValue":"api_request"}},{"key":"model","value":{"stringValue":"claude-haiku-5-5"}},'
    b'{"key":"session.id","value":{"stringValue":"s-1"}},{"key":"input_tokens","value":{"intValue":"12"}}]}]}]}]}\n'
)
ANOMALY = b'{"kind":"anomaly","ts":"2026-03-02T09:00:00Z","anomaly":"late-after","window":"W0","row_id":"ab12cd34"}\n'
EVIDENCE = b'{"kind":"evidence","ts":"2026-03-02T09:00:00Z","check":"pytest","result":"pass","window":"W0"}\n'
DEALT_TASK = (
    b'{"kind":"feature","ts":"2026-03-02T09:00:00Z","feature_id":"F-1","window":"W0-T-01","block":1,"turn":1,'
    b'"methodology":"stock_anthropic","state":"assigned"}\n'
)
BEGUN_TASK = DEALT_TASK + DEALT_TASK.replace(b"assigned", b"started")


class Use(NamedTuple):
    """How a test gets a tool to do something."""

    args: tuple[str, ...] = ()
    stdin: bytes = b""  # an input with which it ends well or with "no"
    reads: bool = True  # whether it reads stdin at all
    serves: bool = False  # whether it runs until Ctrl-C, and says on stdout that it is ready
    each: bool = False  # whether it passes over bad lines and names each
    ends: tuple[int, ...] = (0, 1)  # statuses with which it may end on `stdin`


USES = {
    "acknowledge": Use(("--window", "W0", "--reason", "known"), ANOMALY),
    "append-evidence": Use(("--check", "pytest", "--result", "pass"), reads=False),
    "assign-tasks": Use(("--seed", "7"), b"feature_id,predicted_size\nF-1,50\nF-2,40\n"),
    "capture": Use(("claude", "--at", "2026-06-28T08:00:00Z"), PANE),
    "capture-claude": Use(("--window", "W0", "--at", "2026-06-28T08:00:00Z"), PANE),
    "capture-codex": Use(("--at", "2026-03-05T11:00:00Z", "--tz", "UTC"), CARD),
    "capture-glm": Use(("--at", "2026-03-05T11:00:00Z"), QUOTA),
    "capture-wire": Use(("--window", "W0"), WIRE),
    "churn": Use((), WINDOWS),
    "compare-runs": Use(reads=False),
    "complete-window": Use(("--window", "W0", "--claude-features", "3"), READINGS),
    "cost-compare": Use((), USAGE, ends=(0, 1, 66)),
    "csv-ledger": Use(("evidence",), EVIDENCE),
    "decision-card": Use((), WINDOWS, ends=(0, 1, 3, 66)),
    "doctor": Use(reads=False),
    "drive-client": Use(reads=False),
    "experiment": Use(("register",), reads=False),
    "export-rows": Use(("--to", "prometheus"), USAGE),
    "ingest-history": Use(reads=False),
    "ingest-otel": Use((), OTEL, each=True),
    "ingest-proxy": Use(("--window", "W0"), USAGE, each=True),
    "ledger-append": Use((), EVIDENCE),
    "session-hook": Use((), b'{"hook_event_name":"Stop","session_id":"s-1"}'),
    "ledger-cat": Use(reads=False),
    "ledger-merge": Use(reads=False),
    "ledger-undo": Use(("--last", "before"), reads=False),
    "ledger-verify": Use(reads=False),
    "mcp-server": Use(reads=False),
    "mock-network": Use(reads=False, serves=True),
    "mock-provider": Use(reads=False, serves=True),
    "mock-send": Use(("GET", "http://127.0.0.1:9/"), reads=False),
    "pack-bundle": Use(reads=False),
    "plan-cost": Use(("--plan", "claude=max", "--plan", "glm=none"), WINDOWS),
    "plan-fit": Use((), WIRE, ends=(0, 1, 66)),
    "plan-now": Use(reads=False, ends=(0, 66)),
    "point-worth": Use((), WIRE, ends=(0, 1, 66)),
    "preview": Use((), WINDOWS),
    "productize-check": Use(reads=False),
    "repo-map": Use(reads=False),
    "read-meter": Use(reads=False),
    "report": Use((), WINDOWS),
    "reserve-feature": Use(("--map", str(ROOT / "tests/fixtures/capabilities.csv")), reads=False),
    "row-values": Use(("window",), EVIDENCE),
    "router": Use(("--port", "0"), reads=False, serves=True),
    "router-replay": Use((), WINDOWS, ends=(0, 1, 66)),
    "run-verdict": Use((), USAGE),
    "schema": Use(reads=False),
    "serve": Use(reads=False, serves=True),
    "summarize": Use((), USAGE, each=True),
    "task-end": Use(("F-1",), BEGUN_TASK),
    "task-start": Use(("F-1", "--any-arm"), DEALT_TASK),
    "tell-reading": Use((), READINGS),
    "tracker": Use(reads=False),
    "verify-routing": Use((), USAGE, each=True),
    "window-begin": Use(("W0",), reads=False),
    "window-end": Use(("--claude-features", "1"), reads=False),
    "window-status": Use(reads=False),
    "window-audit": Use(("--window", "W0"), READINGS),
    "window-schedule": Use((), b"2026-01-05T09:00Z 2026-01-05T14:00Z W0-CL-01 claude\n"),
}
READERS = [name for name in TOOLS if name in USES and USES[name].reads]
SERVERS = [name for name in TOOLS if name in USES and USES[name].serves]
GARBAGE = bytes((7 * at * at + 13 * at) % 256 for at in range(4096)) + b"\n\xff\xfe\x00{\n"


def use(name: str) -> Use:
    assert name in USES, f"{name} is new: add its entry to USES in tests/test_conventions.py"
    return USES[name]


def call(name: str, home: Path, *args: str, stdin: bytes = b"", **env: str) -> Ran:
    """Run a tool with what it needs, in a folder of the test's own."""
    home.mkdir(parents=True, exist_ok=True)
    command = [str(BIN / name), *use(name).args, *args]
    return run(command, stdin=stdin, cwd=home, env=clean_env(home, **env), timeout=60)


@pytest.fixture(scope="module")
def answer(tmp_path_factory):
    """`answer(name)` is how a tool ends on its good input into a pipe; it is run once, several cases ask."""
    return cache(lambda name: call(name, tmp_path_factory.mktemp(name), stdin=use(name).stdin))


def is_one_clear_line(text: str, name: str) -> bool:
    """`tool: what is wrong; what to do`, short enough to be read."""
    return bool(re.fullmatch(rf"{name}: [^\n]+; [^\n]+\n", text)) and len(text) < 400


def says_what_to_do(text: str, name: str) -> bool:
    """One clear line; from a tool that names each bad line, those first, and never a page of them."""
    *before, last = text.splitlines(keepends=True) or [""]
    if not use(name).each:
        assert not before
    assert len(before) <= 30
    assert all(line.startswith(f"{name}: ") and len(line) < 400 for line in before)
    return is_one_clear_line(last, name)


@pytest.mark.parametrize("name", TOOLS)
def test_every_tool_has_an_entry(name):
    use(name)


def test_every_entry_has_a_tool():
    assert sorted(USES.keys() - set(TOOLS)) == []


@pytest.mark.parametrize("name", TOOLS)
def test_help_has_usage_examples_and_statuses(name, tool):
    ran = tool(name, "--help")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith(f"usage: {name} ")
    assert re.search(rf"(?m)^examples:\n(.*\n)*? .*\b{name}\b", ran.out)
    assert "\nexit status:\n" in ran.out


@pytest.mark.parametrize("name", TOOLS)
def test_every_option_is_explained(name, tool):
    page = (ROOT / "docs/tools" / f"{name}.md").read_text()
    options = re.findall(r"(?m)^\| (`.*?`.*?) \| .* \| (.*) \|$", page.partition("## Options")[2])
    assert [option for option, about in options if not about.strip()] == []


@pytest.mark.parametrize("name", TOOLS)
def test_version_is_one_line(name, tool):
    ran = tool(name, "--version")
    assert (ran.status, ran.err) == (0, "")
    assert re.fullmatch(rf"{name} \(tracker\) [0-9.]+\n", ran.out)


@pytest.mark.parametrize("name", TOOLS)
def test_an_unknown_option_is_one_line_and_status_2(name, tool):
    ran = tool(name, "--no-such-option")
    assert (ran.status, ran.out) == (2, "")
    assert is_one_clear_line(ran.err, name)


@pytest.mark.parametrize("name", READERS)
def test_an_empty_stdin_is_nothing_to_work_on(name, tmp_path):
    ran = call(name, tmp_path)
    assert ran.status == 66
    assert ran.out == ""
    assert is_one_clear_line(ran.err, name)


@pytest.mark.parametrize("name", READERS)
def test_a_closed_stdin_is_said(name, tmp_path):
    command = ["bash", "-c", '"$0" "$@" <&-', str(BIN / name), *use(name).args]
    ran = run(command, cwd=tmp_path, env=clean_env(tmp_path))
    assert (ran.status, ran.out) == (66, "")
    assert is_one_clear_line(ran.err, name)
    assert "stdin is closed" in ran.err


@pytest.mark.parametrize("name", READERS)
def test_binary_garbage_is_refused(name, tmp_path):
    ran = call(name, tmp_path, stdin=GARBAGE)
    assert (ran.status, ran.out) == (65, "")
    assert says_what_to_do(ran.err, name)


@pytest.mark.parametrize("name", READERS)
def test_a_line_of_ten_megabytes_is_refused(name, tmp_path):
    ran = call(name, tmp_path, stdin=b"x" * 10_000_000)
    assert (ran.status, ran.out) == (65, "")
    assert says_what_to_do(ran.err, name)


@pytest.mark.parametrize("name", READERS)
def test_a_good_input_ends_with_an_answer(name, answer):
    ran = answer(name)
    assert ran.status in use(name).ends
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("name", READERS)
def test_a_terminal_on_stdin_is_told_that_the_tool_waits(name, tmp_path):
    mine, theirs = pty.openpty()
    command = [str(BIN / name), *use(name).args]
    running = subprocess.Popen(
        command,
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env=clean_env(tmp_path),
    )
    os.close(theirs)
    os.write(mine, b"\x04")  # Ctrl-D
    try:
        out, err = running.communicate(timeout=30)
    finally:
        running.kill()
        os.close(mine)
    lines = err.decode().splitlines(keepends=True)
    assert is_one_clear_line(lines[0], name)
    assert "reading from the terminal" in lines[0]
    assert running.returncode == 66
    assert len(lines) == 2
    assert out == b""


def reader_has_left(command: list[str], home: Path, stdin: bytes) -> Ran:
    """Run with a stdout that nobody reads any more, as behind `| head -1`."""
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(
            command,
            input=stdin,
            stdout=write,
            stderr=subprocess.PIPE,
            cwd=home,
            env=clean_env(home),
            timeout=60,
        )
    finally:
        os.close(write)
    return Ran(done.returncode, "", done.stderr.decode())


@pytest.mark.parametrize("name", READERS)
def test_a_reader_that_left_is_no_error(name, tmp_path, answer):
    ran = reader_has_left([str(BIN / name), *use(name).args], tmp_path, use(name).stdin)
    assert ran.status in (141, *use(name).ends)
    said_anyway = answer(name).err.splitlines()
    assert [line for line in ran.err.splitlines() if line not in said_anyway] == []


@pytest.mark.parametrize("name", TOOLS)
def test_a_reader_of_the_help_may_leave(name, tmp_path):
    ran = reader_has_left([str(BIN / name), "--help"], tmp_path, b"")
    assert (ran.status, ran.err) == (141, "")


def waits_for_stdin(pid: int) -> bool:
    try:
        call, *rest = Path(f"/proc/{pid}/syscall").read_text().split()
    except OSError:
        return False
    return call in ("0", "63") and rest[:1] == ["0x0"]  # read(0, …) on x86-64 and on ARM


@pytest.mark.parametrize("name", READERS)
def test_ctrl_c_is_silent(name, tmp_path):
    running = subprocess.Popen(
        [str(BIN / name), *use(name).args],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env=clean_env(tmp_path),
    )
    end = time.monotonic() + 15
    while not waits_for_stdin(running.pid) and running.poll() is None and time.monotonic() < end:
        time.sleep(0.02)
    running.send_signal(signal.SIGINT)
    # stdin stays open: the tool must not wait for its end.
    status = running.wait(timeout=20)
    assert (status, running.stdout.read(), running.stderr.read()) == (130, b"", b"")


@pytest.mark.parametrize("name", SERVERS)
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "terminated"])
def test_a_server_ends_silently(name, sign, tmp_path):
    running = subprocess.Popen(
        [str(BIN / name), *use(name).args],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env=clean_env(tmp_path),
    )
    try:
        assert running.stdout.readline()
        running.send_signal(sign)
        status = running.wait(timeout=20)
        err = running.stderr.read()
    finally:
        running.kill()
    assert status in ((130, 0) if sign == signal.SIGINT else (0, 143, -signal.SIGTERM))
    assert err == b""


@pytest.mark.parametrize("name", TOOLS)
def test_a_tool_runs_from_any_folder_through_links(name, tmp_path):
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "first").symlink_to(BIN / name)
    (tmp_path / "links" / name).symlink_to("first")
    ran = run([f"links/{name}", "--version"], cwd=tmp_path, env=clean_env(tmp_path))
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith(f"{name} (tracker) ")


@pytest.mark.parametrize("name", TOOLS)
def test_another_active_python_does_not_matter(name, tmp_path):
    other = tmp_path / "other"
    (other / "bin").mkdir(parents=True)
    for python in ("python", "python3"):
        (other / "bin" / python).write_text("#!/bin/sh\necho wrong python >&2; exit 9\n")
        (other / "bin" / python).chmod(0o755)
    (other / "tracker").mkdir()
    for module in ("argparse.py", "msgspec.py", "tracker/__init__.py", "sitecustomize.py"):
        (other / module).write_text("raise SystemExit('wrong module')\n")
    env = clean_env(
        tmp_path,
        VIRTUAL_ENV=str(other),
        PYTHONPATH=str(other),
        PYTHONHOME=str(other),
        PYTHONSTARTUP=str(other / "argparse.py"),
        PYTHONWARNINGS="error",
    )
    env["PATH"] = f"{other}/bin:{env['PATH']}"
    ran = run([str(BIN / name), "--version"], cwd=other, env=env)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith(f"{name} (tracker) ")


@pytest.mark.parametrize("name", READERS)
def test_what_is_printed_does_not_depend_on_a_terminal(name, tmp_path, answer):
    plain = answer(name)
    mine, theirs = pty.openpty()
    home = tmp_path / "terminal"
    running = subprocess.Popen(
        [str(BIN / name), *use(name).args],
        stdin=subprocess.PIPE,
        stdout=theirs,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env=clean_env(home, TERM="xterm-256color"),
    )
    os.close(theirs)
    seen, status = seen_on(mine, running, use(name).stdin)
    assert status == plain.status
    assert without_times(without_colours(seen)) == without_times(plain.out)


def seen_on(mine: int, running: subprocess.Popen, stdin: bytes = b"") -> tuple[str, int]:
    """Return what a tool shows on a terminal, and its status."""
    if stdin:
        running.stdin.write(stdin)
        running.stdin.close()
    seen = b""
    try:
        while chunk := os.read(mine, 65536):
            seen += chunk
    except OSError:
        pass  # how Linux says that the other end of a terminal is closed
    os.close(mine)
    return seen.decode().replace("\r\n", "\n"), running.wait(timeout=30)


def without_colours(text: str) -> str:
    return re.sub(r"\x1b\[\d+m", "", text)


def without_times(text: str) -> str:
    return re.sub(r"20\d\d-\d\d-\d\dT[0-9:.]+Z|\d\d:\d\d:\d\d", "TIME", text)


def test_a_tool_without_its_virtual_environment_says_how_to_get_it(tmp_path):
    (tmp_path / "bin").mkdir()
    copied = shutil.copy(BIN / TOOLS[0], tmp_path / "bin" / TOOLS[0])
    ran = run([str(copied), "--version"], cwd=tmp_path, env=clean_env(tmp_path))
    assert (ran.status, ran.out) == (78, "")
    assert ran.err == f"{TOOLS[0]}: no .venv yet; run 'make setup'\n"


# Tools whose answer needs distributions, optimisers or drawings; every other one starts without them.
COMPUTES = {
    "decision-card",
    "preview",
    "report",
    "router-replay",
    "cost-compare",
    "plan-cost",
    "plan-fit",
    "point-worth",
}
HEAVY = ("numpy", "scipy", "matplotlib", "pandas", "aiohttp", "anthropic", "mitmproxy")


@pytest.mark.parametrize("name", sorted(USES.keys() - COMPUTES - set(SERVERS)))
def test_a_filter_imports_nothing_heavy(name, tmp_path):
    command = [
        str(ROOT / ".venv/bin/python"),
        "-X",
        "importtime",
        "-SI",
        str(ROOT / "lib/start.py"),
        str(BIN / name),
    ]
    args = use(name).args if use(name).reads else ("--help",)
    ran = run([*command, *args], stdin=use(name).stdin, cwd=tmp_path, env=clean_env(tmp_path))
    imported = re.findall(r"(?m)^import time: +\d+ \| +\d+ \| +(\S+)$", ran.err)
    assert "argparse" in imported, "the list of imports was not printed"
    assert sorted({module.split(".")[0] for module in imported} & set(HEAVY)) == []
