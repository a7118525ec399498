#!/usr/bin/env python3
"""Measures table diffs beside the peers of the shared bench folder, in one pass on the same tables.

  bench/diff.py PROGRAM [--sizes 1m] [--variants d001] [--key id] [--scenarios S1,S2,...] [--peers REGEX] [--reps 3]

Takes what the folder's setup.sh prints from the environment (BENCH_PG, BENCH_MY, BENCH_VENVS, BENCH_DATA) or runs it.
  bench/diff.py --adapter PROGRAM URL1 TABLE1 URL2 TABLE2 KEYS     one diff, in the form that the driver reads
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "bench"
WORK = ROOT / "build" / "bench-diff"
SCENARIOS = {"S1": "within DuckDB", "S2": "within PostgreSQL", "S3a": "PostgreSQL to DuckDB",
             "S3b": "PostgreSQL to PostgreSQL", "S3c": "PostgreSQL to MariaDB", "S4p": "Parquet files",
             "S4c": "CSV files", "S5": "within MariaDB, within SQLite"}


def adapter(program, url1, table1, url2, table2, keys):
    command = [program, "diff", "tables", url1, table1, url2, table2, "--output", "json"]
    for key in keys.split(","):
        command += ["-k", key]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode not in (0, 1):
        sys.exit(run.stderr)
    summary = json.loads(run.stdout)["summary"]
    columns = {c["column_name"]: c["values_different"] for c in summary["values"]["columns_diff_stats"]}
    removed, added = summary["pks"]["exclusives"]
    print(json.dumps({"added": added, "removed": removed, "updated": summary["values"]["rows_with_differences"],
                      "columns": {name: count for name, count in columns.items() if count}}))


def environment(sizes):
    """What setup.sh prints, where it was not run already."""
    if "BENCH_DATA" in os.environ:
        return
    for size in sizes.split(","):
        printed = subprocess.run([SHARED / "setup.sh", size], capture_output=True, text=True, check=True).stdout
        for name, value in re.findall(r'^(?:export )?(\w+)="?([^"\n]*)"?$', printed, re.M):
            os.environ[name] = value


def url_of(kind, uri):
    return uri if kind in ("pg", "pg2", "maria") else f"{kind}://{uri.removeprefix('duckdb:///')}"


def ours(driver, program, scenario):
    def command(cell):
        kinds = driver.URI[scenario]
        sides = [driver.side(kind, cell, name) for kind, name in zip(kinds, "ab")]
        words = []
        for kind, (uri, table) in zip(kinds, sides):
            words += [url_of(kind, uri), "-" if kind in ("parquet", "csv") else table]
        return [sys.executable, __file__, "--adapter", program, *words, ",".join(cell.keys)]
    return command


def ours_in_sqlite(program):
    def command(cell):
        url = f"sqlite://{cell.dir}/bench.sqlite"
        return [sys.executable, __file__, "--adapter", program, url, cell.ta, url, cell.tb, ",".join(cell.keys)]
    return command


def print_table(results):
    print("\n| what | who | wall | CPU, client and server | peak memory | answer |")
    print("| --- | --- | ---: | ---: | ---: | --- |")
    for r in sorted(results, key=lambda r: (list(SCENARIOS).index(r["scenario"]), r["wall"])):
        answer = "none" if "counts" not in r else str(r["right"])
        print(f"| {SCENARIOS[r['scenario']]} | {r['peer']} | {r['wall']:.1f} s | {r['cpu_s'] + r['srv_cpu_s']:.1f} s | "
              f"{r['tree_mb']:.0f} MB | {answer} |")


def main():
    if sys.argv[1:2] == ["--adapter"]:
        return adapter(*sys.argv[2:])
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--sizes", default="1m")
    parser.add_argument("--variants", default="d001", help="of gen.py, as all: every row differs")
    parser.add_argument("--key", default="id", help="id, uid (a text, without an index in the servers) or comp (two)")
    parser.add_argument("--scenarios", default=",".join(SCENARIOS))
    parser.add_argument("--peers", default="reladiff|datacompy-polars|left-joins|duckdb-hash|duckdb-fo$|pg-fo2|pgscan")
    parser.add_argument("--reps", default="3")
    arguments = parser.parse_args()
    environment(arguments.sizes)
    shutil.rmtree(WORK, ignore_errors=True)  # the driver keeps its results beside itself
    WORK.mkdir(parents=True)
    for name in ("run.py", "peers.py", "key.py"):
        shutil.copy(SHARED / name, WORK)
    sys.path.insert(0, str(WORK))
    import run as driver
    program = str(pathlib.Path(arguments.program).resolve())
    for scenario in SCENARIOS:
        driver.P[scenario]["vernier"] = ours(driver, program, scenario)
    driver.P["S5"]["vernier-sqlite"] = ours_in_sqlite(program)
    sys.argv = ["run.py", "all", "--sizes", arguments.sizes, "--variants", arguments.variants, "--key", arguments.key,
                "--scenarios", arguments.scenarios, "--peers",
                f"^vernier|{arguments.peers}", "--reps", arguments.reps]
    driver.main()
    print_table([json.loads(line) for line in (WORK / "results.jsonl").read_text().splitlines()])


if __name__ == "__main__":
    main()
