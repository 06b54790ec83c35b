#!/usr/bin/env bash
# The Week-0 plan in the lab: scripts/rehearse.sh runs this beside the first truth, on a ledger of its own.
# Usage: rehearse-week0.sh FOLDER   with AGENT_ID, TRACKER_DATA_DIR, a lab's settings and its claude and codex on PATH
# Steps A to G of the plan, for six windows each of Codex, Claude and GLM, as a person types them.
set -euo pipefail
run=$1
mkdir -p "$run/pack"
cd "$run"
export SESSION_HANDOFF=$run/SESSION_HANDOFF.md LEDGERS_DIR=$run/Ledgers
# shellcheck source=scripts/lab.sh
. "$ROOT/scripts/lab.sh"
# shellcheck source=scripts/tracker-aliases.sh
. "$ROOT/scripts/tracker-aliases.sh"
typed() { echo "[$AGENT_ID] \$ $*" >&2; }
show() {
	typed "$1"
	eval "$1"
}
{
	echo "capability,summary"
	for n in $(seq 1 18); do echo "capability-$n,task $n of the week"; done
} >capabilities.csv
git init -q work
git -C work config user.name main
git -C work config user.email main@example.com
git -C work commit -q --allow-empty -m "Start"
head_of() { git -C work rev-parse HEAD; }

# work_on PROVIDER WINDOW: something that the provider's meter shows, and a commit
work_on() {
	local n
	case $1 in
	codex) codex exec "task of $2" >/dev/null ;;
	claude)
		ANTHROPIC_BASE_URL=$LAB_ANTHROPIC NODE_EXTRA_CA_CERTS=$LAB_CA drive-client claude-sonnet-4-5 --count 6 --parallel 3 >/dev/null
		;;
	glm)
		for n in 1 2 3 4 5 6; do
			lab_send POST "$LAB_ZAI/api/anthropic/v1/messages" \
				'{"model": "glm-4.6", "max_tokens": 64, "messages": [{"role": "user", "content": "Say ok"}]}' >/dev/null
		done
		;;
	esac
	seq 1 20 | sed "s/^/$2 line /" >"work/$2.txt"
	git -C work add .
	git -C work commit -q -m "$2"
}
glm() { lab_send GET "$LAB_ZAI/api/monitor/usage/quota/limit"; }

for provider in codex claude glm; do
	for n in 1 2 3 4 5 6; do
		case $provider in codex) window=W0-CX-0$n ;; claude) window=W0-CHN-0$n ;; glm) window=W0-ZL-0$n ;; esac
		start=$(head_of)
		show "$ROOT/scripts/tools/reserve_feature.py --map capabilities.csv --window $window --provider $provider >/dev/null"
		feature=$(ledger-cat --window "$window" --kind feature | row-values feature_id | tail -n 1)
		case $provider in
		codex) show "os --live --window $window" ;;
		claude) show "read-meter claude | tracker ingest claude --window $window --phase before" ;;
		glm) show "glm | tracker ingest glm --window $window" ;;
		esac
		work_on "$provider" "$window"
		case $provider in
		codex) show "oe --live --window $window --buffer-seconds 0" ;;
		claude) show "read-meter claude | tracker ingest claude --window $window --phase after --buffer-seconds 0" ;;
		glm) show "glm | tracker ingest glm --window $window --buffer-seconds 0" ;;
		esac
		show "tracker complete --window $window --feature $feature=1 --$provider-features 1 --outcome pass --cls 1 --impf 1 --commit-start $start --commit-end $(head_of)"
		show "tracker churn --window $window --provider $provider --methodology week0 --commit-start $start --commit-end $(head_of) --repo work"
		show "$ROOT/scripts/tools/append_evidence.sh --window $window pytest -- git -C work log -1 --format=%s >/dev/null"
		show "tracker window-audit --window $window > pack/window-audit-$window.txt" || :
	done
done

# keep FILE COMMAND: a "no" or "too little" is a result
keep() {
	local status=0
	show "$2 > pack/$1" || status=$?
	case $status in 0 | 1 | 3 | 66) ;; *) exit "$status" ;; esac
}
keep preview.txt 'tracker preview --full'
keep router-replay.txt "$ROOT/scripts/tools/router_replay.py --strategy bwk --baseline greedy"
keep window-audit.json 'tracker window-audit --window WEEK0 --json'
keep decision-card.txt "$ROOT/scripts/tools/decision_card.py --window WEEK0"
keep cost-compare.txt "$ROOT/scripts/tools/proxy_cost_compare.py --min 3"
show "tracker append-evidence --check panel-vote --result 'more windows' --detail 'Tier 1; the rehearsal has no panel'"
show "$ROOT/scripts/automation/ledger_checkpoint.sh final --repo work"
