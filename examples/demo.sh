#!/usr/bin/env bash
# Shows the main job on a real dbt project: real git commits, the real dbt, the unmodified client, and the server.
#   examples/demo.sh [--keep]     --keep leaves the temporary folder with the server's data
# Ends by itself: 0 when everything it looked at was right.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
keep=no
case "${1:-}" in
  "") ;;
  --keep) keep=yes ;;
  *) sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
vernier=${VERNIER_BIN:-$root/build/release/bin/vernier}
[ -x "$vernier" ] || { echo "demo: $vernier is not there; run ./dev build first" >&2; exit 1; }
export PATH=$root/.deps/venv/bin:$PATH
python=$root/.deps/venv/bin/python

bold="" dim="" red="" plain=""
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
  bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' plain=$'\e[0m'
fi
tmp=$(mktemp -d "${TMPDIR:-/tmp}/vernier-demo.XXXXXX")
server=""
finish() {
  local status=$?
  trap - EXIT
  if [ "$status" != 0 ] && [ -s "$tmp/server.log" ]; then
    printf '\n%sThe server said last:%s\n' "$red" "$plain"
    tail -n 15 "$tmp/server.log"
  fi
  if [ -n "$server" ]; then
    kill "$server" 2>/dev/null && wait "$server" 2>/dev/null || true
  fi
  if [ "$keep" = yes ]; then
    printf '\nKept: %s\n  %s serve --data-dir %s --listen %s\n  the key of its API and pages: %s\n' \
      "$tmp" "$vernier" "$tmp/data" "${address:-127.0.0.1:8080}" "${DATAFOLD_API_KEY:-none yet}"
  else
    rm -rf "$tmp"
  fi
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

scene() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
say() { printf '  %s\n' "$*"; }
wrong() { printf '  %sNot as it should be: %s%s\n' "$red" "$*" "$plain"; exit 1; }
# step TEXT COMMAND...: one line that says what is done and, when it is, how long it took.
step() {
  local text=$1 began=$EPOCHREALTIME status=0
  shift
  printf '  %s ... ' "$text"
  "$@" >"$tmp/step.log" 2>&1 || status=$?
  if [ "$status" != 0 ]; then
    printf '%sfailed%s\n' "$red" "$plain"
    tail -n 30 "$tmp/step.log"
    exit 1
  fi
  printf '%s%s s%s\n' "$dim" "$(awk "BEGIN { printf \"%.1f\", $EPOCHREALTIME - $began }")" "$plain"
}
shown() { printf '  %s$ %s%s\n' "$dim" "$*" "$plain"; }
api() {  # api METHOD PATH [JSON]: the answer, or the server's own words on what was wrong
  curl -sS --fail-with-body --max-time 30 -X "$1" -H "Authorization: Key $DATAFOLD_API_KEY" \
    ${3:+-H "Content-Type: application/json" -d "$3"} "$DATAFOLD_HOST$2"
}
field() { "$python" "$root/examples/demo_check.py" field "$1" "$2"; }
warning() { "$python" "$root/examples/demo_check.py" warning "$1" "$2"; }
add() {  # add PATH JSON: creates something and prints its id
  api POST "$1" "$2" >"$tmp/added.json" && field "$tmp/added.json" id
}
# report CI RUN BASE: waits until the run is done with the artifacts of BASE; the report is in $tmp/report.json.
report() {
  local waited
  for waited in $(seq 300); do
    api GET "/api/v1/ci/$1/runs/$2" >"$tmp/report.json"
    case "$(field "$tmp/report.json" status)" in
      done) [ "$(field "$tmp/report.json" artifacts.base.used)" != "$3" ] || return 0 ;;
      failed | cancelled) cat "$tmp/report.json"; return 1 ;;
    esac
    sleep 0.2
  done
  echo "after a minute the run is still:"; cat "$tmp/report.json"; return 1
}
git_commit() {  # fixed names and dates: the same commits, the same SHAs, every time
  git -C "$1" add -A
  GIT_AUTHOR_DATE=$3 GIT_COMMITTER_DATE=$3 git -C "$1" -c user.name=Bakery -c user.email=bakery@example.org \
    -c commit.gpgsign=false -c core.hooksPath=/dev/null commit -q -m "$2"
  git -C "$1" rev-parse HEAD
}
dbt_build() { (cd "$1" && dbt --no-use-colors build --target "$2"); }
upload() {  # upload CHECKOUT CI RUN_TYPE SHA
  (cd "$1" && datafold dbt upload --ci-config-id "$2" --run-type "$3" --target-folder ./target/ --commit-sha "$4")
}
trigger() {  # trigger CI: prints the run's id as the client does
  datafold ci trigger --ci-config-id "$1" --pr-num 7 --base-branch main --base-sha "$main_sha" \
    --pr-branch card-discount --pr-sha "$pr_sha"
}
triggered_run() { sed -n 's/.*Successfully triggered the CI run: \([0-9]*\).*/\1/p' "$tmp/step.log"; }

