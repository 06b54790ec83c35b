#!/usr/bin/env bash
# Usage: demo.sh [--color auto|always|never] [sdk|claude]   the main job end to end on loopback, in a folder of demo/ that is kept
# sdk: the official Anthropic SDK sends the requests. claude: a Claude Code on PATH does, with a HOME
# and a login of the demo's own making. No account, no key; nothing leaves the machine.
set -euo pipefail
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
run=$DEMO_DIR/$(date -u +%Y%m%dT%H%M%SZ)
[ ! -e "$run" ] || run=$run-$$
mkdir -p "$run/home"
trap lab_stop EXIT
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
export PATH="$root/bin:$PATH" HOME=$run/home TRACKER_DATA_DIR=$run/ledger
tokens=60000
[ "$client" = sdk ] || tokens=1000000 # Claude Code sends some 13000 tokens with every prompt
LAB_TOKENS=$tokens LAB_USED_PCT=12 lab_start lab
printf 'mock-provider --as anthropic  %s\nmock-provider --as zai        %s\nmock-network                  %s\n' \
	"$LAB_ANTHROPIC" "$LAB_ZAI" "$LAB_NETWORK"

say "2. The router: a real mitmdump with our addon, Haiku to Z.AI"
command="FORCE_HAIKU_TO_ZAI=1 ZAI_API_KEY=made-up mitmdump -s addons/haiku_glm_router.py --mode upstream:$LAB_NETWORK …"
typed "$command"
PYTHONUNBUFFERED=1 FORCE_HAIKU_TO_ZAI=1 ZAI_API_KEY=0123456789abcdef.made-up-for-the-demo lab_begin \
	"$root/.venv-router/bin/mitmdump" -s "$root/addons/haiku_glm_router.py" --listen-host 127.0.0.1 --listen-port 0 \
	--mode "upstream:$LAB_NETWORK" --set "ssl_verify_upstream_trusted_ca=$run/$LAB_CA" --set "confdir=$run/router" \
	--set usage_log=logs/usage.jsonl >router.log 2>&1
port=$(lab_mitm_port router.log)
echo "listening on 127.0.0.1:$port, logging to logs/usage.jsonl"
export HTTPS_PROXY=http://127.0.0.1:$port NODE_EXTRA_CA_CERTS=$run/router/mitmproxy-ca-cert.pem

meter="drive-client --pane" # what `claude -p "/usage"` prints, from the mock provider's meter
if [ "$client" = claude ]; then
	meter='claude -p "/usage"'
	claude_home "$HOME"
fi

say "3. BEFORE: what the plan's meter says"
show "$meter | tee before.txt"
show 'capture-claude --window DEMO-01 --phase before < before.txt | ledger-append'

say "4. Work: Sonnet, Opus and Haiku, streaming and not, through HTTPS_PROXY"
if [ "$client" = claude ]; then
	show 'drive-client sonnet haiku opus haiku --client claude > calls.jsonl'
else
	show 'drive-client sonnet sonnet:stream haiku haiku:stream opus opus:stream --count 24 > calls.jsonl'
fi
echo "$(grep -c '"is_whole":true' calls.jsonl) of $(wc -l <calls.jsonl | tr -d ' ') replies came whole"

say "5. What happened: the routing's proof, and the numbers"
show '< logs/usage.jsonl verify-routing'
show '< logs/usage.jsonl summarize'
echo "Anthropic saw $(lab_saw lab/anthropic.jsonl); Z.AI saw $(lab_saw lab/zai.jsonl)."

say "6. AFTER: the meter again, the log's sums, and the window is complete"
if [ "$client" = claude ]; then
	echo "(Claude Code keeps a reading for a minute, so the AFTER is read with a second HOME.)"
	claude_home "$run/home-after"
	meter="HOME=$run/home-after claude -p \"/usage\""
fi
show "$meter | tee after.txt"
show 'capture-claude --window DEMO-01 --phase after < after.txt | ledger-append --buffer-seconds 0'
show '< logs/usage.jsonl tracker ingest proxy-telemetry --window DEMO-01 --stdin'
show 'ledger-cat --window DEMO-01 | complete-window --window DEMO-01 --claude-features 3 --quality 1.0 --outcome pass --methodology mitm_offload | ledger-append'

say "7. The verdict on one window: too little to say anything, and it says so"
show 'ledger-cat | preview'
answer 'ledger-cat --raw | decision-card'

say "8. The same on the shipped sample ledger (made-up data, 12 AB/BA blocks): a full verdict"
show "cat $root/data/samples/week0/*.jsonl | preview"
answer "cat $root/data/samples/week0/*.jsonl | decision-card"

say "Done. Everything is kept in ${run#"$root/"}"
echo "  ledger/  logs/usage.jsonl  before.txt  after.txt  calls.jsonl  lab/  router.log"
echo "  TRACKER_DATA_DIR=${run#"$root/"}/ledger bin/ledger-cat | bin/preview"
