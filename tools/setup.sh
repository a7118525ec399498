#!/usr/bin/env bash
# Brings everything the build and the tests need: Debian packages, libduckdb with its header, and a
# Python environment with the real client and the real dbt for the demo and the tests.
#   tools/setup.sh [build|all]     (default all; `build` leaves the Python environment out)
# A second run finds everything in place and costs nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
source versions.env
what=${1:-all}
deps=$PWD/.deps
mkdir -p "$deps"

packages=(build-essential cmake ninja-build ccache mold pkg-config git ca-certificates
  python3 python3-venv python3-pip clang-format clang-tidy
  libsimdjson-dev nlohmann-json3-dev libboost-dev libcurl4-openssl-dev libcli11-dev libspdlog-dev
  libfmt-dev libsqlite3-dev libzstd-dev libarchive-dev libssl-dev libxxhash-dev libsodium-dev
  libyaml-cpp-dev libre2-dev libpoco-dev libpq-dev libmariadb-dev libgtest-dev librapidcheck-dev libbenchmark-dev
  postgresql mariadb-server-core)
command -v mvn >/dev/null || packages+=(maven)
missing=()
for p in "${packages[@]}"; do
  [ "$(dpkg-query -W -f='${Status}' "$p" 2>/dev/null)" = "install ok installed" ] || missing+=("$p")
done
if [ ${#missing[@]} -gt 0 ]; then
  echo "setup: installing ${#missing[@]} Debian packages"
  sudo=""; [ "$(id -u)" = 0 ] || sudo=sudo
  $sudo apt-get update -q >/dev/null
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -q --no-install-recommends "${missing[@]}" >/dev/null
fi

# The JDBC driver's library exports DuckDB's C API; the source package of the same version has the header.
stamp=$deps/duckdb/.version-$DUCKDB_VERSION-$DUCKDB_JDBC_VERSION
if [ -z "${DUCKDB_ROOT:-}" ] && [ ! -f "$stamp" ]; then
  echo "setup: fetching libduckdb $DUCKDB_VERSION"
  rm -rf "$deps/duckdb"; tmp=$(mktemp -d)
  mvn -B -q -Dstyle.color=never org.apache.maven.plugins:maven-dependency-plugin:2.8:copy \
    "-Dartifact=org.duckdb:duckdb_jdbc:$DUCKDB_JDBC_VERSION:jar" "-DoutputDirectory=$tmp" >/dev/null
  mkdir -p "$deps/duckdb/lib" "$deps/duckdb/include"
  python3 - "$tmp/duckdb_jdbc-$DUCKDB_JDBC_VERSION.jar" "$deps/duckdb/lib/libduckdb.so" <<'P'
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as jar, open(sys.argv[2], "wb") as out:
    out.write(jar.read("libduckdb_java.so_linux_amd64"))
P
  ln -sf libduckdb.so "$deps/duckdb/lib/libduckdb_java.so_linux_amd64"  # its SONAME
  python3 -m pip download -q --no-deps --no-binary duckdb -d "$tmp" "duckdb==$DUCKDB_VERSION"
  tar xzf "$tmp/duckdb-$DUCKDB_VERSION.tar.gz" -C "$tmp" --wildcards '*/src/include/duckdb.h'
  find "$tmp" -name duckdb.h -exec cp {} "$deps/duckdb/include/" \;
  rm -rf "$tmp"; touch "$stamp"
fi

[ "$what" = build ] && exit 0
stamp=$deps/venv/.versions-$(sha256sum versions.env | cut -c1-16)
if [ ! -f "$stamp" ]; then
  echo "setup: installing the client and dbt"
  rm -rf "$deps/venv"
  python3 -m venv "$deps/venv"
  "$deps/venv/bin/pip" install -q --disable-pip-version-check \
    "datafold-sdk[mcp]==$DATAFOLD_SDK_VERSION" "dbt-core==$DBT_CORE_VERSION" "dbt-duckdb==$DBT_DUCKDB_VERSION" \
    "dbt-postgres==$DBT_POSTGRES_VERSION" "duckdb==$DUCKDB_VERSION" "pytest==$PYTEST_VERSION"
  touch "$stamp"
fi
