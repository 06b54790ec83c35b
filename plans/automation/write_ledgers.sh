#!/usr/bin/env bash
# Usage: write_ledgers.sh [FOLDER]   write the CSV ledgers (default docs/Ledgers) from the rows in force
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
folder=${1:-${LEDGERS_DIR:-$root/docs/Ledgers}}
mkdir -p "$folder"
rows=$(mktemp) && trap 'rm -f "$rows" "$folder"/.*.new' EXIT
"$root/bin/ledger-cat" >"$rows"
ended=0
for pair in evidence:Acceptance_Evidence features:Feature_Log tokens:Token_Churn_Ledger churn:Churn_Ledger; do
	new=$folder/.${pair#*:}.new
	status=0
	"$root/bin/csv-ledger" "${pair%%:*}" <"$rows" >"$new" || status=$?
	# 66: no row yet. That makes a file of headers where there is none, and touches none that is there.
	case $status in
	0) ;;
	66) [ ! -e "$folder/${pair#*:}.csv" ] || cmp -s "$new" "$folder/${pair#*:}.csv" || { ended=66 && continue; } ;;
	*) exit "$status" ;;
	esac
	mv "$new" "$folder/${pair#*:}.csv"
	echo "$folder/${pair#*:}.csv"
done
exit "$ended"
