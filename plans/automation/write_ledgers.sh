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
	"$root/bin/csv-ledger" --headers "${pair%%:*}" <"$rows" >"$new"
	# No row yet makes a file of headers where there is none, and touches none that holds something.
	if [ ! -s "$rows" ] && [ -e "$folder/${pair#*:}.csv" ] && ! cmp -s "$new" "$folder/${pair#*:}.csv"; then
		echo "write_ledgers: no row yet, so $folder/${pair#*:}.csv stays as it is" >&2
		ended=66
		continue
	fi
	mv "$new" "$folder/${pair#*:}.csv"
	echo "$folder/${pair#*:}.csv"
done
exit "$ended"
