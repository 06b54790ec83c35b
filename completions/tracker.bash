# bash completion of the tools; written by `make docs`. Use: source completions/tracker.bash

_tracker_options() {
	case $1 in
	acknowledge) echo "--help -h --version --window --anomaly --reason" ;;
	append-evidence) echo "--help -h --version --check --result --vote --by --whitelist --reason --window --feature-id --detail" ;;
	assign-tasks) echo "--help -h --version --seed --blocks --matched --per-window --windows --baseline --candidate --baseline-windows --candidate-windows --registered" ;;
	capture) echo "--help -h --version --window --phase --at --tz --surface --take --notes" ;;
	capture-claude) echo "--help -h --version --window --phase --at --tz --surface --take --notes" ;;
	capture-codex) echo "--help -h --version --window --phase --at --tz --surface --take --notes" ;;
	capture-glm) echo "--help -h --version --window --phase --at --tz --surface --take --notes" ;;
	capture-wire) echo "--help -h --version --window --since --until --phase" ;;
	churn) echo "--help -h --version --window --provider --methodology --commit-start --commit-end --repo --head --refresh" ;;
	compare-runs) echo "--help -h --version --format --color" ;;
	complete-window) echo "--help -h --version --window --claude-features --codex-features --glm-features --gemini-features --quality --feature --outcome --methodology --cls --impf --feature-id --block --commit-start --commit-end --notes --agent --supersede" ;;
	cost-compare) echo "--help -h --version --min --replaced --features --format --color" ;;
	csv-ledger) echo "--help -h --version --headers" ;;
	decision-card) echo "--help -h --version --window --explain --format --color" ;;
	doctor) echo "--help -h --version --data-dir --format --color" ;;
	drive-client) echo "--help -h --version --pane --client --count --seconds --pace --parallel --prompt --max-tokens --retries" ;;
	experiment) echo "--help -h --version --baseline --candidate --baseline-provider --candidate-provider --baseline-lane --candidate-lane --blocks --first-look --effect --alpha --unit --tasks --per-window --quality --errors --p95 --cost --seed --notes" ;;
	export-rows) echo "--help -h --version --to --kind" ;;
	ingest-history) echo "--help -h --version --since --paths --only --quiet" ;;
	ingest-otel) echo "--help -h --version --lenient" ;;
	ingest-proxy) echo "--help -h --version --window --methodology --ledger --since --until --session --account --lenient" ;;
	ledger-append) echo "--help -h --version --data-dir --source --force --probe --buffer-seconds --stopped-at --echo --no-fsync" ;;
	ledger-cat) echo "--help -h --version --data-dir --window --kind --as-of --raw --format --color" ;;
	ledger-merge) echo "--help -h --version" ;;
	ledger-undo) echo "--help -h --version --last --provider --window --feature-id --reason --data-dir --source --echo" ;;
	ledger-verify) echo "--help -h --version --data-dir --against --publish --repo --repair --format --color" ;;
	mcp-server) echo "--help -h --version --log --data-dir" ;;
	mock-network) echo "--help -h --version --route --port --log" ;;
	mock-provider) echo "--help -h --version --as --port --tls --faults --log --five-hour-tokens --used-pct --output-tokens --chunk-ms" ;;
	mock-send) echo "--help -h --version" ;;
	pack-bundle) echo "--help -h --version --with" ;;
	plan-cost) echo "--help -h --version --plan --windows-a-week --format --color" ;;
	plan-fit) echo "--help -h --version --plan --seats --offload --most-waiting --format --color" ;;
	plan-now) echo "--help -h --version --line --watch --wait --format --color --json --timeout --every --notify --at --log --data-dir" ;;
	point-worth) echo "--help -h --version --format --color" ;;
	preview) echo "--help -h --version --window --by --full --format --color" ;;
	productize-check) echo "--help -h --version --router --format --color" ;;
	read-meter) echo "--help -h --version" ;;
	repo-map) echo "--help -h --version --repo --format --color" ;;
	report) echo "--help -h --version --now --refresh" ;;
	reserve-feature) echo "--help -h --version --project --map --capability --feature-id --window --provider --ready --blocked-by" ;;
	router) echo "--help -h --version --port -p --listen-host --mode --set --check --controls" ;;
	router-replay) echo "--help -h --version --strategy --baseline --rounds --budget --what-if --price --seeds --seed --reference --plot --format --color" ;;
	row-values) echo "--help -h --version" ;;
	run-verdict) echo "--help -h --version --name --how --port --stall-ms --format --color" ;;
	schema) echo "--help -h --version" ;;
	serve) echo "--help -h --version --port --refresh --data-dir" ;;
	session-hook) echo "--help -h --version" ;;
	summarize) echo "--help -h --version --by --full --where --save --test --lenient --jobs --engine --scheduler --format --color" ;;
	task-end) echo "--help -h --version --window --at --provider --read --text --session --log" ;;
	task-start) echo "--help -h --version --window --at --provider --read --text --any-arm" ;;
	tell-reading) echo "--help -h --version --buffer-seconds" ;;
	tracker) echo "--help -h --version --data-dir" ;;
	verify-routing) echo "--help -h --version --expect --last --follow --client --lenient --format --color" ;;
	window-audit) echo "--help -h --version --window --format --color --json" ;;
	window-begin) echo "--help -h --version --provider --repo --text --any-arm --probe --data-dir" ;;
	window-end) echo "--help -h --version --feature --claude-features --codex-features --glm-features --gemini-features --quality --outcome --methodology --repo --text --log --buffer-seconds --stopped-at --started-at --lenient --data-dir" ;;
	window-schedule) echo "--help -h --version --buffer-seconds" ;;
	window-status) echo "--help -h --version --line --watch --format --color --json --log --data-dir" ;;
	esac
}

