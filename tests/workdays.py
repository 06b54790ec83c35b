"""A working day on a ledger of its own: what is typed, what a meter prints, and a repository to work in."""

from __future__ import annotations

import json
import subprocess

PRINTED = """Current session: {}% used · resets Nov 20, 3pm (UTC)
Current week (all models): {}% used · resets Nov 24, 9am (UTC)
"""
CLAUDE = """#!/bin/sh
# Prints a plan's usage as Claude Code does; a little more at every call.
case "$*" in
*--version*) echo "2.1.329 (Claude Code)" ;;
*/usage*)
    echo x >> "$HOME/asked"
    used=$(wc -l < "$HOME/asked")
    # A reset stands still while the clock goes over the hour.
    [ -s "$HOME/session" ] || date -u -d '+3 hours' '+%b %-d, %-I%P' > "$HOME/session"
    [ -s "$HOME/week" ] || date -u -d '+3 days' '+%b %-d, 9am' > "$HOME/week"
    echo "Current session: $((used * 9))% used · resets $(cat "$HOME/session") (UTC)"
    echo "Current week (all models): $((used * 2))% used · resets $(cat "$HOME/week") (UTC)" ;;
esac
"""
TASKS = "feature_id,predicted_size\n" + "".join(f"F-{n},50\n" for n in range(1, 7))
MORNING, LATER = "2026-11-20T10:05:00Z", "2026-11-20T12:30:00Z"


def git(folder, *words):
    who = ["-c", "user.name=n", "-c", "user.email=n@example.com"]
    return subprocess.run(
        ["git", "-C", folder, *who, *words], check=True, capture_output=True, text=True
    ).stdout


def work(folder, name):
    (folder / name).write_text("one\ntwo\n")
    git(folder, "add", name)
    git(folder, "commit", "-q", "-m", name)


def rows(tool, *options):
    return [json.loads(line) for line in tool("ledger-cat", *options).out.splitlines()]
