#!/usr/bin/env bash
# Usage: write_ledgers.sh [FOLDER]   write the CSV ledgers (default docs/Ledgers) from the rows in force
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
folder=${1:-${LEDGERS_DIR:-$root/docs/Ledgers}}
mkdir -p "$folder"
rows=$(mktemp) && trap 'rm -f "$rows" "$folder"/.*.new' EXIT
"$root/bin/ledger-cat" >"$rows"
for pair in evidence:Acceptance_Evidence features:Feature_Log tokens:Token_Churn_Ledger churn:Churn_Ledger; do
	new=$folder/.${pair#*:}.new
	"$root/bin/csv-ledger" "${pair%%:*}" <"$rows" >"$new"
	mv "$new" "$folder/${pair#*:}.csv"
	echo "$folder/${pair#*:}.csv"
done
