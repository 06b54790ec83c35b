# bash completion of the tools; written by `make docs`. Use: source completions/tracker.bash

_tracker_options() {
	case $1 in
	capture-claude) echo "--help -h --version --window --phase --at --tz --surface --notes" ;;
	complete-window) echo "--help -h --version --window --claude-features --codex-features --glm-features --quality --outcome --methodology --cls --impf --feature-id --block --commit-start --commit-end --notes --agent --supersede" ;;
	drive-client) echo "--help -h --version --pane --client --count --seconds --pace --parallel --prompt --max-tokens --retries" ;;
	ingest-proxy) echo "--help -h --version --window --methodology --since --until --lenient" ;;
	ledger-append) echo "--help -h --version --data-dir --source --force --probe --buffer-seconds --stopped-at --echo --no-fsync" ;;
	ledger-cat) echo "--help -h --version --data-dir --window --kind --as-of --raw" ;;
	ledger-undo) echo "--help -h --version --last --provider --window --reason --data-dir --source --echo" ;;
	mock-network) echo "--help -h --version --route --port --log" ;;
	mock-provider) echo "--help -h --version --as --port --tls --faults --log --five-hour-tokens --used-pct --output-tokens --chunk-ms" ;;
	summarize) echo "--help -h --version --by --lenient --save --format" ;;
	tracker) echo "--help -h --version --data-dir" ;;
	verify-routing) echo "--help -h --version --expect --lenient --format" ;;
	window-audit) echo "--help -h --version --window --format --json" ;;
	esac
}

_tracker_values() {
	case "$1 $2" in
	"capture-claude --phase") echo "before after" ;;
	"capture-claude --surface") echo "print tui" ;;
	"complete-window --outcome") echo "pass fail partial" ;;
	"drive-client --client") echo "sdk claude" ;;
	"ledger-append --data-dir") echo "/" ;;
	"ledger-append --source") echo "alias ingest automation" ;;
	"ledger-cat --data-dir") echo "/" ;;
	"ledger-cat --kind") echo "snapshot window churn usage proxy_telemetry anomaly undo evidence feature experiment decision replay cost" ;;
	"ledger-undo --last") echo "before after snapshot window churn usage proxy_telemetry anomaly undo evidence feature experiment decision replay cost" ;;
	"ledger-undo --provider") echo "claude codex glm" ;;
	"ledger-undo --data-dir") echo "/" ;;
	"ledger-undo --source") echo "alias ingest automation" ;;
	"mock-provider --as") echo "anthropic zai" ;;
	"mock-provider --tls") echo "/" ;;
	"summarize --by") echo "session agent agent-type account day" ;;
	"summarize --save") echo "/" ;;
	"summarize --format") echo "text json md" ;;
	"tracker --data-dir") echo "/" ;;
	"verify-routing --expect") echo "forced" ;;
	"verify-routing --format") echo "text json md" ;;
	"window-audit --format") echo "text json jsonl" ;;
	esac
}

# The words up to the cursor, after `tracker` and its own option: what may follow, or "=TOOL" when
# the rest belongs to that tool.
_tracker_commands() {
	case "$*" in
	"") echo "complete window-audit verify-routing summarize undo ingest alias" ;;
	"ingest") echo "claude proxy-telemetry" ;;
	"alias") echo "start end delete" ;;
	"alias start") echo "claude" ;;
	"alias end") echo "claude" ;;
	"alias delete") echo "claude codex glm" ;;
	"complete" | "complete "*) echo "=complete-window" ;;
	"window-audit" | "window-audit "*) echo "=window-audit" ;;
	"verify-routing" | "verify-routing "*) echo "=verify-routing" ;;
	"summarize" | "summarize "*) echo "=summarize" ;;
	"undo" | "undo "*) echo "=ledger-undo" ;;
	"ingest claude" | "ingest claude "*) echo "=capture-claude" ;;
	"ingest proxy-telemetry" | "ingest proxy-telemetry "*) echo "=ingest-proxy" ;;
	"alias start claude" | "alias start claude "*) echo "=capture-claude" ;;
	"alias end claude" | "alias end claude "*) echo "=capture-claude" ;;
	"alias delete claude" | "alias delete claude "*) echo "=ledger-undo" ;;
	"alias delete codex" | "alias delete codex "*) echo "=ledger-undo" ;;
	"alias delete glm" | "alias delete glm "*) echo "=ledger-undo" ;;
	esac
}

_tracker_complete() {
	local tool=${1##*/} word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} at=1 seen="" next IFS=$' \t\n'
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
	IFS=$'\n'
	# shellcheck disable=SC2206  # one line a word; a folder's name may hold spaces
	COMPREPLY=($next)
}

complete -o default -F _tracker_complete capture-claude complete-window drive-client ingest-proxy ledger-append ledger-cat ledger-undo mock-network mock-provider summarize tracker verify-routing window-audit
