# shellcheck shell=bash
# Source this. Functions that run a lab on loopback: two mock providers and the network between.
#   lab_start FOLDER   certificates, logs and ports go there; sets LAB_CA, LAB_ANTHROPIC, LAB_ZAI, LAB_NETWORK
#   lab_begin PROGRAM…  run a program in the background, to be ended by lab_stop
#   lab_stop           end what was started, newest first
# Bash only: the scripts that use it are.

LAB_PIDS=()
LAB_BIN=$(cd "$(dirname "${BASH_SOURCE[0]}")/../bin" && pwd)

function lab_begin() {
	"$@" </dev/null &
	LAB_PIDS+=($!)
}

# lab_url FILE: wait for the line that says which port a server took, and print its address
function lab_url() {
	local tries
	for ((tries = 0; tries < 200; tries++)); do
		if [ -s "$1" ]; then
			"$LAB_BIN/row-values" url <"$1"
			return
		fi
		kill -0 "$!" 2>/dev/null || break
		sleep 0.05
	done
	echo "lab: a server did not start; see $1" >&2
	return 1
}

function lab_start() {
	local folder=$1
	mkdir -p "$folder/tls"
	lab_begin "$LAB_BIN/mock-provider" --as anthropic --tls "$folder/tls" --log "$folder/anthropic.jsonl" \
		--five-hour-tokens "${LAB_TOKENS:-1000000}" --used-pct "${LAB_USED_PCT:-0}" --chunk-ms "${LAB_CHUNK_MS:-2}" >"$folder/anthropic.port"
	lab_begin "$LAB_BIN/mock-provider" --as zai --tls "$folder/tls" --log "$folder/zai.jsonl" \
		--five-hour-tokens "${LAB_TOKENS:-1000000}" --used-pct "${LAB_USED_PCT:-0}" --chunk-ms "${LAB_CHUNK_MS:-2}" >"$folder/zai.port"
	LAB_ANTHROPIC=$(lab_url "$folder/anthropic.port")
	LAB_ZAI=$(lab_url "$folder/zai.port")
	lab_begin "$LAB_BIN/mock-network" --route "api.anthropic.com=${LAB_ANTHROPIC##*:}" --route "api.z.ai=${LAB_ZAI##*:}" \
		--log "$folder/network.jsonl" >"$folder/network.port"
	LAB_NETWORK=$(lab_url "$folder/network.port")
	LAB_CA=$folder/tls/ca.pem
	export LAB_CA LAB_ANTHROPIC LAB_ZAI LAB_NETWORK
}

function lab_stop() {
	local at
	for ((at = ${#LAB_PIDS[@]} - 1; at >= 0; at--)); do
		kill "${LAB_PIDS[at]}" 2>/dev/null || continue
		wait "${LAB_PIDS[at]}" 2>/dev/null || :
	done
	LAB_PIDS=()
	return 0
}

# lab_mitm_port FILE: wait until a mitmdump says where it listens, and print the port
function lab_mitm_port() {
	local tries port
	for ((tries = 0; tries < 400; tries++)); do
		port=$(sed -n 's/.*listening at [^ ]*:\([0-9]*\)\.*$/\1/p' "$1" 2>/dev/null | sed -n 1p)
		if [ -n "$port" ]; then
			echo "$port"
			return
		fi
		kill -0 "$!" 2>/dev/null || break
		sleep 0.05
	done
	echo "lab: mitmdump did not start; see $1" >&2
	return 1
}

# lab_saw FILE: how many message requests a mock provider got, for which models
function lab_saw() {
	"$LAB_BIN/row-values" path model <"$1" 2>/dev/null | sed -n 's/^[^	]*\/messages	//p' | sort | uniq -c |
		awk '{ printf "%s%s x %s", sep, $1, $2; sep = ", " } END { if (NR == 0) printf "nothing" }'
}

# claude_home FOLDER: a HOME for Claude Code with a made-up login, good on loopback only
function claude_home() {
	mkdir -p "$1/.claude"
	cat >"$1/.claude/.credentials.json" <<-JSON
		{"claudeAiOauth": {"accessToken": "sk-ant-oat01-made-up-for-loopback", "refreshToken": "sk-ant-ort01-made-up",
		 "expiresAt": 4102444800000, "scopes": ["user:inference", "user:profile"], "subscriptionType": "max"}}
	JSON
	cat >"$1/.claude.json" <<-JSON
		{"hasCompletedOnboarding": true, "theme": "dark", "bypassPermissionsModeAccepted": true,
		 "oauthAccount": {"accountUuid": "00000000-0000-4000-8000-000000000000", "emailAddress": "demo@example.com",
		 "organizationUuid": "00000000-0000-4000-8000-000000000001"}}
	JSON
	export DISABLE_AUTOUPDATER=1
}

# lab_free_port: a port that nobody listens on
function lab_free_port() {
	PYTHONPATH=$LAB_BIN/../lib "$LAB_BIN/../.venv/bin/python" -c 'from tracker.mock.ports import free_port; print(free_port())'
}

# lab_send METHOD URL [JSON]: ask a mock provider something, print what it answers
function lab_send() {
	"$LAB_BIN/mock-send" "$@"
}

# lab_claude FOLDER: a stand-in for Claude Code, for where none is installed. It prints the lab's
# meter for -p /usage, and asks through the official SDK for other prompts.
function lab_claude() {
	mkdir -p "$1"
	cat >"$1/claude" <<-SH
		#!/bin/sh
		# A stand-in for Claude Code in the lab; made by scripts/lab.sh.
		case "\$*" in
		*--version*) echo "2.1.329 (Claude Code)" ;;
		*stream-json*)
			limits=\$(bash -c '. "$LAB_BIN/../scripts/lab.sh" && lab_send GET "\$LAB_ANTHROPIC/api/oauth/usage"')
			told='{"session":{},"subscription_type":"max","rate_limits_available":true,"rate_limits":'\$limits'}'
			echo '{"type":"control_response","response":{"subtype":"success","request_id":"meter","response":'\$told'}}'
			;;
		*/usage*) exec "$LAB_BIN/drive-client" --pane ;;
		*"--model haiku"*) exec "$LAB_BIN/drive-client" haiku ;;
		*) exec "$LAB_BIN/drive-client" sonnet ;;
		esac
	SH
	chmod +x "$1/claude"
}

# lab_codex FOLDER: a stand-in for Codex, for where none is installed. `codex exec` is work, which its meter shows;
# `codex app-server` answers what the meter says, as the real one does.
function lab_codex() {
	mkdir -p "$1"
	echo 3 >"$1/codex-used"
	cat >"$1/codex" <<-'SH'
		#!/bin/sh
		# A stand-in for Codex in the lab; made by scripts/lab.sh.
		kept=${0%/*}/codex-used
		used=$(cat "$kept")
		case $1 in
		exec) echo $((used + 7)) >"$kept" ;;
		app-server)
			printf '{"id":2,"result":{"rateLimits":{"limitId":"codex","primary":{"usedPercent":%s,"windowDurationMins":300,"resetsAt":%s},"secondary":{"usedPercent":%s,"windowDurationMins":10080,"resetsAt":%s},"planType":"plus"}}}\n' \
				"$used" "$(($(date +%s) / 3600 * 3600 + 10800))" "$((used / 5))" "$(($(date +%s) / 3600 * 3600 + 396000))"
			cat >/dev/null
			;;
		*) echo "codex-cli 0.171.0" ;;
		esac
	SH
	chmod +x "$1/codex"
}