_tracker_values() {
	case "$1 $2" in
	"append-evidence --vote") echo "GO SOFT GO NO-GO abstain" ;;
	"capture --phase") echo "before after" ;;
	"capture-claude --phase") echo "before after" ;;
	"capture-claude --surface") echo "banner ccusage get_usage headers markdown monitor oauth_usage print statusline tui web" ;;
	"capture-codex --phase") echo "before after" ;;
	"capture-codex --surface") echo "app_server app_status error rollout status usage" ;;
	"capture-glm --phase") echo "before after" ;;
	"capture-glm --surface") echo "ccusage error quota router" ;;
	"capture-wire --phase") echo "before after" ;;
	"churn --repo") echo "/" ;;
	"compare-runs --format") echo "text json md csv" ;;
	"compare-runs --color") echo "auto always never" ;;
	"complete-window --outcome") echo "pass fail partial" ;;
	"cost-compare --format") echo "text json jsonl md csv" ;;
	"cost-compare --color") echo "auto always never" ;;
	"decision-card --format") echo "text json jsonl md csv" ;;
	"decision-card --color") echo "auto always never" ;;
	"doctor --data-dir") echo "/" ;;
	"doctor --format") echo "text json jsonl md csv" ;;
	"doctor --color") echo "auto always never" ;;
	"drive-client --client") echo "sdk claude" ;;
	"export-rows --to") echo "prometheus otlp csv parquet" ;;
	"export-rows --kind") echo "snapshot window churn usage proxy_telemetry anomaly undo evidence feature experiment decision replay cost origin" ;;
	"ingest-history --only") echo "usage snapshot" ;;
	"ledger-append --data-dir") echo "/" ;;
	"ledger-append --source") echo "alias ingest automation" ;;
	"ledger-cat --data-dir") echo "/" ;;
	"ledger-cat --kind") echo "snapshot window churn usage proxy_telemetry anomaly undo evidence feature experiment decision replay cost" ;;
	"ledger-cat --format") echo "text json jsonl md" ;;
	"ledger-cat --color") echo "auto always never" ;;
	"ledger-undo --last") echo "before after snapshot window churn usage proxy_telemetry anomaly undo evidence feature experiment decision replay cost" ;;
	"ledger-undo --provider") echo "claude codex glm gemini" ;;
	"ledger-undo --data-dir") echo "/" ;;
	"ledger-undo --source") echo "alias ingest automation" ;;
	"ledger-verify --data-dir") echo "/" ;;
	"ledger-verify --publish") echo "line note tag" ;;
	"ledger-verify --repo") echo "/" ;;
	"ledger-verify --format") echo "text json jsonl md csv" ;;
	"ledger-verify --color") echo "auto always never" ;;
	"mcp-server --data-dir") echo "/" ;;
	"mock-provider --as") echo "anthropic zai zai-cn kimi deepseek" ;;
	"mock-provider --tls") echo "/" ;;
	"plan-cost --format") echo "text json md csv" ;;
	"plan-cost --color") echo "auto always never" ;;
	"plan-fit --format") echo "text json md csv" ;;
	"plan-fit --color") echo "auto always never" ;;
	"plan-now --format") echo "text json md" ;;
	"plan-now --color") echo "auto always never" ;;
	"plan-now --data-dir") echo "/" ;;
	"point-worth --format") echo "text json md csv" ;;
	"point-worth --color") echo "auto always never" ;;
	"preview --by") echo "methodology provider account" ;;
	"preview --format") echo "text json md csv" ;;
	"preview --color") echo "auto always never" ;;
	"productize-check --router") echo "bin mitmdump" ;;
	"productize-check --format") echo "text json jsonl md csv" ;;
	"productize-check --color") echo "auto always never" ;;
	"repo-map --repo") echo "/" ;;
	"repo-map --format") echo "text json jsonl md csv" ;;
	"repo-map --color") echo "auto always never" ;;
	"reserve-feature --provider") echo "claude codex glm gemini" ;;
	"router-replay --strategy") echo "greedy fixed bwk ucb-bwk lp" ;;
	"router-replay --baseline") echo "greedy fixed bwk ucb-bwk lp" ;;
	"router-replay --reference") echo "pricing" ;;
	"router-replay --format") echo "text json jsonl md csv" ;;
	"router-replay --color") echo "auto always never" ;;
	"run-verdict --format") echo "text json md csv" ;;
	"run-verdict --color") echo "auto always never" ;;
	"serve --data-dir") echo "/" ;;
	"summarize --by") echo "session agent agent-type account project client day" ;;
	"summarize --save") echo "/" ;;
	"summarize --engine") echo "local dask" ;;
	"summarize --format") echo "text json md csv" ;;
	"summarize --color") echo "auto always never" ;;
	"task-end --provider") echo "claude codex glm gemini" ;;
	"task-start --provider") echo "claude codex glm gemini" ;;
	"tracker --data-dir") echo "/" ;;
	"verify-routing --expect") echo "forced" ;;
	"verify-routing --format") echo "text json md csv" ;;
	"verify-routing --color") echo "auto always never" ;;
	"window-audit --format") echo "text json jsonl md csv" ;;
	"window-audit --color") echo "auto always never" ;;
	"window-begin --repo") echo "/" ;;
	"window-begin --data-dir") echo "/" ;;
	"window-end --outcome") echo "pass fail partial" ;;
	"window-end --repo") echo "/" ;;
	"window-end --data-dir") echo "/" ;;
	"window-status --format") echo "text json md" ;;
	"window-status --color") echo "auto always never" ;;
	"window-status --data-dir") echo "/" ;;
	esac
}

