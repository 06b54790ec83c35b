#!/usr/bin/env bash
# Usage: append_evidence.sh [--window W] [--feature-id F] CHECK -- COMMAND…   run a check and record how it ended
#        append_evidence.sh [--window W] [--feature-id F] CHECK RESULT [DETAIL…]   record one that was run by hand
#
#   append_evidence.sh --window W0-CL-01 pytest -- pytest -q
#   append_evidence.sh --window W0-CL-01 manual-qa pass "export opens in a spreadsheet"
#
# A command's output passes through; its last line becomes the detail. The status is the command's own.
set -euo pipefail
case ${1:-} in -h | --help) sed -n '2,/^set /s/^# \{0,1\}//p' "$0" && exit ;; esac
root=$(cd "$(dirname "$0")/../.." && pwd)
options=()
while [ $# -gt 1 ]; do
	case $1 in
	--window | --feature-id) options+=("$1" "$2") && shift 2 ;;
	*) break ;;
	esac
done
check=${1:-} word=${2:-}
if [ -z "$check" ] || [ -z "$word" ] || { [ "$word" = -- ] && [ $# -lt 3 ]; }; then
	echo "append_evidence: which check, and its result or -- COMMAND? (${*:-nothing given}); see the top of this file" >&2
	exit 2
fi
shift 2

record() { # RESULT DETAIL
	"$root/bin/append-evidence" --check "$check" --result "$1" ${2:+--detail "$2"} ${options[@]+"${options[@]}"} |
		"$root/bin/ledger-append" --source "${TRACKER_SOURCE:-ingest}"
}

if [ "$word" != -- ]; then
	record "$word" "$*"
	exit
fi
log=$(mktemp) && trap 'rm -f "$log"' EXIT
status=0
"$@" 2>&1 | tee "$log" || status=$?
detail=$(sed '/^[[:space:]]*$/d' "$log" | tail -n 1 | cut -c 1-200)
case $check:$status in
*:0) result=pass ;;
pytest:5) result=nothing-run ;;
*) result=fail ;;
esac
record "$result" "exit $status: $detail"
exit "$status"
