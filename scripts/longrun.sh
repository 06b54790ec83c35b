#!/usr/bin/env bash
# Usage: longrun.sh [MINUTES] [model-only]   alternate lanes for long, with metrics every ten minutes
# Without model-only, FORCE_HAIKU_TO_ZAI is switched every ten minutes in the running router, so both
# lanes answer Haiku; with it Haiku stays on Z.AI throughout. CLIENT, LAB and MITM_PORT: see runs.sh.
set -euo pipefail
case ${1:-} in -h | --help) sed -n '2,/^set /s/^# \{0,1\}//p' "$0" && exit ;; esac
# shellcheck source=scripts/runs.sh
. "$(dirname "$0")/runs.sh"
minutes=${1:-60}
mode=${2:-switched}
pace=2
[ "$LAB" != 1 ] || pace=0.1
phase=$(awk "BEGIN { s = 60 * $minutes; print (s < 2400 ? s / 4 : 600) }") # at least two of each

run_begin "longrun-$mode"
file=${ROUTER_CONTROL:-$(dirname "$USAGE_LOG")/router.control}
[ ! -f "$file" ] || cp "$file" "$RUN_FOLDER/router.control.before"
control() { ROUTER_CONTROL=$file "$RUN_ROOT/scripts/router-control.sh" "FORCE_HAIKU_TO_ZAI=$1" OFFLOAD_WHEN=off >&2; }
# What was set before the run is set after it, however it ends.
[ "$mode" = model-only ] || trap 'rm -f "$file"; cp "$RUN_FOLDER/router.control.before" "$file" 2>/dev/null || :; run_clean_up' EXIT

end=$((SECONDS + $(awk "BEGIN { printf \"%d\", 60 * $minutes }")))
force=1
while ((SECONDS < end)); do
	[ "$mode" = model-only ] || control $force
	run_clients sonnet:stream haiku:stream sonnet haiku --seconds "$phase" --pace "${PACE:-$pace}"
	run_metrics
	force=$((1 - force))
done
run_end
