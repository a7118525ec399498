#!/usr/bin/env bash
# clang-format over all sources, clang-tidy over all translation units (settings: .clang-format, .clang-tidy).
# Ends with 1 where either finds something. `./dev format` mends the format.
set -uo pipefail
cd "$(dirname "$0")/.."
status=0

git ls-files -co --exclude-standard '*.h' '*.cpp' | xargs clang-format --dry-run -Werror || status=1
python3 tools/tidy.py || status=1
python3 tools/check_layers.py || status=1

cmake --preset dev >/dev/null || exit 1
git ls-files -co --exclude-standard 'src/*.cpp' |
  xargs -P "$(nproc)" -n 1 clang-tidy --quiet -p build/dev 2> >(grep -v 'warnings generated' >&2) || status=1
[ "$status" = 0 ] && echo "lint: clean"
exit "$status"
