#!/usr/bin/env bash
# Usage: router-control.sh NAME=VALUE…   set what a running router looks at with every request
# Names: OFFLOAD_PAUSED, FORCE_HAIKU_TO_ZAI, ROUTE_CLASSES, ZAI_HEADER_MODE and its like of the other lanes,
# as `router --controls` prints them. The file is the one that `tracker where control` names: ROUTER_CONTROL, or router.control beside the log.
set -euo pipefail
case ${1:-} in -h | --help) sed -n '2,/^set /s/^# \{0,1\}//p' "$0" && exit ;; esac
root=$(cd "$(dirname "$0")/.." && pwd)
file=$("$root/bin/tracker" where control)

[ $# -gt 0 ] || { echo "router-control: nothing to set; use NAME=VALUE, as in OFFLOAD_PAUSED=1" >&2 && exit 2; }
names=$("$root/bin/router" --controls)
for setting; do
	case $setting in *=*) grep -qx -- "${setting%%=*}" <<<"$names" && continue ;; esac
	echo "router-control: '$setting' cannot be set in a running router; use $(tr '\n' ' ' <<<"$names")" >&2 && exit 2
done

mkdir -p "$(dirname "$file")"
new=$(mktemp "$file.XXXXXX")
trap 'rm -f "$new"' EXIT
[ ! -f "$file" ] || cp "$file" "$new"
for setting; do
	{ grep -v "^${setting%%=*}=" "$new" || :; } >"$new.next"
	echo "$setting" >>"$new.next"
	mv "$new.next" "$new"
done
# The router must never see half a file.
mv "$new" "$file"
echo "$* (in $file; the next request sees it)"
