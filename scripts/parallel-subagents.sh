#!/usr/bin/env bash
# Usage: parallel-subagents.sh [N]   N Haiku jobs at the same time (default 4), five requests each
# CLIENT, LAB and MITM_PORT: see runs.sh.
set -euo pipefail
case ${1:-} in -h | --help) sed -n '2,/^set /s/^# \{0,1\}//p' "$0" && exit ;; esac
# shellcheck source=scripts/runs.sh
. "$(dirname "$0")/runs.sh"
jobs=${1:-4}

run_begin parallel
run_clients haiku:stream --parallel "$jobs" --count $((5 * jobs))
run_end
