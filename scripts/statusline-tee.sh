#!/usr/bin/env bash
# Usage: statusline-tee.sh [COMMAND [ARGUMENT…]]   log Claude Code's status line input, pass it on
#
# In settings.json: "statusLine": {"type": "command", "command": "…/scripts/statusline-tee.sh my-line"}
# Each call appends the JSON, with the instant, to logs/statusline.jsonl and hands it unchanged to
# COMMAND, whose output is the status line. Logging never stands in the way of the line.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
log=${STATUSLINE_LOG:-$root/logs/statusline.jsonl}
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
[ $# -eq 0 ] || printf '%s' "$json" | "$@"
