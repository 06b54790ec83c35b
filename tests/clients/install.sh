#!/usr/bin/env bash
# Usage: install.sh FOLDER PACKAGE@VERSION…   each client in a folder of its own: FOLDER/claude-code-2.1.329
set -euo pipefail
folder=$1
shift
for package; do
	name=${package##*/}
	into=$folder/${name%@*}-${name##*@}
	[ ! -x "$into/node_modules/.bin/claude" ] && [ ! -x "$into/node_modules/.bin/codex" ] || continue
	mkdir -p "$into"
	npm install --silent --no-audit --no-fund --prefix "$into" "$package"
done
