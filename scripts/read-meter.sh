#!/usr/bin/env bash
# Usage: read-meter.sh claude|codex|glm   print the plan's usage, for capture-claude and so on
#
# Takes the best source that answers here and says on stderr which it was: the client's own control
# channel, then what it prints or logged. It never sends a prompt to a model and never opens a login:
# the clients ask with theirs, and Z.AI is asked with your own ZAI_API_KEY (environment or .env).
# Ends with 78 when a program or key is missing, with 75 when nothing answers.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
logs=$(dirname "${USAGE_LOG:-$root/logs/usage.jsonl}")
patience=${METER_SECONDS:-20}
work=$(mktemp -d "${TMPDIR:-/tmp}/meter.XXXXXX")
child=
tidy() {
	[ -z "$child" ] || kill -- "-$child" 2>/dev/null || :
	rm -rf "$work"
}
trap tidy EXIT
trap 'exit 130' INT TERM

note() { printf 'read-meter: %s\n' "$*" >&2; }
stop() {
	local status=$1
	shift
	note "$*"
	exit "$status"
}

# Give a client $work/in, and keep its stdin open until it has answered.
ask() {
	[ -s "$work/in" ] || return 0
	cat "$work/in"
	sleep "$patience" &
	echo $! >"$work/holder"
	wait $! 2>/dev/null || :
}

# within PATTERN COMMAND…: run it in a folder of its own until a line of its output has PATTERN, or it
# ends, or patience does; its output is in $work/out. It may end by itself then: it has files to write.
within() {
	local pattern=$1 waited=0 most=$((patience * 5))
	shift
	mkdir -p "$work/cwd"
	: >"$work/out"
	set -m
	(cd "$work/cwd" && ask | "$@") >"$work/out" 2>/dev/null &
	child=$!
	set +m
	while kill -0 "$child" 2>/dev/null && [ "$waited" -lt "$most" ]; do
		if [ -s "$work/holder" ] && grep -q -- "$pattern" "$work/out"; then
			kill "$(cat "$work/holder")" 2>/dev/null || :
			rm -f "$work/holder"
			waited=0 most=15
		fi
		sleep 0.2
		waited=$((waited + 1))
	done
	kill -- "-$child" 2>/dev/null || :
	wait "$child" 2>/dev/null || :
	child=
	grep -q -- "$pattern" "$work/out"
}

# An API key or another base address in this shell would hide the plan from the client.
as_subscriber() {
	env -u ANTHROPIC_API_KEY -u ANTHROPIC_AUTH_TOKEN -u ANTHROPIC_BASE_URL "$@"
}

# at_least VERSION LEAST: whether a version of three numbers is not older.
at_least() {
	[ "$(printf '%s\n%s\n' "$2" "$1" | sort -t. -k1,1n -k2,2n -k3,3n | head -n 1)" = "$2" ]
}

# What the client keeps of its last answer: when it asked, in epoch milliseconds, and the session's quota.
# Nothing else is read there.
kept() {
	local file=${CLAUDE_CONFIG_DIR:-$HOME}/.claude.json
	[ -f "$file" ] || return 0
	tr -d ' \n' <"$file" |
		sed -n 's/.*"cachedUsageUtilization":{"fetchedAtMs":\([0-9]*\),.*"utilization":{"five_hour":\({[^{}]*}\).*/\1 \2/p'
}