# The words up to the cursor, after `tracker` and its own option: what may follow, or "=TOOL" when
# the rest belongs to that tool.
_tracker_commands() {
	case "$*" in
	"") echo "begin status now end doctor complete churn window-audit preview decision-card report export schema serve mcp cost-compare plan-cost point-worth plan-fit router-replay experiment assign-tasks task-start task-end reserve-feature acknowledge append-evidence verify-routing summarize productize-check undo verify ingest alias capture capture-claude capture-codex capture-glm capture-wire compare-runs complete-window csv-ledger drive-client export-rows ingest-history ingest-otel ingest-proxy ledger-append ledger-cat ledger-merge ledger-undo ledger-verify mcp-server mock-network mock-provider mock-send pack-bundle plan-now read-meter repo-map router row-values run-verdict session-hook tell-reading window-begin window-end window-schedule window-status run" ;;
	"ingest") echo "claude codex glm gemini proxy-telemetry" ;;
	"alias") echo "start end delete" ;;
	"alias start") echo "claude codex glm gemini" ;;
	"alias end") echo "claude codex glm gemini" ;;
	"alias delete") echo "claude codex glm gemini" ;;
	"run") echo "acknowledge append-evidence assign-tasks capture capture-claude capture-codex capture-glm capture-wire churn compare-runs complete-window cost-compare csv-ledger decision-card doctor drive-client experiment export-rows ingest-history ingest-otel ingest-proxy ledger-append ledger-cat ledger-merge ledger-undo ledger-verify mcp-server mock-network mock-provider mock-send pack-bundle plan-cost plan-fit plan-now point-worth preview productize-check read-meter repo-map report reserve-feature router router-replay row-values run-verdict schema serve session-hook summarize task-end task-start tell-reading tracker verify-routing window-audit window-begin window-end window-schedule window-status" ;;
	"begin" | "begin "*) echo "=window-begin" ;;
	"status" | "status "*) echo "=window-status" ;;
	"now" | "now "*) echo "=plan-now" ;;
	"end" | "end "*) echo "=window-end" ;;
	"doctor" | "doctor "*) echo "=doctor" ;;
	"complete" | "complete "*) echo "=complete-window" ;;
	"churn" | "churn "*) echo "=churn" ;;
	"window-audit" | "window-audit "*) echo "=window-audit" ;;
	"preview" | "preview "*) echo "=preview" ;;
	"decision-card" | "decision-card "*) echo "=decision-card" ;;
	"report" | "report "*) echo "=report" ;;
	"export" | "export "*) echo "=export-rows" ;;
	"schema" | "schema "*) echo "=schema" ;;
	"serve" | "serve "*) echo "=serve" ;;
	"mcp" | "mcp "*) echo "=mcp-server" ;;
	"cost-compare" | "cost-compare "*) echo "=cost-compare" ;;
	"plan-cost" | "plan-cost "*) echo "=plan-cost" ;;
	"point-worth" | "point-worth "*) echo "=point-worth" ;;
	"plan-fit" | "plan-fit "*) echo "=plan-fit" ;;
	"router-replay" | "router-replay "*) echo "=router-replay" ;;
	"experiment" | "experiment "*) echo "=experiment" ;;
	"assign-tasks" | "assign-tasks "*) echo "=assign-tasks" ;;
	"task-start" | "task-start "*) echo "=task-start" ;;
	"task-end" | "task-end "*) echo "=task-end" ;;
	"reserve-feature" | "reserve-feature "*) echo "=reserve-feature" ;;
	"acknowledge" | "acknowledge "*) echo "=acknowledge" ;;
	"append-evidence" | "append-evidence "*) echo "=append-evidence" ;;
	"verify-routing" | "verify-routing "*) echo "=verify-routing" ;;
	"summarize" | "summarize "*) echo "=summarize" ;;
	"productize-check" | "productize-check "*) echo "=productize-check" ;;
	"undo" | "undo "*) echo "=ledger-undo" ;;
	"verify" | "verify "*) echo "=ledger-verify" ;;
	"ingest claude" | "ingest claude "*) echo "=capture" ;;
	"ingest codex" | "ingest codex "*) echo "=capture" ;;
	"ingest glm" | "ingest glm "*) echo "=capture" ;;
	"ingest gemini" | "ingest gemini "*) echo "=capture" ;;
	"ingest proxy-telemetry" | "ingest proxy-telemetry "*) echo "=ingest-proxy" ;;
	"alias start claude" | "alias start claude "*) echo "=capture" ;;
	"alias end claude" | "alias end claude "*) echo "=capture" ;;
	"alias delete claude" | "alias delete claude "*) echo "=ledger-undo" ;;
	"alias start codex" | "alias start codex "*) echo "=capture" ;;
	"alias end codex" | "alias end codex "*) echo "=capture" ;;
	"alias delete codex" | "alias delete codex "*) echo "=ledger-undo" ;;
	"alias start glm" | "alias start glm "*) echo "=capture" ;;
	"alias end glm" | "alias end glm "*) echo "=capture" ;;
	"alias delete glm" | "alias delete glm "*) echo "=ledger-undo" ;;
	"alias start gemini" | "alias start gemini "*) echo "=capture" ;;
	"alias end gemini" | "alias end gemini "*) echo "=capture" ;;
	"alias delete gemini" | "alias delete gemini "*) echo "=ledger-undo" ;;
	"capture" | "capture "*) echo "=capture" ;;
	"capture-claude" | "capture-claude "*) echo "=capture-claude" ;;
	"capture-codex" | "capture-codex "*) echo "=capture-codex" ;;
	"capture-glm" | "capture-glm "*) echo "=capture-glm" ;;
	"capture-wire" | "capture-wire "*) echo "=capture-wire" ;;
	"compare-runs" | "compare-runs "*) echo "=compare-runs" ;;
	"complete-window" | "complete-window "*) echo "=complete-window" ;;
	"csv-ledger" | "csv-ledger "*) echo "=csv-ledger" ;;
	"drive-client" | "drive-client "*) echo "=drive-client" ;;
	"export-rows" | "export-rows "*) echo "=export-rows" ;;
	"ingest-history" | "ingest-history "*) echo "=ingest-history" ;;
	"ingest-otel" | "ingest-otel "*) echo "=ingest-otel" ;;
	"ingest-proxy" | "ingest-proxy "*) echo "=ingest-proxy" ;;
	"ledger-append" | "ledger-append "*) echo "=ledger-append" ;;
	"ledger-cat" | "ledger-cat "*) echo "=ledger-cat" ;;
	"ledger-merge" | "ledger-merge "*) echo "=ledger-merge" ;;
	"ledger-undo" | "ledger-undo "*) echo "=ledger-undo" ;;
	"ledger-verify" | "ledger-verify "*) echo "=ledger-verify" ;;
	"mcp-server" | "mcp-server "*) echo "=mcp-server" ;;
	"mock-network" | "mock-network "*) echo "=mock-network" ;;
	"mock-provider" | "mock-provider "*) echo "=mock-provider" ;;
	"mock-send" | "mock-send "*) echo "=mock-send" ;;
	"pack-bundle" | "pack-bundle "*) echo "=pack-bundle" ;;
	"plan-now" | "plan-now "*) echo "=plan-now" ;;
	"read-meter" | "read-meter "*) echo "=read-meter" ;;
	"repo-map" | "repo-map "*) echo "=repo-map" ;;
	"router" | "router "*) echo "=router" ;;
	"row-values" | "row-values "*) echo "=row-values" ;;
	"run-verdict" | "run-verdict "*) echo "=run-verdict" ;;
	"session-hook" | "session-hook "*) echo "=session-hook" ;;
	"tell-reading" | "tell-reading "*) echo "=tell-reading" ;;
	"window-begin" | "window-begin "*) echo "=window-begin" ;;
	"window-end" | "window-end "*) echo "=window-end" ;;
	"window-schedule" | "window-schedule "*) echo "=window-schedule" ;;
	"window-status" | "window-status "*) echo "=window-status" ;;
	"run acknowledge" | "run acknowledge "*) echo "=acknowledge" ;;
	"run append-evidence" | "run append-evidence "*) echo "=append-evidence" ;;
	"run assign-tasks" | "run assign-tasks "*) echo "=assign-tasks" ;;
	"run capture" | "run capture "*) echo "=capture" ;;
	"run capture-claude" | "run capture-claude "*) echo "=capture-claude" ;;
	"run capture-codex" | "run capture-codex "*) echo "=capture-codex" ;;
	"run capture-glm" | "run capture-glm "*) echo "=capture-glm" ;;
	"run capture-wire" | "run capture-wire "*) echo "=capture-wire" ;;
	"run churn" | "run churn "*) echo "=churn" ;;
	"run compare-runs" | "run compare-runs "*) echo "=compare-runs" ;;
	"run complete-window" | "run complete-window "*) echo "=complete-window" ;;
	"run cost-compare" | "run cost-compare "*) echo "=cost-compare" ;;
	"run csv-ledger" | "run csv-ledger "*) echo "=csv-ledger" ;;
	"run decision-card" | "run decision-card "*) echo "=decision-card" ;;
	"run doctor" | "run doctor "*) echo "=doctor" ;;
	"run drive-client" | "run drive-client "*) echo "=drive-client" ;;
	"run experiment" | "run experiment "*) echo "=experiment" ;;
	"run export-rows" | "run export-rows "*) echo "=export-rows" ;;
	"run ingest-history" | "run ingest-history "*) echo "=ingest-history" ;;
	"run ingest-otel" | "run ingest-otel "*) echo "=ingest-otel" ;;
	"run ingest-proxy" | "run ingest-proxy "*) echo "=ingest-proxy" ;;
	"run ledger-append" | "run ledger-append "*) echo "=ledger-append" ;;
	"run ledger-cat" | "run ledger-cat "*) echo "=ledger-cat" ;;
	"run ledger-merge" | "run ledger-merge "*) echo "=ledger-merge" ;;
	"run ledger-undo" | "run ledger-undo "*) echo "=ledger-undo" ;;
	"run ledger-verify" | "run ledger-verify "*) echo "=ledger-verify" ;;
	"run mcp-server" | "run mcp-server "*) echo "=mcp-server" ;;
	"run mock-network" | "run mock-network "*) echo "=mock-network" ;;
	"run mock-provider" | "run mock-provider "*) echo "=mock-provider" ;;
	"run mock-send" | "run mock-send "*) echo "=mock-send" ;;
	"run pack-bundle" | "run pack-bundle "*) echo "=pack-bundle" ;;
	"run plan-cost" | "run plan-cost "*) echo "=plan-cost" ;;
	"run plan-fit" | "run plan-fit "*) echo "=plan-fit" ;;
	"run plan-now" | "run plan-now "*) echo "=plan-now" ;;
	"run point-worth" | "run point-worth "*) echo "=point-worth" ;;
	"run preview" | "run preview "*) echo "=preview" ;;
	"run productize-check" | "run productize-check "*) echo "=productize-check" ;;
	"run read-meter" | "run read-meter "*) echo "=read-meter" ;;
	"run repo-map" | "run repo-map "*) echo "=repo-map" ;;
	"run report" | "run report "*) echo "=report" ;;
	"run reserve-feature" | "run reserve-feature "*) echo "=reserve-feature" ;;
	"run router" | "run router "*) echo "=router" ;;
	"run router-replay" | "run router-replay "*) echo "=router-replay" ;;
	"run row-values" | "run row-values "*) echo "=row-values" ;;
	"run run-verdict" | "run run-verdict "*) echo "=run-verdict" ;;
	"run schema" | "run schema "*) echo "=schema" ;;
	"run serve" | "run serve "*) echo "=serve" ;;
	"run session-hook" | "run session-hook "*) echo "=session-hook" ;;
	"run summarize" | "run summarize "*) echo "=summarize" ;;
	"run task-end" | "run task-end "*) echo "=task-end" ;;
	"run task-start" | "run task-start "*) echo "=task-start" ;;
	"run tell-reading" | "run tell-reading "*) echo "=tell-reading" ;;
	"run tracker" | "run tracker "*) echo "=tracker" ;;
	"run verify-routing" | "run verify-routing "*) echo "=verify-routing" ;;
	"run window-audit" | "run window-audit "*) echo "=window-audit" ;;
	"run window-begin" | "run window-begin "*) echo "=window-begin" ;;
	"run window-end" | "run window-end "*) echo "=window-end" ;;
	"run window-schedule" | "run window-schedule "*) echo "=window-schedule" ;;
	"run window-status" | "run window-status "*) echo "=window-status" ;;
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

complete -o default -F _tracker_complete acknowledge append-evidence assign-tasks capture capture-claude capture-codex capture-glm capture-wire churn compare-runs complete-window cost-compare csv-ledger decision-card doctor drive-client experiment export-rows ingest-history ingest-otel ingest-proxy ledger-append ledger-cat ledger-merge ledger-undo ledger-verify mcp-server mock-network mock-provider mock-send pack-bundle plan-cost plan-fit plan-now point-worth preview productize-check read-meter repo-map report reserve-feature router router-replay row-values run-verdict schema serve session-hook summarize task-end task-start tell-reading tracker verify-routing window-audit window-begin window-end window-schedule window-status
