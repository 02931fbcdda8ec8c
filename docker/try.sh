#!/usr/bin/env bash
# ./dev docker, as root: builds the image, runs it as compose.yaml does, posts the catalogue, kills the container,
# starts it again and reads everything back. Starts dockerd where none runs, and stops it afterwards.
set -euo pipefail
cd "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/.."

base=debian:bookworm-slim
image=laterbase
name=laterbase-try-$$
work=$(mktemp -d)
dockerd_pid=

say() { printf '\033[1m%s\033[0m\n' "$*"; }

die() {
  printf 'docker/try.sh: %s\n' "$*" >&2
  docker logs --tail 20 "$name" >&2 2>/dev/null || true
  exit 1
}

clean_up() {
  docker rm -f "$name" >/dev/null 2>&1 || true
  docker volume rm -f "$name" >/dev/null 2>&1 || true
  if [[ -n $dockerd_pid ]]; then
    kill "$dockerd_pid" 2>/dev/null || true
    wait "$dockerd_pid" 2>/dev/null || true
  fi
  rm -rf "$work"
}
trap clean_up EXIT

start_dockerd() {
  docker info >/dev/null 2>&1 && return
  say "Starting dockerd"
  dockerd --pidfile "$work/dockerd.pid" > build/dockerd.log 2>&1 &
  dockerd_pid=$!
  local tries
  for tries in $(seq 1 120); do
    docker info >/dev/null 2>&1 && return
    kill -0 "$dockerd_pid" 2>/dev/null || break
    sleep 0.5
  done
  tail -n 20 build/dockerd.log >&2
  die "dockerd did not start"
}

# The Debian mirror that this machine's apt uses.
mirror() {
  apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep '/debian/\?$' | head -n 1 \
    | grep . || echo http://deb.debian.org/debian
}

# From the registry, or else made here of the same packages.
base_image() {
  docker image inspect "$base" >/dev/null 2>&1 && return
  say "Getting $base"
  timeout 120 docker pull -q "$base" 2>/dev/null && return
  say "It can't be pulled: making it with debootstrap"
  debootstrap --variant=minbase bookworm "$work/root" "$(mirror)" > build/debootstrap.log 2>&1 \
    || { tail -n 5 build/debootstrap.log >&2; die "debootstrap failed"; }
  rm -rf "$work/root/var/cache/apt/archives"/*.deb "$work/root/var/lib/apt/lists"/*
  tar -C "$work/root" -c . | docker import -c 'CMD ["bash"]' - "$base" >/dev/null
  rm -rf "$work/root"
}

# The host's network, and its proxy where it has one: apt inside reaches what apt outside reaches.
build_image() {
  say "Building the image"
  local arguments=() variable proxy=
  eval "$(apt-config shell proxy Acquire::http::Proxy)"
  [[ -z $proxy || -n ${http_proxy:-} ]] || http_proxy=$proxy
  for variable in http_proxy https_proxy no_proxy; do
    [[ -z ${!variable:-} ]] || arguments+=(--build-arg "$variable=${!variable}")
  done
  docker build --network host "${arguments[@]}" -t "$image" -f docker/Dockerfile . > build/docker-build.log 2>&1 \
    || { tail -n 40 build/docker-build.log >&2; die "the image could not be built"; }
}

size_of() { docker image inspect -f '{{.Size}}' "$1"; }

check_image() {
  local over=$((($(size_of "$image") - $(size_of "$base")) / 1000000)) user
  user=$(docker run --rm --entrypoint id "$image" -u)
  [[ $over -lt 60 ]] || die "the image is $over MB over its base; 60 MB is the limit"
  [[ $user != 0 ]] || die "the image runs as root"
  docker run --rm "$image" version
  say "$over MB over the base; runs as user $user"
}

ask() { curl -s -m 60 -H "Authorization: Bearer $token" "$@"; }

start_container() {
  docker start "$name" >/dev/null
  url=http://$(docker port "$name" 7070 | head -n 1)
  local tries
  for tries in $(seq 1 200); do
    [[ $(ask -o /dev/null -w '%{http_code}' "$url/health/ready" || true) != 200 ]] || return 0
    sleep 0.1
  done
  die "the node in the container does not answer at $url"
}

read_all() { ask "$url/db/quakes/e?lc=[0-10000:10000]&limit=10000" -H 'Accept: application/x-ndjson'; }

create_container() {
  token=$(head -c 24 /dev/urandom | base64)
  printf '%s\n' "$token" > "$work/token"
  chmod 755 "$work"
  chmod 644 "$work/token"
  docker create --name "$name" --read-only --cap-drop ALL --security-opt no-new-privileges:true \
    -p 127.0.0.1:0:7070 -v "$name:/data" -v "$PWD/docker/laterbase.toml:/etc/laterbase.toml:ro" \
    -v "$work/token:/run/secrets/laterbase_token:ro" "$image" >/dev/null
}

post_catalogue() {
  say "Running it, and posting the catalogue"
  start_container
  [[ $(curl -s -o /dev/null -w '%{http_code}' "$url/db") == 401 ]] || die "it answers without the token"
  ask -o /dev/null -X PUT "$url/db/quakes"
  ask -o "$work/posted" "$url/db/quakes/e" -H 'Content-Type: application/vnd.laterbase+x-ndjson' \
    --data-binary @examples/quakes/quakes.ndjson
  [[ $(jq .stored "$work/posted") == 13954 ]] || die "the catalogue was not stored: $(head -c 300 "$work/posted")"
  read_all > "$work/before"
  [[ $(wc -l < "$work/before") == 13954 ]] || die "not every event can be read"
  if docker exec "$name" sh -c 'touch /nowhere' 2>/dev/null; then die "the root file system can be written"; fi
}

kill_and_read_back() {
  say "Killing it, and starting it again"
  docker kill -s KILL "$name" >/dev/null
  docker wait "$name" >/dev/null
  start_container
  read_all | cmp -s - "$work/before" || die "what came back is not what was there"
}

await_health() {
  say "Waiting until docker finds it healthy"
  local health tries
  for tries in $(seq 1 60); do
    health=$(docker inspect -f '{{.State.Health.Status}}' "$name")
    [[ $health != healthy ]] || return 0
    sleep 1
  done
  die "its health is '$health'"
}

stop_it() {
  say "Stopping it"
  docker stop -t 10 "$name" >/dev/null
  local status
  status=$(docker inspect -f '{{.State.ExitCode}}' "$name")
  [[ $status == 0 ]] || die "SIGTERM ended it with status $status"
}

mkdir -p build
start_dockerd
base_image
build_image
check_image
create_container
post_catalogue
kill_and_read_back
await_health
stop_it
say "13,954 events came back from a container that was killed; not root, read-only, healthy, stopped by SIGTERM."