scene "A bakery's dbt project, and a pull request that means well"
export BAKERY_DB=$tmp/bakery.duckdb BAKERY_PR_SCHEMA=pr_7
prod=$tmp/production pr=$tmp/pull_request
cp -r examples/bakery "$prod"
rm -rf "$prod/target" "$prod/logs"
git -C "$prod" init -q -b main
printf 'target/\nlogs/\n' >"$prod/.gitignore"
sed -i 's|price \* 13 / 12|price * 21 / 20|' "$prod/models/marts/bread_prices.sql"
old_sha=$(git_commit "$prod" "Add delivery to the price list" 2026-03-16T05:00:00Z)
step "dbt builds production at ${old_sha:0:7}, as it was last week" dbt_build "$prod" prod
cp -r "$prod/target" "$tmp/old_target"
cp examples/bakery/models/marts/bread_prices.sql "$prod/models/marts/"
main_sha=$(git_commit "$prod" "Deliver for a twelfth of the price" 2026-03-20T05:00:00Z)
step "a colleague merges a new delivery price; dbt builds production at ${main_sha:0:7}" dbt_build "$prod" prod
git -C "$prod" worktree add -q -b card-discount "$pr"
cp -r examples/bakery_change/. "$pr"
pr_sha=$(git_commit "$pr" "Give card holders their discount, count vouchers as sales" 2026-03-21T05:00:00Z)
step "pull request 7 gives card holders their discount; dbt builds it at ${pr_sha:0:7}" dbt_build "$pr" pr

scene "The server"
free_port='import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
address=127.0.0.1:$("$python" -c "$free_port")
DATAFOLD_API_KEY=$("$python" -c 'import secrets; print(secrets.token_hex(16))')
export DATAFOLD_API_KEY DATAFOLD_HOST=http://$address
VERNIER_BOOTSTRAP_KEY=$DATAFOLD_API_KEY \
  "$vernier" serve --data-dir "$tmp/data" --listen "$address" >"$tmp/server.log" 2>&1 &
server=$!
healthy() {
  local waited
  for waited in $(seq 100); do
    kill -0 "$server" 2>/dev/null || return 1
    curl -s -o /dev/null --fail --max-time 2 "$DATAFOLD_HOST/healthz" && return 0
    sleep 0.1
  done
  return 1
}
step "vernier serves on $address" healthy
source_id=$(add /api/v1/data_sources \
  "{\"name\": \"bakery\", \"type\": \"duckdb\", \"options\": {\"path\": \"$BAKERY_DB\"}}")
ci=$(add /api/v1/ci_configs "{\"name\": \"bakery\", \"data_source_id\": $source_id}")
say "it knows the DuckDB file as data source $source_id, and the project as CI config $ci"

scene "Scene one: both sides are there"
step "the real client uploads production at ${main_sha:0:7}" upload "$prod" "$ci" production "$main_sha"
step "and the pull request at ${pr_sha:0:7}" upload "$pr" "$ci" pull_request "$pr_sha"
step "and asks for a run" trigger "$ci"
run=$(triggered_run)
step "the server compares the project and diffs the tables of run $run" report "$ci" "$run" "$main_sha"
shown "vernier ci report --ci-config-id $ci --run-id $run"
"$vernier" ci report --ci-config-id "$ci" --run-id "$run" | tee "$tmp/report.txt" | sed 's/^/  /'
grep -q bakery_days "$tmp/report.txt" || wrong "the printed report does not name bakery_days"
say "Are these numbers right? SQL, run directly on the tables:"
"$python" examples/demo_check.py figures "$tmp/report.json" "$BAKERY_DB" || wrong "the report's figures"
[ -z "$(warning "$tmp/report.json" code)" ] || wrong "a warning where nothing is missing"

scene "Scene two: nobody uploaded ${main_sha:0:7}"
ci=$(add /api/v1/ci_configs "{\"name\": \"bakery, base missing\", \"data_source_id\": $source_id}")
mv "$prod/target" "$tmp/main_target" && mv "$tmp/old_target" "$prod/target"
step "CI config $ci gets production of last week, ${old_sha:0:7}" upload "$prod" "$ci" production "$old_sha"
mv "$prod/target" "$tmp/old_target" && mv "$tmp/main_target" "$prod/target"
step "the pull request at ${pr_sha:0:7}" upload "$pr" "$ci" pull_request "$pr_sha"
step "and a run" trigger "$ci"
run=$(triggered_run)
step "the server takes the best base there is" report "$ci" "$run" "$old_sha"
"$vernier" ci report --ci-config-id "$ci" --run-id "$run" | tee "$tmp/report.txt" | sed 's/^/  /'
[ "$(warning "$tmp/report.json" commit_sha)" = "$main_sha" ] || wrong "no warning names ${main_sha:0:7}"
blamed=$("$python" examples/demo_check.py models "$tmp/report.json")
[[ " $blamed " == *" bread_prices "* ]] || wrong "the older base should make bread_prices look changed"
say "The colleague's delivery price (bread_prices) is counted against this pull request, and the report says so."

command=$(warning "$tmp/report.json" command)
[[ "$command" == *"$main_sha"* ]] || wrong "the warning's command does not name the commit: $command"
say "The command it gives, run where ${main_sha:0:7} was built:"
shown "$command"
mend() { (cd "$prod" && bash -euc "$command"); }
step "the missing artifacts arrive" mend
step "run $run puts itself right, nobody asked it to" report "$ci" "$run" "$main_sha"
"$vernier" ci report --ci-config-id "$ci" --run-id "$run" | tee "$tmp/report.txt" | sed 's/^/  /'
[ -z "$(warning "$tmp/report.json" code)" ] || wrong "the warning is still there"
[ "$(field "$tmp/report.json" artifacts.base.step)" = exact ] || wrong "the base is not exact"
blamed=$("$python" examples/demo_check.py models "$tmp/report.json")
[[ " $blamed " != *" bread_prices "* ]] || wrong "bread_prices is still counted against the pull request"
figures() { "$python" examples/demo_check.py figures "$tmp/report.json" "$BAKERY_DB"; }
step "and its figures still are SQL's own" figures

scene "Done: the figures are SQL's own, and the missing artifacts cost one command."
