#!/usr/bin/env bash
# ./dev demo: a node on a fresh data directory takes 43 years of earthquakes, is read, killed with -9, started again,
# and stays up. Every curl command is printed as it is run. Usage: demo.sh PROGRAM; LATERBASE_DEMO_LISTEN=HOST:PORT.
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

# Only ever stops a node that this script started: the pid must still be this program.
stop_earlier_demo() {
  local pid
  pid=$(cat "$home/pid" 2>/dev/null) || return 0
  [[ "$(readlink "/proc/$pid/exe" 2>/dev/null)" == "$program"* ]] || return 0
  note "stopping the node that an earlier demo left up (pid $pid)"
  kill "$pid"
  await_end "$pid"
}

start_node() {
  : > "$home/address"
  setsid "$program" serve --data "$home/data" --listen "$listen" > "$home/address" 2>> "$home/log" < /dev/null &
  pid=$!
  disown "$pid"  # it outlives this script, which has nothing to say about its end
  printf '%s\n' "$pid" > "$home/pid"
  local tries
  for tries in $(seq 1 600); do
    url=$(grep -oE '([0-9]{1,3}(\.[0-9]{1,3}){3}|\[[0-9a-f:]+\]|localhost):[0-9]+' "$home/address" | head -n 1) || url=
    [[ -z $url ]] || { listen=$url; url=http://$url; return 0; }
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.05
  done
  cat "$home/address" "$home/log" >&2
  note "The node did not start; if something else listens on $listen, set LATERBASE_DEMO_LISTEN=127.0.0.1:PORT." >&2
  exit 1
}

mkdir -p "$home"
stop_earlier_demo
rm -rf "$home/data" "$home/log"

title "A node, on an empty directory"
note "$ laterbase serve --data $home/data --listen $listen"
start_node
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
start_node
cat "$home/address"
show "$feed"
head -n 13954 "$home/answer" | cmp -s - "$home/before" || { note "What came back is not what was there."; exit 1; }
note "13,954 events, byte for byte what they were before the kill."

title "The node is up"
cat <<END
  it answers at:   $url     dashboard: $url/ui     description: $url/openapi.json
  follow it live:  curl -N '$url/db/quakes/e?lc=0' -H 'Accept: text/event-stream'
  stop it:         kill $pid
END
