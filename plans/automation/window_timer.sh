#!/usr/bin/env bash
# Usage: window_timer.sh [--once] [--buffer-seconds S] [SCHEDULE]   read the meters when the schedule says so
#
# SCHEDULE (default docs/System/scheduler/windows.local.txt, or the .ics beside it) is what
# window-schedule reads. BEFORE is read at a window's start, AFTER a buffer behind its stop
# (--buffer-seconds, else BUFFER_SECONDS, default 300); rows are stamped source=automation and go to TRACKER_DATA_DIR under
# AGENT_ID. A refused or failed reading is tried again TRIES times (default 3), WAIT seconds apart
# (default 60), then an anomaly row `missed-reading` says so. Readings that are more than GRACE
# seconds late (default 600) at the start are passed over. --once: do what is due now, then end.
# READ_METER (default scripts/read-meter.sh) is called with the provider and prints the meter's text.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
say() { echo "window_timer: $*" >&2; }

once='' buffer=${BUFFER_SECONDS:-300}
while [ $# -gt 0 ]; do
	case $1 in
	-h | --help) sed -n '2,/^set /s/^# \{0,1\}//p' "$0" && exit 0 ;;
	--once) once=1 && shift ;;
	--buffer-seconds) buffer=${2:-} && shift $(($# > 1 ? 2 : 1)) ;;
	--buffer-seconds=*) buffer=${1#*=} && shift ;;
	-*) say "no option $1; see window_timer.sh --help" && exit 2 ;;
	*) break ;;
	esac
done
case $buffer in
'' | *[!0-9.]*) say "--buffer-seconds: a number of seconds ('$buffer'); for example 300" && exit 2 ;;
esac
plan=${1:-$root/docs/System/scheduler/windows.local.txt}
[ -e "$plan" ] || [ ! -e "${plan%.txt}.ics" ] || plan=${plan%.txt}.ics
read_meter=${READ_METER:-$root/scripts/read-meter.sh}
export TRACKER_SOURCE=automation

[ -r "$plan" ] || { say "no schedule ($plan); write one, see window-schedule --help" && exit 66; }

take() { # PHASE WINDOW PROVIDER
	local text
	text=$("$read_meter" "$3") &&
		printf '%s\n' "$text" | "$root/bin/tracker" ingest "$3" --window "$2" --phase "$1" \
			--at "$(date -u +%Y-%m-%dT%H:%M:%SZ)" --buffer-seconds "$buffer"
}

missed() { # PHASE WINDOW PROVIDER
	say "$1 of $2 ($3) could not be read; recorded as missed-reading"
	printf '{"kind":"anomaly","ts":"%s","anomaly":"missed-reading","window":"%s","provider":"%s","detail":"%s"}\n' \
		"$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$2" "$3" "$1 not read after ${TRIES:-3} tries" |
		"$root/bin/ledger-append" --source automation
}

readings=$("$root/bin/window-schedule" --buffer-seconds "$buffer" <"$plan")
began=$(date +%s)
while read -r -u 3 at phase window provider; do
	now=$(date +%s)
	if ((at < began - ${GRACE:-600})); then
		say "$phase of $window ($provider) was due long ago; passed over"
		continue
	fi
	if ((at > now)); then
		[ -z "$once" ] || break
		sleep $((at - now))
	fi
	for ((try = 1; try <= ${TRIES:-3}; try++)); do
		if take "$phase" "$window" "$provider"; then
			say "read $phase of $window ($provider)"
			continue 2
		fi
		((try == ${TRIES:-3})) || sleep "${WAIT:-60}"
	done
	missed "$phase" "$window" "$provider"
done 3<<<"$readings"
