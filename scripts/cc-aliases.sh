# shellcheck shell=bash
# Source this, in bash or zsh: short names for a session with the router and one without.
#
#   ccmitm [PORT]   start the router in the background, or start it anew: Haiku goes to Z.AI
#   ccsub [PORT]    this shell's Claude goes through it, subagents on Haiku
#   ccstock         this shell's Claude goes straight to Anthropic again
#   ccverify        did every request go where it may? and the last lines of the log
#   ccproof         one Haiku and one Sonnet request now, and where they went
#   cch TEXT, ccs TEXT   ask Haiku, ask Sonnet (options of `claude -p` pass through)
#   ccpause, ccresume    keep Haiku on Anthropic for now, in a running router; and back
#   cczai_bearer, cch1   for the next ccmitm: Z.AI's key as a bearer token; HTTP/1.1 only
#   ccbundle        what happened, without secrets, in one folder to share
#
#   cc mitm start|stop|status [PORT], cc productize-check   the same under the plans' older names, in an
#                   interactive shell only; all other words still go to the C compiler (TRACKER_CC=0: all)

# Where this file is. zsh says so in %x, whatever its options make of $0; bash in BASH_SOURCE. Names with a
# backslash and builtins are what they are called, whatever aliases and functions this shell has.
if [ -n "${ZSH_VERSION:-}" ]; then
	eval '_cc_root=${${(%):-%x}:A:h:h}'
else
	_cc_root=$(CDPATH='' \builtin cd -- "$(\command dirname -- "${BASH_SOURCE[0]}")/.." >/dev/null && \builtin pwd -P)
fi

function ccmitm() {
	FORCE_HAIKU_TO_ZAI="${FORCE_HAIKU_TO_ZAI:-1}" "$_cc_root/scripts/mitm.sh" start "$@"
}

function ccsub() {
	# shellcheck source=scripts/sub-env.sh
	source "$_cc_root/scripts/sub-env.sh" "${1:-${MITM_PORT:-8082}}"
}

# _cc_left: the names set in this shell that lead Claude elsewhere than straight to Anthropic. A line of env may
# be the second one of another variable, so each name is looked at in the shell itself.
function _cc_left() {
	\local line all
	all=$(\command env) || return
	while IFS= \builtin read -r line; do
		line=${line%%=*}
		case $line in
		*[!A-Za-z0-9_]*) continue ;;
		ANTHROPIC_* | HTTPS_PROXY | https_proxy | HTTP_PROXY | http_proxy | ALL_PROXY | all_proxy) ;;
		NODE_EXTRA_CA_CERTS | CLAUDE_CODE_SUBAGENT_MODEL) ;;
		*) continue ;;
		esac
		\builtin eval "[ -z \"\${$line+set}\" ] || \builtin echo $line"
	done <<-ALL
		$all
	ALL
}

function ccstock() {
	\local name left
	left=$(_cc_left) || {
		\builtin echo "ccstock: this shell's environment cannot be read (is env on PATH?); open a new terminal instead" >&2
		return 75
	}
	while IFS= \builtin read -r name; do
		# A read-only one would end a zsh: try it in a shell of its own first.
		[ -z "$name" ] || ! (\builtin unset "$name") 2>/dev/null || \builtin unset "$name"
	done <<-LEFT
		$left
	LEFT
	left=$(_cc_left) || return
	[ -z "$left" ] || {
		\builtin echo "ccstock: still set (read-only?): ${left//$'\n'/ }; open a new terminal instead" >&2
		return 75
	}
}

function ccverify() {
	"$_cc_root/scripts/routing-proof.sh"
}

function ccproof() {
	"$_cc_root/scripts/routing-proof.sh" --ask
}

function cch() {
	claude -p --model haiku "$@"
}

function ccs() {
	claude -p --model sonnet "$@"
}

function ccpause() {
	"$_cc_root/scripts/router-control.sh" OFFLOAD_PAUSED=1
}

function ccresume() {
	"$_cc_root/scripts/router-control.sh" OFFLOAD_PAUSED=0
}

function cczai_bearer() {
	export ZAI_HEADER_MODE=authorization
}

function cch1() {
	export MITM_FORCE_H1=1
}

function ccbundle() {
	"$_cc_root/scripts/bundle.sh" "$@"
}

case "${TRACKER_CC:-1}:$-" in
1:*i*)
	unalias cc 2>/dev/null || :
	function cc() {
		case "${1:-}:${2:-}" in
		mitm:start) FORCE_HAIKU_TO_ZAI="${FORCE_HAIKU_TO_ZAI:-1}" "$_cc_root/scripts/mitm.sh" start "${3:-}" ;;
		mitm:stop | mitm:status) "$_cc_root/scripts/mitm.sh" "$2" "${3:-}" ;;
		productize-check:*) "$_cc_root/bin/productize-check" "${@:2}" ;;
		mitm:*)
			echo "cc: use cc mitm start|stop|status [PORT], or cc productize-check; the C compiler is: command cc" >&2
			return 2
			;;
		*) \command cc "$@" ;;
		esac
	}
	;;
esac
