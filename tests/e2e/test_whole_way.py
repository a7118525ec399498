"""Uploads of the real client, a run, and a report whose every figure is what SQL says."""
import subprocess

import pytest

import oracle
import servers

KEYED = {"stg_sales": ["sale_id"], "sales": ["sale_id"], "bakery_days": ["bakery_id", "sold_on"],
         "bread_ranking": ["bread_id"], "card_holders": ["card_id"]}


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def finished(request, server):
    build = request.getfixturevalue("bakery" if request.param == "duckdb" else "bakery_pg")
    ci = server.add_ci(build)
    assert "Successfully uploaded the manifest" in ci.upload_base()
    ci.upload_pr()
    run = ci.wait(ci.trigger())
    return ci, run, {m["name"]: m for m in run["models"] if m["resource_type"] == "model"}


def test_the_run_names_what_it_compared(finished):
    ci, run, _ = finished
    build = ci.build
    assert (run["pr_num"], run["pr_branch"], run["base_branch"]) == ("7", "card-discount", "main")
    assert (run["pr_sha"], run["base_sha"]) == (build.pr_sha, build.main_sha)
    for side, sha in (("pr", build.pr_sha), ("base", build.main_sha)):
        chosen = run["artifacts"][side]
        assert (chosen["wanted"], chosen["used"], chosen["step"], chosen["kind"]) == (sha, sha, "exact", "built")
    assert run["warnings"] == []


def test_models_are_listed_with_the_reason(finished):
    _, _, models = finished
    changes = {name: model["change"] for name, model in models.items()}
    edge = {"no_key", "twin_keys", "null_keys", "emptied", "odd_names", "never_diffed", "filtered"}
    assert changes == {"stg_sales": "modified", "sales": "modified", "bread_ranking": "modified",
                       "card_holders": "modified", "regulars": "new", "bakery_days": "downstream",
                       **dict.fromkeys(edge, "modified")}
    assert models["stg_sales"]["reasons"] == ["body"]
    assert models["sales"]["reasons"][0] == "body"
    assert "config.materialized" in models["bread_ranking"]["reasons"]
    assert models["card_holders"]["reasons"] == ["persisted_descriptions"]
    assert models["bakery_days"]["reasons"] == ["model.bakery.sales"]


def test_relations_are_those_that_dbt_built(finished):
    _, _, models = finished
    assert models["sales"]["prod"] == ["bakery", "prod", "sales"]
    assert models["sales"]["pr"] == ["bakery", "pr_7", "sales"]
    assert models["odd_names"]["pr"][-1] == "Odd names"


@pytest.mark.parametrize("name", KEYED)
def test_every_figure_is_what_sql_says(finished, name):
    ci, _, models = finished
    model = models[name]
    expected = ci.build.oracle.summary(model["prod"], model["pr"], KEYED[name])
    oracle.check(model["diff"]["summary"], expected)
    same = expected["values"]["values_with_differences"] == 0 and expected["pks"]["exclusives"] == [0, 0]
    assert model["diff"]["result"] == ("identical" if same else "different")


def test_the_surprises_of_the_change_are_there(finished):
    """Guards the oracle too: these figures were counted once and do not depend on it."""
    _, _, models = finished
    sales = models["sales"]["diff"]["summary"]
    assert sales["pks"]["total_rows"] == [144, 92]
    assert sales["pks"]["exclusives"] == [57, 5]
    assert sales["values"]["rows_with_differences"] == 82
    assert sales["schema"]["exclusive_columns"] == [[], ["discount_percent"]]
    assert sales["schema"]["column_type_differs"] == ["pieces"]
    assert models["bakery_days"]["diff"]["summary"]["pks"]["exclusives"] == [5, 0]
    assert models["card_holders"]["diff"]["result"] == "identical"


