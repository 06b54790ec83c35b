# shellcheck shell=bash
# Source this: source scripts/sub-env.sh [PORT]   (default MITM_PORT or 8082), in bash or zsh.
# Sends this shell's Claude Code through the router on 127.0.0.1:PORT and its subagents to Haiku.
# Refuses, and changes nothing, when the router does not answer, its certificate is missing, or
# NO_PROXY would lead past it. scripts/cc-aliases.sh has ccsub for it, and ccstock to undo it.

function _sub_env() {
	local port="${1:-${MITM_PORT:-8082}}" certificate name past token
	certificate="${MITM_CONFDIR:-$HOME/.mitmproxy}/mitmproxy-ca-cert.pem"
	case "$port" in
	*[!0-9]* | "")
		echo "sub-env: '$port' is no port; use: source scripts/sub-env.sh 8082" >&2
		return 2
		;;
	esac
	past=$(printf '%s' "${NO_PROXY:-},${no_proxy:-}" | \command tr -s ', ' '\n' |
		\command grep -ixE '\*|(\*?\.)?((api\.)?anthropic\.)?com(:443)?' | \command head -n 1 || :)
	if [ -n "$past" ]; then
		echo "sub-env: NO_PROXY has '$past', so Claude would go past the router; take it out of NO_PROXY" >&2
		return 78
	fi
	# Claude Code hangs silently for half a minute on a proxy that is not there.
	if ! \command bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$0"' "$port" 2>/dev/null; then
		echo "sub-env: nothing answers on 127.0.0.1:$port; start the router with: ccmitm $port" >&2
		return 75
	fi
	if [ ! -r "$certificate" ]; then
		echo "sub-env: no certificate at $certificate; the router makes it when it starts: ccmitm $port" >&2
		return 78
	fi
	# The router spends the lane's key for who knows this token, not for other users of this machine.
	token="${ROUTER_TOKEN:-$(\command cat "${certificate%/*}/router-token" 2>/dev/null)}"
	# Each of these would send Claude elsewhere, or past the subscription.
	while \builtin read -r name; do
		[ -z "$name" ] || \builtin unset "$name"
	done <<-NAMES
		$(\command env | \command sed -n 's/^\(ANTHROPIC_[A-Za-z0-9_]*\)=.*/\1/p')
		CLAUDE_CODE_USE_BEDROCK
		CLAUDE_CODE_USE_VERTEX
		CLAUDE_CODE_USE_FOUNDRY
		https_proxy
		ALL_PROXY
		all_proxy
	NAMES
	export HTTPS_PROXY="http://${token:+tracker:$token@}127.0.0.1:$port"
	export NODE_EXTRA_CA_CERTS="$certificate"
	export CLAUDE_CODE_SUBAGENT_MODEL=haiku
}

_sub_env "$@"
