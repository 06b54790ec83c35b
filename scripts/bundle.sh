#!/usr/bin/env bash
# Usage: bundle.sh   collect what happened in one folder and one .tgz, without secrets
# Into BUNDLE_DIR (default ~/Downloads if it is there, else results/bundles), named
# agentos_tmp_review-<UTC>. Holds: the router's logs, metrics and results, the ledgers, preview and
# decision card, window audits and cost compare, docs, VERSIONS.json, and a manifest with digests.
# What is no known row, table or page (a router's .log, notes) is left out and named in the manifest;
# BUNDLE_WITH='logs/*.log results/notes.md' takes it in, redacted like the rest.
# SOURCE_DATE_EPOCH fixes the time in the name and in VERSIONS.json, so that the bytes repeat.
set -euo pipefail
case ${1:-} in -h | --help) sed -n '2,/^set /s/^# \{0,1\}//p' "$0" && exit ;; esac
root=$(cd "$(dirname "$0")/.." && pwd)
export PATH="$root/bin:$PATH"
logs=$(dirname "$(tracker where log)")
results=$("$root/bin/tracker" where results)
ledger=$(tracker where ledger)
export TRACKER_DATA_DIR=$ledger
if [ -n "${BUNDLE_DIR:-}" ]; then
	into=$BUNDLE_DIR
elif [ -d "$HOME/Downloads" ]; then
	into=$HOME/Downloads
else
	into=$results/bundles
fi
if [ -n "${SOURCE_DATE_EPOCH:-}" ]; then
	stamp=$("$root/.venv/bin/python" -c 'import sys, time; print(time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(int(sys.argv[1]))))' "$SOURCE_DATE_EPOCH")
else
	stamp=$(date -u +%Y%m%dT%H%M%SZ)
fi

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# take FOLDER NAME PATTERN…: copy what fits, as plain files
take() {
	local folder=$1 name=$2 pattern file
	shift 2
	[ -d "$folder" ] || return 0
	mkdir -p "$stage/$name"
	for pattern; do
		while IFS= read -r file; do
			cp "$folder/$file" "$stage/$name/$file"
		done < <(cd "$folder" && find -L . -maxdepth 1 -type f -name "$pattern" | sed 's|^\./||' | sort)
	done
}

# keep FILE COMMAND…: keep what a tool says, also when its answer is no; leave out what it cannot say
keep() {
	local file=$stage/reports/$1 status=0
	shift
	"$@" >"$file" 2>/dev/null || status=$?
	case $status in 0 | 1) ;; *) [ -s "$file" ] || rm -f "$file" ;; esac
}

take "$logs" logs '*.jsonl' '*.log' 'router.control'
take "$results" results '*.md' '*.json'
take "$results/metrics" results/metrics '*.json'
take "$ledger" ledger '*.jsonl' '*.txt'
take "$root/docs" docs '*.md'
take "$root/docs/adr" docs/adr '*.md'
take "${LEDGERS_DIR:-$("$root/bin/tracker" where papers)/Ledgers}" docs/Ledgers '*.csv'
take "$root" . REPO_MAP.md progress.md CHANGELOG.md README.md

mkdir -p "$stage/reports"
if ledger-cat >"$stage/rows" 2>/dev/null && [ -s "$stage/rows" ]; then
	keep preview.txt preview --full <"$stage/rows"
	keep decision-card.txt decision-card <"$stage/rows"
	keep decision-card.json decision-card --format json <"$stage/rows"
	ledger-cat --raw | keep report.html report || true
	keep cost-compare.txt cost-compare <"$stage/rows"
	keep router-replay.txt router-replay <"$stage/rows"
	keep ledger-verify.txt ledger-verify
	keep ledger-head.txt ledger-verify --publish line
	while IFS= read -r window; do
		keep "window-audit-$window.json" window-audit --window "$window" --format json <"$stage/rows"
	done < <("$root/bin/row-values" window <"$stage/rows" | grep -x '[A-Za-z0-9._-]*' | sort -u)
fi
rm -f "$stage/rows"
if [ -s "$logs/usage.jsonl" ]; then
	keep verify-routing.txt verify-routing <"$logs/usage.jsonl"
	keep metrics.json summarize --format json <"$logs/usage.jsonl"
fi
"$root/scripts/print-versions.sh" "$stage/VERSIONS.json" >/dev/null

mkdir -p "$into"
more=()
set -f
for pattern in ${BUNDLE_WITH:-}; do more+=(--with "$pattern"); done
pack-bundle ${more[@]+"${more[@]}"} "$stage" "$into/agentos_tmp_review-$stamp"
