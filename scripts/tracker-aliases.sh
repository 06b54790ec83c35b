# shellcheck shell=bash
# Source this, in bash or zsh: short names for a window's readings.
#
#   as ae ax   Claude: BEFORE, AFTER, take the BEFORE back        as_d = ax
#   os oe ox   Codex                                              os_d = ox
#   zs ze zx   GLM                                                zs_d = zx
#   gs ge gx   Gemini                                             gs_d = gx
#   occ        ccusage's report of Codex tokens
#   acm        claude-monitor's end-of-window reading, as AFTER
#
# The meter is read live (scripts/read-meter.sh); a text on stdin is read instead, and --paste waits
# for one; --json prints the row. Other options go to the tools, as --window W0-CL-1 --notes "second account";
# --feature-id F keeps the task with the reading, and ax --feature-id F takes that one back.
# AGENT_ID (default main) keeps the windows of several shells apart. `as` and `os` shadow other
# programs in this shell only; TRACKER_ALIAS_PREFIX=t, set before sourcing, makes them tas, tos …

export AGENT_ID="${AGENT_ID:-main}"

# Where this file is. zsh says so in %x, whatever its options make of $0; bash in BASH_SOURCE. Names with a
# backslash and builtins are what they are called, whatever aliases and functions this shell has.
if [ -n "${ZSH_VERSION:-}" ]; then
	eval '_tracker_root=${${(%):-%x}:A:h:h}'
else
	_tracker_root=$(CDPATH='' \builtin cd -- "$(\command dirname -- "${BASH_SOURCE[0]}")/.." >/dev/null && \builtin pwd -P)
fi

# _tracker_reading start|end PROVIDER [--paste|--live] [OPTION…], in any order
function _tracker_reading() {
	(
		phase=$1 provider=$2 how='' json='' buffer=300 before=''
		shift 2
		for word; do
			shift
			case $word in
			-h | --help) exec "$_tracker_root/bin/tracker" alias "$phase" "$provider" --help ;;
			--paste | --live) how=$word && continue ;;
			--json) json=1 ;;
			--buffer-seconds=*) buffer=${word#*=} ;;
			esac
			[ "$before" != --buffer-seconds ] || buffer=$word
			before=$word
			set -- "$@" "$word"
		done
		[ -n "$how" ] || [ -t 0 ] || how=--stdin
		case $how in
		--stdin) text=$(\command cat) ;;
		--paste)
			echo "paste the $provider usage screen, then press Ctrl-D" >&2
			text=$(\command cat)
			;;
		*) text=$("$_tracker_root/scripts/read-meter.sh" "$provider") ;;
		esac || exit
		# One step after the other: the status, and the one line that explains it, are the failed step's.
		rows=$(printf '%s\n' "$text" | "$_tracker_root/bin/tracker" alias "$phase" "$provider" --echo "$@") || exit
		if [ -n "$json" ]; then
			printf '%s\n' "$rows"
		else
			printf '%s\n' "$rows" | "$_tracker_root/bin/tell-reading" --buffer-seconds "$buffer"
		fi
	)
}

# _tracker_undo PROVIDER [OPTION…]
function _tracker_undo() {
	"$_tracker_root/bin/tracker" alias delete "$@"
}

# One short name: _tracker_name NAME COMMAND…
function _tracker_name() {
	local name="${TRACKER_ALIAS_PREFIX:-}$1"
	shift
	unalias "$name" 2>/dev/null || :
	eval "function $name() { $* \"\$@\"; }"
}

# The short names of each provider; `make docs` writes these lines.
_tracker_name as _tracker_reading start claude
_tracker_name ae _tracker_reading end claude
_tracker_name ax _tracker_undo claude
_tracker_name as_d _tracker_undo claude
_tracker_name os _tracker_reading start codex
_tracker_name oe _tracker_reading end codex
_tracker_name ox _tracker_undo codex
_tracker_name os_d _tracker_undo codex
_tracker_name zs _tracker_reading start glm
_tracker_name ze _tracker_reading end glm
_tracker_name zx _tracker_undo glm
_tracker_name zs_d _tracker_undo glm
_tracker_name gs _tracker_reading start gemini
_tracker_name ge _tracker_reading end gemini
_tracker_name gx _tracker_undo gemini
_tracker_name gs_d _tracker_undo gemini
# End of the short names.
_tracker_name occ _tracker_codex_report
_tracker_name acm _tracker_monitor

function _tracker_codex_report() {
	if ! command -v npx >/dev/null; then
		echo "occ: no npx on PATH; install Node, or run ccusage's Codex report by hand" >&2
		return 78
	fi
	npx --yes ccusage@latest codex "$@"
}

function _tracker_monitor() {
	if ! command -v claude-monitor >/dev/null; then
		echo "acm: no claude-monitor on PATH; install it, or use ae" >&2
		return 78
	fi
	case " $* " in
	*" -h "* | *" --help "*) _tracker_reading end claude --help ;;
	*) claude-monitor --once --output json | _tracker_reading end claude "$@" ;;
	esac
}
