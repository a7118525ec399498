"""What a large manifest costs the server."""
import io
import json
import statistics
import time
import zipfile

import pytest

BYTES = 50_000_000
EDITION = "the edition's place"
SECTIONS = ("nodes", "sources", "exposures", "metrics", "semantic_models", "saved_queries", "unit_tests")


def large_manifest(target):
    """The example's manifest, its nodes cloned until it has fifty million bytes; as text, and how many nodes it has."""
    manifest = json.loads((target / "manifest.json").read_text())
    manifest["metadata"]["invocation_id"] = EDITION
    original = {uid: json.dumps(node) for uid, node in manifest["nodes"].items()}
    nodes_bytes = sum(map(len, original.values()))
    for copy in range((BYTES - len(json.dumps(manifest))) // nodes_bytes + 1):
        for uid, text in original.items():
            node = json.loads(text)
            node["unique_id"] = f"{uid}_{copy}"
            node["name"] += f"_{copy}"
            node["depends_on"]["nodes"] = [f"{parent}_{copy}" for parent in node["depends_on"].get("nodes", [])]
            if copy % 100 == 0:
                node["description"] = EDITION
            manifest["nodes"][node["unique_id"]] = node
    nodes = sum(len(manifest[section]) for section in SECTIONS)
    return json.dumps(manifest), nodes


def pack(text, edition):
    """A zip of the manifest after an edit of some nodes, as the next commit would have it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("manifest.json", text.replace(EDITION, f"edition {edition}"))
    return out.getvalue()


def seconds_of_parsing(text):
    """CPU that Python takes to parse the text, here and now: the measure of what the server does with it."""
    before = time.process_time()
    json.loads(text)
    return time.process_time() - before


@pytest.mark.slow
def test_a_large_manifest_costs_less_than_parsing_and_memory_does_not_grow(own_server, bakery, sanitized, capsys):
    ci = own_server.add_ci(bakery)
    text, nodes = large_manifest(bakery.main_target)
    costs, parsing, memory, stored = [], [], [], []
    for edition in range(21):
        content = pack(text, edition)
        before = own_server.cpu_seconds()
        answer = own_server.submit_zip(ci.id, content, f"{edition + 1:040x}")
        assert answer.ok, answer.text
        costs.append(own_server.cpu_seconds() - before)
        if edition % 5 == 0:
            parsing.append(seconds_of_parsing(text))
        memory.append(own_server.memory_mb())
        upload, = ci.artifacts(limit=1)
        stored.append(upload["bytes_stored"])
    peak = own_server.memory_mb("VmHWM")
    with capsys.disabled():
        print(f"\n    upload of 50 MB: {costs[0]:.2f} s CPU at first, then {sum(costs[1:]) / 20:.2f} s "
              f"(Python parses it in {statistics.median(parsing):.2f} s); "
              f"peak {peak:.0f} MB; stored {stored[0]:,} bytes at first, then {max(stored[1:]):,} at most")
    assert upload["nodes"] == nodes
    assert max(stored[1:]) < stored[0] / 2  # a further commit costs little
    if sanitized:
        pytest.skip("a sanitizer build: time and memory are not those of the program")
    limit = 0.8 * statistics.median(parsing)
    assert costs[0] < limit
    assert statistics.median(costs[1:]) < limit
    # Some 180 MB are for the work on one upload; the manifests used last take up to 210 MB more, which they
    # do after a dozen of these uploads.
    assert peak < 450
    assert memory[-1] < memory[14] + 30
