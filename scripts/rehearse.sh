#!/usr/bin/env bash
# Usage: rehearse.sh [BLOCKS]   play both runbooks in the lab: BLOCKS pairs of windows (default 6)
# Two agents in parallel, one in bash, one in zsh, each with its own account, router and repository, one
# ledger between them; then the analytics and the evidence pack. Everything is kept in demo/rehearsal-<UTC>.
# Real seconds stand for the plans' hours: numbers are the mock provider's, and prove the way, not a plan.
set -euo pipefail
cd "$(dirname "$0")/.."
blocks=${1:-6}
case $blocks in '' | *[!0-9]* | 0 | 1) echo "rehearse: '$blocks' is no number of blocks from 2 on" >&2 && exit 2 ;; esac
if [ -z "${TRACKER_DEMO:-}" ]; then
	exec env -i TRACKER_DEMO=1 DEMO_DIR="${DEMO_DIR:-$PWD/demo}" PATH="$PATH" TERM="${TERM:-dumb}" NO_COLOR="${NO_COLOR:-}" LC_ALL=C.UTF-8 TZ=UTC \
		"$0" "$blocks"
fi
export ROOT=$PWD
# shellcheck source=scripts/screen.sh
. scripts/screen.sh
# shellcheck source=scripts/lab.sh
. scripts/lab.sh
run=$DEMO_DIR/rehearsal-$(date -u +%Y%m%dT%H%M%SZ)
mkdir -p "$run/pack" "$run/home"
export PATH="$ROOT/bin:$PATH" HOME=$run/home TRACKER_DATA_DIR=$run/ledger
agents=()
stop_all() {
	local pid
	for pid in ${agents[@]+"${agents[@]}"}; do
		kill -- "-$pid" 2>/dev/null || :
	done
	for pid in "$run"/router-*/router-*.pid; do
		[ ! -f "$pid" ] || kill "$(cat "$pid")" 2>/dev/null || :
	done
	lab_stop
}
trap stop_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

show() {
	typed "$1"
	eval "$1"
}

say "Phase 1: preparation"
{
	echo "feature_id,predicted_size,capability"
	for ((n = 1; n <= blocks; n++)); do echo "F-$n,50,capability-$n"; done
} >"$run/tasks.csv"
{
	echo "capability,summary"
	for ((n = 1; n <= blocks; n++)); do echo "capability-$n,task $n of the rehearsal"; done
	echo "capability-codex,for the Codex window"
} >"$run/capabilities.csv"
show "assign-tasks --seed 20260105 --blocks $blocks < $run/tasks.csv | ledger-append"
show "scripts/tools/reserve_feature.py --map $run/capabilities.csv --window W0-CX-01 --provider codex"

say "Phase 2: the windows, two agents at a time"
second=zsh
command -v zsh >/dev/null || {
	second=bash
	echo "(zsh is not installed: both agents use bash)"
}
half=$((blocks / 2))
later=0 # one account's quota resets some minutes after the other's, as accounts' do
# One log for both, which goes on growing and is rotated every few windows.
export USAGE_LOG=$run/logs/usage.jsonl USAGE_LOG_MAX_MB=0.04
mkdir -p "$run/logs"
for agent in garnin zork; do
	LAB_TOKENS=60000 lab_start "$run/lab-$agent"
	lab_claude "$run/bin-$agent"
	shell=(bash --noprofile --norc)
	mine=$(seq 1 "$half")
	if [ "$agent" = zork ]; then
		mine=$(seq $((half + 1)) "$blocks")
		[ "$second" = bash ] || shell=(zsh -f)
	fi
	echo "agent $agent: ${shell[0]}, blocks $(echo "$mine" | tr '\n' ' ')"
	set -m # a process group of its own, so that all of it can be ended
	# shellcheck disable=SC2086 # a list of numbers
	AGENT_ID=$agent PATH="$run/bin-$agent:$PATH" MITM_PORT=$(lab_free_port) MITM_CONFDIR=$run/router-$agent \
	MITM_LOG_DIR=$run/router-$agent LAB_LATER=$later ZAI_API_KEY=0123456789abcdef.made-up-for-the-lab \
		"${shell[@]}" scripts/rehearse-agent.sh "$run" $mine >"$run/$agent.log" 2>&1 </dev/null &
	agents+=($!)
	set +m
	later=700
