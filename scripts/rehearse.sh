#!/usr/bin/env bash
# Usage: rehearse.sh [BLOCKS]   play both field plans in the lab, to a GO and to a NO-GO (BLOCKS: default 7)
# Two truths are seeded in the mock providers, one after the other: in one, Z.AI answers soon and whole; in the
# other late, and every sixth request fails. Each is played to its card by the commands that a person types:
# BLOCKS pairs of windows, two agents at a time (bash and zsh), each with its own account, router and repository,
# one ledger, and one log that goes on growing and is rotated. Beside the first the Week-0 plan: six windows each of
# Codex, Claude and GLM. Ends with 1, and says what is missing, when a verdict, a ledger or a deliverable is not there.
# Everything is kept in demo/rehearsal-<UTC>. Real seconds stand for the plans' hours: the numbers are the mock
# providers', and prove the road, not a plan.
set -euo pipefail
case ${1:-} in -h | --help) sed -n '2,/^set /s/^# \{0,1\}//p' "$0" && exit ;; esac
cd "$(dirname "$0")/.."
blocks=${1:-7}
case $blocks in '' | *[!0-9]*) echo "rehearse: '$blocks' is no number of blocks; 5 is the least that a verdict takes" >&2 && exit 2 ;; esac
[ "$blocks" -ge 5 ] && [ "$blocks" -le 24 ] || { echo "rehearse: 5 to 24 blocks ($blocks); a verdict takes 5 at least" >&2 && exit 2; }
if [ -z "${TRACKER_DEMO:-}" ]; then
	exec env -i TRACKER_DEMO=1 DEMO_DIR="${DEMO_DIR:-$PWD/demo}" TRUTHS="${TRUTHS:-}" PATH="$PATH" TERM="${TERM:-dumb}" NO_COLOR="${NO_COLOR:-}" LC_ALL=C.UTF-8 TZ=UTC \
		"$0" "$blocks"
fi
export ROOT=$PWD
# shellcheck source=scripts/screen.sh
. scripts/screen.sh
# shellcheck source=scripts/lab.sh
. scripts/lab.sh
run=$DEMO_DIR/rehearsal-$(date -u +%Y%m%dT%H%M%SZ)
mkdir -p "$run/home" "$run/logs"
export PATH="$ROOT/bin:$PATH" HOME=$run/home
export USAGE_LOG=$run/logs/usage.jsonl USAGE_LOG_MAX_MB=0.2
children=()
stop_all() {
	local pid
	for pid in ${children[@]+"${children[@]}"}; do
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

# keep FILE COMMAND: show it, and keep what it says for the pack; a "no" or "too little" is a result
keep() {
	local status=0
	show "$2 > pack/$1" || status=$?
	case $status in 0 | 1 | 3 | 66) ;; *) exit "$status" ;; esac
}

# steer ADDRESS RULES: what a mock provider does from now on
steer() { lab_send PUT "$1/lab/faults" "$2" >/dev/null; }

say "Labs: an account of its own for each agent"
for agent in garnin zork main; do
	LAB_TOKENS=30000 lab_start "$run/lab-$agent"
	lab_claude "$run/bin-$agent"
	lab_codex "$run/bin-$agent"
	declare "ANTHROPIC_$agent=$LAB_ANTHROPIC" "ZAI_$agent=$LAB_ZAI" "NETWORK_$agent=$LAB_NETWORK" "CA_$agent=$LAB_CA"
done

# begin_child SHELL… -- SCRIPT…: in the background, in a process group of its own, so that all of it can be ended
begin_child() {
	set -m
	"$@" </dev/null &
	children+=($!)
	set +m
}

# wait_for_children FILE COUNT: with a line now and then that says how far they are
wait_for_children() {
	local pid status failed=0 told=-1 over
	for pid in "${children[@]}"; do
		while kill -0 "$pid" 2>/dev/null; do
			over=$(wc -l <"$1" 2>/dev/null || echo 0)
			[ "$((over / 4))" = "$((told / 4))" ] || echo "  $((over)) of $2 windows, $(date -u +%H:%M:%S)"
			told=$over
			sleep 1
		done
		status=0
		wait "$pid" || status=$?
		[ "$status" = 0 ] || failed=$status
	done
	children=()
	return "$failed"
}

