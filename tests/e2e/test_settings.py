"""Data sources and CI configs over HTTP, and the secrets in them."""
import pathlib
import re
import subprocess

import pytest

import servers


@pytest.fixture
def source(server, bakery):
    return server.post("/api/v1/data_sources", bakery.data_source)


def test_a_ci_config_has_the_documented_defaults(server, source):
    made = server.post("/api/v1/ci_configs", {"name": "defaults", "data_source_id": source["id"]})
    read = server.get(f"/api/v1/ci_configs/{made['id']}")
    assert read == made
    assert (read["primary_key_tag"], read["base_strategy"], read["slim_diff"]) == ("primary-key", "merge_base", False)
    assert read["fail_on_key_issues"] is False and read["fail_on_errors"] is True


def test_a_ci_config_is_changed_and_removed(server, source):
    made = server.post("/api/v1/ci_configs", {"name": "a", "data_source_id": source["id"]})
    path = f"/api/v1/ci_configs/{made['id']}"
    assert server.request("PATCH", path, json={"slim_diff": True}).status_code == 200
    changed = server.get(path)
    assert changed["slim_diff"] is True and changed["name"] == "a"
    assert server.request("DELETE", path).status_code in (200, 204)
    assert server.request("GET", path).status_code == 404


def test_slim_diff_leaves_downstream_models_undiffed(server, bakery):
    ci = server.add_ci(bakery, slim_diff=True)
    ci.upload_base()
    ci.upload_pr()
    models = {m["name"]: m for m in ci.wait(ci.trigger())["models"]}
    assert models["sales"]["diff"]["result"] == "different"
    assert models["bakery_days"]["diff"]["result"] == "not_diffed"


def test_columns_to_ignore_are_not_compared(server, bakery):
    ci = server.add_ci(bakery, columns_to_ignore=["amou*", "sale_id"])
    ci.upload_base()
    ci.upload_pr()
    sales = next(m for m in ci.wait(ci.trigger())["models"] if m["name"] == "sales")
    assert sales["diff"]["summary"]["pks"]["exclusives"] == [57, 5]  # keys stay
    assert sales["diff"]["summary"]["values"]["rows_with_differences"] == 0


SECRETS = ["pw-7f3a9c-database", "ghp-51be22-token", "hook-0d44e1-secret"]


def test_secrets_never_come_back(own_server):
    server = own_server
    source = {"name": "warehouse", "type": "pg", "options": {"host": "127.0.0.1", "port": 1, "user": "baker",
                                                             "password": SECRETS[0], "dbname": "bakery"}}
    made = server.request("POST", "/api/v1/data_sources", json=source)
    config = {"name": "bakery", "data_source_id": made.json()["id"],
              "repository": {"provider": "github", "url": "https://github.example", "name": "twill/bakery",
                             "token": SECRETS[1], "webhook_secret": SECRETS[2]}}
    answers = [made, server.request("POST", "/api/v1/ci_configs", json=config)]
    ci_path = f"/api/v1/ci_configs/{answers[1].json()['id']}"
    answers += [server.request("PATCH", ci_path, json={"name": "renamed"}),
                server.request("GET", ci_path), server.request("GET", "/api/v1/ci_configs"),
                server.request("GET", "/api/v1/data_sources")]
    job = server.post(f"/api/v1/data_sources/{made.json()['id']}/test", {})["job_id"]
    answers.append(server.request("GET", f"/api/v1/data_sources/test/{job}"))
    wrong = {**source, "type": "abacus"}
    answers.append(server.request("POST", "/api/v1/data_sources", json=wrong))
    assert answers[-1].status_code in (400, 422)
    server.request("GET", "/api/v1/data_sources", key="not-" + SECRETS[1])
    assert server.stop() == 0
    told = "\n".join(answer.text for answer in answers) + server.log.read_text()
    for secret in [*SECRETS, server.key]:
        assert secret not in told
    # Nor are they on disk as they are.
    for file in pathlib.Path(server.data_dir).rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert not [s for s in [*SECRETS, server.key] if s.encode() in content], file


def test_a_first_key_is_made_and_printed_once(binary, tmp_path):
    """Without VERNIER_BOOTSTRAP_KEY a new data folder gets a key of its own."""
    server = servers.Server(binary, tmp_path / "keyless")
    server.key = None
    server.start()
    server.stop()
    first = server.log.read_text()
    server.log.unlink()
    server.start()
    accepted = [key for key in set(re.findall(r"[A-Za-z0-9_-]{20,}", first))
                if server.request("GET", "/api/v1/organization/meta", key=key).status_code == 200]
    server.stop()
    assert len(accepted) == 1, first
    assert accepted[0] not in server.log.read_text()


CONFIG = """
data_sources:
  - name: warehouse
    type: pg
    options: {host: localhost, port: 1, dbname: shop, user: vernier, password: "env:SHOP_PASSWORD"}
ci_configs:
  - name: shop
    data_source: warehouse
    slim_diff: %s
    columns_to_ignore: ["_loaded_*"]
"""


def test_a_config_file_makes_and_updates_by_name(binary, tmp_path):
    file = tmp_path / "vernier.yml"
    own = servers.Server(binary, tmp_path / "server")
    own.options = ["--config", file]
    own.environment = {"SHOP_PASSWORD": "hunter2-from-env"}
    for slim_diff in ("false", "true"):
        file.write_text(CONFIG % slim_diff)
        own.start()
        config, = own.get("/api/v1/ci_configs")
        source, = own.get("/api/v1/data_sources")
        assert (config["name"], config["slim_diff"]) == ("shop", slim_diff == "true")
        assert config["data_source_id"] == source["id"]
        assert config["columns_to_ignore"] == ["_loaded_*"]
        assert "hunter2" not in str(source) and source["options"]["dbname"] == "shop"
        assert own.stop() == 0
    assert b"hunter2-from-env" not in b"".join(p.read_bytes() for p in own.data_dir.rglob("*") if p.is_file())


@pytest.mark.parametrize("text, words", [
    ("data_source: []", "data_source"), ("ci_configs: [{name: x, data_source: nowhere}]", "nowhere"),
    ("data_sources: [{name: x, type: oracle, options: {}}]", "oracle"), ("a: [", "not YAML"),
    ("data_sources: [{name: x, type: pg, options: {dbname: d, password: 'env:NOT_SET_AT_ALL'}}]", "NOT_SET_AT_ALL"),
])
def test_a_wrong_config_file_is_refused_before_serving(binary, tmp_path, text, words):
    (tmp_path / "vernier.yml").write_text(text)
    done = subprocess.run([binary, "serve", "--data-dir", tmp_path / "data", "--listen", "127.0.0.1:0", "--config",
                           tmp_path / "vernier.yml"], capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode in (1, 2) and words in done.stderr, done.stderr
