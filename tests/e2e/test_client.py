"""The unmodified client, command by command."""
import json
import re
import shutil
import time

import builds


def test_an_upload_can_be_checked(ci):
    def check(sha, run_type="production"):
        return ci.server.client("dbt", "check-post-upload-dbt-artifacts", "--ci-config-id", str(ci.id), "--run-type",
                                run_type, "--branch", "main", "--commit-sha", sha)
    assert "Cannot find dbt artifacts" in check(ci.build.main_sha)
    ci.upload_base()
    assert "Dbt artifacts exist" in check(ci.build.main_sha)
    assert "Cannot find dbt artifacts" in check(ci.build.main_sha, "pull_request")
    assert "Cannot find dbt artifacts" in check(ci.build.pr_sha)


def test_the_client_finds_the_commit_by_itself(ci):
    """Without --commit-sha the client asks git in the target folder."""
    ci.server.client("dbt", "upload", "--ci-config-id", str(ci.id), "--run-type", "production", "--target-folder",
                     str(ci.build.main_target))
    assert [u["commit_sha"] for u in ci.artifacts()] == [ci.build.main_sha]


def test_upload_and_wait_ends_when_the_run_is_done(ci):
    ci.upload_base()
    run_id = ci.trigger()
    out = ci.upload("pull_request", ci.build.pr_sha, ci.build.pr_target, wait=True)
    assert re.search(rf"Run #{run_id}, PR 7: done", out)


def test_upload_and_wait_fails_with_a_cancelled_run(ci):
    ci.trigger()
    ci.trigger(pr_sha="1" * 40)
    out = ci.server.client("dbt", "upload-and-wait", "--ci-config-id", str(ci.id), "--run-type", "pull_request",
                           "--target-folder", str(ci.build.pr_target), "--commit-sha", ci.build.pr_sha, expected=1)
    assert "cancelled" in out


def test_primary_keys_are_checked(ci):
    out = ci.server.client("dbt", "check-primary-keys", "--ci-config-id", str(ci.id),
                           str(ci.build.main_target / "manifest.json"))
    assert re.search(r"bakery\.marts\.sales +sale_id +models/marts/sales\.sql", out), out
    assert re.search(r"bakery\.marts\.bakery_days +bakery_id, sold_on +models", out), out
    assert re.search(r"bakery\.edge\.no_key +models.* no primary key", out), out


def test_primary_keys_are_answered_field_by_field(ci):
    manifest = (ci.build.main_target / "manifest.json").read_bytes()
    answer = ci.server.request("POST", f"/api/internal/ci/{ci.id}/check_pks_in_dbt_manifest", data=manifest)
    assert answer.status_code == 200, answer.text
    keys = {row["dbt_fqn"][-1]: row["dbt_pks"] for row in answer.json()}
    assert keys["sales"] == ["sale_id"]
    assert keys["bakery_days"] == ["bakery_id", "sold_on"]
    assert keys["bread_ranking"] == ["bread_id"]  # of a uniqueness test
    assert keys["bread_prices"] == ["bread_id"]  # of a column's meta
    fields = {"source", "sql_table", "sql_pks", "dbt_fqn", "dbt_pks", "dbt_original_file_path", "dbt_patch_path",
              "warnings"}
    assert all(set(row) == fields for row in answer.json())


def test_diffs_of_ones_own_can_be_submitted(ci):
    def submit(pr_num):
        return ci.server.client("ci", "submit", "--ci-config-id", str(ci.id), "--pr-num", str(pr_num),
                                stdin=json.dumps([{"prod": "bakery.prod.sales", "pr": "bakery.pr_7.sales",
                                                   "pk": ["sale_id"], "exclude_columns": ["amount"]}]))
    assert "Could not find an active job" in submit(7)
    run_id = ci.trigger()
    assert f"Successfully started a diff under Run ID {run_id}" in submit(7)
    run = ci.wait(run_id)
    sales, = run["models"]
    assert sales["diff"]["summary"]["pks"]["exclusives"] == [57, 5]
    assert sales["diff"]["summary"]["values"]["rows_with_differences"] == 0  # amount was left out


