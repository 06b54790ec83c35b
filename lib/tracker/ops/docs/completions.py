"""Completions for bash (3.2 and newer) and zsh: options, their choices, files, tracker's commands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from tracker.ops.docs.tools import Option, Tool

BASH = """\
# bash completion of the tools; written by `make docs`. Use: source completions/tracker.bash

_tracker_options() {
	case $1 in
%(options)s
	esac
}

_tracker_values() {
	case "$1 $2" in
%(values)s
	esac
}

# The words up to the cursor, after `tracker` and its own option: what may follow, or "=TOOL" when
# the rest belongs to that tool.
_tracker_commands() {
	case "$*" in
%(commands)s
	esac
}

_tracker_complete() {
	local tool=${1##*/} word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} at=1 seen="" next IFS=$' \\t\\n'
	if [ "$word" = "=" ]; then word=""; fi
	if [ "$before" = "=" ]; then before=${COMP_WORDS[COMP_CWORD - 2]}; fi
	if [ "$tool" = tracker ] && [ "$before" != --data-dir ]; then
		while [ $at -lt "$COMP_CWORD" ]; do
			case ${COMP_WORDS[at]} in
			--data-dir) if [ "${COMP_WORDS[at + 1]}" = "=" ]; then at=$((at + 2)); else at=$((at + 1)); fi ;;
			--data-dir=*) ;;
			*) seen="$seen ${COMP_WORDS[at]}" ;;
			esac
			at=$((at + 1))
		done
		# shellcheck disable=SC2086  # one word a command
		next=$(_tracker_commands $seen)
		case $next in
		=*) tool=${next#=} ;;
		*)
			case $word in -*) next=$(_tracker_options tracker) ;; esac
			# shellcheck disable=SC2207  # the words are this file's own
			COMPREPLY=($(compgen -W "$next" -- "$word"))
			return
			;;
		esac
	fi
	next=$(_tracker_values "$tool" "$before")
	case $next in
	/)
		next=$(compgen -d -- "$word")
		if type compopt >/dev/null 2>&1; then compopt -o filenames; fi # not in bash 3.2
		;;
	"") case $word in -*) next=$(compgen -W "$(_tracker_options "$tool")" -- "$word") ;; esac ;;
	*) next=$(compgen -W "$next" -- "$word") ;;
	esac
	IFS=$'\\n'
	# shellcheck disable=SC2206  # one line a word; a folder's name may hold spaces
	COMPREPLY=($next)
}

complete -o default -F _tracker_complete %(tools)s
"""

ZSH = """\
#compdef %(tools)s
# zsh completion of the tools; written by `make docs`.
# Use: fpath=(/where/this/is/completions $fpath); autoload -Uz compinit; compinit

_tracker_tool() {
  case $1 in
%(options)s
  esac
}

_tracker_commands() {
  local -a commands=(
%(about)s
  )
  _describe command commands
}

# The words behind `tracker`, its own option left out, say what may follow or whose the rest is.
_tracker_command() {
  local at=2 tool
  local -a seen
  while ((at < CURRENT)); do
    if [[ $words[at] == --data-dir ]]; then ((at++)); elif [[ $words[at] != --data-dir=* ]]; then seen+=("$words[at]"); fi
    ((at++))
  done
  if [[ ${words[CURRENT-1]} == --data-dir ]]; then _directories; return; fi
  case "$seen" in
%(commands)s
  esac
}

