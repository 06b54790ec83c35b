#!/usr/bin/env bash
# Usage: build-native.sh   compile the reader of plain log lines into .cache/native, if there is a compiler
# Without one everything works as well; only large logs take about three times as long.
set -euo pipefail
cd "$(dirname "$0")/.."
source=lib/native/usage_scan.c
sum=$(.venv/bin/python -SI -c 'import sys, zlib; print("%08x" % zlib.crc32(open(sys.argv[1], "rb").read()))' "$source")
made=.cache/native/usage_scan-$sum.so
if [ -e "$made" ] || ! command -v cc >/dev/null; then exit 0; fi
mkdir -p .cache/native
rm -f .cache/native/usage_scan-*.so
if cc -O3 -shared -fPIC -o "$made.part" "$source" 2>.cache/native/errors; then
	mv "$made.part" "$made"
else
	echo "setup: cc cannot compile $source (see .cache/native/errors); large logs will be read more slowly" >&2
fi
