#!/usr/bin/env bash
# Usage: p0.sh [MINUTES]   run the P0 gates in the lab and write what held to results/P0-EXIT-CRITERIA.md
# MINUTES of soak (default 30, as P0 asks; a shorter soak is written down and leaves its box open).
# P0_FILE names another file. Ends with 1 when a gate does not hold.
set -euo pipefail
case ${1:-} in -h | --help) sed -n '2,/^set /s/^# \{0,1\}//p' "$0" && exit ;; esac
cd "$(dirname "$0")/.."
minutes=${1:-30}
file=${P0_FILE:-${RESULTS_DIR:-results}/P0-EXIT-CRITERIA.md}
mkdir -p "$(dirname "$file")"
export LAB=1 CLIENT=${CLIENT:-sdk}
RESULTS_DIR=$(mktemp -d)
export RESULTS_DIR
trap 'rm -rf "$RESULTS_DIR"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
all_hold=1
lines=()

# gate WORDS YES?: a line of the page, ticked or not
gate() {
	local box=' '
	if [ "$2" = 1 ]; then box=x; else all_hold=0; fi
	lines+=("- [$box] $1")
	echo "[$box] $1"
}

# held COMMAND…: 1 when it ends with 0; its output is kept for the figures
held() {
	"$@" >"$RESULTS_DIR/said" 2>"$RESULTS_DIR/err" && echo 1 || echo 0
}
figure() { sed -n "s/^  $1: //p" "$RESULTS_DIR/said" | sed -n 1p; }
section() { lines+=("" "## $1" ""); }

section "Routing (K14)"
ok=$(held scripts/warmup.sh)
gate "T1 to T3: Sonnet on Anthropic, Haiku on Z.AI, both as streams ($(figure requests))" "$ok"
ok=$(held scripts/burst.sh 20)
cat "$RESULTS_DIR"/runs/*/rows.jsonl >"$RESULTS_DIR/rows"
proof=$(held bin/verify-routing --expect forced "$RESULTS_DIR/rows")
gate "100 % of Haiku on Z.AI ($(head -n 1 "$RESULTS_DIR/said"))" "$proof"

section "Stability (K15)"
gate "burst of 20 alternations, four at a time" "$ok"
ok=$(held scripts/parallel-subagents.sh 4)
gate "parallel: $(figure requests)" "$ok"
ok=$(held scripts/verify-sse.sh)
gate "one medium stream on each lane, streams broken: $(figure 'streams broken')" "$ok"
ok=$(held scripts/chaos-restart-mitm.sh '' 5)
gate "restart in mid-stream: first whole reply $(figure 'first whole reply'), replies without a row $(figure 'replies without a row'), sockets left $(figure 'sockets left')" "$ok"
ok=$(held scripts/soak.sh "$minutes")
figures="$(figure requests); streams broken $(figure 'streams broken'); memory $(figure memory); sockets left $(figure 'sockets left')"
gate "soak of $minutes minutes: $figures" "$ok"
long=0
if awk "BEGIN { exit !($minutes >= 30) }"; then long=1; fi
gate "that soak took the 30 minutes that P0 asks for" "$long"

section "Safety (K16)"
ok=$(held bin/productize-check)
gate "no header, key, id or e-mail crosses lanes (\`make productize-check\`)" "$ok"
mkdir "$RESULTS_DIR/secret"
echo 'x-api-key: sk-ant-made-up-0123456789' >"$RESULTS_DIR/secret/notes.log"
ok=$(held bin/pack-bundle --with notes.log "$RESULTS_DIR/secret" "$RESULTS_DIR/packed")
grep -rq 'made-up' "$RESULTS_DIR/packed" && ok=0
gate "secrets are redacted in a bundle" "$ok"
ok=0
[ -z "$(find "$RESULTS_DIR/runs" -name '*sample*' ! -name samples.jsonl)" ] && ok=1
gate "the body tee is off unless asked for: no run left a sample" "$ok"

section "Observability (K17)"
ok=0
grep -q '^## soak' "$RESULTS_DIR/TESTS.md" && ls "$RESULTS_DIR"/metrics/soak-*.json >/dev/null && ok=1
gate "each run added itself to TESTS.md and left its metrics" "$ok"
ok=0
[ -s docs/SESSION_HANDOFF.md ] && [ -s docs/RESULTS-TEMPLATE.md ] && [ -s docs/ERROR-TAXONOMY.md ] && ok=1
gate "handoff, results template and error taxonomy are there" "$ok"

{
	echo "# P0 exit criteria"
	echo
	echo "Written by \`make p0\` on $(date -u +%F), against mock providers on loopback (CLIENT=$CLIENT), commit $(git rev-parse --short HEAD 2>/dev/null || echo unknown)."
	echo "What the lab cannot show: the providers' own latency, limits and faults. For those, \`CLIENT=claude make soak\`."
	printf '%s\n' "${lines[@]}"
} >"$file.new"
mv "$file.new" "$file"
echo "written to $file"
[ "$all_hold" = 1 ]
