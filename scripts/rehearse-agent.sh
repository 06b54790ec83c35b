# shellcheck shell=bash
# One agent's part of the rehearsal: scripts/rehearse.sh runs this in bash for one and in zsh for another.
# Usage: rehearse-agent.sh FOLDER BLOCK…   with AGENT_ID, TRACKER_DATA_DIR and the lab's settings set
#
# For every window of its blocks, in the order that the coins gave: the per-window runbook as it is
# typed, through the aliases. Real seconds stand for the five hours, so the buffer is 0 where it is said.
set -eu
run=$1
shift
# shellcheck source=scripts/tracker-aliases.sh
source "$ROOT/scripts/tracker-aliases.sh"
# shellcheck source=scripts/cc-aliases.sh
source "$ROOT/scripts/cc-aliases.sh"
# shellcheck source=scripts/lab.sh
[ -z "${BASH_VERSION:-}" ] || source "$ROOT/scripts/lab.sh"

function typed() {
	echo "[$AGENT_ID] \$ $*" >&2
}

# in_lab METHOD PATH [JSON]: steer this agent's Anthropic
function in_lab() {
	bash -c '. "$ROOT/scripts/lab.sh" && lab_send "$@"' lab "$1" "$LAB_ANTHROPIC$2" "${@:3}"
}

function field() {
	printf '%s\n' "$1" | "$ROOT/bin/row-values" "$2"
}

repo=$run/work-$AGENT_ID
git init -q "$repo"
cd "$repo"
git config user.name "$AGENT_ID"
git config user.email "$AGENT_ID@example.com"
git commit -q --allow-empty -m "Start"

# start_router ARM: Haiku goes to Z.AI in the offload arm; in the other the router only watches
function start_router() {
	local force=1
	[ "$1" = mitm_offload ] || force=0
	if [ "$force" = 1 ]; then
		typed "ccmitm $MITM_PORT"
		ccmitm "$MITM_PORT" --mode "upstream:$LAB_NETWORK" --set "ssl_verify_upstream_trusted_ca=$LAB_CA" \
			--set "confdir=$MITM_CONFDIR"
	else
		typed "FORCE_HAIKU_TO_ZAI=0 MITM_PORT=$MITM_PORT make mitm"
		FORCE_HAIKU_TO_ZAI=0 "$ROOT/scripts/mitm.sh" start "$MITM_PORT" --mode "upstream:$LAB_NETWORK" \
			--set "ssl_verify_upstream_trusted_ca=$LAB_CA" --set "confdir=$MITM_CONFDIR"
	fi
}

# window WINDOW ARM BLOCK FEATURE NUMBER: one window, from BEFORE to evidence
function window() {
	local window=$1 arm=$2 block=$3 feature=$4 number=$5 start ended=0
	start_router "$arm"
	typed "ccsub $MITM_PORT"
	ccsub "$MITM_PORT"
	# A window of its own: a fresh quota, and a reset that differs from the last one's.
	in_lab PUT /lab/meter "{\"share\": 0.0$number, \"opened_at\": $(($(date +%s) - 17000 + LAB_LATER + 1400 * number))}" >/dev/null

	typed "as --window $window"
	as --live --window "$window"
	if [ "$number" = 1 ]; then
		typed "as --window $window   # a second BEFORE is refused"
		as --live --window "$window" || ended=$?
		[ "$ended" = 75 ]
	fi

	start=$(git rev-parse HEAD)
	drive-client sonnet haiku:stream haiku haiku --count $((24 + 4 * (number % 3))) --parallel 2 >"$run/calls-$window.jsonl"
	for part in 1 2 3; do
		seq 1 $((40 + 3 * number + part)) | sed "s/^/$feature part $part line /" >"$feature-$arm-$part.txt"
		git add .
		git commit -q -m "$feature: part $part ($arm)"
	done

	if [ "$number" = 1 ]; then
		typed "ae --window $window   # within five minutes it is refused"
		ended=0
		ae --live --window "$window" || ended=$?
		[ "$ended" = 75 ]
	fi
	typed "ae --window $window --buffer-seconds 0"
	ae --live --window "$window" --buffer-seconds 0

	sleep 0.3 # a row is written when its reply has ended
	typed "< logs/usage.jsonl tracker ingest proxy-telemetry --window $window --stdin"
	tracker ingest proxy-telemetry --window "$window" --stdin <"$USAGE_LOG"
	typed "tracker complete --window $window --claude-features 3 --quality 1.0 --outcome pass --methodology $arm …"
	tracker complete --window "$window" --claude-features 3 --quality 1.0 --outcome pass --methodology "$arm" \
		--cls 2 --impf 1 --block "$block" --feature-id "$feature" --commit-start "$start" --commit-end "$(git rev-parse HEAD)"
	typed "tracker churn --window $window --provider claude --methodology $arm --commit-start … --commit-end …"
	tracker churn --window "$window" --provider claude --methodology "$arm" --commit-start "$start" --commit-end "$(git rev-parse HEAD)"
	typed "scripts/tools/append_evidence.sh --window $window pytest -- …"
	"$ROOT/scripts/tools/append_evidence.sh" --window "$window" pytest -- git log -1 --format=%s >/dev/null
	typed "tracker window-audit --window $window --format json"
	tracker window-audit --window "$window" --format json >"$run/pack/window-audit-$window.json" || :
	tracker window-audit --window "$window" >"$run/pack/window-audit-$window.txt" || :
	typed "python scripts/tools/decision_card.py --window $window"
	"$ROOT/scripts/tools/decision_card.py" --window "$window" >"$run/pack/decision-card-$window.txt" || :
	typed "ccverify"
	ccverify >"$run/pack/routing-$window.txt"
}

number=0
for block; do
	while IFS= read -r row; do
		number=$((number + 1))
		window "$(field "$row" window)" "$(field "$row" methodology)" "$block" "$(field "$row" feature_id)" "$number" </dev/null
	done <<-ROWS
		$(ledger-cat --kind feature | grep "\"block\": *${block}[,}]")
	ROWS
done
"$ROOT/scripts/mitm.sh" stop "$MITM_PORT"
