#!/usr/bin/env bash
# Views over the earthquakes of a node that ./dev demo has left up: views.sh URL [URL of a second node that has the
# same database by sync]. Every curl command is printed as it is run.
set -euo pipefail

url=${1:-http://127.0.0.1:7070}
other=${2:-$url}
columns=${COLUMNS:-120}
home=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$home"' EXIT

title() { printf '\n\033[1m%s\033[0m\n' "$*"; }
note() { printf '\033[2m%s\033[0m\n' "$*"; }
show() {
  printf '\033[36m$ %s\033[0m\n' "$*"
  bash -o pipefail -c "$*" > "$home/answer" || { cat "$home/answer"; note "(the command failed)"; exit 1; }
  head -n 12 "$home/answer" | cut -c "1-$columns"
}
sql() { show "curl -sS --fail-with-body $1/db/quakes/sql -H 'Content-Type: application/sql' --data-binary \"$2\""; }

# Both nodes answer alike, in the end.
same_on_both() {
  local tries
  for tries in $(seq 1 100); do
    curl -s "$url/quakes/$1" > "$home/here"
    curl -s "$other/quakes/$1" > "$home/there"
    ! cmp -s "$home/here" "$home/there" || { note "$1: the same rows on both nodes"; return 0; }
    sleep 0.1
  done
  note "$1: the nodes differ"
  exit 1
}

title "Views over the catalogue"
sql "$url" "CREATE OR REPLACE MATERIALIZED VIEW quake AS
  SELECT key, at, (value->>'mag')::float8 AS mag, value->>'place' AS place, (value->>'latitude')::float8 AS latitude,
         (value->>'longitude')::float8 AS longitude FROM events WHERE value->>'type' = 'earthquake';
CREATE OR REPLACE MATERIALIZED VIEW strongest AS
  SELECT at, mag, place FROM quake WHERE mag IS NOT NULL ORDER BY mag DESC, at LIMIT 10;
CREATE OR REPLACE MATERIALIZED VIEW by_year AS
  SELECT extract(year FROM at) AS year, place, count(*) AS quakes, max(mag) AS largest FROM quake GROUP BY 1, 2;
CREATE OR REPLACE MATERIALIZED VIEW aftershocks AS
  SELECT a.at, a.mag, a.place, m.mag AS of_mag FROM quake a JOIN quake m
      ON a.place = m.place AND a.mag < m.mag AND a.at > m.at AND a.at <= m.at + interval '1 hour' WHERE m.mag >= 5;"
show "curl -s '$url/quakes/strongest?wait=30' -H 'Accept: text/csv'"
show "curl -s '$url/quakes/by_year?wait=30&order=quakes.desc&limit=5' | jq -c '.[]'"
show "curl -s '$url/quakes/aftershocks?wait=30&order=of_mag.desc,at&limit=5' | jq -c '.[]'"

title "A table, written on both nodes at once"
sql "$url" "TABLE station (id TEXT = 1 PRIMARY KEY, name TEXT = 2, seen BIGINT = 3 COUNTER) STRICT"
for tries in $(seq 1 100); do
  ! curl -sf "$other/quakes/station" > /dev/null || break  # the declaration is an event, and on its way
  sleep 0.1
done
sql "$url" "INSERT INTO station VALUES ('okl', 'Oklahoma City', 1)"
sql "$other" "INSERT INTO station VALUES ('tul', 'Tulsa', 1) ON CONFLICT (id) DO UPDATE SET seen = station.seen + 1"
same_on_both station

title "A subscription, while an earthquake of 1970 is reported"
curl -sN "$url/quakes/strongest" -H 'Accept: text/event-stream' > "$home/live" &
sleep 1
show "curl -s '$other/db/quakes/e?at=1970-05-31T20:23:31Z' -H 'Content-Type: application/json' \\
    -d '{\"type\":\"earthquake\",\"mag\":7.9,\"place\":\"Peru\",\"latitude\":-9.4,\"longitude\":-78.9}'"
sleep 2
note "what the subscriber was told:"
grep -E '^(event|data)' "$home/live" | cut -c "1-$columns"
same_on_both strongest
same_on_both by_year
