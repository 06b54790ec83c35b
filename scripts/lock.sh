#!/usr/bin/env bash
# Usage: lock.sh [OPTION…]   pin what pyproject.toml asks for, for every supported Python, into requirements/
# With hashes, so that pip takes nothing else. What is pinned stays unless an option says otherwise:
# --upgrade for everything, --upgrade-package NAME for one.
set -euo pipefail
case ${1:-} in -h | --help) sed -n '2,/^set /s/^# \{0,1\}//p' "$0" && exit ;; esac
cd "$(dirname "$0")/.."
options=("$@")
.venv/bin/python -m pip install --quiet --disable-pip-version-check uv

# pin CONSTRAINT FILE EXTRA…
pin() {
	local constraint=$1 file=requirements/$2 extras=() extra
	shift 2
	for extra; do extras+=(--extra "$extra"); done
	.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
		--constraint "$constraint" "${options[@]+"${options[@]}"}" "${extras[@]}" pyproject.toml -o "$file"
}
pin /dev/null router.txt router
pin /dev/null use.txt evidence logs plots watch report exports bundle mcp lab
pin requirements/use.txt cluster.txt cluster logs
pin requirements/use.txt dev.txt evidence logs plots watch report exports bundle mcp lab dev
