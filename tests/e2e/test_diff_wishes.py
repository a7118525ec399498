"""What a data diff can be asked for beside keys and filters: which rows, what is equal, which files and sessions."""
import subprocess

import duckdb
import pytest
from test_datadiffs import MANY, SALES, finished, guess, ordered, source, tables

EVENTS = ("create table a as select i as id, timestamp '2026-01-01' + interval (i) hour as made, i as v, [i, 0] as tags"
          " from range(240) t(i)",
          "create table b as select case when id = 7 then 8 else id end as id, made,"
          " case when id % 24 = 5 then v + 1 else v end as v, [0, id] as tags from a where id <> 100")


def test_keys_in_several_rows_are_left_out_where_that_is_asked_for(server, tables):
    source = tables(*EVENTS)
    order = dict(table1=["a"], table2=["b"], pk_columns=["id"], exclude_columns=["tags"])
    figures, diff = finished(server, source, **order, compare_duplicates=False)
    assert figures["pks"]["dupes"] == [0, 2] and figures["pks"]["left_out"] == [1, 2]
    assert figures["pks"]["exclusives"] == [2, 0] and figures["values"]["rows_with_differences"] == 10
    told = server.get(f"/api/v1/datadiffs/{diff}/summary")
    assert "1 rows of production and 2 of the pull request were left out" in told["feedback"]
    assert told["compare_duplicates"] is False
    answer = ordered(server, source, **order, compare_duplicates=False, sampling_ratio=0.5)
    assert answer.status_code == 400 and "leave out either" in answer.text


def test_an_interval_of_time_is_compared_and_spread_over_days(server, tables):
    source = tables(*EVENTS)
    order = dict(table1=["a"], table2=["b"], pk_columns=["id"], exclude_columns=["tags"], filter1="id <> 7",
                 filter2="made <> timestamp '2026-01-01 07:00:00'", time_column="made")
    figures, diff = finished(server, source, **order, time_interval_start="2026-01-02T00:00:00Z",
                             time_interval_end="2026-01-06T02:00:00+02:00", time_aggregate="day")
    assert figures["pks"]["total_rows"] == [96, 95]
    assert figures["timeline"]["time_aggregate"] == "day"
    names = ("start", "rows", "removed", "added", "changed")
    assert [tuple(bucket[name] for name in names) for bucket in figures["timeline"]["buckets"]] == [
        ("2026-01-02 00:00:00", [24, 24], 0, 0, 1), ("2026-01-03 00:00:00", [24, 24], 0, 0, 1),
        ("2026-01-04 00:00:00", [24, 24], 0, 0, 1), ("2026-01-05 00:00:00", [24, 23], 1, 0, 1)]
    assert server.get(f"/api/v1/datadiffs/{diff}")["time_interval_end"] == "2026-01-06 00:00:00"
    assert len(finished(server, source, **order)[0]["timeline"]["buckets"]) == 10


def test_rules_and_lists_in_any_order_are_equal(server, tables):
    source = tables(*EVENTS)
    order = dict(table1=["a"], table2=["b"], pk_columns=["id"], filter1="id <> 7", filter2="id not in (7, 8)",
                 columns_to_compare=["v", "tags"])
    assert finished(server, source, **order)[0]["values"]["values_with_differences"] > 200
    figures, _ = finished(server, source, **order, sort_array_columns=True)
    assert figures["values"]["values_with_differences"] == 10
    rules = [{"column": "v", "equal_if": "{b} - {a} = 1 and {a} < 100"}]
    figures, diff = finished(server, source, **order, sort_array_columns=True, column_rules=rules)
    assert figures["values"]["values_with_differences"] == 6  # the four below 100 are equal
    assert "Values of v count as equal also where {b} - {a} = 1" in server.get(
        f"/api/v1/datadiffs/{diff}/summary")["feedback"]


def test_samples_are_limited_by_column(server, tables):
    source = tables(*MANY)
    _, diff = finished(server, source, table1=["a"], table2=["b"], pk_columns=["id"], per_column_diff_limit=3)
    shown = server.get(f"/api/v1/datadiffs/{diff}/results", params={"kind": "changed"})
    assert (shown["total"], shown["stored"]) == (22000, 6)


def test_sessions_of_postgresql_take_parameters(server, source, bakery_pg):
    own = server.post("/api/v1/data_sources", bakery_pg.data_source)
    order = dict(pk_columns=["sale_id"], table1=["sales"], table2=["pr_7", "sales"])
    figures, _ = finished(server, own, **order,
                          data_source1_session_parameters={"search_path": "prod", "work_mem": "8MB"})
    assert figures["pks"]["exclusives"] == [57, 5]
    figures, _ = finished(server, own, **order, data_source2_session_parameters={
        "search_path": "prod", "statement_timeout": 1}, filter1="pg_sleep(1) is not null")
    assert "ran out of time" in figures["error"]["error_value"] or "timeout" in figures["error"]["error_value"]
    answer = ordered(server, source, **SALES, data_source1_session_parameters={"work_mem": "8MB"})
    assert answer.status_code == 400 and "only sessions of PostgreSQL" in answer.text