@pytest.mark.parametrize("name, result, pks, changed", [
    ("no_key", "missing-pks", {"total_rows": [3, 3], "exclusives": [1, 1]}, None),
    ("twin_keys", "bad-pks", {"total_rows": [3, 4], "nulls": [0, 0], "dupes": [0, 2], "distincts": [3, 3],
                              "exclusives": [0, 1]}, 1),
    ("null_keys", "bad-pks", {"total_rows": [3, 2], "nulls": [2, 1], "dupes": [0, 0], "distincts": [1, 1],
                              "exclusives": [1, 0]}, 1),
    ("emptied", "empty", {"total_rows": [0, 0], "exclusives": [0, 0]}, 0),
    ("odd_names", "different", {"total_rows": [2, 2], "exclusives": [0, 0]}, 1),
    ("filtered", "different", {"total_rows": [2, 2], "exclusives": [0, 0]}, 1),
])
def test_awkward_tables_are_compared_and_said_to_be_so(finished, name, result, pks, changed):
    _, _, models = finished
    diff = models[name]["diff"]
    assert diff["result"] == result
    assert {key: diff["summary"]["pks"][key] for key in pks} == pks
    if changed is not None:
        assert diff["summary"]["values"]["rows_with_differences"] == changed
    if result in ("missing-pks", "bad-pks"):
        assert diff["why"]


def test_settings_of_the_project_are_kept(finished):
    _, _, models = finished
    never = models["never_diffed"]["diff"]
    assert never["result"] == "not_diffed" and never["why"]
    columns = models["filtered"]["diff"]["summary"]["values"]["columns_diff_stats"]
    assert [c["column_name"] for c in columns] == ["word"]


def test_the_comment_has_the_figures_and_no_rows(finished):
    ci, run, _ = finished
    comment = ci.server.request("GET", f"/api/v1/ci/{ci.id}/runs/{run['id']}/report.md")
    assert comment.status_code == 200
    for expected in ("sales", "bakery_days", "57", "82"):
        assert expected in comment.text
    for cell in ("Fenwick", "Cinnamon", "twist"):
        assert cell not in comment.text and cell not in str(run)


def test_a_diff_of_the_run_can_be_asked_for_by_itself(finished):
    ci, _, models = finished
    diff = models["sales"]["diff"]
    answer = ci.server.get(f"/api/v1/datadiffs/{diff['id']}/summary_results")
    assert answer["status"] == "success"
    for part in ("pks", "values", "schema"):
        assert answer[part] == diff["summary"][part]


def test_the_command_line_prints_the_report(finished):
    ci, run, _ = finished
    done = subprocess.run([ci.server.binary, "ci", "report", "--ci-config-id", str(ci.id), "--run-id", str(run["id"])],
                          env={"DATAFOLD_HOST": ci.server.url, "DATAFOLD_API_KEY": ci.server.key},
                          capture_output=True, text=True, timeout=60)
    assert "sales" in done.stdout and "57" in done.stdout, done.stdout + done.stderr
    assert "\x1b[" not in done.stdout  # no terminal, no colour


def test_the_page_shows_the_figures_and_runs_nothing(finished):
    ci, run, _ = finished
    page = ci.server.request("GET", f"/ci/{ci.id}/runs/{run['id']}")
    assert page.status_code == 200 and "bakery_days" in page.text and "57" in page.text
    assert "Fenwick" not in page.text and "<script" not in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_a_locked_duckdb_file_is_named_and_the_run_goes_on(server, bakery, tmp_path):
    """A DuckDB file that another process writes cannot be read; the report says so, and the run still ends."""
    import shutil
    import sys
    path = tmp_path / "bakery.duckdb"
    shutil.copy(bakery.data_source["options"]["path"], path)
    holder = subprocess.Popen([sys.executable, "-c", "import duckdb, sys; c = duckdb.connect(sys.argv[1]); "
                               "print('held', flush=True); sys.stdin.read()", path], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout.readline() == "held\n"
        source = server.post("/api/v1/data_sources", {"name": "held", "type": "duckdb", "options": {"path": str(path)}})
        config = server.post("/api/v1/ci_configs", {"name": "held", "data_source_id": source["id"]})
        ci = servers.Ci(server, config["id"], source["id"], bakery)
        ci.upload_base()
        ci.upload_pr()
        run = ci.wait(ci.trigger())
        sales = next(m for m in run["models"] if m["name"] == "sales")
        assert sales["diff"]["result"] == "error"
        assert "lock" in sales["diff"]["why"].lower() or "process" in sales["diff"]["why"].lower()
    finally:
        holder.communicate("")
