#!/usr/bin/env bash
# SPDX-License-Identifier: EUPL-1.2
# Builds Pegel and serves a sample town: see `scripts/run.sh --help`.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/packages.sh

usage() {
  cat <<'EOF'
usage: scripts/run.sh [--listen ADDRESS:PORT] [--data DIR] [--events N]

Installs what is missing (Debian 12; root or sudo), builds Pegel, makes a sample town with two years
of events and serves its dashboard. The first run takes about five minutes, most of it downloads;
later runs take seconds and keep the data.

  --listen ADDRESS:PORT  where to serve; default 127.0.0.1:8080
  --data DIR             where the data lives; default ./pegel-data
  --events N             size of the sample town; default 600000
EOF
}

listen=127.0.0.1:8080 data=pegel-data events=600000
while [ $# -gt 0 ]; do
  case $1 in
    --listen) listen=${2:?--listen needs ADDRESS:PORT}; shift 2 ;;
    --data) data=${2:?--data needs a folder}; shift 2 ;;
    --events) events=${2:?--events needs a number}; shift 2 ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
done

started=$SECONDS
need_packages "${BUILD_PACKAGES[@]}"
need_node
build_pages
say "building Pegel"
build_preset release pegel
pegel=build/release/pegel

# The events lie there until all of them are imported: what was interrupted is done again.
if [ ! -f "$data/MANIFEST" ] || [ -f "$data/sample/events.ndjson" ]; then
  say "making a sample town of $events events"
  mkdir -p "$data"
  "$pegel" sample --seed 1 --events "$events" --days 800 --no-truth --out "$data/sample"
  "$pegel" import --data "$data" --source sample "$data/sample/events.ndjson"
  rm "$data/sample/events.ndjson"
fi
say "ready after $((SECONDS - started)) s; stop with Ctrl-C"
config=()
[ ! -f "$data/sample/config.json" ] || config=(--config "$data/sample/config.json")
exec "$pegel" serve --data "$data" "${config[@]}" --listen "$listen"
