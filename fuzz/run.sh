#!/usr/bin/env bash
# Builds the fuzzer with clang and the sanitizers and runs it; a finding ends it with a status other than zero.
#   fuzz/run.sh [SECONDS]     (default 1200)
# The corpus stays in build/fuzz/corpus; the first one is the manifests of ../shared/conformance, where it is there.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-1200}
cmake --preset fuzz >/dev/null
cmake --build build/fuzz --target manifest_fuzz
corpus=build/fuzz/corpus
mkdir -p "$corpus"
if [ -d ../shared/conformance/open/_bases ]; then
  for manifest in ../shared/conformance/open/_bases/*.json.gz; do
    python3 fuzz/seeds.py "$manifest" "$corpus"
  done
fi
exec build/fuzz/bin/manifest_fuzz -max_total_time="$seconds" -max_len=65536 -timeout=10 -rss_limit_mb=2048 \
  -dict=fuzz/manifest.dict -artifact_prefix=build/fuzz/ -print_final_stats=1 "$corpus"
