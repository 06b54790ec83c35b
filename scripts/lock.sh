#!/usr/bin/env bash
# Usage: lock.sh [OPTION…]   pin what pyproject.toml asks for, for every supported Python, into requirements/
# With hashes, so that pip takes nothing else. What is pinned stays unless an option says otherwise:
# --upgrade for everything, --upgrade-package NAME for one.
set -euo pipefail
cd "$(dirname "$0")/.."
options=("$@")
.venv/bin/python -m pip install --quiet --disable-pip-version-check uv

# pin FILE EXTRA…
pin() {
	local file=requirements/$1 extras=() extra
	shift
	for extra; do extras+=(--extra "$extra"); done
	.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
		--constraint "$constraint" "${options[@]+"${options[@]}"}" "${extras[@]}" pyproject.toml -o "$file"
}
constraint=/dev/null pin router.txt router
constraint=/dev/null pin use.txt evidence logs plots bundle lab
constraint=requirements/use.txt pin dev.txt evidence logs plots bundle lab dev
