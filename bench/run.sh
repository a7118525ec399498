#!/usr/bin/env bash
# Measures against the peers; docs/benchmarks.md has the figures and says what they mean.
#   bench/run.sh [state|diff]      (diff: see bench/diff.py for its options)
set -euo pipefail
cd "$(dirname "$0")/.."
case "${1:-state}" in
  state)
    cmake --preset release -B build/bench -DVERNIER_BENCH=ON >/dev/null
    cmake --build build/bench --target vernier read_bench warm_bench
    exec .deps/venv/bin/python bench/state.py build/bench/bin
    ;;
  diff)
    cmake --preset release -B build/bench -DVERNIER_BENCH=ON >/dev/null
    cmake --build build/bench --target vernier
    exec .deps/venv/bin/python bench/diff.py build/bench/bin/vernier "${@:2}"
    ;;
  *)
    sed -n '2,3s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
