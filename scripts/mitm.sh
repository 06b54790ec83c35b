#!/usr/bin/env bash
# Usage: mitm.sh start|stop|status|run [PORT] [OPTION…]   the router on 127.0.0.1:PORT
# PORT: default MITM_PORT or 8082. start: in the background, anew if it runs, and returns when it
# answers; run: in the foreground. Settings are the environment's and those in .env; options go
# to bin/router. Says where Haiku goes and which setting says so; ends with 78 when a key is missing.
# Keeps its process id, its output and what was in force at its start beside the log (`tracker where log`), or in MITM_LOG_DIR.
set -euo pipefail
case ${1:-} in -h | --help) sed -n '2,/^set /s/^# \{0,1\}//p' "$0" && exit ;; esac
root=$(cd "$(dirname "$0")/.." && pwd)
words=0 # a pasted line's comment is no comment to a zsh on a terminal, but words
for word; do
	[ "$word" != '#' ] || break
	words=$((words + 1))
done
set -- "${@:1:words}"
what=${1:-}
port=${2:-${MITM_PORT:-8082}}
shift $(($# < 2 ? $# : 2))
case $port in '' | *[!0-9]*) echo "mitm: '$port' is no port; use mitm.sh start 8082" >&2 && exit 2 ;; esac
kept=${MITM_LOG_DIR:-$(dirname "$("$root/bin/tracker" where log)")}
pid_file=$kept/router-$port.pid
output=$kept/router-$port.log
state_file=$kept/router-$port.state

answers() { (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; }

# The process that was started here on this port, if it still is that one.
ours() {
	local pid
	pid=$(cat "$pid_file" 2>/dev/null) || return 1
	case $(ps -o command= -p "$pid" 2>/dev/null) in *router*) echo "$pid" ;; *) return 1 ;; esac
}

# checked OPTION…: what will be in force, on stdout; ends with the router's own status when it cannot start
checked() {
	local words=()
	while [ $# -gt 0 ]; do
		[ "$1" != --set ] || words+=(--set "$2")
		shift
	done
	"$root/bin/router" --check ${words[@]+"${words[@]}"}
}

run() {
	exec "$root/bin/router" --port "$port" "$@"
}

stop() {
	local pid tries
	pid=$(ours) || return 1
	kill "$pid"
	for ((tries = 0; tries < 200; tries++)); do
		if ! kill -0 "$pid" 2>/dev/null; then
			rm -f "$pid_file"
			return
		fi
		sleep 0.05
	done
	echo "mitm: the router (process $pid) does not stop; look at $output" >&2
	exit 75
}

start() {
	local tries state
	state=$(checked "$@") # before the one that runs is stopped
	stop || :
	if answers; then
		echo "mitm: something else answers on port $port; choose another, as in: ccmitm 8083" >&2
		exit 75
	fi
	mkdir -p "$kept"
	: >"$output"
	(run "$@") </dev/null >"$output" 2>&1 &
	echo $! >"$pid_file"
	for ((tries = 0; tries < 300; tries++)); do
		if grep -q '"kind": "listening"' "$output"; then # it answers a little before its certificate is made
			echo "$state" >"$state_file"
			echo "router on 127.0.0.1:$port, $state; output in $output"
			return
		fi
		kill -0 $! 2>/dev/null || break
		sleep 0.05
	done
	echo "mitm: the router did not start:" >&2
	tail -n 3 "$output" >&2
	rm -f "$pid_file"
	exit 75
}

case $what in
start) start "$@" ;;
run)
	checked "$@" >&2
	run "$@"
	;;
stop)
	stop || {
		echo "mitm: no router was started here on port $port" >&2
		exit 66
	}
	echo "stopped the router on port $port"
	;;
status)
	if pid=$(ours) && answers; then
		echo "router on 127.0.0.1:$port, process $pid; at its start $(cat "$state_file" 2>/dev/null)"
	else
		echo "no router on port $port"
		exit 1
	fi
	;;
*) echo "mitm: '$what' is no command; use start, stop, status or run" >&2 && exit 2 ;;
esac
