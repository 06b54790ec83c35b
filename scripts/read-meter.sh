#!/usr/bin/env bash
# Usage: read-meter.sh claude|codex|glm   print the plan's usage now: the older name of bin/read-meter
set -euo pipefail
exec "$(cd "$(dirname "$0")/.." && pwd)/bin/read-meter" "$@"
