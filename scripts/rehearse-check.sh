#!/usr/bin/env bash
# Usage: rehearse-check.sh FOLDER   say whether a rehearsal ended in its verdicts, with every ledger and deliverable
# Ends with 1, and names each that is missing. TRUTHS: which were played (default "go no-go"); WEEKLY: the Week-0
# plan was played beside one (default go; empty: it was not).
set -euo pipefail
case ${1:-} in -h | --help) sed -n '2,/^set /s/^# \{0,1\}//p' "$0" && exit ;; esac
run=${1:?which rehearsal? name its folder}
truths=${TRUTHS:-go no-go}
weekly=${WEEKLY-go}
missing=()

# wants NAME FILE…: each must be there and hold something
wants() {
	local name=$1 file
	shift
	for file; do
		[ -s "$run/$file" ] || missing+=("$name: $file")
	done
}

# lines FILE KIND [NAME]: how many rows of a kind a ledger holds
count() { if [ -f "$run/$1" ]; then wc -l <"$run/$1" | tr -d ' '; else echo 0; fi; }

for truth in $truths; do
	word=$(tr '[:lower:]' '[:upper:]' <<<"$truth")
	found=$(grep -oE '(NO-GO|SOFT GO|GO|INSUFFICIENT)' "$run/$truth/pack/decision-card.txt" 2>/dev/null | sed -n 1p || :)
	[ "$found" = "$word" ] || missing+=("verdict of truth $truth: $word, not ${found:-nothing}; see $truth/pack/decision-card.txt")
	wants "pack" "$truth"/pack/{preview.txt,router-replay.txt,cost-compare.txt,window-audit.json,ledger-verify.txt,decision-card.txt}
	wants "ledger" "$truth"/Ledgers/{Acceptance_Evidence,Feature_Log,Token_Churn_Ledger,Churn_Ledger}.csv "$truth"/Ledgers/heads.txt
	wants "rows" "$truth"/ledger/{experiments,features,snapshots,windows,proxy_telemetry,churn,evidence}.jsonl
	wants "handoff" "$truth"/{SESSION_HANDOFF.md,progress.md}
	while IFS= read -r window; do
		wants "window" "$truth/pack/window-audit-$window".{txt,json} "$truth/pack/decision-card-$window.txt"
	done <"$run/$truth/windows-done"
done
if [ -n "$weekly" ]; then
	wants "week 0" week0/pack/{preview.txt,router-replay.txt,cost-compare.txt,decision-card.txt,window-audit.json}
	wants "ledger of week 0" week0/Ledgers/{Acceptance_Evidence,Feature_Log,Token_Churn_Ledger,Churn_Ledger}.csv
	wants "handoff of week 0" week0/{SESSION_HANDOFF.md,progress.md}
	for provider in codex claude glm; do
		windows=$(grep -c "\"provider\":\"$provider\"" "$run/week0/ledger/windows.jsonl" 2>/dev/null || :)
		[ "${windows:-0}" -ge 6 ] || missing+=("week 0: six windows of $provider (${windows:-0})")
	done
fi
wants "evidence pack" results/{METRICS.json,routing.txt,SHOW_AND_ASK.md}
[ -n "$(find "$run/bundle" -name '*.tgz' 2>/dev/null)" ] || missing+=("bundle: bundle/*.tgz")

if [ ${#missing[@]} -gt 0 ]; then
	printf 'rehearse: missing %s\n' "${missing[@]}" >&2
	exit 1
fi
for truth in $truths; do
	echo "truth $truth: $(tr '[:lower:]' '[:upper:]' <<<"$truth") after $(count "$truth/ledger/windows.jsonl") windows"
done
echo "rehearsal passed: every verdict, ledger and deliverable is there; kept in $run"
