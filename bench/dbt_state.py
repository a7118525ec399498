#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""dbt's own state comparison over two manifest files: dbt_state.py BASE_FOLDER HEAD_MANIFEST

Loads both with dbt's classes and runs its selector method, without parsing any project: less than what
`dbt ls --select state:modified --state BASE_FOLDER` does. Prints the ids, then a JSON object with the
milliseconds of each step.
"""
import argparse
import json
import pathlib
import sys
import time

started = time.perf_counter()
from dbt.artifacts.schemas.manifest import WritableManifest  # noqa: E402
from dbt.contracts.graph.manifest import Manifest  # noqa: E402
from dbt.contracts.state import PreviousState  # noqa: E402
from dbt.flags import set_from_args  # noqa: E402
from dbt.graph.selector_methods import StateSelectorMethod  # noqa: E402


def main():
    base_folder, head_path = map(pathlib.Path, sys.argv[1:])
    set_from_args(argparse.Namespace(state_modified_compare_more_unrendered_values=False,
                                     state_modified_compare_vars=False, warn_error=False), None)
    imported = time.perf_counter()
    previous = PreviousState(state_path=base_folder, target_path=base_folder, project_root=base_folder)
    head = Manifest.from_writable_manifest(WritableManifest.read_and_check_versions(str(head_path)))
    loaded = time.perf_counter()
    nodes = set()
    for section in (head.nodes, head.sources, head.exposures, head.metrics, head.semantic_models,
                    head.saved_queries, head.unit_tests):
        nodes.update(section)
    found = sorted(StateSelectorMethod(head, previous, []).search(nodes, "modified"))
    done = time.perf_counter()
    print("\n".join(found))
    print(json.dumps({"import_ms": 1e3 * (imported - started), "load_ms": 1e3 * (loaded - imported),
                      "compare_ms": 1e3 * (done - loaded)}))


if __name__ == "__main__":
    main()
