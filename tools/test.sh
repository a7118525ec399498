#!/usr/bin/env bash
# Builds everything and runs all tests: the modules' own under the sanitizers, then the whole program against the
# real client, the real dbt and real databases. The last line says how many passed, failed and were skipped.
set -uo pipefail
cd "$(dirname "$0")/.."
results=$PWD/build/test-results
mkdir -p "$results"
rm -f "$results"/*.xml

must() {  # a step without which there is nothing to test
  "$@" && return
  echo "test: failed: $*"
  echo "0 passed, 1 failed, 0 skipped"
  exit 1
}
must tools/setup.sh all
# Debian's stable releases have no MySQL; one of unstable is unpacked, where the packages can be reached.
if [ -z "${VERNIER_MYSQLD:-}" ]; then
  if timeout 300 tools/fetch_mysql.sh .deps/mysql; then
    export VERNIER_MYSQLD=$PWD/.deps/mysql/mysqld
  else
    echo "test: no MySQL could be fetched; its tests are skipped"
  fi
fi
for preset in dev release; do
  must cmake --preset "$preset" >/dev/null
  must cmake --build --preset "$preset"
done

status=0
ctest --preset dev -j "$(nproc)" --output-junit "$results/modules.xml" || status=1
.deps/venv/bin/python -m pytest tests/e2e -q --junitxml="$results/e2e.xml" || status=1
tools/count_tests.py "$results/modules.xml" "$results/e2e.xml" || status=1
exit "$status"
