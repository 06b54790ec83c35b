#!/usr/bin/env bash
# Usage: ab.sh h1h2|header-mode [MINUTES]   two routers that differ in one setting, one after the other
# h1h2: MITM_FORCE_H1=0 and 1. header-mode: ZAI_HEADER_MODE=x-api-key and authorization.
# MINUTES each (default 10). Says p50 and p95 of both by lane, and the difference with its interval.
# CLIENT and LAB: see runs.sh. Without LAB it restarts the router on MITM_PORT for each arm.
set -euo pipefail
case ${1:-} in -h | --help) sed -n '2,/^set /s/^# \{0,1\}//p' "$0" && exit ;; esac
# shellcheck source=scripts/runs.sh
. "$(dirname "$0")/runs.sh"
minutes=${2:-10}
case ${1:-} in
h1h2) setting=MITM_FORCE_H1 arms=(0 1) ;;
header-mode) setting=ZAI_HEADER_MODE arms=(x-api-key authorization) ;;
*) echo "ab: '${1:-}' is no comparison; use h1h2 or header-mode" >&2 && exit 2 ;;
esac
pace=2
[ "$LAB" != 1 ] || pace=0.05

# A, B, B, A: what drifts with time then falls on both alike.
order=("${arms[0]}" "${arms[1]}" "${arms[1]}" "${arms[0]}")
export "$setting=${arms[0]}"
run_begin "ab-$1"
for arm in "${order[@]}"; do
	export "$setting=$arm"
	if [ "$LAB" = 1 ]; then run_start_router; else "$RUN_ROOT/scripts/mitm.sh" start "$MITM_PORT" >&2; fi
	before=$(run_rows | wc -l)
	run_clients sonnet:stream haiku:stream --seconds "$(awk "BEGIN { print 30 * $minutes }")" --pace "${PACE:-$pace}"
	sleep 1
	run_rows | tail -n "+$((before + 1))" >>"$RUN_FOLDER/$setting=$arm.rows"
done
compared=$("$RUN_ROOT/bin/compare-runs" "$RUN_FOLDER/$setting=${arms[0]}.rows" "$RUN_FOLDER/$setting=${arms[1]}.rows")
if [ "$1" = h1h2 ] && ! grep -q '"h2":true' "$RUN_FOLDER/$setting=${arms[0]}.rows"; then
	compared+=$'\n(no client here speaks HTTP/2 to the router, so only the way to the providers differs)'
fi
echo "$compared"
printf '## ab-%s\n\n%s\n%s\n%s\n\n' "$1" '```text' "$compared" '```' >>"$RESULTS_DIR/TESTS.md"
run_end
