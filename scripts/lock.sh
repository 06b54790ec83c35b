#!/usr/bin/env bash
# Usage: lock.sh   pin what pyproject.toml asks for, for every supported Python, into requirements/
set -euo pipefail
cd "$(dirname "$0")/.."
.venv/bin/python -m pip install --quiet --disable-pip-version-check uv
pin() { .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --no-annotate --no-header pyproject.toml "$@"; }
pin --extra lab -o requirements/use.txt
pin --extra lab --extra dev -c requirements/use.txt -o requirements/dev.txt
sed -n '/^router = \[/,/^]/p' pyproject.toml | sed -n 's/^ *"\(.*\)",$/\1/p' >requirements/router.in
.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --no-annotate --no-header requirements/router.in -o requirements/router.txt
rm requirements/router.in