def test_runs_are_listed_as_the_client_reads_them(ci):
    first = ci.trigger()
    second = ci.trigger()
    listed = ci.server.get(f"/api/v1/ci/{ci.id}/runs", params={"pr_sha": ci.build.pr_sha})
    assert [run["id"] for run in listed] == [second, first]
    assert listed[0]["pr_num"] == "7"  # a string: the client refuses a number
    assert {"base_branch", "base_sha", "pr_branch", "pr_sha", "status", "source"} <= set(listed[0])
    assert [run["id"] for run in ci.server.get(f"/api/v1/ci/{ci.id}/runs", params={"limit": 1})] == [second]
    assert [run["id"] for run in ci.server.get(f"/api/v1/ci/{ci.id}/runs", params={"offset": 1})] == [first]
    assert ci.server.get(f"/api/v1/ci/{ci.id}/runs", params={"pr_num": "99"}) == []


def test_diff_dbt_compares_what_dbt_just_built(server, bakery, tmp_path):
    """Its own copy of project and database: dbt writes while the shared server reads."""
    checkout = tmp_path / "checkout"
    shutil.copytree(bakery.pr_checkout, checkout, ignore=shutil.ignore_patterns(".git", "logs"))
    database = tmp_path / "bakery.duckdb"
    shutil.copy(bakery.data_source["options"]["path"], database)
    # An exposure's status is "no-op", which the client cannot read; `run` builds models alone.
    builds.dbt(checkout, {**bakery.environment, "BAKERY_DB": str(database)}, "run", "--target", "pr", "--select",
               "sales", "card_holders", "regulars")
    # The client's reader wants this key in every node; dbt writes it for tests alone.
    production = tmp_path / "production.json"
    own = checkout / "target/manifest.json"
    for given, written in ((own, own), (bakery.main_target / "manifest.json", production)):
        manifest = json.loads(given.read_text())
        for node in manifest["nodes"].values():
            node.setdefault("test_metadata", None)
        written.write_text(json.dumps(manifest))
    source = server.post("/api/v1/data_sources",
                         {"name": "copy", "type": "duckdb", "options": {"path": str(database)}})
    with open(checkout / "dbt_project.yml", "a", encoding="utf-8") as project:
        project.write("\nvars:\n  data_diff: {prod_database: bakery, prod_schema: prod, "
                      f"datasource_id: {source['id']}}}\n")
    out = server.client("diff", "dbt", "--state", str(production), "--dbt-project-dir", str(checkout), cwd=checkout)
    compact = re.sub(r"\s+", " ", out)
    assert "New model: nothing to diff!" in compact  # regulars
    assert "No row differences" in compact  # card_holders
    for expected in ("Columns added [+1]: {'discount_percent'}", "Type changed [1]: ['pieces']", "Added +5",
                     "Removed -57", "Different 82", "Unchanged 5"):
        assert expected in compact, out


def test_the_organization_and_data_sources_are_told(ci):
    meta = ci.server.get("/api/v1/organization/meta")
    assert isinstance(meta["org_id"], int) and isinstance(meta["user_id"], int) and isinstance(meta["org_name"], str)
    source = next(s for s in ci.server.get("/api/v1/data_sources") if s["id"] == ci.data_source_id)
    assert (source["name"], source["type"]) == ("bakery", "duckdb")


def test_a_data_source_can_be_tested(server, bakery):
    def outcome(source):
        job = server.post(f"/api/v1/data_sources/{source['id']}/test", {})["job_id"]
        for _ in range(100):
            results = server.get(f"/api/v1/data_sources/test/{job}")["results"]
            if results and all(step["result"] for step in results):
                return {step["result"]["code"].lower() for step in results}
            time.sleep(0.1)
        raise AssertionError(f"the test does not end: {results}")
    good = server.post("/api/v1/data_sources", bakery.data_source)
    absent = server.post("/api/v1/data_sources", {"name": "absent", "type": "duckdb",
                                                  "options": {"path": "/nowhere/bakery.duckdb"}})
    assert outcome(good) == {"ok"}
    assert "error" in outcome(absent)


def test_a_clients_log_is_taken_quickly(server):
    """The client waits for this call at the end of every command."""
    began = time.monotonic()
    answer = server.request("POST", "/api/internal/sdk/log", json={"hostname": "h", "service": "datafold-sdk",
                                                                   "logs": [{"message": "m"}]})
    assert answer.status_code == 200 and time.monotonic() - began < 1
