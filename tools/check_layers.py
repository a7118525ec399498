#!/usr/bin/env python3
"""Holds every #include in src/ against the DEPS lines of src/CMakeLists.txt.

A module may include its own headers, any header of `base` and `model` if it depends on them, and only the
public header <module>/<module>.h of its other dependencies.
"""
import pathlib
import re
import sys

SRC = pathlib.Path(__file__).resolve().parent.parent / "src"
OPEN = {"base", "model"}  # one header per noun, all public


def main():
    text = re.sub(r"#.*", "", (SRC / "CMakeLists.txt").read_text())
    deps = {}
    for name, rest in re.findall(r"add_module\((\w+)([^)]*)\)", text):
        listed = re.search(r"DEPS((?:\s+(?!LIBS\b)\w+)*)", rest)
        deps[name] = set(listed.group(1).split()) if listed else set()
    bad = []
    for path in sorted(SRC.rglob("*.[ch]pp")) + sorted(SRC.rglob("*.h")):
        module = path.relative_to(SRC).parts[0]
        if module not in deps:
            continue  # main.cpp wires all
        for number, line in enumerate(path.read_text().splitlines(), 1):
            found = re.match(r'#include "([\w]+)/([\w/]+)\.h"', line)
            if not found or found.group(1) == module:
                continue
            other, header = found.groups()
            where = f"{path.relative_to(SRC.parent)}:{number}"
            if other not in deps[module]:
                bad.append(f"{where}: `{module}` does not list `{other}` in its DEPS")
            elif other not in OPEN and header != other:
                bad.append(f"{where}: {other}/{header}.h is private to `{other}`")
    print("\n".join(bad) if bad else f"{len(deps)} modules keep to their layers")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
