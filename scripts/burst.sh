#!/usr/bin/env bash
# Usage: burst.sh [N]   N fast alternations of Sonnet and Haiku (default 20)
# CLIENT, LAB and MITM_PORT: see runs.sh.
set -euo pipefail
case ${1:-} in -h | --help) sed -n '2,/^set /s/^# \{0,1\}//p' "$0" && exit ;; esac
# shellcheck source=scripts/runs.sh
. "$(dirname "$0")/runs.sh"

run_begin burst
run_clients sonnet:stream haiku:stream --count $((2 * ${1:-20})) --parallel 4
run_end
