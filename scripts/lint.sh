#!/usr/bin/env bash
# Usage: lint.sh [--fix]   ruff on the Python, shellcheck and shfmt on the shell
set -euo pipefail
case ${1:-} in -h | --help) sed -n '2,/^set /s/^# \{0,1\}//p' "$0" && exit ;; esac
cd "$(dirname "$0")/.."
fix=${1:-}

shell_files() {
	git ls-files -co --exclude-standard '*.sh' .ci/run
}

if [ "$fix" = --fix ]; then
	ruff check --fix .
	ruff format .
	shell_files | xargs shfmt -w
else
	ruff check .
	ruff format --check .
	shell_files | xargs shfmt -d
	shell_files | xargs shellcheck -x
fi
