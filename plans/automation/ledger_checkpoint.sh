#!/usr/bin/env bash
# Usage: ledger_checkpoint.sh plan|mid|final [--window W] [--repo DIR] [NOTE…]
#
# Records a plan/mid/final entry for the window (default: the latest), measures the window's churn
# when it is finished, measures again what has matured, checks the ledger, writes the CSV ledgers,
# keeps a copy of the ledger's heads beside them (`ledger-verify --against` compares with it), and
# adds the paths to SESSION_HANDOFF.md (SESSION_HANDOFF) and a line to progress.md (PROGRESS_FILE). By default the
# CSV ledgers (LEDGERS_DIR) and the handoff are in `tracker where papers`: a clone's docs/; progress.md is above it.
set -euo pipefail
case ${1:-} in -h | --help) sed -n '2,/^set /s/^# \{0,1\}//p' "$0" && exit ;; esac
root=$(cd "$(dirname "$0")/../.." && pwd)
export PATH=$root/bin:$PATH
say() { echo "ledger_checkpoint: $*" >&2; }

stage=${1:-}
case $stage in
plan | mid | final) shift ;;
*) say "which entry? plan, mid or final (${stage:-nothing given})" && exit 2 ;;
esac
window='' repo=$PWD
while [ $# -gt 0 ]; do
	case $1 in
	--window) window=${2:?--window needs an id} && shift 2 ;;
	--repo) repo=${2:?--repo needs a folder} && shift 2 ;;
	*) break ;;
	esac
done
papers=$(tracker where papers)
home=$(dirname "$papers")
folder=${LEDGERS_DIR:-$papers/Ledgers}
handoff=${SESSION_HANDOFF:-$papers/SESSION_HANDOFF.md}
progress=${PROGRESS_FILE:-$home/progress.md}
[ -z "${SESSION_HANDOFF:-}" ] || progress=${PROGRESS_FILE:-$(dirname "$handoff")/progress.md}
source=${TRACKER_SOURCE:-automation}

latest() { row-values recorded_at window 2>/dev/null | sort | tail -n 1 | cut -f 2-; }
[ -n "$window" ] || window=$(ledger-cat --kind snapshot --kind window | latest)
[ -n "$window" ] || { say "no window in the ledger; name one with --window" && exit 66; }

append-evidence --check checkpoint --result "$stage" --window "$window" ${1:+--detail "$*"} |
	ledger-append --source "$source"

finished=$(ledger-cat --window "$window" --kind window)
measured=$(ledger-cat --window "$window" --kind churn)
if [ -n "$finished" ] && [ -z "$measured" ]; then
	churn --repo "$repo" <<<"$finished" | ledger-append --source "$source"
fi
due=$(ledger-cat --kind churn | churn --refresh --repo "$repo" 2>/dev/null) || due=
[ -z "$due" ] || ledger-append --source "$source" <<<"$due"

ledger-verify >&2
paths=$("$root/scripts/automation/write_ledgers.sh" "$folder")
data=$(tracker where ledger)
cp "$data/heads.txt" "$folder/heads.txt"
# shown PATH: as the project sees it, else from the home folder; a page that git keeps names no one's folders
shown() {
	case $1 in
	"$home"/*) echo "${1#"$home"/}" ;;
	"$HOME"/*) echo "(home) ${1#"$HOME"/}" ;;
	*) basename "$1" ;;
	esac
}
mkdir -p "$(dirname "$handoff")" "$(dirname "$progress")"
[ -s "$handoff" ] || echo '# Session handoff' >"$handoff"
{
	printf '\n## %s %s, %s\n\n' "$window" "$stage" "$(date -u '+%Y-%m-%d %H:%M UTC')"
	[ $# -eq 0 ] || printf '%s\n\n' "$*"
	while read -r path; do echo "- $(shown "$path")"; done <<<"$data
$folder/heads.txt
$paths"
} >>"$handoff"
echo "- $(date -u '+%Y-%m-%d %H:%M UTC') $stage of $window${1:+: $*}" >>"$progress"
say "$stage of $window is in the ledger; paths are in $handoff"
