#!/usr/bin/env bash
# Usage: sample.sh [REHEARSAL [FOLDER]]   write data/samples anew, from the GO ledger of a rehearsal
# REHEARSAL: what `make rehearse` kept; without one, twelve blocks of the truth that ends in GO are played now.
# FOLDER: where the sample goes (default data/samples). The ledger's files and their heads are copied as the commands
# wrote them, and of the router's log its last lines; no row is made, changed or left out here.
set -euo pipefail
case ${1:-} in -h | --help) sed -n '2,/^set /s/^# \{0,1\}//p' "$0" && exit ;; esac
cd "$(dirname "$0")/.."
root=$PWD
export LC_ALL=C
lines=120 # of the log: the last two or three windows of both agents, both arms
case ${1:-} in
'')
	kept=$(mktemp -d)
	trap 'rm -rf "$kept"' EXIT
	DEMO_DIR=$kept TRUTHS=go scripts/rehearse.sh 12
	run=$(echo "$kept"/rehearsal-*)
	;;
*) run=$1 ;;
esac
to=${2:-$root/data/samples}
[ -s "$run/go/ledger/heads.txt" ] || { echo "sample: $run is no rehearsal with a GO (no go/ledger/heads.txt); see make rehearse" >&2 && exit 66; }

new=$(mktemp -d "${to%/}.XXXXXX")
trap 'rm -rf "$new" ${kept:+"$kept"}' EXIT
mkdir "$new/week0" "$new/logs"
cp "$run"/go/ledger/*.jsonl "$run/go/ledger/heads.txt" "$new/week0"
cat "$run"/logs/*.jsonl | tail -n "$lines" >"$new/logs/usage.jsonl"
bin/ledger-verify --data-dir "$new/week0" >&2
cat "$new"/week0/*.jsonl | bin/decision-card >"$new/card"
grep -q '^GO ' "$new/card" || { cat "$new/card" >&2 && echo "sample: the card does not say GO; nothing was written" >&2 && exit 1; }
bin/verify-routing <"$new/logs/usage.jsonl" >&2

mkdir -p "$to"
rm -rf "${to:?}/week0" "$to/logs"
mv "$new/week0" "$new/logs" "$to"
echo "$to: $(cat "$to"/week0/*.jsonl | wc -l | tr -d ' ') rows, $(wc -l <"$to/logs/usage.jsonl" | tr -d ' ') lines of the log"
echo "two things show it: README's card (tests/shell/test_readme.py) and the report's pictures (SHOTS=write, tests/print)"
