#!/usr/bin/env bash
# Usage: verify-sse.sh   one medium stream on each lane has to arrive whole, event by event
# CLIENT, LAB and MITM_PORT: see runs.sh.
set -euo pipefail
case ${1:-} in -h | --help) sed -n '2,/^set /s/^# \{0,1\}//p' "$0" && exit ;; esac
# shellcheck source=scripts/runs.sh
. "$(dirname "$0")/runs.sh"

run_begin verify-sse
run_clients sonnet:stream haiku:stream --max-tokens 2000 --prompt "Count from 1 to 200 in words, one number a line."
run_end
