#!/usr/bin/env bash
# Usage: write_ledgers.sh [FOLDER]   write the CSV ledgers (default LEDGERS_DIR, else a clone's docs/Ledgers) from the rows in force
# Tools that were installed have no docs/: `tracker where papers` names the folder then.
set -euo pipefail
case ${1:-} in -h | --help) sed -n '2,/^set /s/^# \{0,1\}//p' "$0" && exit ;; esac
root=$(cd "$(dirname "$0")/../.." && pwd)
folder=${1:-${LEDGERS_DIR:-$("$root/bin/tracker" where papers)/Ledgers}}
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
