#!/usr/bin/env python3
"""The parts of the house style that a program can hold: sizes, names, leftovers."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LINES_MAX, COLUMNS_MAX, HEADER_LINES_MAX = 500, 120, 250
# A TRY that returns out of a braced initializer leaks what stands before it (GCC 12).
TRY_IN_BRACES = re.compile(r"\{[^}]*\bTRY(_DURING)?\(|^\s*\.\w+ = TRY(_DURING)?\(")
BANNED = re.compile(r"\b(TODO|FIXME|XXX)\b|\b\w*(Manager|Helper|Utils)\b")


def main():
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "src", "bench", "fuzz", "tests", "tools",
                             "examples"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    bad = []
    for name in listed:
        path = ROOT / name
        if path.suffix not in {".cpp", ".h", ".py", ".sh"} or not path.exists() or path.name == "tidy.py":
            continue
        lines = path.read_text().splitlines()
        limit = HEADER_LINES_MAX if path.suffix == ".h" else LINES_MAX
        if len(lines) > limit:
            bad.append(f"{name}: {len(lines)} lines, more than {limit}")
        if path.suffix in {".cpp", ".h"} and (not lines or "SPDX-License-Identifier" not in lines[0]):
            bad.append(f"{name}:1: no SPDX line")
        for number, line in enumerate(lines, 1):
            if len(line) > COLUMNS_MAX:
                bad.append(f"{name}:{number}: {len(line)} columns, more than {COLUMNS_MAX}")
            if path.suffix == ".cpp" and TRY_IN_BRACES.search(line):
                bad.append(f"{name}:{number}: TRY inside an initializer")
            if BANNED.search(line):
                bad.append(f"{name}:{number}: {BANNED.search(line).group(0)}")
    print("\n".join(bad) if bad else "tidy")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
