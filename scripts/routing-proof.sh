#!/usr/bin/env bash
# Usage: routing-proof.sh [--ask]   prove from the router's log that every request went where it may
# --ask: first send one Haiku and one Sonnet request with Claude Code, and prove those alone.
# The log is the one that `tracker where log` names.
set -euo pipefail
case ${1:-} in -h | --help) sed -n '2,/^set /s/^# \{0,1\}//p' "$0" && exit ;; esac
root=$(cd "$(dirname "$0")/.." && pwd)
log=$("$root/bin/tracker" where log)
from=1

if [ "${1:-}" = --ask ]; then
	if [ -z "${HTTPS_PROXY:-}" ]; then
		echo "ccproof: this shell does not go through a router; run ccsub first" >&2
		exit 78
	fi
	[ ! -f "$log" ] || from=$(($(wc -l <"$log") + 1))
	for model in haiku sonnet; do
		echo "asking $model …"
		claude -p --model "$model" "Say ok" --output-format json >/dev/null
	done
	sleep 0.5 # a row is written when its reply has ended
fi

if [ ! -s "$log" ]; then # rotated a moment ago? then the newest beside it is the one
	for rotated in "${log%.jsonl}"-*.jsonl; do
		[ ! -s "$rotated" ] || { log=$rotated && from=1; }
	done
fi
if [ ! -s "$log" ]; then
	echo "ccverify: no requests in $log yet; start the router with ccmitm and work through ccsub" >&2
	exit 66
fi
control=$("$root/bin/tracker" where control)
port=${HTTPS_PROXY:-} # that of this shell, wherever ccmitm was told to listen
case $port in *127.0.0.1:[0-9]*) port=${port##*:} && port=${port%%/*} ;; *) port='' ;; esac
"$root/scripts/mitm.sh" status ${port:+"$port"} || :
[ ! -s "$control" ] || echo "set in a running router since: $(paste -s -d ' ' "$control") ($control)"
echo
tail -n "+$from" "$log" | "$root/bin/verify-routing" --last 5
