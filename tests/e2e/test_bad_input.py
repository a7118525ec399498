"""What is wrong is refused with a sentence, and the server goes on."""
import io
import json
import struct
import zipfile
import zlib

import pytest
import requests

SHA = "a" * 40
MANIFEST_V12 = {"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json", "dbt_version": "1.11.16"}


def zipped(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def bomb(unpacked_bytes):
    """A zip whose manifest.json unpacks to that many zeros, made without packing them: one deflated piece, repeated."""
    piece_bytes = 1 << 20
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = packer.compress(bytes(piece_bytes)) + packer.flush(zlib.Z_FULL_FLUSH)
    body = piece * (unpacked_bytes // piece_bytes) + packer.flush()
    name = b"manifest.json"
    sizes = struct.pack("<III", 0, len(body), unpacked_bytes)
    local = struct.pack("<IHHHHH", 0x04034B50, 20, 0, 8, 0, 0) + sizes + struct.pack("<HH", len(name), 0) + name
    central = struct.pack("<IHHHHHH", 0x02014B50, 20, 20, 0, 8, 0, 0) + sizes + struct.pack(
        "<HHHHHII", len(name), 0, 0, 0, 0, 0, 0) + name
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 1, 1, len(central), len(local) + len(body), 0)
    return local + body + central + end


def manifest(**replaced):
    empty = {"metadata": MANIFEST_V12, "nodes": {}, "sources": {}, "macros": {}, "docs": {}, "exposures": {},
             "metrics": {}, "groups": {}, "selectors": {}, "disabled": {}, "parent_map": {}, "child_map": {},
             "group_map": {}, "saved_queries": {}, "semantic_models": {}, "unit_tests": {}}
    return json.dumps({**empty, **replaced})


GOOD = zipped({"manifest.json": manifest()})

UPLOADS = {
    "no zip": b"this is no zip",
    "empty file": b"",
    "cut zip": GOOD[:len(GOOD) // 2],
    "zip without a manifest": zipped({"run_results.json": "{}"}),
    "a path that climbs out": zipped({"../../manifest.json": manifest()}),
    "an absolute path": zipped({"/tmp/manifest.json": manifest()}),
    "a bomb": bomb(3 << 30),
    "a manifest that is no JSON": zipped({"manifest.json": "{"}),
    "an empty manifest": zipped({"manifest.json": ""}),
    "a list": zipped({"manifest.json": "[]"}),
    "an object of another kind": zipped({"manifest.json": "{}"}),
    "nodes of the wrong shape": zipped({"manifest.json": manifest(nodes=[1, 2])}),
    "a node that is no object": zipped({"manifest.json": manifest(nodes={"model.a.b": 7})}),
    "a version before our time": zipped({"manifest.json": manifest(metadata={
        "dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v1.json"})}),
    "absurd depth": zipped({"manifest.json": '{"metadata": ' + "[" * 100_000 + "]" * 100_000 + "}"}),
    "absurd depth in a node": zipped({"manifest.json": manifest(nodes={"model.a.b": {"meta": 0}}).replace(
        '"meta": 0', '"meta": ' + '{"a":' * 50_000 + "1" + "}" * 50_000)}),
    "bytes that are not UTF-8": zipped({"manifest.json": b'{"metadata": {"dbt_version": "\xff\xfe"}}'}),
}


def refused(answer, *statuses):
    assert answer.status_code in statuses, f"{answer.status_code} {answer.text[:300]}"
    detail = answer.json()["detail"]
    assert detail, answer.text
    return detail if isinstance(detail, str) else json.dumps(detail)


@pytest.fixture(scope="module")
def victim(server, bakery):
    """After all of it, the server is the same process, has kept nothing bad, and still takes what is good."""
    process = server.process.pid
    ci = server.add_ci(bakery)
    yield ci
    assert server.process.pid == process and server.process.poll() is None
    kept = {upload["commit_sha"] for upload in ci.artifacts(limit=1000)}
    assert kept == set()
    answer = server.submit_zip(ci.id, GOOD, SHA)
    assert answer.status_code in (200, 201), answer.text
    assert [upload["commit_sha"] for upload in ci.artifacts()] == [SHA]
    left = [path for path in server.data_dir.rglob("*") if "incoming" in path.parts and path.is_file()]
    assert left == []


@pytest.mark.parametrize("name", UPLOADS)
def test_a_bad_upload_is_refused(victim, name):
    detail = refused(victim.server.submit_zip(victim.id, UPLOADS[name], SHA), 400, 413, 422)
    assert str(victim.server.data_dir) not in detail  # the sender has no use for a path of the server's


@pytest.mark.parametrize("fields, files", [
    ({"commit_sha": SHA, "run_type": "staging"}, True),
    ({"commit_sha": SHA}, True),
    ({"run_type": "production"}, True),
    ({"commit_sha": "", "run_type": "production"}, True),
    ({"commit_sha": "HEAD", "run_type": "production"}, True),
    ({"commit_sha": "a" * 39, "run_type": "production"}, True),
    ({"commit_sha": "0" * 40, "run_type": "production"}, True),
    ({"commit_sha": "g" * 40, "run_type": "production"}, True),
    ({"commit_sha": "a" * 100_000, "run_type": "production"}, True),
    ({"commit_sha": "../../../etc/passwd", "run_type": "production"}, True),
    ({"commit_sha": SHA, "run_type": "production"}, False),
])
def test_a_bad_form_is_refused(victim, fields, files):
    answer = victim.server.request("POST", f"/api/v1/dbt/submit_artifacts/{victim.id}", data=fields,
                                   files={"artifacts": ("tmp.zip", GOOD)} if files else {"other": ("o", b"")})
    refused(answer, 400, 413, 422)


@pytest.mark.parametrize("headers, body", [
    ({"Content-Type": "application/json"}, b"{}"),
    ({"Content-Type": "multipart/form-data"}, b"no boundary"),
    ({"Content-Type": "multipart/form-data; boundary=x"}, b"--y\r\n\r\n--y--"),
    ({"Content-Type": "multipart/form-data; boundary=x"}, b"--x\r\nContent-Disposition: form-data; name=\"artifacts\""),
    ({}, b""),
])
def test_a_body_that_is_no_form_is_refused(victim, headers, body):
    answer = victim.server.request("POST", f"/api/v1/dbt/submit_artifacts/{victim.id}", data=body, headers=headers)
    refused(answer, 400, 411, 415, 422)


@pytest.mark.parametrize("header", [None, "", "Key", "Key ", "Key wrong", "Bearer {key}", "{key}", "Key {key}x",
                                    "Key " + "x" * 7000])
def test_without_a_valid_key_there_is_401(server, header):
    headers = {} if header is None else {"Authorization": header.format(key=server.key)}
    for method, path in (("GET", "/api/v1/data_sources"), ("POST", "/api/v1/dbt/submit_artifacts/1"),
                         ("GET", "/api/v1/nothing")):
        refused(requests.request(method, server.url + path, headers=headers, timeout=10), 401)


@pytest.mark.parametrize("method, path", [
    ("GET", "/api/v1/ci/999999/runs"), ("GET", "/api/v1/ci/{ci}/runs/999999"), ("GET", "/api/v1/ci_configs/999999"),
    ("GET", "/api/v1/ci/999999/artifacts"), ("GET", "/api/v1/datadiffs/999999/summary_results"),
    ("GET", "/api/v1/ci/{ci}/runs/999999/report.md"), ("DELETE", "/api/v1/ci_configs/999999"),
    ("GET", "/api/v1/ci_configs/99999999999999999999999"), ("GET", "/api/v1/nothing"), ("GET", "/api/v1/ci/-1/runs"),
])
def test_what_is_not_there_is_404(victim, method, path):
    refused(victim.server.request(method, path.format(ci=victim.id)), 404, 422)


def test_an_unknown_ci_config_is_404(victim):
    refused(victim.server.submit_zip(999999, GOOD, SHA), 404)
    trigger = {"pr_number": 7, "base_branch": "main", "base_sha": SHA, "pr_sha": SHA, "pr_branch": "b"}
    refused(victim.server.request("POST", "/api/v1/ci/999999/trigger", json=trigger), 404)


@pytest.mark.parametrize("path, body", [
    ("/api/v1/data_sources", {}), ("/api/v1/data_sources", []), ("/api/v1/data_sources", "text"),
    ("/api/v1/data_sources", {"name": "x", "type": "abacus", "options": {}}),
    ("/api/v1/data_sources", {"name": "x", "type": "duckdb", "options": {}}),
    ("/api/v1/data_sources", {"name": "x", "type": "pg", "options": {"host": "h", "port": "a", "dbname": "d"}}),
    ("/api/v1/data_sources", {"name": 7, "type": "duckdb", "options": {"path": "x"}}),
    ("/api/v1/ci_configs", {"name": "x"}), ("/api/v1/ci_configs", {"name": "x", "data_source_id": 999999}),
    ("/api/v1/ci_configs", {"name": "x", "data_source_id": "one"}),
    ("/api/v1/ci/{ci}/trigger", {}), ("/api/v1/ci/{ci}/trigger", {"pr_number": "seven"}),
    ("/api/v1/ci/{ci}/trigger", {"pr_number": 7, "base_branch": "main", "base_sha": "HEAD~1", "pr_sha": "HEAD",
                                 "pr_branch": "b"}),
    ("/api/v1/ci/{ci}/7", {"prod": "a"}), ("/api/v1/ci/{ci}/7", [{"prod": 1, "pr": None}]),
    ("/api/v1/datadiffs", {"data_source1_id": 999999}),
])
def test_a_bad_object_is_refused(victim, path, body):
    refused(victim.server.request("POST", path.format(ci=victim.id), json=body), 400, 404, 422)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b'{"name": "' + b"x" * 100, b"[" * 100_000, b"nul"])
def test_json_that_is_none_is_refused(victim, body):
    for path in ("/api/v1/data_sources", f"/api/v1/ci/{victim.id}/trigger", f"/api/v1/ci/{victim.id}/7"):
        answer = victim.server.request("POST", path, data=body, headers={"Content-Type": "application/json"})
        refused(answer, 400, 422)


def test_memory_stays_small_after_a_bomb(victim, sanitized):
    refused(victim.server.submit_zip(victim.id, UPLOADS["a bomb"], SHA), 400, 413, 422)
    if not sanitized:
        assert victim.server.memory_mb() < 400
