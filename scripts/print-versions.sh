#!/usr/bin/env bash
# Usage: print-versions.sh [FILE]   what is installed here, as JSON in FILE (default VERSIONS.json) and on stdout
# SOURCE_DATE_EPOCH stands in for the time, as in other tools that repeat their bytes.
set -euo pipefail
case ${1:-} in -h | --help) sed -n '2,/^set /s/^# \{0,1\}//p' "$0" && exit ;; esac
root=$(cd "$(dirname "$0")/.." && pwd)
file=${1:-$root/VERSIONS.json}

# first_of COMMAND…: the first line that it prints, or nothing when it is not there
first_of() {
	command -v "$1" >/dev/null && "$@" 2>/dev/null </dev/null | head -n 1 || :
}
in_venv() { "$root/$1/bin/python" -c "import importlib.metadata as m; print(m.version('$2'))" 2>/dev/null || :; }
taken_at() {
	"$root/.venv/bin/python" -c 'import os, time; t = os.environ.get("SOURCE_DATE_EPOCH") or time.time(); print(time.strftime("%FT%TZ", time.gmtime(int(t))))'
}
pair() { printf '%s\t%s\n' "$1" "$2"; }

{
	pair taken_at "$(taken_at)"
	pair tracker "$("$root/bin/tracker" --version | awk '{ print $NF }')"
	pair commit "$(git -C "$root" rev-parse HEAD 2>/dev/null || :)"
	pair system "$(uname -srm)"
	pair bash "$BASH_VERSION"
	pair zsh "$(first_of zsh --version)"
	pair python "$(first_of "$root/.venv/bin/python" --version)"
	pair router_python "$(first_of "$root/.venv-router/bin/python" --version)"
	pair mitmproxy "$(in_venv .venv-router mitmproxy)"
	pair anthropic_sdk "$(in_venv .venv anthropic)"
	pair node "$(first_of node --version)"
	pair claude "$(first_of claude --version)"
	pair codex "$(first_of codex --version)"
	pair git "$(first_of git --version)"
} | "$root/.venv/bin/python" -c '
import json, sys

pairs = [line.rstrip("\n").split("\t", 1) for line in sys.stdin]
print(json.dumps({name: value or None for name, value in pairs}, indent=2))' >"$file.new"
mv "$file.new" "$file"
cat "$file"