# Complete as TOOL would, the words before its own (as many as DEPTH) taken away.
_tracker_as() {
  words=("$1" "${(@)seen[$2 + 1,-1]}" "${(@)words[CURRENT,-1]}")
  CURRENT=$((${#seen} - $2 + 2))
  _tracker_tool "$1"
}

if [[ $service == tracker ]]; then _tracker_command; else _tracker_tool $service; fi
"""


def bash(tools: Sequence[Tool], commands: Mapping[str, str]) -> str:
    """Return the bash file; `commands` maps words behind `tracker` ("ingest claude") to their tool."""
    options = (
        f"\t{tool.name}) echo {_quoted(' '.join(flag for option in tool.options for flag in option.flags))} ;;"
        for tool in tools
    )
    values = (
        f"\t{' | '.join(_quoted(f'{tool.name} {flag}') for flag in option.flags)}) echo "
        f"{_quoted('/' if option.kind == 'folder' else ' '.join(option.choices))} ;;"
        for tool in tools
        for option in tool.options
        if option.flags and option.kind in ("choices", "folder")
    )
    return BASH % {
        "options": "\n".join(options),
        "values": "\n".join(values),
        "commands": "\n".join(_bash_commands(commands)),
        "tools": " ".join(tool.name for tool in tools),
    }


def _bash_commands(commands: Mapping[str, str]) -> Iterator[str]:
    for place, nexts in _tree(commands).items():
        yield f"\t{_quoted(place)}) echo {_quoted(' '.join(nexts))} ;;"
    for words, tool in commands.items():
        yield f"\t{_quoted(words)} | {_quoted(words + ' ')}*) echo {_quoted('=' + tool)} ;;"


def _tree(commands: Mapping[str, str]) -> dict[str, list[str]]:
    """Return which words may follow which.

    >>> _tree({"ingest claude": "", "ingest glm": "", "preview": ""})
    {'': ['ingest', 'preview'], 'ingest': ['claude', 'glm']}
    """
    tree: dict[str, list[str]] = {}
    for words in commands:
        parts = words.split()
        for place, word in enumerate(parts):
            nexts = tree.setdefault(" ".join(parts[:place]), [])
            if word not in nexts:
                nexts.append(word)
    return tree


def _quoted(text: str) -> str:
    return '"' + text + '"'


def zsh(tools: Sequence[Tool], commands: Mapping[str, str]) -> str:
    """Return the zsh file; `commands` as for `bash`."""
    about = {name: text for tool in tools if tool.name == "tracker" for name, text in tool.commands}
    return ZSH % {
        "tools": " ".join(tool.name for tool in tools),
        "options": "\n".join(f"    {tool.name}) _arguments -s : {_specs(tool.options)} ;;" for tool in tools),
        "about": "\n".join(
            f"    {_single(_colons(name) + ':' + _colons(text))}" for name, text in about.items()
        ),
        "commands": "\n".join(_zsh_commands(commands)),
    }


def _zsh_commands(commands: Mapping[str, str]) -> Iterator[str]:
    for place, nexts in _tree(commands).items():
        if place:
            yield f"    {_single(place)}) compadd -- {' '.join(nexts)} ;;"
        else:
            yield "    '') if [[ ${words[CURRENT]} == -* ]]; then _tracker_tool tracker; else _tracker_commands; fi ;;"
    for words, tool in commands.items():
        yield f"    {_single(words)}|{_single(words + ' ')}*) _tracker_as {tool} {len(words.split())} ;;"


def _specs(options: Iterable[Option]) -> str:
    made = []
    place = 0
    for option in options:
        action = {"choices": f"({' '.join(option.choices)})", "folder": "_directories", "file": "_files"}
        value = f":{_colons(option.value or '')}:{action.get(option.kind, '')}" if option.value else ""
        if not option.flags:
            place += 1
            where = "*" if option.many else str(place)
            made.append(_single(f"{where}{value if option.choices else value or ':argument:_files'}"))
        for flag in option.flags:
            equals = "=" if option.value and flag.startswith("--") else ""
            made.append(_single(f"{flag}{equals}[{_brackets(option.about)}]{value}"))
    return " ".join(made)


def _colons(text: str) -> str:
    return text.replace("\\", "\\\\").replace(":", "\\:")


def _brackets(text: str) -> str:
    return _colons(" ".join(text.split())).replace("[", "\\[").replace("]", "\\]")


def _single(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