claude_meter() {
	local version before after fetched cached=false
	command -v claude >/dev/null || stop 78 "claude is not on PATH; install it, or paste the /usage screen into capture-claude"
	version=$(claude --version 2>/dev/null | sed -n 's/^\([0-9]*\.[0-9]*\.[0-9]*\).*/\1/p')
	# Older clients take the question for a prompt and send it to a model.
	if [ -n "$version" ] && at_least "$version" 2.1.175; then
		before=$(kept)
		printf '%s\n' '{"type":"control_request","request_id":"meter","request":{"subtype":"get_usage"}}' >"$work/in"
		if within '"control_response"' as_subscriber claude -p --input-format stream-json --output-format stream-json --verbose &&
			grep -q '"rate_limits":{' "$work/out"; then
			note "claude $version, control request get_usage"
			grep '"control_response"' "$work/out"
			after=$(kept)
			[ "${after%% *}" = "${before%% *}" ] || fetched=${after%% *}
			# The client asks once a minute at most: the same answer again may be the one it kept.
			if [ -n "$before" ] && [ -z "${fetched:-}" ] && tr -d ' ' <"$work/out" | grep -qF "\"five_hour\":${before#* }"; then
				fetched=${before%% *} cached=true
				note "the numbers are those of $(($(date +%s) - fetched / 1000)) s ago: the client kept them, or nothing has changed"
			fi
			printf '{"type":"meter_note","client_version":"%s","fetched_at_ms":%s,"cached":%s}\n' "$version" "${fetched:-null}" "$cached"
			return
		fi
		: >"$work/in"
		if within '% used' as_subscriber claude -p /usage; then
			note "claude $version, printed /usage (the control request gave no numbers)"
			cat "$work/out"
			return
		fi
		note "claude $version gave no numbers"
	else
		note "claude ${version:-of an unknown version} is too old to be asked without a prompt (2.1.175 or later)"
	fi
	if [ -s "$logs/statusline.jsonl" ] && tail -n 1 "$logs/statusline.jsonl" | grep -q used_percentage; then
		note "last line of $logs/statusline.jsonl; it is as old as its captured_at"
		tail -n 1 "$logs/statusline.jsonl"
		return
	fi
	stop 75 "no numbers from claude; open /usage in it and paste the screen into capture-claude"
}

codex_meter() {
	local home=${CODEX_HOME:-$HOME/.codex} log
	if command -v codex >/dev/null; then
		printf '%s\n' \
			'{"id":1,"method":"initialize","params":{"clientInfo":{"name":"tracker","title":"tracker","version":"0.1.0"}}}' \
			'{"method":"initialized"}' '{"id":2,"method":"account/rateLimits/read"}' >"$work/in"
		if within '"id":2' codex app-server && grep '"id":2' "$work/out" | grep -q '"rateLimits'; then
			note "codex app-server, account/rateLimits/read"
			grep '"id":2' "$work/out"
			return
		fi
		note "codex app-server gave no limits"
	else
		note "codex is not on PATH"
	fi
	log=$(find "$home/sessions" -name 'rollout-*.jsonl' 2>/dev/null | sort | tail -n 1) || :
	if [ -n "$log" ] && grep -q '"rate_limits"' "$log"; then
		note "last limits in $log; they are as old as their timestamp"
		grep '"token_count"' "$log" | grep '"rate_limits":{' | tail -n 20
		return
	fi
	stop 75 "no limits from codex; run /status in it twice and paste the card into capture-codex"
}

glm_meter() {
	local key=${ZAI_API_KEY:-} base=${ZAI_BASE_URL:-https://api.z.ai/api/anthropic}
	if [ -z "$key" ] && [ -f "$root/.env" ]; then
		key=$(sed -n 's/^\(export \)\{0,1\}ZAI_API_KEY=//p' "$root/.env" | tail -n 1 | tr -d "\"'")
	fi
	if [ -z "$key" ]; then
		note "ZAI_API_KEY is not set; put it in .env"
	# The key goes through stdin: a program's options can be read by everyone on the machine.
	elif printf 'header = "Authorization: %s"\n' "$key" | curl -sS --max-time "$patience" -K - \
		"${base%/api/anthropic}/api/monitor/usage/quota/limit" >"$work/out" 2>"$work/err"; then
		note "quota answer of ${base%/api/anthropic}"
		cat "$work/out"
		return
	else
		note "Z.AI does not answer: $(tail -n 1 "$work/err")"
	fi
	if [ -s "$logs/usage.jsonl" ] && grep -q '"lane":"zai"' "$logs/usage.jsonl"; then
		note "the router's own rows instead: tokens, no quota"
		grep '"lane":"zai"' "$logs/usage.jsonl"
		return
	fi
	[ -n "$key" ] || stop 78 "no key and no rows of the router; set ZAI_API_KEY in .env"
	stop 75 "no quota answer and no rows of the router; try again in a minute"
}

case ${1:-} in
claude) claude_meter ;;
codex) codex_meter ;;
glm) glm_meter ;;
-h | --help) sed -n '2,7s/^# \{0,1\}//p' "$0" ;;
*) stop 2 "say whose meter: claude, codex or glm" ;;
esac
