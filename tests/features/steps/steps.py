"""Steps: what the meters show, what a person types, what they get to see."""

import json
import subprocess

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


def pane(used, weekly=30, resets="1pm", day="Jan 5"):
    return (
        f"Current session: {used}% used · resets {day}, {resets} (UTC)\n"
        f"Current week (all models): {weekly}% used · resets Jan 8, 9am (UTC)\n"
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


@when("I run")
def run_text(context):
    run(context, context.text)


@step("I ran")
def ran_text(context):
    assert run(context, context.text).returncode == 0, context.ran.stderr


@then("it ends with status {status:d}")
def ends_with(context, status):
    assert context.ran.returncode == status, (context.ran.returncode, context.ran.stdout, context.ran.stderr)


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
