#!/usr/bin/env bash
# Usage: build-native.sh   compile the readers of plain log lines and of histories into .cache/native, if there is a compiler
# Without one everything works as well; only large logs and histories take three to four times as long.
set -euo pipefail
case ${1:-} in -h | --help) sed -n '2,/^set /s/^# \{0,1\}//p' "$0" && exit ;; esac
cd "$(dirname "$0")/.."
command -v cc >/dev/null || exit 0
mkdir -p .cache/native
for source in lib/native/*.c; do
	name=$(basename "$source" .c)
	sum=$(.venv/bin/python -SI -c 'import sys, zlib; print("%08x" % zlib.crc32(open(sys.argv[1], "rb").read()))' "$source")
	made=.cache/native/$name-$sum.so
	[ ! -e "$made" ] || continue
	rm -f ".cache/native/$name"-*.so
	if cc -O3 -shared -fPIC -o "$made.part" "$source" 2>.cache/native/errors; then
		mv "$made.part" "$made"
	else
		echo "setup: cc cannot compile $source (see .cache/native/errors); large logs will be read more slowly" >&2
	fi
done