def test_files_are_compared_that_lie_in_the_folder_of_the_data_source(server, tmp_path):
    folder = tmp_path / "export"
    folder.mkdir()
    for name, rows in (("old.csv", 9), ("new.csv", 10)):
        (folder / name).write_text("id,v\n" + "".join(f"{i},{i}\n" for i in range(rows)))
    secret = tmp_path / "secret.csv"
    secret.write_text("id,v\n1,1\n")
    (folder / "link.csv").symlink_to(secret)
    files = server.post("/api/v1/data_sources", {"name": "export", "type": "csv",
                                                 "options": {"path": str(folder / "*.csv")}})
    options = {"file1_options": {"file_type": "csv", "delimiter": None}, "file2_options": {"file_type": "csv"}}
    figures, _ = finished(server, files, file1=str(folder / "old.csv"), file2="new.csv", pk_columns=["id"], **options)
    assert figures["pks"]["exclusives"] == [0, 1]
    for wrong in (str(secret), "../secret.csv", "link.csv", "none.csv", "/etc/passwd"):
        answer = ordered(server, files, file1=wrong, file2="new.csv", pk_columns=["id"])
        assert answer.status_code in (400, 404) and "`file1`: there is no such file" in answer.text, answer.text
    answer = ordered(server, files, file1="old.csv", file1_options={"file_type": "parquet"}, file2="new.csv")
    assert answer.status_code == 400 and "of type csv, not parquet" in answer.text


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_files_can_be_looked_at(server, tmp_path, kind):
    folder = tmp_path / "export"
    folder.mkdir()
    (tmp_path / "secret.csv").write_text("id,v\n1,1\n")
    for name, since in (("old", 0), ("new", 50)):
        duckdb.sql(f"copy (select i // 2 as a, i % 2 as b, 'x' || i as v from range({since}, {since + 100}) t(i)) "
                   f"to '{folder}/{name}.{kind}'")
    source = server.post("/api/v1/data_sources", {"name": f"{kind} export", "type": kind,
                                                  "options": {"path": f"{folder}/*.{kind}"}})
    path = f"/api/v1/data_sources/{source['id']}"
    test = server.post(f"{path}/test", {})
    steps = server.get(f"/api/v1/data_sources/test/{test['job_id']}")["results"]
    assert [step["result"]["code"] for step in steps] == ["ok", "ok"]
    task = server.post(f"{path}/dataset_schema", {"table": ["files"]})
    schema = server.get(f"{path}/dataset_schema/{task['task_id']}")["result"]
    assert [column["name"] for column in schema["columns"]] == ["a", "b", "v"]
    assert guess(server, source, table=["files"])["candidates"] == []
    assert server.post(f"{path}/query", {"query": "select count(*) as n from files"})["rows"] == [{"n": "200"}]
    for query in (f"select * from '{tmp_path}/secret.csv'", "select * from read_text('/etc/passwd')"):
        answer = server.request("POST", f"{path}/query", json={"query": query})
        assert answer.status_code == 400 and "ermission" in answer.text, answer.text
    figures, _ = finished(server, source, file1=f"old.{kind}", file2=f"new.{kind}", infer_pk=True)
    assert figures["pks"]["exclusives"] == [50, 50]
    answer = server.request("POST", "/api/v1/ci_configs", json={"name": "c", "data_source_id": source["id"]})
    assert answer.status_code == 400 and "are in a database" in answer.text, answer.text


def test_the_command_line_chooses_rows(binary, tables, tmp_path):
    tables(*EVENTS)
    url = f"duckdb://{tmp_path}/own.duckdb"

    def compare(*options):
        done = subprocess.run([binary, "diff", "tables", url, "a", url, "b", "-k", "id", *options],
                              capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stdout + done.stderr
    code, said = compare("--skip-duplicates", "--sort-arrays")
    assert code == 1 and "were left out of the comparison" in said
    days = ("--time-column", "made", "--since", "2026-01-02", "--until", "2026-01-04")
    code, said = compare(*days, "--sort-arrays", "--time-aggregate", "day")
    assert code == 1 and "made by day" in said and "2026-01-03" in said
    assert compare(*days, "--sort-arrays", "--equal-if", "v={b} = {a} + 1")[0] == 0
    code, said = compare("--since", "2026-01-02")
    assert code == 2 and "need a --time-column" in said
    code, said = compare("--time-column", "made", "--since", "soon")
    assert code == 2 and "no date or time of ISO 8601" in said
