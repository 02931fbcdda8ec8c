#!/usr/bin/env bash
# A day of a depot and three trucks, each a process with a directory of its own: they load and unload in the field
# without a network, paper slips are typed in later and in any order, and they meet at the depot. Ends with the same
# answers everywhere, or not with 0. Usage: demo.sh PROGRAM
set -euo pipefail

program=$(realpath "$1")
home=$(mktemp -d)
declare -A url pid
stop() {
  local node
  for node in "${!pid[@]}"; do kill "${pid[$node]}" 2>/dev/null || true; done
  wait
  rm -rf "$home"
}
trap stop EXIT

title() { printf '\n\033[1m%s\033[0m\n' "$*"; }
fail() { printf '\033[31m%s\033[0m\n' "$*" >&2; exit 1; }

start() {
  local node=$1 tries
  "$program" --data "$home/$node" --listen 127.0.0.1:0 --log.level=warn > "$home/$node.address" 2> "$home/$node.log" &
  pid[$node]=$!
  for tries in $(seq 1 400); do
    url[$node]=$(grep -oE 'http://[0-9.:]+' "$home/$node.address") && return 0
    kill -0 "${pid[$node]}" 2>/dev/null || break
    sleep 0.05
  done
  fail "$node did not start: $(cat "$home/$node.log")"
}

# scan NODE TIME TRUCK WHAT KG PLACE
scan() {
  printf '%-6s %s  %-3s %-6s %4s kg  %s\n' "$1" "$2" "$3" "$4" "$5" "$6"
  curl -sf "${url[$1]}/db/trucks/e?at=${today}T$2:00Z" --json \
    "{\"truck\":\"$3\",\"what\":\"$4\",\"kg\":$5,\"place\":\"$6\"}" -o /dev/null || fail "the scan was not taken"
}
meet() {
  printf '%s and %s meet: ' "$1" "$2"
  curl -sf -X POST "${url[$1]}/db/trucks/sync?peer=${url[$2]}" | jq -c '{sent, received, round_trips}' ||
    fail "they could not sync"
}
ask() { curl -sf "${url[$1]}/trucks/$2" || fail "$1 has no answer to $2"; }
load() { ask "$1" "load_by_truck/$2" | jq .kg; }
expect() { [[ $2 == "$3" ]] || fail "$1: $2, and not $3"; }

# Each truck with what is on it, and its last scans under it.
tree="MANY load_by_truck AS t ORDER BY key { key, kg: (t.state->>'kg')::int, most: (t.state->>'most')::int,
  last: MANY events AS e WHERE e.value->>'truck' = t.key ORDER BY at DESC LIMIT 2 {
    at, what: e.value->>'what', kg: (e.value->>'kg')::int, place: e.value->>'place' } }"
grow() { curl -sf "${url[$1]}/db/trucks/tree" --data-binary "$tree" -H 'Content-Type: application/treeql' ||
  fail "$1 has no tree"; }

today=$(date -u -d yesterday +%F)
title "Four nodes: a depot, and three trucks that will not see a network for hours"
for node in depot t7 t8 t9; do
  start "$node"
  printf '%-6s %s\n' "$node" "${url[$node]}"
done

curl -sN "${url[depot]}/db/trucks/tree" --data-binary "$tree" -H 'Content-Type: application/treeql' \
  -H 'Accept: text/event-stream' > "$home/live" &
pid[wall]=$!   # the screen on the depot's wall

title "In the field"
scan t7 06:00 t7 load 800 north
scan t7 09:30 t7 unload 300 mill
scan t7 12:00 t7 empty 0 harbour
scan t7 14:00 t7 load 250 harbour
scan t8 06:10 t8 load 500 north
scan t8 11:00 t8 unload 120 mill
scan t9 07:00 t9 load 90 south
refusal=$(curl -s "${url[t9]}/db/trucks/e" --json '{"truck":"t9","what":"lose","kg":5,"place":"?"}' | jq -r .detail)
printf 'refused where it was written: %s\n' "$refusal"
expect "t7 by itself" "$(load t7 t7)" 250

title "Noon: two of them meet on the road; evening: t7 and t8 are at the depot"
meet t9 t8
meet t7 depot
meet t8 depot
curl -sf "${url[depot]}/trucks/load_by_truck?order=key" | jq -c '.[] | {key, kg: .state.kg, most: .state.most}'
expect "the depot on t7" "$(load depot t7)" 250

title "Next morning: slips of paper, typed in at the depot, of yesterday and in no order"
scan depot 11:30 t7 load 400 mill     # before the harbour, where all of it went: nothing is left of it
scan depot 08:00 t8 load 60 farm
scan depot 13:00 t9 unload 40 mill
expect "t7, with a slip from before it was emptied" "$(load depot t7)" 250
expect "most ever on t7, of which the slip knew" "$(ask depot load_by_truck/t7 | jq .most)" 900
expect "t8, with a slip from before" "$(load depot t8)" 440
expect "t9, which unloaded" "$(load depot t9)" 50

title "All meet the depot once more, and all say the same"
for truck in t7 t8 t9; do meet "$truck" depot; done
for truck in t7 t8; do meet "$truck" depot; done
for relation in "load_by_truck?order=key" "on_the_road?order=truck"; do
  for truck in t7 t8 t9; do
    [[ $(ask "$truck" "$relation") == "$(ask depot "$relation")" ]] || fail "$truck and the depot differ in $relation"
  done
done
ask depot "on_the_road?order=truck" | jq -c '.[]'

title "The depot's tree, and what its wall was sent of it"
for truck in t7 t8 t9; do
  [[ $(grow "$truck") == "$(grow depot)" ]] || fail "$truck and the depot differ in the tree"
done
grow depot | jq -c '.[]'
for tries in $(seq 1 100); do
  patches=$(grep -c '^event: patch' "$home/live" || true)
  [[ $patches -lt 5 ]] || break
  sleep 0.05
done
expect "the wall's snapshots" "$(grep -c '^event: snapshot' "$home/live")" 1
[[ $patches -ge 5 ]] || fail "the wall was sent $patches patches: $(cat "$home/live")"
printf 'the wall: nothing at first, then %s patches, such as\n' "$patches"
grep -A2 '^event: patch' "$home/live" | grep '^data: ' | awk 'length < 300' | tail -n 2

title "What the depot heard of late (every node has its own answer to that)"
ask depot "late_scans?order=at&select=truck,what,kg,at,late" | jq -c '.[]' | head -4
late=$(ask depot "late_scans" | jq length)
[[ $late -ge 10 ]] || fail "the depot lists $late late scans"
printf '%s scans in all; the same loads on four nodes\n' "$late"
