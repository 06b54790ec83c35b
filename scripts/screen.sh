# shellcheck shell=bash
# Sourced by scripts that talk to a person: say HEADING, typed COMMAND, in bold and dim where colours are wanted.
#
# Wanted means: on a terminal that is not dumb, and NO_COLOR is empty; `screen_color always` or `never` overrides both.

# screen_color auto|always|never: decide from here on
function screen_color() {
	_screen_bold='' _screen_dim='' _screen_plain=''
	case $1 in
	always) ;;
	never) return ;;
	auto) { [ -t 1 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; } || return 0 ;;
	*)
		echo "--color $1 is none of auto, always, never; name one" >&2
		return 2
		;;
	esac
	_screen_bold=$'\033[1m' _screen_dim=$'\033[2m' _screen_plain=$'\033[0m'
}

# say WORDS: a heading
function say() {
	printf '\n%s%s%s\n' "$_screen_bold" "$*" "$_screen_plain"
}

# typed COMMAND: a command as one would type it
function typed() {
	printf '%s$%s %s\n' "$_screen_dim" "$_screen_plain" "$1"
}

screen_color auto