# play TRUTH RULES: register, deal, play all windows, and judge
play() {
	local truth=$1 rules=$2 folder=$run/$1 n agent half shell mine later=0 second=zsh
	mkdir -p "$folder/pack"
	: >"$folder/windows-done"
	export TRACKER_DATA_DIR=$folder/ledger
	cd "$folder"
	say "Truth $truth: the plan, before the first window"
	{
		echo "feature_id,predicted_size,capability"
		for ((n = 1; n <= blocks; n++)); do echo "F-$n,50,capability-$n"; done
	} >tasks.csv
	printf 'capability,summary\nnext-1,a task of next week\nnext-2,another\n' >next.csv
	show "tracker experiment register --blocks $blocks --seed 20260104 --notes 'the rehearsal: mock providers'"
	show "tracker assign-tasks --registered --seed 20260104 < tasks.csv"

	say "Truth $truth: $((2 * blocks)) windows, two agents at a time"
	command -v zsh >/dev/null || second=bash
	half=$(((blocks + 1) / 2))
	for agent in garnin zork; do
		local anthropic=ANTHROPIC_$agent zai=ZAI_$agent network=NETWORK_$agent ca=CA_$agent
		export LAB_CA=${!ca}
		steer "${!anthropic}" '[{"model": "haiku", "delay_ms": 350}, {"path": "/v1/messages", "delay_ms": 120}]'
		steer "${!zai}" "$rules"
		lab_send PUT "${!anthropic}/lab/meter" '{"share": 0, "weekly_share": 0.05}' >/dev/null
		shell=(bash --noprofile --norc)
		mine=$(seq 1 "$half")
		if [ "$agent" = zork ]; then
			mine=$(seq $((half + 1)) "$blocks")
			[ "$second" = bash ] || shell=(zsh -f)
		fi
		echo "agent $agent: ${shell[0]}, blocks $(echo "$mine" | tr '\n' ' ')"
		# shellcheck disable=SC2086 # a list of numbers
		begin_child env AGENT_ID="$agent" PATH="$run/bin-$agent:$PATH" MITM_PORT="$(lab_free_port)" \
			MITM_CONFDIR="$run/router-$agent" MITM_LOG_DIR="$run/router-$agent" LAB_LATER="$later" \
			ROUTER_CONTROL="$run/router-$agent/control" ROUTER_STATE="$run/router-$agent/state.json" \
			LAB_ANTHROPIC="${!anthropic}" LAB_ZAI="${!zai}" LAB_NETWORK="${!network}" LAB_CA="${!ca}" SSL_CERT_FILE="${!ca}" \
			ZAI_API_KEY=0123456789abcdef.made-up-for-the-lab \
			"${shell[@]}" "$ROOT/scripts/rehearse-agent.sh" "$folder" $mine >"$folder/$agent.log" 2>&1
		later=350 # one account's quota resets some minutes after the other's, as accounts' do
	done
	if [ "$truth" = "$weekly" ]; then
		# shellcheck disable=SC2154 # one set for each agent, by name
		begin_child env AGENT_ID=main PATH="$run/bin-main:$PATH" TRACKER_DATA_DIR="$run/week0/ledger" \
			LAB_ANTHROPIC="$ANTHROPIC_main" LAB_ZAI="$ZAI_main" LAB_CA="$CA_main" \
			bash --noprofile --norc "$ROOT/scripts/rehearse-week0.sh" "$run/week0" >"$run/week0.log" 2>&1
	fi
	local failed=0
	wait_for_children "$folder/windows-done" $((2 * blocks)) || failed=$?
	grep -h '^\[' "$folder/garnin.log" | sed -n 1,14p
	echo "… (the whole of it: $truth/garnin.log, $truth/zork.log)"
	if [ "$failed" != 0 ]; then
		tail -n 4 "$folder"/*.log "$run"/week0.log >&2 2>/dev/null
		echo "rehearse: an agent ended with $failed; see its log in $folder" >&2
		exit "$failed"
	fi

	say "Truth $truth: what it comes to"
	show "(ledger-cat; cat $run/logs/*.jsonl) | cost-compare --features | ledger-append"
	for n in 1 2; do # what is planned next and waits for nothing but a plan's capacity
		show "tracker reserve-feature --map next.csv --ready --blocked-by capacity >/dev/null"
	done
	keep preview.txt 'tracker preview --full'
	keep preview.md 'tracker preview --format md'
	keep router-replay.txt "$ROOT/scripts/tools/router_replay.py --strategy bwk --baseline greedy"
	keep cost-compare.txt "(ledger-cat; cat $run/logs/*.jsonl) | cost-compare --min 3"
	keep window-audit.json 'tracker window-audit --window WEEK0 --json'
	keep ledger-verify.txt 'tracker verify'
	show "tracker append-evidence --check panel-vote --result $truth --detail 'the rehearsal has no panel'"
	keep decision-card.txt "$ROOT/scripts/tools/decision_card.py --window WEEK0"
	cat pack/decision-card.txt
	show "SESSION_HANDOFF=$folder/SESSION_HANDOFF.md LEDGERS_DIR=$folder/Ledgers $ROOT/scripts/automation/ledger_checkpoint.sh final --repo $folder/work-garnin"
}

weekly=go
case ${TRUTHS:-} in '') truths="go no-go" ;; *) truths=$TRUTHS && weekly= ;; esac
for truth in $truths; do
	case $truth in
	go) play go '[{"path": "/v1/messages", "delay_ms": 120}]' ;;
	no-go) play no-go '[{"path": "/v1/messages", "every": 6, "status": 500}, {"path": "/v1/messages", "delay_ms": 900}]' ;;
	*) echo "rehearse: '$truth' is no truth; use go, no-go" >&2 && exit 2 ;;
	esac
done

say "The evidence pack"
cd "$run"
mkdir -p results
show "summarize --format json logs/*.jsonl > results/METRICS.json"
show "verify-routing logs/*.jsonl > results/routing.txt"
{
	echo "# Show and ask"
	for truth in $truths; do
		printf '\n## Truth %s\n\n' "$truth"
		cat "$truth/pack/preview.md"
		# shellcheck disable=SC2016 # Markdown's fences
		printf '\n```\n%s\n\n%s\n```\n' "$(cat "$truth/pack/decision-card.txt")" "$(cat "$truth/pack/cost-compare.txt")"
	done
} >results/SHOW_AND_ASK.md
for truth in $truths; do
	cp "$truth/pack/decision-card.txt" "results/decision-card-$truth.txt"
done
show "TRACKER_DATA_DIR=$run/${truths%% *}/ledger RESULTS_DIR=$run/results BUNDLE_DIR=$run/bundle $ROOT/scripts/bundle.sh"
echo
TRUTHS="$truths" WEEKLY="$weekly" "$ROOT/scripts/rehearse-check.sh" "$run"
