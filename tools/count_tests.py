#!/usr/bin/env python3
"""Adds up JUnit files: names every test that failed or was skipped, then `N passed, N failed, N skipped`.

A file that is missing counts as one failure: tests that never ran have not passed.
"""
import pathlib
import re
import sys
import xml.etree.ElementTree as xml


def reason(case, skipped):
    """pytest has it as a message, GoogleTest in the line that follows the place of GTEST_SKIP()."""
    said = re.search(r": Skipped\n(.+)", case.findtext("system-out") or "")
    return said.group(1) if said else (skipped.get("message") or "no reason given")


def main():
    passed, failed, skipped = 0, 0, 0
    for path in map(pathlib.Path, sys.argv[1:]):
        if not path.exists():
            print(f"FAILED   {path.name} was not written")
            failed += 1
            continue
        for case in xml.parse(path).iter("testcase"):
            name = case.get("name")
            if case.get("classname") != name:
                name = f"{case.get('classname')}: {name}"
            skip = case.find("skipped")
            if case.find("failure") is not None or case.find("error") is not None:
                print(f"FAILED   {name}")
                failed += 1
            elif skip is not None:
                print(f"skipped  {name}: {reason(case, skip)}")
                skipped += 1
            else:
                passed += 1
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
