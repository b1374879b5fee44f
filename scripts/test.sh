#!/usr/bin/env bash
# SPDX-License-Identifier: EUPL-1.2
# Runs all of Pegel's tests: see `scripts/test.sh --help`.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/packages.sh

usage() {
  cat <<'EOF'
usage: scripts/test.sh [STAGE...]

Installs what the tests need (Debian 12; root or sudo) and runs them; without a stage, all of them,
in about 20 minutes on two cores, the first time some minutes more for downloads.

  layout    who may include whom, headers compile alone, banned calls, licenses   (10 s)
  format    clang-format                                                          (5 s)
  release   gcc, optimised: unit, property, crash and server tests                (2 min)
  asan      clang, address and undefined behaviour sanitizers: the same           (5 min)
  tsan      clang, thread sanitizer: what has threads                             (3 min)
  fuzz      each decoder against random bytes, 20 s each                          (2 min)
  tidy      clang-tidy                                                            (4 min)
  pages     types, texts and the dashboard in a real browser                      (2 min)
  real      stored bytes read by another program; figures of real event logs      (1 min)
  kill      kill -9 under load, 50 times                                          (2 min)
  peers     all answers equal DuckDB's and ClickHouse's                           (2 min)

Real data is looked for in $PEGEL_DATA or ../shared/data; tests that need it are skipped, and say so,
where it is absent.
EOF
}

ALL=(layout format release asan tsan fuzz tidy pages real kill peers)
case "${1:-}" in -h | --help) usage; exit 0 ;; esac
[ $# -gt 0 ] || set -- "${ALL[@]}"

stage_layout() { python3 scripts/check_layout.py; }

stage_format() {
  git ls-files '*.c' '*.h' | xargs clang-format --dry-run -Werror
}

stage_release() {
  build_pages
  build_preset release all
  ctest --preset release --no-tests=error --timeout 300 -j 2 --quiet --output-on-failure
}

stage_asan() {
  build_preset asan all
  ctest --preset asan --no-tests=error --timeout 600 -j 2 --quiet --output-on-failure
}

stage_tsan() {
  build_preset tsan all
  ctest --preset tsan --no-tests=error --timeout 600 --quiet --output-on-failure \
    -R '^(base/pool|base/log|event/dictionary|net/|store/store_threads|ingest/events|access/|server/)'
}

stage_fuzz() {
  local fuzzer
  build_preset fuzz all
  for fuzzer in build/fuzz/tests/*_fuzz; do
    echo "-- $(basename "$fuzzer")"
    mkdir -p "build/fuzz/corpus/$(basename "$fuzzer")"
    "$fuzzer" -max_total_time=20 -max_len=4096 -verbosity=0 -print_final_stats=0 \
      "build/fuzz/corpus/$(basename "$fuzzer")"
  done
}

stage_tidy() {
  cmake --preset asan >/dev/null
  git ls-files '*.c' | grep -v '^tests/' | xargs -P 2 -n 4 clang-tidy --quiet -p build/asan 2>/dev/null
}

stage_pages() {
  npm_install dashboard/web
  (cd dashboard/web && npm run --silent check && npm test --silent)
}

stage_real() {
  build_preset release pegel
  python3 tests/end_to_end/format.py build/release/pegel
  python3 tests/end_to_end/real_data.py build/release/pegel
}
stage_kill() { build_preset release pegel; python3 tests/end_to_end/kill.py build/release/pegel; }

stage_peers() {
  build_preset release pegel
  npm_install benchmarks/peers install
  node benchmarks/peers/compare.mjs --events 300000 --runs 1
}

need_packages "${BUILD_PACKAGES[@]}" "${TEST_PACKAGES[@]}"
need_node
passed=0 failed=0 failures=()
for stage in "$@"; do
  declare -F "stage_$stage" >/dev/null || { usage >&2; exit 2; }
  say "$stage"
  began=$SECONDS
  set +e # inside a condition bash would go on after an error
  (set -euo pipefail; "stage_$stage")
  status=$?
  set -e
  if [ $status -eq 0 ]; then
    passed=$((passed + 1))
    echo "-- $stage passed in $((SECONDS - began)) s"
  else
    failed=$((failed + 1))
    failures+=("$stage")
    echo "-- $stage FAILED after $((SECONDS - began)) s"
  fi
done
[ $failed -eq 0 ] || say "failed: ${failures[*]}"
echo
echo "stages: $passed passed, $failed failed"
[ $failed -eq 0 ]
