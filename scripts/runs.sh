# shellcheck shell=bash
# Source this: what the runs against a router share. Bash only.
#
#   CLIENT=sdk|claude   who asks: the official SDK, or the Claude Code on PATH. Unset: the SDK in the lab and with an
#                       ANTHROPIC_API_KEY (which costs money), else Claude Code with your plan's login.
#                       Both say "Say ok": `/status`, as the plans type it, makes no request on today's clients.
#   LAB=1               against mock providers on loopback, with a router of the run's own: no account
#   MITM_PORT=8082      without LAB, the router that is running already
#
#   run_begin NAME      folder, router, environment
#   run_clients ASK…    drive-client with these, its lines kept
#   run_end             the verdict, on the terminal and in results/TESTS.md; its status is the run's

# shellcheck source=scripts/lab.sh
. "$(dirname "${BASH_SOURCE[0]}")/lab.sh"
RUN_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
LAB=${LAB:-0}
if [ -z "${CLIENT:-}" ]; then
	CLIENT=claude
	if [ "$LAB" = 1 ] || [ -n "${ANTHROPIC_API_KEY:-}" ]; then CLIENT=sdk; fi
fi
RESULTS_DIR=$("$RUN_ROOT/bin/tracker" where results)
RUN_SAMPLER=
RUN_LOAD=
RUN_ROUTER=

function run_begin() {
	RUN_NAME=$1
	case $CLIENT in
	sdk) ;;
	claude) command -v claude >/dev/null || run_stop_with 78 "no claude on PATH; install Claude Code, or use CLIENT=sdk" ;;
	*) run_stop_with 2 "'$CLIENT' is no client; use CLIENT=sdk or CLIENT=claude" ;;
	esac
	RUN_FOLDER=$RESULTS_DIR/runs/$RUN_NAME-$(date -u +%Y%m%dT%H%M%SZ)-$$
	mkdir -p "$RUN_FOLDER"
	touch "$RUN_FOLDER"/{calls,samples,restarts}.jsonl
	trap run_clean_up EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	if [ "$LAB" = 1 ]; then run_in_lab; else run_for_real; fi
	RUN_FROM=1
	[ ! -f "$USAGE_LOG" ] || RUN_FROM=$(($(wc -l <"$USAGE_LOG") + 1))
	run_say "$RUN_NAME: CLIENT=$CLIENT LAB=$LAB, router on port $MITM_PORT; Ctrl-C ends it; kept in ${RUN_FOLDER#"$RUN_ROOT/"}"
}

function run_say() { echo "$*" >&2; }

function run_stop_with() {
	run_say "$RUN_NAME: $2"
	exit "$1"
}

# Mock providers, and a router that knows no other network. Nothing of the caller's account is used.
function run_in_lab() {
	LAB_TOKENS=${LAB_TOKENS:-1e12} LAB_CHUNK_MS=${LAB_CHUNK_MS:-2} lab_start "$RUN_FOLDER/lab"
	export MITM_LOG_DIR=$RUN_FOLDER USAGE_LOG=$RUN_FOLDER/usage.jsonl MITM_CONFDIR=$RUN_FOLDER/router
	export FORCE_HAIKU_TO_ZAI=${FORCE_HAIKU_TO_ZAI:-1} ZAI_API_KEY=0123456789abcdef.made-up-for-the-lab
	MITM_PORT=$(lab_free_port)
	export MITM_PORT
	run_start_router
	unset NO_PROXY no_proxy
	# shellcheck source=scripts/sub-env.sh
	. "$RUN_ROOT/scripts/sub-env.sh" "$MITM_PORT"
	if [ "$CLIENT" = claude ]; then
		export HOME=$RUN_FOLDER/home
		claude_home "$HOME"
	fi
}

function run_start_router() {
	"$RUN_ROOT/scripts/mitm.sh" start "$MITM_PORT" --mode "upstream:$LAB_NETWORK" \
		--set "ssl_verify_upstream_trusted_ca=$LAB_CA" --set "confdir=$MITM_CONFDIR" >/dev/null
	RUN_ROUTER=$(run_router_pid)
}