done
failed=0
for pid in "${agents[@]}"; do wait "$pid" || failed=$?; done
agents=()
grep -h '^\[' "$run"/garnin.log | head -n 14
echo "… (the whole of it: garnin.log, zork.log)"
if [ "$failed" != 0 ]; then
	for agent in garnin zork; do tail -n 3 "$run/$agent.log" >&2; done
	echo "rehearse: an agent ended with $failed; see its log in $run" >&2
	exit "$failed"
fi

say "Phase 2, the other providers: one Codex and one GLM window, methodology week0"
# shellcheck source=scripts/tracker-aliases.sh
AGENT_ID=main && . scripts/tracker-aliases.sh
codex() { # PERCENT: what codex app-server answers
	printf '{"id":2,"result":{"rateLimits":{"limitId":"codex","primary":{"usedPercent":%s,"windowDurationMins":300,"resetsAt":%s},"secondary":{"usedPercent":%s,"windowDurationMins":10080,"resetsAt":%s},"planType":"plus"}}}\n' \
		"$1" "$(($(date +%s) + 9000))" "$(($1 / 5))" "$(($(date +%s) + 400000))"
}
show 'codex 12 | os --window W0-CX-01'
show 'codex 31 | oe --window W0-CX-01 --buffer-seconds 0'
show 'tracker complete --window W0-CX-01 --codex-features 2 --quality 1.0 --outcome pass --methodology week0 --cls 1 --impf 1'
glm() { lab_send GET "$LAB_ZAI/api/monitor/usage/quota/limit"; }
show 'glm | zs --window W0-ZL-01'
for ((n = 0; n < 8; n++)); do # work on GLM itself, without Claude Code
	lab_send POST "$LAB_ZAI/api/anthropic/v1/messages" \
		'{"model": "glm-4.6", "max_tokens": 64, "messages": [{"role": "user", "content": "Say ok"}]}' >/dev/null
done
show 'glm | ze --window W0-ZL-01 --buffer-seconds 0'
show 'tracker complete --window W0-ZL-01 --glm-features 1 --quality 1.0 --outcome pass --methodology week0'

say "Phase 3: analytics"
keep() { # FILE COMMAND: show it, and keep it for the pack; a "no" or "too little" is a result
	local status=0
	show "$2 > pack/$1" || status=$?
	case $1 in *.txt) cat "$run/pack/$1" ;; esac
	case $status in 0 | 1 | 66) echo "(exit status $status)" ;; *) exit "$status" ;; esac
}
cd "$run"
keep preview.txt 'tracker preview'
keep router-replay.txt "$ROOT/scripts/tools/router_replay.py --strategy bwk --baseline greedy"
keep decision-card.txt "$ROOT/scripts/tools/decision_card.py --window WEEK0"
keep cost-compare.txt "(ledger-cat; cat logs/*.jsonl) | $ROOT/bin/cost-compare --min 3"
keep ledger-verify.txt 'tracker verify'
keep window-audit.json 'tracker window-audit --window WEEK0 --json'

say "Phase 4: the evidence pack"
show "LEDGERS_DIR=$run/pack/Ledgers $ROOT/scripts/automation/write_ledgers.sh"
mkdir -p results
cp pack/*.txt results/ 2>/dev/null
show "USAGE_LOG=$run/logs/usage.jsonl RESULTS_DIR=$run/results BUNDLE_DIR=$run/bundle $ROOT/scripts/bundle.sh"
windows=$(ledger-cat --kind window | wc -l)
echo
echo "rehearsal passed: $windows windows, $(ledger-cat | wc -l | tr -d ' ') rows in force; kept in $run"
