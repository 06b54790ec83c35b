# shellcheck shell=bash
# One agent's part of the rehearsal: scripts/rehearse.sh runs this in bash for one and in zsh for another.
# Usage: rehearse-agent.sh FOLDER BLOCK…   with AGENT_ID, TRACKER_DATA_DIR and the lab's settings set
#
# Every window of its blocks, in the order that the coins gave, as a person types it: by turns in four words
# (begin, work, end) and by the plans' own commands, which make the same rows. Real seconds stand for the
# five hours, so the buffer is 0 where it is said.
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
	"$ROOT/bin/mock-send" "$1" "$LAB_ANTHROPIC$2" "${@:3}"
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
	local lab
	lab=(--mode "upstream:$LAB_NETWORK" --set "ssl_verify_upstream_trusted_ca=$LAB_CA" --set "confdir=$MITM_CONFDIR")
	if [ "$1" = mitm_offload ]; then
		typed "ccmitm $MITM_PORT"
		ccmitm "$MITM_PORT" "${lab[@]}"
	else
		typed "FORCE_HAIKU_TO_ZAI=0 MITM_PORT=$MITM_PORT make mitm"
		FORCE_HAIKU_TO_ZAI=0 "$ROOT/scripts/mitm.sh" start "$MITM_PORT" "${lab[@]}"
	fi
}

# work_on FEATURE ARM BLOCK: requests as an agent makes them, seven of eight Haiku's, and commits; tasks differ in size
function work_on() {
	local part haiku=claude-haiku-4-5
	drive-client claude-sonnet-4-5:stream $haiku "${haiku}:stream" $haiku "${haiku}:stream" $haiku "${haiku}:stream" $haiku \
		--count $((32 + 8 * ($3 * 3 % 4))) --parallel 8 >"$run/calls-$window.jsonl" || : # what did not come back whole is graded
	for part in 1 2; do
		seq 1 $((40 + 3 * $3 + part)) | sed "s/^/$1 part $part line /" >"$1-$2-$part.txt"
		git add .
		git commit -q -m "$1: part $part ($2)"
	done
}

# graded FEATURE BLOCK: `--feature F-1a=0.97 …` for the four to six parts of a task, each graded by the share of its
# requests that came back whole: what broke off has to be done again by hand. Below a half it has failed.
function graded() {
	"$ROOT/bin/row-values" n is_whole <"$run/calls-$window.jsonl" | awk -v name="$1" -v parts=$((4 + $2 % 3)) '
		{ all[$1 % parts]++; if ($2 == "true" || $2 == "True" || $2 == 1) whole[$1 % parts]++ }
		END {
			for (part = 0; part < parts; part++) {
				share = 0.97 * whole[part] / all[part]
				printf "--feature\n%s%s=%.2f%s\n", name, substr("abcdef", part + 1, 1), share, share < 0.5 ? ",failed" : ""
			}
		}'
}

# glm_reading zs|ze …: in the arm that offloads, Z.AI's quota is read too
function glm_reading() {
	typed "$1 --window $window ${*:2}"
	"$1" --live --window "$window" "${@:2}"
}

# window WINDOW ARM BLOCK FEATURE NUMBER: one window, from BEFORE to evidence
function window() {
	local window=$1 arm=$2 block=$3 feature=$4 number=$5 start ended=0 line
	local features
	features=()
	start_router "$arm"
	typed "ccsub $MITM_PORT"
	ccsub "$MITM_PORT"
	# A window of its own: a fresh quota, and a reset that differs from the last one's.
	in_lab PUT /lab/meter "{\"share\": 0.0$((number % 10)), \"opened_at\": $(($(date +%s) - 17000 + LAB_LATER + 700 * (number % 16)))}" >/dev/null
	"$ROOT/bin/mock-send" PUT "$LAB_ZAI/lab/meter" '{"share": 0}' >/dev/null
	start=$(git rev-parse HEAD)

	if [ $((number % 2)) = 1 ]; then
		typed "tracker begin $window"
		tracker begin "$window"
		[ "$arm" = stock_anthropic ] || glm_reading zs
		work_on "$feature" "$arm" "$block"
		while IFS= read -r line; do features+=("$line"); done <<-FEATURES
			$(graded "$feature" "$block")
		FEATURES
		[ "$arm" = stock_anthropic ] || glm_reading ze --buffer-seconds 0
		typed "tracker end --buffer-seconds 0 ${features[*]}"
		tracker end --buffer-seconds 0 "${features[@]}" >"$run/pack/window-audit-$window.txt"
	else
		typed "as --window $window"
		as --live --window "$window"
		if [ "$number" = 2 ]; then
			typed "as --window $window   # a second BEFORE is refused"
			as --live --window "$window" || ended=$?
			[ "$ended" = 75 ]
		fi
		[ "$arm" = stock_anthropic ] || glm_reading zs
		work_on "$feature" "$arm" "$block"
		if [ "$number" = 2 ]; then
			typed "ae --window $window   # within five minutes it is refused"
			ended=0
			ae --live --window "$window" || ended=$?
			[ "$ended" = 75 ]
		fi
		typed "ae --window $window --buffer-seconds 0"
		ae --live --window "$window" --buffer-seconds 0
		[ "$arm" = stock_anthropic ] || glm_reading ze --buffer-seconds 0
		while IFS= read -r line; do features+=("$line"); done <<-FEATURES
			$(graded "$feature" "$block")
		FEATURES
		typed "< logs/usage.jsonl tracker ingest proxy-telemetry --window $window --stdin"
		tracker ingest proxy-telemetry --window "$window" --stdin <"$USAGE_LOG"
		typed "tracker complete --window $window --methodology $arm ${features[*]} …"
		tracker complete --window "$window" --methodology "$arm" "${features[@]}" --cls 2 --impf 1 \
			--commit-start "$start" --commit-end "$(git rev-parse HEAD)"
		typed "tracker churn --window $window --provider claude --methodology $arm --commit-start … --commit-end …"
		tracker churn --window "$window" --provider claude --methodology "$arm" --commit-start "$start" --commit-end "$(git rev-parse HEAD)"
		typed "tracker window-audit --window $window"
		tracker window-audit --window "$window" >"$run/pack/window-audit-$window.txt" || :
	fi
	typed "scripts/tools/append_evidence.sh --window $window pytest -- …"
	"$ROOT/scripts/tools/append_evidence.sh" --window "$window" pytest -- git log -1 --format=%s >/dev/null
	typed "tracker window-audit --window $window --format json"
	tracker window-audit --window "$window" --format json >"$run/pack/window-audit-$window.json" || :
	typed "python scripts/tools/decision_card.py --window $window"
	"$ROOT/scripts/tools/decision_card.py" --window "$window" >"$run/pack/decision-card-$window.txt" || :
	echo "$window" >>"$run/windows-done"
}

number=0
for block; do
	while IFS= read -r row; do
		number=$((number + 1))
		window "$(field "$row" window)" "$(field "$row" methodology)" "$block" "$(field "$row" feature_id)" "$number" </dev/null
	done <<-ROWS
		$(ledger-cat --kind feature | grep '"state":"assigned"' | grep "\"block\": *${block}[,}]")
	ROWS
done
"$ROOT/scripts/mitm.sh" stop "$MITM_PORT"
