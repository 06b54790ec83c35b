#!/usr/bin/env bash
# Usage: soak.sh [MINUTES]   alternate Sonnet and Haiku through the router (default 60)
# CLIENT, LAB and MITM_PORT: see runs.sh. PACE: seconds between requests (default 2; 0.1 in the lab).
set -euo pipefail
case ${1:-} in -h | --help) sed -n '2,/^set /s/^# \{0,1\}//p' "$0" && exit ;; esac
# shellcheck source=scripts/runs.sh
. "$(dirname "$0")/runs.sh"
minutes=${1:-60}
pace=2
[ "$LAB" != 1 ] || pace=0.1

run_begin soak
run_clients sonnet:stream haiku:stream sonnet haiku --seconds "$(awk "BEGIN { print 60 * $minutes }")" --pace "${PACE:-$pace}"
run_end
