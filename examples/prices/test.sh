#!/bin/sh
# Runs the example twice, its reader and `laterbase table show`, and holds what they print against what it should be.
set -eu
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
file=$directory/prices.space
expect() {
  printf '%s\n' "$1" | grep -qxF "$2" || { printf 'missing: %s\nin:\n%s\n' "$2" "$1" >&2; exit 1; }
}
first=$("$1" "$file")
expect "$first" "0 prices were in $file"
expect "$first" "495 bids are above 1000; the first of them, by time:"
expect "$first" "  1001.00 at second 101"
expect "$first" "10 prices are of the last ten seconds"
expect "$first" "the first price is 900.50 now"
expect "$first" "saved: 1000 rows as generation 2"
second=$("$1" "$file")
expect "$second" "1000 prices were in $file"
expect "$second" "the first price is 901.00 now"
read_back=$("$2" "$file" 1)
expect "$read_back" "price 1: 901.00"
expect "$read_back" "the greatest bid is 1099.00"
expect "$("$2" "$file" 5000)" "there is no price 5000"
shown=$("$3" table show "$file" --rows 2)
expect "$shown" "table price: 1,000 rows, generation 3, 6 pages of 16384 bytes, 2 of them index"
expect "$shown" "  exchange u8"
expect "$shown" "$(printf '1\t0\t901\t0')"
if "$3" table show "$0" 2>"$directory/refused"; then exit 1; fi
expect "$(cat "$directory/refused")" "laterbase: $0 is not a space file"
