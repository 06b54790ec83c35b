#!/usr/bin/env bash
# Usage: tee.sh on|off   keep samples of request bodies, from the router's next start on, or stop that
# Written to .env as ENABLE_BODY_TEE; samples are redacted and capped, see docs/router.md.
set -euo pipefail
case ${1:-} in -h | --help) sed -n '2,/^set /s/^# \{0,1\}//p' "$0" && exit ;; esac
cd "$(dirname "$0")/.."
case ${1:-} in
on) value=1 ;;
off) value=0 ;;
*) echo "tee: '${1:-}' is neither on nor off" >&2 && exit 2 ;;
esac
new=$(mktemp .env.XXXXXX)
trap 'rm -f "$new"' EXIT
[ ! -f .env ] || grep -v '^ENABLE_BODY_TEE=' .env >"$new" || :
echo "ENABLE_BODY_TEE=$value" >>"$new"
chmod 600 "$new" # .env may hold a key
mv "$new" .env
echo "body samples are $1 from the router's next start; restart it with: make mitm, or ccmitm"
