#!/usr/bin/env bash
# session.sh FILE PROGRAM BLOCK...: types in what those console blocks of FILE show after "$ ", to a node that PROGRAM
# is, and holds what is answered against what the block says. "…" stands for anything, and so do keys and hashes, which
# are others each time, times, and blanks. What never ends is ended, and has to have begun as it says.
set -euo pipefail

file=$1 program=$2
shift 2
directory=$(mktemp -d)
export HOME=$directory
cd "$directory"

serve=()
[[ ${program##*/} != laterbase ]] || serve=(serve)  # a program with the library in it is a node at once

mkdir bin
ln -s "$program" bin/laterbase
export PATH=$directory/bin:$PATH

# Two nodes: what the documentation has at localhost:7070, and at 7071.
nodes=() addresses=()
trap 'kill "${nodes[@]}" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$directory"' EXIT
for number in 0 1; do
  "$program" "${serve[@]}" --data "data$number" --listen 127.0.0.1:0 > "node$number" 2>&1 &
  nodes+=($!)
  for ((tries = 0; tries < 200; ++tries)); do
    address=$(grep -o -m1 'http://127.0.0.1:[0-9]*' "node$number" 2> /dev/null || true)
    [[ -z $address ]] || break
    sleep 0.05
  done
  [[ -n $address ]] || { cat "node$number"; exit 1; }
  addresses+=("${address#http://}")
done
export LATERBASE_URL=http://${addresses[0]}
here() { sed "s/localhost:7070/${addresses[0]}/g; s/localhost:7071/${addresses[1]}/g" <<< "$1"; }

# The lines of a console block, by its place among the file's.
block() { awk -v wanted="$1" '/^```/ { if (inside) { inside = 0 } else if (/^```console/) { inside = (n++ == wanted) }
                               next } inside' "$file"; }

# What is said, as a regular expression.
pattern_of() {
  tr -d '[:space:]' <<< "$1" | sed -E '
    s/[0-9A-HJKMNP-TV-Z]{26}/KEY/g; s/"[0-9]{4}-[0-9]{2}-[0-9]{2}T[^"]*"/TIME/g; s/[0-9a-f]*…/ANY/g
    s/[][\.*^$(){}?+|]/\\&/g; s/KEY/[0-9A-Z]{26}/g; s/TIME/"[^"]*"/g; s/ANY/.*/g'
}

# What a command answers, and in `status` how it ends; what never ends is ended.
answer() {
  status=0
  answered=$(timeout 2 bash -c "$1" 2> errors) || status=$?
  [[ $status -ne 124 ]] || status=0
}

# Whoever only reads may have to wait a little for what was written elsewhere.
failed=0
check() {  # COMMAND EXPECTED
  local command expected pattern tries=1
  command=$(here "$1") expected=$(here "$2")
  [[ -n $command && $command != *"laterbase serve"* ]] || return 0
  [[ $command == *--json* || $command == *PUT* || $command == *--data* || $command == *" -d "* ]] || tries=5
  pattern=$(pattern_of "$expected")
  for (( ; tries > 0; --tries)); do
    answer "$command"
    [[ $status -ne 0 ]] || ! grep -qE "^$pattern" <<< "$(tr -d '[:space:]' <<< "$answered")" || return 0
    [[ $tries -eq 1 ]] || sleep 1
  done
  printf '%s\n\nanswers\n%s\n%s\nand not\n%s\n\n' "$command" "$answered" "$(cat errors)" "$expected"
  failed=1
}

# A command goes on where a quote or a pipe is open, or to the end of what it reads.
is_open() {
  local command=$1 word
  if [[ $command =~ \<\<\'([A-Z]+)\' ]]; then
    word=${BASH_REMATCH[1]}
    ! grep -qx "$word" <<< "$command"
  else
    ! bash -n -c "$command" 2> /dev/null
  fi
}

for number in "$@"; do
  command="" expected="" typing=no
  while IFS= read -r line; do
    if [[ $typing == yes ]]; then
      command+=$'\n'$line
      is_open "$command" || typing=no
    elif [[ $line == '$ '* ]]; then
      check "$command" "$expected"
      command=${line#'$ '} expected=""
      ! is_open "$command" || typing=yes
    else
      expected+=$line
    fi
  done < <(block "$number")
  check "$command" "$expected"
done
exit "$failed"
