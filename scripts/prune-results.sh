#!/usr/bin/env bash
# Usage: prune-results.sh   keep the freshest of what runs leave behind, remove the rest
# KEEP (default 10): metrics snapshots of each run, run folders, bundles. LOG_DAYS (default 30): rotated
# router logs older than this go. The current logs, results/TESTS.md and the ledgers are never touched.
set -euo pipefail
case ${1:-} in -h | --help) sed -n '2,/^set /s/^# \{0,1\}//p' "$0" && exit ;; esac
root=$(cd "$(dirname "$0")/.." && pwd)
results=$("$root/bin/tracker" where results)
logs=$(dirname "$("$root/bin/tracker" where log)")
keep=${KEEP:-10}
days=${LOG_DAYS:-30}
for number in "$keep" "$days"; do
	case $number in '' | *[!0-9]*) echo "prune-results: '$number' is no whole number; KEEP and LOG_DAYS are" >&2 && exit 2 ;; esac
done
removed=0

# older_than_kept FOLDER: of the entries alike but for their time stamp, all but the newest KEEP
older_than_kept() {
	[ -d "$1" ] || return 0
	find "$1" -mindepth 1 -maxdepth 1 -name '*-[0-9]*T[0-9]*Z*' -exec basename {} \; | sort -r |
		awk -v keep="$keep" '{ name = $0; sub(/-[0-9]+T[0-9]+Z.*/, "", name); if (++seen[name] > keep) print }'
}

for folder in "$results/metrics" "$results/runs" "$results/bundles"; do
	while IFS= read -r entry; do
		[ -n "$entry" ] || continue
		rm -rf "${folder:?}/$entry"
		removed=$((removed + 1))
	done <<<"$(older_than_kept "$folder")"
done
if [ -d "$logs" ]; then
	while IFS= read -r file; do
		[ -n "$file" ] || continue
		rm -f "$file"
		removed=$((removed + 1))
	done <<<"$(find "$logs" -maxdepth 1 -name '*-[0-9]*T[0-9]*.jsonl' -mtime "+$days")"
fi
echo "removed $removed; kept the newest $keep of each kind, and rotated logs of the last $days days"
