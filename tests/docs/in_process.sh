#!/usr/bin/env bash
# Runs docs/library.md's program in an empty directory: it prints what the page says it does.
set -euo pipefail
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"
printed=$("$1")
[[ $printed == *'200 [{"key":"t7","kg":200}]'* ]] || { printf 'It printed: %s\n' "$printed"; exit 1; }
