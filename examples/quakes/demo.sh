#!/usr/bin/env bash
# ./dev demo: a node on a fresh data directory takes 43 years of earthquakes, is read, killed with -9, started again,
# and joined with a second one that wrote at the same time. Both stay up. Every curl command is printed as it is run.
# Usage: demo.sh PROGRAM; LATERBASE_DEMO_LISTEN=HOST:PORT.
set -euo pipefail

program=$(realpath "$1")
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
cd "$here/../.."
listen=${LATERBASE_DEMO_LISTEN:-127.0.0.1:7070}
home=build/demo
columns=${COLUMNS:-120}

title() { printf '\n\033[1m%s\033[0m\n' "$*"; }
note() { printf '\033[2m%s\033[0m\n' "$*"; }

# Prints the command, runs it, and shows the beginning of what it answers. Keeps the whole answer in $home/answer.
show() {
  printf '\033[36m$ %s\033[0m\n' "$*"
  bash -o pipefail -c "$*" > "$home/answer" || { cat "$home/answer"; note "(the command failed)"; exit 1; }
  local lines
  lines=$(awk 'END { print NR }' "$home/answer")
  head -n 6 "$home/answer" | cut -c "1-$columns"
  if [[ $lines -gt 6 ]]; then note "… $lines lines in all"; fi
}

await_end() { while kill -0 "$1" 2>/dev/null; do sleep 0.05; done; }

