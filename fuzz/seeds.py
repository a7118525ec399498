#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes small manifests into a corpus: seeds.py MANIFEST.json.gz FOLDER

One file for each resource type, with two entries of it and two macros: small enough to be mutated often.
"""
import gzip
import itertools
import json
import os
import sys

SECTIONS = ("nodes", "sources", "exposures", "metrics", "semantic_models", "saved_queries", "unit_tests",
            "functions")


def main():
    path, folder = sys.argv[1:]
    with gzip.open(path, "rt", encoding="utf-8") as file:
        manifest = json.load(file)
    macros = dict(itertools.islice(manifest["macros"].items(), 2))
    for section in SECTIONS:
        by_type = {}
        for unique_id, entry in (manifest.get(section) or {}).items():
            by_type.setdefault(unique_id.split(".")[0], []).append((unique_id, entry))
        for kind, entries in by_type.items():
            small = {"metadata": manifest["metadata"], section: dict(entries[:2]), "macros": macros,
                     "disabled": {unique_id: [entry] for unique_id, entry in entries[2:3]}}
            name = "%s-%s.json" % (os.path.basename(path).split(".")[0], kind)
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                json.dump(small, file)


if __name__ == "__main__":
    main()
