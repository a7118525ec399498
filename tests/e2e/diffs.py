"""Diffs at the command line, as processes that a test can watch and end."""
import json
import os
import pathlib
import re
import subprocess
import time

STARTED = []


def start(binary, *arguments):
    process = subprocess.Popen([binary, "diff", "tables", *map(str, arguments)], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    STARTED.append(process)
    return process


def finished(process, seconds=60):
    out, errors = process.communicate(timeout=seconds)
    return process.returncode, out, errors


def figures(binary, *arguments):
    code, out, errors = finished(start(binary, *arguments, "--output", "json"))
    assert code in (0, 1), errors
    return json.loads(out)


def peak_mebibytes(command, folder, expected, **options):
    """Peak resident memory of a process, and what it said; its exit status must be as expected."""
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                               env={**os.environ, "TMPDIR": str(folder)}, text=True, **options)
    STARTED.append(process)
    peak = 0
    while process.poll() is None:
        # Of the program alone; what getrusage tells includes the copy of this process that it was at first.
        status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        if (found := re.search(r"VmHWM:\s+(\d+) kB", status)) and "Name:\tvernier" in status:
            peak = max(peak, int(found.group(1)))
        time.sleep(0.005)
    errors = process.stderr.read()
    assert process.returncode == expected, errors
    return peak / 1024, errors
