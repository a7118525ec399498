#!/usr/bin/env bash
# Brings a MySQL server for the tests, which Debian's stable releases do not have: packages of unstable, with
# all that they need, are unpacked into a folder; nothing is installed.
#   tools/fetch_mysql.sh FOLDER     (then: export VERNIER_MYSQLD=FOLDER/mysqld)
set -euo pipefail
folder=${1:?usage: tools/fetch_mysql.sh FOLDER}
[ -x "$folder/mysqld" ] && exit 0
mkdir -p "$folder"/apt/{etc/apt/apt.conf.d,etc/apt/preferences.d,var/lib/apt/lists/partial} \
  "$folder"/apt/{var/cache/apt/archives/partial,var/lib/dpkg} "$folder/root"
folder=$(cd "$folder" && pwd)
touch "$folder/apt/var/lib/dpkg/status"
# From where this machine has its own packages.
mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep -m1 '/debian/*$')
keys=$(ls /usr/share/keyrings/debian-archive-keyring.* | head -1)
echo "deb [signed-by=$keys] $mirror sid main" >"$folder/apt/etc/apt/sources.list"
own=(-o "Dir=$folder/apt" -o "Dir::Etc=$folder/apt/etc/apt" -o Acquire::Languages=none -o APT::Sandbox::User=root
  -o "Dir::State::status=$folder/apt/var/lib/dpkg/status")
apt-get "${own[@]}" -q update >/dev/null
apt-get "${own[@]}" -q -y --no-install-recommends --download-only install mysql-server-core >/dev/null
for package in "$folder"/apt/var/cache/apt/archives/*.deb; do dpkg-deb -x "$package" "$folder/root"; done
rm -rf "$folder/apt"
cat >"$folder/mysqld" <<'S'
#!/bin/sh
# The server with the C library that it was built for.
root=$(dirname "$(readlink -f "$0")")/root
exec "$root/usr/lib64/ld-linux-x86-64.so.2" \
  --library-path "$root/usr/lib/x86_64-linux-gnu:$root/usr/lib/mysql/private" "$root/usr/sbin/mysqld" "$@" \
  --basedir="$root/usr" --lc-messages-dir="$root/usr/share/mysql"
S
chmod +x "$folder/mysqld"
"$folder/mysqld" --version
