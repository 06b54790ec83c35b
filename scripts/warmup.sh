#!/usr/bin/env bash
# Usage: warmup.sh   T1 Sonnet at once, T2 Haiku at once, T3 both as streams; then the numbers so far
# CLIENT, LAB and MITM_PORT: see runs.sh.
set -euo pipefail
case ${1:-} in -h | --help) sed -n '2,/^set /s/^# \{0,1\}//p' "$0" && exit ;; esac
# shellcheck source=scripts/runs.sh
. "$(dirname "$0")/runs.sh"

run_begin warmup
run_clients sonnet haiku sonnet:stream haiku:stream
run_end