function run_for_real() {
	local key=${ANTHROPIC_API_KEY:-}
	USAGE_LOG=$("$RUN_ROOT/bin/tracker" where log)
	export USAGE_LOG MITM_PORT=${MITM_PORT:-8082}
	if [ "$CLIENT" = sdk ] && [ -z "$key" ]; then
		run_stop_with 78 "CLIENT=sdk asks with ANTHROPIC_API_KEY, which is not set (and would cost money); use CLIENT=claude for your plan, or LAB=1"
	fi
	# shellcheck source=scripts/sub-env.sh
	. "$RUN_ROOT/scripts/sub-env.sh" "$MITM_PORT" || exit
	[ "$CLIENT" = claude ] || export ANTHROPIC_API_KEY=$key
}

function run_router_pid() {
	cat "${MITM_LOG_DIR:-$(dirname "$("$RUN_ROOT/bin/tracker" where log)")}/router-$MITM_PORT.pid" 2>/dev/null
}

# The router's memory and open files, twice a second, until the run is over.
function run_sample() {
	local pid rss fds
	while sleep 0.5; do
		pid=$(run_router_pid) || continue
		rss=$(ps -o rss= -p "$pid" 2>/dev/null | tr -d ' ')
		[ "${rss:-0}" -gt 0 ] || continue
		fds=null
		[ ! -d "/proc/$pid/fd" ] || fds=$(find "/proc/$pid/fd" 2>/dev/null | wc -l | tr -d ' ')
		printf '{"kind":"sample","ts":"%s","rss_kb":%s,"fds":%s}\n' "$(date -u +%FT%TZ)" "$rss" "$fds"
	done
}

# In the background, so that a signal ends the run at once and what it started is known.
function run_start_clients() {
	if [ -z "$RUN_SAMPLER" ]; then
		run_sample >"$RUN_FOLDER/samples.jsonl" 2>/dev/null &
		RUN_SAMPLER=$!
	fi
	"$RUN_ROOT/bin/drive-client" --client "$CLIENT" "$@" >>"$RUN_FOLDER/calls.jsonl" </dev/null &
	RUN_LOAD=$!
}

# A request that failed is for the verdict to judge, not a reason to stop here.
function run_wait_clients() {
	wait "$RUN_LOAD" || [ $? = 1 ] || return
	RUN_LOAD=
}

function run_clients() {
	run_start_clients "$@"
	run_wait_clients
}

function run_rows() { tail -n "+$RUN_FROM" "$USAGE_LOG" 2>/dev/null || :; }

# The numbers of the run so far, beside those of the runs before it.
function run_metrics() {
	mkdir -p "$RESULTS_DIR/metrics"
	run_rows | "$RUN_ROOT/bin/summarize" --format json >"$RESULTS_DIR/metrics/$RUN_NAME-$(date -u +%Y%m%dT%H%M%SZ).json"
}

function run_verdict() {
	run_rows >"$RUN_FOLDER/rows.jsonl"
	cat "$RUN_FOLDER"/calls.jsonl "$RUN_FOLDER"/rows.jsonl "$RUN_FOLDER"/samples.jsonl "$RUN_FOLDER"/restarts.jsonl |
		"$RUN_ROOT/bin/run-verdict" --name "$RUN_NAME" --how "CLIENT=$CLIENT LAB=$LAB" --port "$MITM_PORT" "$@"
}

function run_end() {
	local status=0
	sleep 1 # a row is written when its reply has ended; closed sockets go
	run_verdict --format md >>"$RESULTS_DIR/TESTS.md" || :
	run_verdict --format text || status=$?
	run_metrics
	run_say "(added to ${RESULTS_DIR#"$RUN_ROOT/"}/TESTS.md)"
	exit "$status"
}

function run_clean_up() {
	local pid
	for pid in $RUN_LOAD $RUN_SAMPLER; do
		kill "$pid" 2>/dev/null || continue
		wait "$pid" 2>/dev/null || :
	done
	if [ -n "$RUN_ROUTER" ]; then
		"$RUN_ROOT/scripts/mitm.sh" stop "$MITM_PORT" >/dev/null 2>&1 || kill "$RUN_ROUTER" 2>/dev/null || :
	fi
	lab_stop
}
