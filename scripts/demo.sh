#!/usr/bin/env bash
# Usage: demo.sh [--color auto|always|never] [sdk|claude]   the main job end to end on loopback, in a folder of demo/ that is kept
# sdk: the official Anthropic SDK sends the requests. claude: a Claude Code on PATH does, with a HOME
# and a login of the demo's own making. No account, no key; nothing leaves the machine.
set -euo pipefail
case ${1:-} in -h | --help) sed -n '2,/^set /s/^# \{0,1\}//p' "$0" && exit ;; esac
cd "$(dirname "$0")/.."
# shellcheck source=scripts/screen.sh
. scripts/screen.sh
color=auto
case ${1:-} in
--color) color=${2:-} && shift 2 ;;
--color=*) color=${1#*=} && shift ;;
esac
screen_color "$color"
client=${1:-sdk}
root=$PWD

case $client in
sdk) ;;
claude)
	command -v claude >/dev/null || {
		echo "demo: no claude on PATH; install Claude Code, or use 'make demo' without CLIENT=claude" >&2
		exit 78
	}
	;;
*) echo "demo: '$client' is no client; use sdk or claude" >&2 && exit 2 ;;
esac

# Nothing of the caller's but PATH, so that the demo is the same everywhere and no login is touched.
if [ -z "${TRACKER_DEMO:-}" ]; then
	exec env -i TRACKER_DEMO=1 DEMO_DIR="${DEMO_DIR:-$root/demo}" PATH="$PATH" TERM="${TERM:-dumb}" NO_COLOR="${NO_COLOR:-}" LC_ALL=C.UTF-8 TZ=UTC "$0" \
		--color "$color" "$client"
fi

# shellcheck source=scripts/lab.sh
. scripts/lab.sh
# shellcheck source=scripts/cc-aliases.sh
. scripts/cc-aliases.sh
run=$DEMO_DIR/$(date -u +%Y%m%dT%H%M%SZ)
[ ! -e "$run" ] || run=$run-$$
mkdir -p "$run/home" "$run/work"
stop_all() {
	"$root/scripts/mitm.sh" stop "$MITM_PORT" >/dev/null 2>&1 || :
	lab_stop
}
MITM_PORT=$(lab_free_port)
trap stop_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
cd "$run"

# show COMMAND: print a command as one would type it, then run it
show() {
	typed "$1"
	eval "$1"
}

# answer COMMAND: the same for a command whose "no" (1) or "too little" (66) is a result, not a failure
answer() {
	local status=0
	show "$1" || status=$?
	case $status in
	0 | 1 | 66) printf '(exit status %s)\n' "$status" ;;
	*) exit "$status" ;;
	esac
}

say "1. A lab on loopback: Anthropic, Z.AI and the network between"
[ "$color" != never ] || export NO_COLOR=1
export PATH="$root/bin:$PATH" HOME=$run/home AGENT_ID=demo
export TRACKER_DATA_DIR=$run/ledger USAGE_LOG=$run/logs/usage.jsonl
export MITM_PORT MITM_LOG_DIR=$run/router MITM_CONFDIR=$run/router ROUTER_CONTROL=$run/router/control ROUTER_STATE=$run/router/state.json
export ZAI_API_KEY=0123456789abcdef.made-up-for-the-demo
export GIT_AUTHOR_NAME=demo GIT_AUTHOR_EMAIL=demo@example.com GIT_COMMITTER_NAME=demo GIT_COMMITTER_EMAIL=demo@example.com
tokens=30000
[ "$client" = sdk ] || tokens=1000000 # Claude Code sends some 13000 tokens with every prompt
LAB_TOKENS=$tokens LAB_USED_PCT=12 lab_start "$run/lab"
printf 'mock-provider --as anthropic  %s\nmock-provider --as zai        %s\nmock-network                  %s\n' \
	"$LAB_ANTHROPIC" "$LAB_ZAI" "$LAB_NETWORK"
if [ "$client" = claude ]; then
	work='drive-client sonnet haiku opus haiku --client claude'
else
	lab_claude "$run/bin" # answers what the plan's meter says, as a Claude Code does
	export PATH="$run/bin:$PATH"
	work='drive-client sonnet haiku:stream haiku opus:stream haiku haiku:stream --count 24'
fi

say "2. Before the first window: what will be compared, and which task goes to which arm, by coins on record"
printf 'feature_id,predicted_size\nF-1,50\nF-2,50\nF-3,50\nF-4,50\nF-5,50\nF-6,50\n' >tasks.csv
show 'tracker experiment register --blocks 6 --seed 7'
show 'tracker assign-tasks --registered --seed 7 < tasks.csv'
git init -q work
cd work
show 'git commit -q --allow-empty -m start'

# window FORCE: the next window of the deal, in a shell that goes through the router
window() {
	local task after=
	if [ "$client" = claude ]; then # it keeps a reading for a minute, so each is read with a HOME of its own
		export HOME=$run/home-$1
		after="HOME=$HOME-after "
		claude_home "$HOME"
		claude_home "$HOME-after"
	fi
	typed "FORCE_HAIKU_TO_ZAI=$1 ccmitm $MITM_PORT; ccsub $MITM_PORT"
	FORCE_HAIKU_TO_ZAI=$1 ccmitm "$MITM_PORT" --mode "upstream:$LAB_NETWORK" \
		--set "ssl_verify_upstream_trusted_ca=$LAB_CA" --set "confdir=$MITM_CONFDIR"
	ccsub "$MITM_PORT"
	show 'tracker begin | tee begun.txt'
	task=$(sed -n 's/.* has begun (.*): \(F-[0-9]*\).*/\1/p' begun.txt)
	show "$work >> ../calls.jsonl"
	show "seq 40 > $task-$1.txt; git add .; git commit -q -m 'the work of $task'"
	[ "$1" = 0 ] || show 'tracker status'
	show "${after}tracker end --buffer-seconds 0 --feature $task=0.9"
}

say "3. The first window: begin, work, end. The router only watches"
window 0

say "4. The same task in the other arm: Haiku goes to Z.AI"
window 1
cd ..
echo "$(grep -c '"is_whole":true' calls.jsonl) of $(wc -l <calls.jsonl | tr -d ' ') replies came whole"

say "5. What happened: the routing's proof, and the numbers"
show '< logs/usage.jsonl verify-routing'
show '< logs/usage.jsonl summarize'
echo "Anthropic saw $(lab_saw lab/anthropic.jsonl); Z.AI saw $(lab_saw lab/zai.jsonl)."

say "6. The verdict on one pair of windows: too little to say anything, and it says so"
show 'tracker preview'
answer 'tracker decision-card'

say "7. The same road eleven pairs further, as the lab played it for the sample that is shipped: a full verdict"
show "cat $root/data/samples/week0/*.jsonl | preview"
answer "cat $root/data/samples/week0/*.jsonl | decision-card"

say "Done. Everything is kept in ${run#"$root/"}"
echo "  ledger/  logs/usage.jsonl  work/  calls.jsonl  lab/  router/"
echo "  TRACKER_DATA_DIR=${run#"$root/"}/ledger bin/tracker preview"
