#!/usr/bin/env bash
# Usage: chaos-restart-mitm.sh [PORT] [DELAY]   restart the router in mid-stream, under load
# PORT: default MITM_PORT or 8082 (a free one in the lab). DELAY: seconds of load before (default 20)
# and again after. Says how long recovery took, and counts lost and doubled rows and stuck sockets.
# CLIENT, LAB: see runs.sh. Without LAB the router has to be one that ccmitm or mitm.sh started.
set -euo pipefail
case ${1:-} in -h | --help) sed -n '2,/^set /s/^# \{0,1\}//p' "$0" && exit ;; esac
# shellcheck source=scripts/runs.sh
. "$(dirname "$0")/runs.sh"
[ -z "${1:-}" ] || export MITM_PORT=$1
delay=${2:-20}

now() { "$RUN_ROOT/.venv/bin/python" -c 'import time; print(time.time())'; } # macOS's date has no fractions

restart() {
	local stopped ready
	stopped=$(now)
	if [ "$LAB" = 1 ]; then
		run_start_router
	else
		"$RUN_ROOT/scripts/mitm.sh" start "$MITM_PORT" >&2
	fi
	ready=$(now)
	printf '{"kind":"restart","stopped_at":%s,"ready_at":%s}\n' "$stopped" "$ready" >>"$RUN_FOLDER/restarts.jsonl"
}

LAB_CHUNK_MS=40 # streams of half a second: some are always under way
run_begin chaos
if [ "$LAB" != 1 ] && [ -z "$(run_router_pid)" ]; then
	run_stop_with 66 "no router was started here on port $MITM_PORT; start it with: ccmitm $MITM_PORT"
fi
run_start_clients sonnet:stream haiku:stream --parallel 4 --pace 0.05 --seconds "$(awk "BEGIN { print 2 * $delay }")"
sleep "$delay"
run_say "restarting the router in mid-stream"
restart
run_wait_clients
run_end
