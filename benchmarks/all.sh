#!/usr/bin/env bash
# SPDX-License-Identifier: EUPL-1.2
# Measures everything of BENCHMARKS.md and puts the tables into benchmarks/RESULTS.md.
#
# usage: benchmarks/all.sh [STAGE...]
#   stages: compare underload ingest scale benches report    (default: all, in this order)
#   EVENTS=100000000 DAYS=730 RUNS=7 SIZES=1000000,10000000,100000000 WORK=build/measure
# Each stage leaves WORK/NAME.json, so any can be repeated alone. With the defaults, 70 GB of disk are
# needed for the moment, and about 50 minutes on two cores.
set -euo pipefail
cd "$(dirname "$0")/.."

EVENTS=${EVENTS:-100000000} DAYS=${DAYS:-730} RUNS=${RUNS:-7} SIZES=${SIZES:-1000000,10000000,100000000}
WORK=${WORK:-build/measure} ORDERS=${ORDERS:-journey} RATE=${RATE:-200000} SECONDS_LOADED=${SECONDS_LOADED:-60}
OPENING=${OPENING:-75} INGEST=${INGEST:-2000000}
cmake --preset release >/dev/null && cmake --build build/release >/dev/null
[ $# -gt 0 ] || set -- compare underload ingest scale benches report
mkdir -p "$WORK"

compare() {
  node benchmarks/peers/compare.mjs --events "$EVENTS" --days "$DAYS" --runs "$RUNS" --orders "$ORDERS" \
    --work "$WORK/peers" --out "$WORK/compare.json" ${STAGES:+--stages "$STAGES"}
}
underload() {
  node benchmarks/underload.mjs --sample "$WORK/peers/sample-1-$EVENTS-$DAYS" --rate "$RATE" --seconds "$SECONDS_LOADED" \
    --opening "$OPENING" --work "$WORK/underload" --out "$WORK/underload.json"
}
ingest() { node benchmarks/ingest.mjs --events "$INGEST" --work "$WORK/ingest" --out "$WORK/ingest.json"; }
scale() { node benchmarks/scale.mjs --sizes "$SIZES" --days "$DAYS" --work "$WORK/scale" --out "$WORK/scale.json"; }
benches() { node benchmarks/benches.mjs --store "$WORK/peers/pegel" --out "$WORK/benches.json"; }
report() { node benchmarks/report.mjs --into benchmarks/RESULTS.md "$WORK"/{compare,ingest,underload,scale,benches}.json; }

failed=()
for stage in "$@"; do
  declare -F "$stage" >/dev/null || { sed -n '3,10p' "$0" >&2; exit 2; }
  began=$SECONDS
  "$stage" || failed+=("$stage")
  echo "== $stage: $((SECONDS - began)) s" >&2
done
[ ${#failed[@]} -eq 0 ] || { echo "failed: ${failed[*]}" >&2; exit 1; }
