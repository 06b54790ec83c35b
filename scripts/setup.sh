#!/usr/bin/env bash
# Usage: setup.sh use|dev|router [PYTHON]   make the virtual environments that the tools run in
# `use` and `dev` fill .venv, `router` fills .venv-router. Run again, it does nothing unless the
# pinned requirements or the interpreter changed. PYTHON: an interpreter, 3.11 or newer
# (default: the one that they have; at first one of 3.12 or newer where there is one).
set -euo pipefail
case ${1:-} in -h | --help) sed -n '2,/^set /s/^# \{0,1\}//p' "$0" && exit ;; esac
cd "$(dirname "$0")/.."
what=${1:?use, dev or router}
asked=${2:-}

# 3.12 and newer first: mitmproxy 12 and all of its pins' repairs need it.
find_python() {
	local name least
	for least in 12 11; do
		for name in ${asked:-python3 python3.14 python3.13 python3.12 python3.11}; do
			if "$name" -c "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, $least))" 2>/dev/null; then
				command -v "$name"
				return
			fi
		done
	done
	echo "setup: no Python 3.11 or newer with venv (looked for ${asked:-python3, python3.14 … python3.11});" \
		"install one, or name it with PYTHON=…" >&2
	return 78
}

version_of() { "$1" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null || true; }

# fill FOLDER REQUIREMENTS…: a virtual environment with exactly these packages
fill() {
	local folder=$1 stamp args=() file
	shift
	if [ -z "$asked" ] && [ -x "$folder/bin/python" ]; then
		python=$folder/bin/python
	elif [ -z "$asked" ] && [ -x .venv/bin/python ]; then
		python=.venv/bin/python
	else
		python=$(find_python)
	fi
	stamp="$(version_of "$python") $(cat "$@" | cksum)"
	if [ "$(cat "$folder/.filled-$what" 2>/dev/null)" = "$stamp" ]; then return; fi
	if [ "$(version_of "$folder/bin/python")" != "$(version_of "$python")" ]; then
		echo "setup: $folder for Python $(version_of "$python")" >&2
		rm -rf "$folder"
		"$python" -m venv "$folder"
	fi
	for file; do args+=(-r "$file"); done
	echo "setup: packages of $* into $folder (once; about a minute)" >&2
	"$folder/bin/python" -m pip install -qq --disable-pip-version-check --require-hashes "${args[@]}"
	echo "$stamp" >"$folder/.filled-$what"
}

case $what in
use) fill .venv requirements/use.txt ;;
dev) fill .venv requirements/use.txt requirements/dev.txt ;;
router) fill .venv-router requirements/router.txt ;;
*) echo "setup: $what is none of use, dev, router" >&2 && exit 2 ;;
esac
