#!/usr/bin/env bash
# Usage: statusline-tee.sh [COMMAND [ARGUMENT…]]   log Claude Code's status line input, pass it on
#
# In settings.json: "statusLine": {"type": "command", "command": "…/scripts/statusline-tee.sh my-line"}
# Each call appends the JSON, with the instant, to logs/statusline.jsonl (`tracker where statusline`) and
# hands it unchanged to COMMAND, whose output is the status line; without one the line is that of
# `tracker now --line`. Logging never stands in the way of the line.
set -euo pipefail
case ${1:-} in -h | --help) sed -n '2,/^set /s/^# \{0,1\}//p' "$0" && exit ;; esac
root=$(cd "$(dirname "$0")/.." && pwd)
# lib/tracker/places.py has the rule; asking it would take longer than everything here.
if [ -n "${STATUSLINE_LOG:-}" ]; then
	log=$STATUSLINE_LOG
elif [ -n "${TRACKER_HOME:-}" ]; then
	log=$TRACKER_HOME/logs/statusline.jsonl
elif [ -d "$root/lib/tracker" ]; then
	log=$root/logs/statusline.jsonl
else
	case ${XDG_STATE_HOME:-} in /*) state=$XDG_STATE_HOME ;; *) state=$HOME/.local/state ;; esac
	log=$state/plan-meters/logs/statusline.jsonl
fi
json=$(cat)
line=$(printf '%s' "$json" | tr '\n\r' '  ')
case $line in
*'{'*'":'*'}'*)
	{
		mkdir -p "$(dirname "$log")"
		printf '{"captured_at":"%s",%s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "${line#*\{}" >>"$log"
	} 2>/dev/null || :
	;;
esac
if [ $# -eq 0 ]; then
	"$root/bin/plan-now" --line 2>/dev/null || :
else
	set +o pipefail # a command that does not read its input is no failure
	printf '%s' "$json" | "$@"
fi