# Only ever stops nodes that this script started: the pid must still be this program.
stop_earlier_demo() {
  local file pid
  for file in "$home"/*.pid; do
    pid=$(cat "$file" 2>/dev/null) || continue
    rm -f "$file"
    [[ "$(readlink "/proc/$pid/exe" 2>/dev/null)" == "$program"* ]] || continue
    note "stopping the node that an earlier demo left up (pid $pid)"
    kill "$pid"
    await_end "$pid"
  done
}

# start_node NAME HOST:PORT: leaves its pid and url.
start_node() {
  local name=$1 listen=$2
  : > "$home/address"
  setsid "$program" serve --data "$home/$name" --listen "$listen" > "$home/address" 2>> "$home/$name.log" < /dev/null &
  pid=$!
  disown "$pid"  # it outlives this script, which has nothing to say about its end
  printf '%s\n' "$pid" > "$home/$name.pid"
  local tries
  for tries in $(seq 1 600); do
    url=$(grep -oE '([0-9]{1,3}(\.[0-9]{1,3}){3}|\[[0-9a-f:]+\]|localhost):[0-9]+' "$home/address" | head -n 1) || url=
    [[ -z $url ]] || { address=$url; url=http://$url; return 0; }
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.05
  done
  cat "$home/address" "$home/$name.log" >&2
  note "The node did not start; if something else listens on $listen, set LATERBASE_DEMO_LISTEN=127.0.0.1:PORT." >&2
  exit 1
}

mkdir -p "$home"
stop_earlier_demo
rm -rf "$home/data" "$home/second" "$home"/*.log

title "A node, on an empty directory"
note "$ laterbase serve --data $home/data --listen $listen"
start_node data "$listen"
listen=$address
cat "$home/address"

title "A database, and 13,954 earthquakes in one durable request"
show "curl -s -X PUT $url/db/quakes"
show "curl -s $url/db/quakes/e -H 'Content-Type: application/vnd.laterbase+x-ndjson' \\
    --data-binary @examples/quakes/quakes.ndjson -o $home/posted -w '%{http_code} in %{time_total} s\n'"
show "jq -c '{lc, stored, known, first_keys: .keys[:3]}' $home/posted"
show "curl -s $url/db/quakes | jq -c ."
keys=$(jq -r '[.keys[0], .keys[6977], .keys[-1]] | join(",")' "$home/posted")
one=${keys%%,*}

title "The feed: what this node learned after position 13,951"
show "curl -s '$url/db/quakes/e?lc=13951' | jq -c '{lc, more, epoch}, .events[]'"
note "the whole feed in two pages, as NDJSON:"
feed="curl -s '$url/db/quakes/e?lc=[0-10000:10000]&limit=10000' -H 'Accept: application/x-ndjson'"
show "$feed"
cp "$home/answer" "$home/before"

title "A range: when the ground shook in Oklahoma on 3 September 2016, the day of the strongest"
show "curl -s '$url/db/quakes/e?from=2016-09-03T00:00:00Z&to=2016-09-04T00:00:00Z&limit=1000' \\
    | jq -c '.events[] | select(.value.mag >= 3.5) | [.at, .value.mag, .value.place]'"

title "A bulk read of three keys, and the exact bytes of one event"
show "curl -s '$url/db/quakes/e?keys=$keys' | jq -c '.events[]'"
show "curl -s -D - '$url/db/quakes/e/$one' | tr -d '\r'"

title "An event of your own: any bytes, now or in the past"
show "curl -s $url/db/quakes/e -d 'the cat fell off the shelf'"
show "curl -s '$url/db/quakes/e?at=1906-04-18T13:12:00Z' -H 'Content-Type: application/json' -d '{\"mag\":7.9}'"
note "(1906 is before what a ULID can say, so that one is refused, with the reason)"

title "kill -9, and start again"
note "$ kill -9 $pid"
kill -9 "$pid"
await_end "$pid"
start_node data "$listen"
cat "$home/address"
show "$feed"
head -n 13954 "$home/answer" | cmp -s - "$home/before" || { note "What came back is not what was there."; exit 1; }
note "13,954 events, byte for byte what they were before the kill."

title "A second node, which has never heard of the first; both write at the same time"
first=$url first_pid=$pid
note "$ laterbase serve --data $home/second --listen 127.0.0.1:0"
start_node second 127.0.0.1:0
second=$url second_pid=$pid
cat "$home/address"
show "curl -s -X PUT $second/db/quakes | jq -c '{name, events}'"
write_apart() {
  local count=$1 to=$2 n
  for ((n = 0; n < count; ++n)); do printf '{"felt_at":"%s","n":%s}\n' "$to" "$n"; done |
    curl -s "$to/db/quakes/e" -H 'Content-Type: application/x-ndjson' --data-binary @- | jq -c '{lc, stored}'
}
write_apart 2000 "$first" & writer=$!
write_apart 3000 "$second"
wait "$writer"
count="jq -r '\"\\(.events) events, log position \\(.lc)\"'"
show "for node in $first $second; do curl -s \$node/db/quakes | $count; done"

title "They are joined"
show "${program#"$PWD/"} sync $second --url $first --db quakes | fold -s -w $columns"
show "curl -s -X PUT $first/peers/second --json '{\"url\":\"$second\",\"interval_ms\":500}'"
sleep 1
show "curl -s $first/peers | jq -c '.peers[].links[] | {database, state, lag, total}'"
show "for node in $first $second; do curl -s \$node/db/quakes | $count; done"
note "every key with its value, on either side:"
everything='e?from=1970-01-01T00:00:00Z&limit=100000'
show "for node in $first $second; do
    curl -s \"\$node/db/quakes/$everything\" | jq -c '.events[] | [.key, .value, .base64]' | sha256sum
  done"
[[ $(sort -u "$home/answer" | wc -l) -eq 1 ]] || { note "The two nodes differ."; exit 1; }
note "The two nodes are equal. An event that is written on either is on the other half a second later."

title "Answers that keep themselves up to date, on both nodes"
examples/quakes/views.sh "$first" "$second"

title "The nodes are up"
cat <<END
  they answer at:  $first and $second     dashboard: $first/ui     description: $first/openapi.json
  follow one live: curl -N '$first/db/quakes/e?lc=0' -H 'Accept: text/event-stream'
  stop them:       kill $first_pid $second_pid
END
