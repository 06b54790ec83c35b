"""Steps: what the meters show, what a person types, what they get to see."""

import json
import subprocess
from datetime import datetime

from behave import given, step, then, when


def run(context, command, stdin="", agent=None):
    env = context.env | ({"AGENT_ID": agent} if agent else {})
    context.ran = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        input=stdin,
        capture_output=True,
        text=True,
        cwd=context.home,
        env=env,
        check=False,
    )
    return context.ran


def rows(context, *options):
    done = subprocess.run(
        ["ledger-cat", *options],
        capture_output=True,
        text=True,
        env=context.env,
        cwd=context.home,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def pane(used, weekly=30, resets="1pm", day="Jan 5", week="Jan 8"):
    return (
        f"Current session: {used}% used · resets {day}, {resets} (UTC)\n"
        f"Current week (all models): {weekly}% used · resets {week}, 9am (UTC)\n"
    )


def codex_pane(left):
    return (
        "│  5h limit:      [████████████████████] "
        f"{left}% left (resets 13:00)        │\n"
        f"│  Weekly limit:  [████████████████████] 90% left (resets 09:00 on 8 Jan) │\n"
    )


@given("a shell of agent {agent}")
def set_agent(context, agent):
    context.env["AGENT_ID"] = agent


@step("Claude shows {used:d}% used at {clock}, for window {window}")
def claude_shows(context, used, clock, window):
    run(context, f"tracker ingest claude --window {window} --at 2026-01-05T{clock}:00Z", pane(used))


@step("Claude shows {used:d}% used with a reset at {resets}, at {clock}, for window {window}")
def claude_shows_reset(context, used, resets, clock, window):
    run(
        context,
        f"tracker ingest claude --window {window} --at 2026-01-05T{clock}:00Z",
        pane(used, resets=resets),
    )


@step("agent {agent} starts window {window} of {provider} at {clock}")
def agent_starts(context, agent, window, provider, clock):
    text = pane(12) if provider == "claude" else codex_pane(80)
    command = f"tracker alias start {provider} --window {window} --at 2026-01-05T{clock}:00Z"
    assert run(context, command, text, agent).returncode == 0, context.ran.stderr


@step("agent {agent} ends {provider} at {clock}")
def agent_ends(context, agent, provider, clock):
    text = pane(19) if provider == "claude" else codex_pane(64)
    command = f"tracker alias end {provider} --at 2026-01-05T{clock}:00Z"
    assert run(context, command, text, agent).returncode == 0, context.ran.stderr


def window(context, name, provider, start, end, *more):
    """Play one window by the plan's loop: before, after, complete; `start` and `end` are (clock, pane)."""
    for clock, text in (start, end):
        run(context, f"tracker ingest {provider} --window {name} --at {clock}", text)
        assert context.ran.returncode == 0, context.ran.stderr
    words = " ".join(more)
    run(
        context,
        f"tracker complete --window {name} --{provider}-features 2 --quality 0.9 --outcome pass {words}",
    )
    assert context.ran.returncode == 0, context.ran.stderr


@given("{count:d} windows of {methodology}")
def windows_of(context, count, methodology):
    short = "CL" if methodology == "stock_anthropic" else "MITM"
    there = len(rows(context, "--kind", "window")) if (context.home / "live").exists() else 0
    mine = rows(context, "--kind", "window") if there else []
    have = sum(row["methodology"] == methodology for row in mine)
    for number in range(have, count):
        day = 5 + there + number - have
        start, end = (
            (
                f"2026-01-{day:02}T{clock}:00Z",
                pane(used, weekly=10 + there + number, day=f"Jan {day}", week=f"Jan {day + 3}"),
            )
            for clock, used in (("09:00", 9), ("11:00", 20 + number))
        )
        window(context, f"W0-{short}-{number + 1:02}", "claude", start, end, "--methodology", methodology)


def shown_by(provider, used, day):
    reset = f"2026-01-{day:02}T13:00:00"
    if provider == "claude":
        return pane(used, weekly=10 + day, day=f"Jan {day}", week=f"Jan {day + 3}")
    if provider == "codex":
        return codex_pane(100 - used).replace("8 Jan", f"{day + 3} Jan")
    limit = {"type": "TOKENS_LIMIT", "unit": 3, "number": 5, "percentage": used}
    limit["nextResetTime"] = int(datetime.fromisoformat(reset + "+00:00").timestamp() * 1000)
    return json.dumps({"code": 200, "msg": "ok", "data": {"limits": [limit]}, "success": True})


@given("six windows each of claude, codex and glm, by the plan's loop")
def six_windows(context):
    for number in range(1, 7):
        for short, provider in (("CL", "claude"), ("CX", "codex"), ("ZL", "glm")):
            day = 4 + number
            start, end = (
                (f"2026-01-{day:02}T{clock}:00Z", shown_by(provider, used, day))
                for clock, used in (("09:00", 9), ("11:00", 20 + number))
            )
            more = ("--cls", "2", "--impf", "1.5", "--methodology", "week0")
            window(context, f"W0-{short}-{number:02}", provider, start, end, *more)


@given("a fall of the meter in window {name} at {hour:d}")
def a_fall(context, name, hour):
    for minutes, used in ((0, 50), (40, 20)):
        command = f"tracker ingest claude --force --window {name} --at 2026-01-05T{hour:02}:{minutes:02}:00Z"
        run(context, command, pane(used))
        assert context.ran.returncode == 0, context.ran.stderr
    run(context, f"tracker complete --window {name} --claude-features 1 --methodology week0")


@given("{glm:d} events of the contract by glm and {haiku:d} by haiku")
def contract_events(context, glm, haiku):
    made = [
        {
            "timestamp": f"2026-01-05T09:{number:02}:30Z",
            "session_id": "s-1",
            "subagent_id": "haiku",
            "backend_provider": "glm" if number < glm else "haiku",
            "model": "glm-4.6" if number < glm else "claude-haiku-4-5",
            "prompt_tokens": 900,
            "completion_tokens": 40,
            "latency_ms": 820 + number,
            "status": 200,
            "trace_id": f"t-{number}",
        }
        for number in range(glm + haiku)
    ]
    (context.home / "events.jsonl").write_text("".join(json.dumps(row) + "\n" for row in made))


@given("the router, told to {what}")
def the_router(context, what):
    from tracker.mock.ports import free_port

    aim, _, first = what.partition(" after ")
    context.port, confdir = str(free_port()), context.lab_folder / "router"
    logs = context.home / "logs"
    context.env |= {
        "USAGE_LOG": str(logs / "usage.jsonl"),
        "MITM_LOG_DIR": str(logs),
        "MITM_CONFDIR": str(confdir),
    }
    context.env |= {"ZAI_API_KEY": "0123456789abcdef.made-up-for-a-feature", "MITM_PORT": context.port}
    force = {"offload": 1, "watch": 0}[aim]
    root = context.env["ROOT"]
    run(
        context,
        f". {root}/scripts/cc-aliases.sh; {first.strip(chr(34)) or ':'}; FORCE_HAIKU_TO_ZAI={force} "
        f"ccmitm {context.port} {context.lab.router_options(confdir)}",
    )
    assert context.ran.returncode == 0, context.ran.stderr
    run(context, f". {root}/scripts/cc-aliases.sh; ccsub && env")
    assert context.ran.returncode == 0, context.ran.stderr
    for line in context.ran.stdout.splitlines():
        name, _, value = line.partition("=")
        if name in {"HTTPS_PROXY", "NODE_EXTRA_CA_CERTS", "CLAUDE_CODE_SUBAGENT_MODEL"}:
            context.env[name] = value


@given("the schedule")
def schedule(context):
    (context.home / "windows.local.txt").write_text(context.text)


@given("a router log with {zai:d} Haiku requests on zai and {anthropic:d} Sonnet requests on anthropic")
def router_log(context, zai, anthropic):
    made = []
    for number in range(zai + anthropic):
        routed = number < zai
        made.append(
            {
                "kind": "usage",
                "ts": f"2026-01-05T09:{number % 60:02}:00Z",
                "model": "claude-haiku-4-5" if routed else "claude-sonnet-4-5",
                "lane": "zai" if routed else "anthropic",
                "status": 200,
                "latency_ms": 400.0 + number,
                "routed_model": "glm-4.6" if routed else "claude-sonnet-4-5",
                "decision": "forced_model" if routed else "kept",
                "op": "stream",
                "prompt_tokens": 1000,
                "completion_tokens": 50,
            }
        )
    (context.home / "usage.jsonl").write_text("".join(json.dumps(row) + "\n" for row in made))


@given("every reply of Anthropic's in that log tells the quota, from {first:d}% to {last:d}%")
def log_tells_the_quota(context, first, last):
    log = context.home / "usage.jsonl"
    made = [json.loads(line) for line in log.read_text().splitlines()]
    mine = [row for row in made if row["lane"] == "anthropic"]
    for number, row in enumerate(mine):
        used = first + (last - first) * number / (len(mine) - 1)
        row["rate_limits"] = {"5h_utilization": used / 100, "5h_reset": 1767618000}
        row["rate_limits"] |= {"7d_utilization": 0.05, "7d_reset": 1768000000}
    log.write_text("".join(json.dumps(row) + "\n" for row in made))


@when("I run")
def run_text(context):
    run(context, context.text)


@step("I ran")
def ran_text(context):
    assert run(context, context.text).returncode == 0, context.ran.stderr


@then("it ends with status {status:d}")
def ends_with(context, status):
    assert context.ran.returncode == status, (context.ran.returncode, context.ran.stdout, context.ran.stderr)


@then("it ends with one of the statuses {statuses}")
def ends_with_one_of(context, statuses):
    assert str(context.ran.returncode) in statuses.split(), (context.ran.stdout, context.ran.stderr)


@then('it prints "{first}" and then "{second}"')
def prints_both(context, first, second):
    assert context.ran.stdout.split()[-2:] == [first, second], (context.ran.stdout, context.ran.stderr)


@then('it does not print "{text}"')
def does_not_print(context, text):
    assert text not in context.ran.stdout, context.ran.stdout


@then("it prints JSON in which every arm has an interval")
def arms_have_intervals(context):
    arms = json.loads(context.ran.stdout)["arms"]
    assert [arm["n"] for arm in arms] == [3, 3], arms
    assert all(arm["ci"]["low"] < arm["efficiency"] < arm["ci"]["high"] for arm in arms), arms


@then("the {kind} row of {window} has a note {note}")
def row_has_note(context, kind, window, note):
    (row,) = rows(context, "--kind", kind, "--window", window)
    assert note in row["notes"], row


@then('it prints "{text}"')
def prints(context, text):
    assert text in context.ran.stdout, (context.ran.stdout, context.ran.stderr)


@then('it says "{text}"')
def says(context, text):
    assert text in context.ran.stderr, (context.ran.stdout, context.ran.stderr)


@then("it prints JSON whose {name} is {value}")
def prints_json(context, name, value):
    assert json.loads(context.ran.stdout)[name] == json.loads(value), context.ran.stdout


@then("the ledger has {count:d} {kind} rows")
def has_rows(context, count, kind):
    found = rows(context, "--kind", kind)
    assert len(found) == count, found


@then("every {kind} row has {name} {value}")
def every_row(context, kind, name, value):
    found = rows(context, "--kind", kind)
    assert found
    assert {str(row[name]) for row in found} == {value}, found


@then("the {kind} row of {window} has {name} {value}")
def row_has(context, kind, window, name, value):
    found = rows(context, "--kind", kind, "--window", window)
    assert [row[name] for row in found] == [json.loads(value)], found


@then("the state folders are {names}")
def state_folders(context, names):
    there = sorted(path.name for path in (context.home / "live" / "state").iterdir())
    assert there == names.split(" and "), there


@then("no line of the ledger was ever rewritten")
def never_rewritten(context):
    assert run(context, "ledger-verify").returncode == 0, context.ran.stdout
