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
# With TRACKER_CC=1 in an interactive shell there is also `cc mitm start|stop|status [PORT]` and
# `cc productize-check`; elsewhere cc stays the C compiler.

# zsh has no BASH_SOURCE; there $0 is the file being sourced.
_cc_root=$(cd "$(dirname "${BASH_SOURCE[0]:-$0}")/.." && pwd)

function ccmitm() {
	FORCE_HAIKU_TO_ZAI="${FORCE_HAIKU_TO_ZAI:-1}" "$_cc_root/scripts/mitm.sh" start "$@"
}

function ccsub() {
	# shellcheck source=scripts/sub-env.sh
	source "$_cc_root/scripts/sub-env.sh" "${1:-${MITM_PORT:-8082}}"
}

function ccstock() {
	local name
	while read -r name; do
		[ -z "$name" ] || unset "$name"
	done <<-NAMES
		$(env | sed -n 's/^\(ANTHROPIC_[A-Za-z0-9_]*\)=.*/\1/p')
		HTTPS_PROXY
		https_proxy
		HTTP_PROXY
		http_proxy
		ALL_PROXY
		all_proxy
		NODE_EXTRA_CA_CERTS
		CLAUDE_CODE_SUBAGENT_MODEL
	NAMES
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

case "${TRACKER_CC:-0}:$-" in
1:*i*)
	function cc() {
		case "${1:-}:${2:-}" in
		mitm:start) FORCE_HAIKU_TO_ZAI="${FORCE_HAIKU_TO_ZAI:-1}" "$_cc_root/scripts/mitm.sh" start "${3:-}" ;;
		mitm:stop | mitm:status) "$_cc_root/scripts/mitm.sh" "$2" "${3:-}" ;;
		productize-check:*) "$_cc_root/bin/productize-check" "${@:2}" ;;
		*)
			echo "cc: use cc mitm start|stop|status [PORT], or cc productize-check; the C compiler is: command cc" >&2
			return 2
			;;
		esac
	}
	;;
esac
