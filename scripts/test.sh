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
in about ten minutes on two cores, the first time a few minutes more for downloads.

  layout    who may include whom, headers compile alone, banned calls, licenses   (5 s)
  format    clang-format                                                          (5 s)
  release   gcc, optimised: unit, property, crash and server tests                (1 min)
  asan      clang, address and undefined behaviour sanitizers: the same           (2 min)
  tsan      clang, thread sanitizer: what has threads                             (1 min)
  fuzz      each decoder against random bytes, 20 s each                          (1 min)
  tidy      clang-tidy                                                            (3 min)
  pages     types, texts and the dashboard in a real browser                      (1 min)
  real      stored bytes read by another program; figures of real event logs      (1 min)
  kill      kill -9 under load, 50 times                                          (2 min)
  peers     all answers equal DuckDB's and ClickHouse's; measuring scripts run      (30 s)

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

# build_and_test PRESET [CTEST-OPTION...]: builds everything, tests it, and says what was skipped.
build_and_test() {
  local preset=$1
  shift
  build_preset "$preset" all
  run_tests "$preset" "$@"
}

# run_tests PRESET [CTEST-OPTION...]: two tests at a time; tells what failed and what was skipped.
run_tests() {
  local preset=$1
  shift
  ctest --preset "$preset" --no-tests=error --timeout 600 -j 2 --output-on-failure "$@" |
    sed '/^ *Start /d; / Passed /d; /^Test project/d; /^$/d'
  grep -a '^skipped ' "build/$preset/Testing/Temporary/LastTest.log" || true
}

stage_release() {
  build_pages
  build_and_test release
}

stage_asan() { build_and_test asan; }

# What has threads. A test folder/noun is the target folder_noun.
stage_tsan() {
  local threaded='^(base/pool|base/log|event/dictionary|net/|store/store_threads|query/executor|ingest/events|access/|server/)'
  cmake --preset tsan >/dev/null
  local targets
  targets=$(ctest --preset tsan -N -R "$threaded" | sed -n 's|^ *Test .*: \(.*\)/\(.*\)$|\1_\2|p')
  # shellcheck disable=SC2086 # one word a target
  build_preset tsan pegel $targets
  run_tests tsan -R "$threaded"
}

stage_fuzz() {
  local fuzzers
  fuzzers=$(basename -s .c tests/fuzz/*_fuzz.c)
  # shellcheck disable=SC2086 # one word a fuzzer
  build_preset fuzz $fuzzers
  echo "$fuzzers" | xargs -P 2 -I{} bash -c 'mkdir -p build/fuzz/corpus/{} &&
    build/fuzz/tests/{} -max_total_time=20 -max_len=4096 -verbosity=0 \
      -artifact_prefix=build/fuzz/{}- build/fuzz/corpus/{} && echo "-- {}: nothing found"'
}

# One file a run: in one process clang-tidy 14 mistakes every va_list after the first file's.
stage_tidy() {
  cmake --preset asan >/dev/null
  git ls-files '*.c' | grep -v '^tests/' |
    xargs -P 2 -n 1 clang-tidy --quiet -p build/asan 2> >(grep -v ' warnings\? generated' >&2)
}

stage_pages() {
  build_pages
  (cd dashboard/web && npm run --silent check && npm test --silent)
}

stage_real() {
  build_preset release pegel
  npm_install benchmarks/peers install || echo "-- without DuckDB: what it checks is skipped"
  python3 tests/end_to_end/format.py build/release/pegel
  python3 tests/end_to_end/real_data.py build/release/pegel
  python3 tests/end_to_end/real_survival.py build/release/pegel
  python3 tests/end_to_end/roi.py build/release/pegel
  python3 tests/end_to_end/export.py build/release/pegel
  python3 tests/end_to_end/workbook.py build/release/pegel
  python3 tests/end_to_end/sets.py build/release/pegel
  python3 tests/end_to_end/package.py build/release/pegel
}
stage_kill() { build_preset release pegel; python3 tests/end_to_end/kill.py build/release/pegel; }

stage_peers() {
  build_preset release pegel
  npm_install benchmarks/peers install
  node benchmarks/peers/compare.mjs --events 300000 --runs 1
  # Small, so that the scripts cannot rot.
  node benchmarks/scale.mjs --sizes 20000 --way http --runs 1 >/dev/null
  node benchmarks/underload.mjs --events 20000 --rate 5000 --seconds 4 --opening 2 --warm 1 --dashboards 2 --every 2 >/dev/null
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
