#!/usr/bin/env bash
# Usage: install.sh FOLDER PACKAGE@VERSION…   each client in a folder of its own: FOLDER/claude-code-2.1.332
# A version may be a tag or a range (@latest, @2.0): the newest that it means is taken. FOLDER/driven names
# what was asked for last, which is what the tests drive.
set -euo pipefail
folder=$1
shift
mkdir -p "$folder"
driven=()
for package; do
	name=${package%@*}
	version=${package##*@}
	case $package in ?*@?*) ;; *) echo "install: $package has no version; write $package@latest" >&2 && exit 2 ;; esac
	case $version in
	*.*.*) ;;
	*)
		version=$(npm view "$package" version --json | tr -d '[]", ' | grep . | tail -n 1) || version=
		[ -n "$version" ] || { echo "install: npm has no $package; name another version" >&2 && exit 75; }
		;;
	esac
	into=$folder/${name##*/}-$version
	driven+=("${name##*/}-$version")
	if [ ! -x "$into/node_modules/.bin/claude" ] && [ ! -x "$into/node_modules/.bin/codex" ]; then
		mkdir -p "$into"
		npm install --silent --no-audit --no-fund --prefix "$into" "$name@$version"
	fi
done
printf '%s\n' "${driven[@]}" >"$folder/driven"
