#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures state comparison against the real dbt: state.py FOLDER_OF_PROGRAMS [RUNS]

Prints the table of docs/benchmarks.md. Times are medians of wall time; what is compared takes turns. Needs the
Python environment with dbt; rows over the manifests of ../shared are left out, with the reason, where it is absent.
"""
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
CONFORMANCE = ROOT.parent / "shared" / "conformance"
DBT = pathlib.Path(sys.executable).with_name("dbt")
LARGEST = "jaffle-shop"


def run(command, **options):
    """Wall time in milliseconds, peak memory in bytes, and standard output."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        started = time.perf_counter()
        process = subprocess.Popen([str(part) for part in command], stdout=out, stderr=err, **options)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        milliseconds = 1e3 * (time.perf_counter() - started)
        out.seek(0)
        text = out.read().decode()
        if process.returncode:
            err.seek(0)
            sys.exit("%s failed:\n%s%s" % (" ".join(map(str, command)), text, err.read().decode()))
    return milliseconds, usage.ru_maxrss * 1024, text


def take_turns(runs, *works):
    """The median of each."""
    times = [[] for _ in works]
    for _ in range(runs):
        for one, work in zip(times, works):
            one.append(work())
    return [statistics.median(one) for one in times]


def row(what, dbt, ours, target, met):
    ratio = "%.0f times" % (dbt / ours)
    print("| %s | %s | %s | %s | %s: %s |" % (what, ms(dbt), ms(ours), ratio, target, "met" if met else "missed"))


def ms(milliseconds):
    return "%.2f s" % (milliseconds / 1e3) if milliseconds >= 1e3 else "%.0f ms" % milliseconds


def compare_command(programs, base, head):
    return [programs / "vernier", "dbt", "compare", "--base", base, "--head", head, "--select", "state:modified",
            "--indirect-selection", "empty", "--output", "ids"]


def real_project(programs, folder, runs):
    """`dbt ls` in examples/bakery, whose partial parsing is warm, against the same question to Vernier."""
    project = folder / "bakery"
    shutil.copytree(ROOT / "examples" / "bakery", project,
                    ignore=shutil.ignore_patterns("target", "logs", ".user.yml"))
    options = {"cwd": project, "env": dict(os.environ, BAKERY_DB=str(folder / "bakery.duckdb"), DBT_PROFILES_DIR=".",
                                           DO_NOT_TRACK="1")}
    run([DBT, "parse"], **options)
    shutil.copytree(project / "target", project / "state")
    model = next(path for path in sorted(project.glob("models/**/*.sql")))
    model.write_text(model.read_text() + "\n-- changed\n")
    run([DBT, "parse"], **options)
    ls = [DBT, "-q", "ls", "--select", "state:modified", "--state", "state", "--output", "json", "--output-keys",
          "unique_id", "--indirect-selection", "empty"]
    ours = compare_command(programs, project / "state", project / "target")
    theirs = {json.loads(line)["unique_id"] for line in run(ls, **options)[2].splitlines()}
    check(theirs, set(run(ours)[2].split()))
    dbt_ms, our_ms = take_turns(runs, lambda: run(ls, **options)[0], lambda: run(ours)[0])
    row("`dbt ls` in `examples/bakery`, a real project", dbt_ms, our_ms, "50 times", dbt_ms >= 50 * our_ms)


def check(theirs, ours):
    if theirs != ours:
        sys.exit("the answers differ: dbt alone %s, Vernier alone %s" % (sorted(theirs - ours), sorted(ours - theirs)))


def two_files(programs, what, base, head, runs):
    """dbt's comparison without its parsing, whole process, against Vernier's."""
    dbt = [sys.executable, ROOT / "bench" / "dbt_state.py", base.parent, head]
    ours = compare_command(programs, base, head)
    theirs = set(run(dbt)[2].splitlines()[:-1])
    check({line for line in theirs if line.count(".") >= 2 and " " not in line}, set(run(ours)[2].split()))
    dbt_ms, our_ms = take_turns(runs, lambda: run(dbt)[0], lambda: run(ours)[0])
    row(what, dbt_ms, our_ms, "50 times", dbt_ms >= 50 * our_ms)


def big_manifests(folder, nodes):
    paths = [folder / ("%s%d" % (side, nodes)) / "manifest.json" for side in ("base", "head")]
    for path in paths:
        path.parent.mkdir()
    run([sys.executable, CONFORMANCE / "make_big_manifest.py", CONFORMANCE / "open" / "_bases" / (LARGEST + ".json.gz"),
         "--nodes", nodes, "--base", paths[0], "--head", paths[1]])
    return paths


def largest_open(folder):
    out = folder / "open"
    run([sys.executable, CONFORMANCE / "check.py", CONFORMANCE / "open", "--materialize", out, "--only",
         "^%s__body-edit-staging$" % LARGEST])
    pair = next(out.iterdir())
    return pair / "base" / "manifest.json", pair / "head" / "manifest.json"


def reading(programs, manifest, runs):
    figures = json.loads(run([programs / "read_bench", manifest, runs])[2])
    ratio = figures["read_ms"] / figures["walk_ms"]
    print("| reading the 10,000 nodes (%.1f MB) against walking them with simdjson | %s | %s | %.2f of its speed "
          "| a third: %s |" % (figures["file_bytes"] / 1e6, ms(figures["walk_ms"]), ms(figures["read_ms"]), 1 / ratio,
                               "met" if ratio <= 3 else "missed"))


def memory(programs, base, head, runs):
    files = base.stat().st_size + head.stat().st_size
    peak = statistics.median(run(compare_command(programs, base, head))[1] for _ in range(runs))
    empty = statistics.median(run([programs / "vernier", "--version"])[1] for _ in range(runs))
    print("| peak memory of the comparison of 10,000 nodes, all of it; %.0f MB are the program's own | files %.1f MB "
          "| %.0f MB | %.1f times | 4 times: %s |"
          % (empty / 1e6, files / 1e6, peak / 1e6, peak / files, "met" if peak <= 4 * files else "missed"))


def warm(programs, base, head, runs):
    figures = json.loads(run([programs / "warm_bench", base, head, runs])[2])
    whole = figures["warm_ms"]
    print("| two stored uploads of %s nodes, in a server that runs | – | %s | – | 100 ms: %s |"
          % (format(figures["nodes"], ","), ms(whole), "met" if whole < 100 else "missed"))
    print("| the same right after a start: read both from their files (decoding takes %s of it), compare (%s) "
          "| – | %s | – | – |" % (ms(figures["decode_both_ms"]), ms(figures["compare_ms"]),
                                  ms(figures["from_files_ms"])))


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    programs = pathlib.Path(sys.argv[1]).resolve()
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 7
    print("| what | peer | Vernier | ratio | target |\n| --- | ---: | ---: | ---: | --- |")
    with tempfile.TemporaryDirectory(prefix="bench-state-") as name:
        folder = pathlib.Path(name)
        real_project(programs, folder, runs)
        if not CONFORMANCE.exists():
            print("\nleft out: the rows over large manifests, for %s is not there" % CONFORMANCE)
            return
        what = "dbt's comparison alone, largest open project (`%s`)" % LARGEST
        two_files(programs, what, *largest_open(folder), runs)
        base, head = big_manifests(folder, 10_000)
        two_files(programs, "dbt's comparison alone, 10,000 nodes", base, head, min(runs, 5))
        reading(programs, base, 4 * runs)
        memory(programs, base, head, runs)
        warm(programs, *big_manifests(folder, 100_000), 4 * runs)


if __name__ == "__main__":
    main()
