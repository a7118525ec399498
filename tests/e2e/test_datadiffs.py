"""Data diffs that are ordered by themselves, and what a data source can be asked beside, over plain HTTP."""
import concurrent.futures
import subprocess
import time

import duckdb
import pytest


@pytest.fixture(scope="module")
def source(server, bakery):
    return server.post("/api/v1/data_sources", bakery.data_source)


def ordered(server, source, **fields):
    return server.request("POST", "/api/v1/datadiffs", json={
        "data_source1_id": source["id"], "data_source2_id": source["id"], **fields})


def finished(server, source, **fields):
    """The figures of a diff, and its id."""
    answer = ordered(server, source, **fields)
    assert answer.status_code == 200, answer.text
    return wait(server, answer.json()["id"]), answer.json()["id"]


def wait(server, diff_id, seconds=60):
    deadline = time.monotonic() + seconds
    while True:
        figures = server.get(f"/api/v1/datadiffs/{diff_id}/summary_results")
        if figures["status"] in ("success", "failed"):
            return figures
        assert time.monotonic() < deadline, figures
        time.sleep(0.05)


SALES = {"table1": ["prod", "sales"], "table2": ["pr_7", "sales"], "pk_columns": ["sale_id"]}


@pytest.fixture(scope="module")
def sales_diff(server, source):
    return finished(server, source, **SALES)[1]


@pytest.fixture
def tables(server, tmp_path):
    """Makes a data source of a fresh DuckDB file."""
    def make(*statements):
        path = tmp_path / "own.duckdb"
        with duckdb.connect(path) as database:
            for statement in statements:
                database.execute(statement)
        return server.post("/api/v1/data_sources", {"name": "own", "type": "duckdb", "options": {"path": str(path)}})
    return make


@pytest.mark.parametrize("kind, total, sides", [("changed", 82, {"prod", "pr"}), ("removed", 57, {"prod"}),
                                                ("added", 5, {"pr"})])
def test_rows_are_shown_by_page(server, sales_diff, kind, total, sides):
    def page(**query):
        return server.get(f"/api/v1/datadiffs/{sales_diff}/results", params={"kind": kind, **query})
    whole = page()
    assert (whole["total"], whole["stored"], len(whole["rows"])) == (total, total, total)
    for row in whole["rows"]:
        assert set(row) == {"key", *sides} and list(row["key"]) == ["sale_id"]
    assert page(offset=2, limit=2)["rows"] == whole["rows"][2:4]
    assert page(offset=1000)["rows"] == []
    if kind == "changed":
        assert all(row["prod"] != row["pr"] for row in whole["rows"])


def test_only_samples_are_kept_and_that_is_said(server, tables):
    source = tables("create table a as select i as id, 1 as x from range(300) t(i)",
                    "create table b as select id, 2 as x from a")
    _, diff = finished(server, source, table1=["a"], table2=["b"], pk_columns=["id"])
    shown = server.get(f"/api/v1/datadiffs/{diff}/results", params={"kind": "changed", "limit": 1000})
    assert (shown["total"], shown["stored"], len(shown["rows"])) == (300, 100, 100)
    assert "100 of 300" in shown["note"]
    assert shown["rows"][0] == {"key": {"id": "0"}, "prod": {"x": "1"}, "pr": {"x": "2"}}


@pytest.mark.parametrize("query", [{}, {"kind": "odd"}, {"kind": "added", "limit": 0}, {"kind": "added", "offset": -1}])
def test_wrong_pages_are_refused(server, sales_diff, query):
    assert server.request("GET", f"/api/v1/datadiffs/{sales_diff}/results", params=query).status_code == 400


def test_a_failed_diff_has_no_rows(server, source):
    _, diff = finished(server, source, **{**SALES, "table1": ["prod", "nowhere"]})
    answer = server.request("GET", f"/api/v1/datadiffs/{diff}/results", params={"kind": "added"})
    assert answer.status_code == 409 and "nowhere" in answer.json()["detail"]


def test_diffs_are_listed_by_page(own_server, bakery):
    source = own_server.post("/api/v1/data_sources", bakery.data_source)
    ids = [finished(own_server, source, **SALES)[1] for _ in range(3)]

    def page(**query):
        listed = own_server.get("/api/v1/datadiffs", params=query)
        assert listed["count"] == 3
        return [diff["id"] for diff in listed["results"]]
    assert page() == ids[::-1]
    assert page(order="asc", page_size=2) == ids[:2]
    assert page(order="asc", page_size=2, page=2) == ids[2:]
    assert own_server.get("/api/v1/datadiffs")["results"][0]["result"] == "different"
    for wrong in ({"page": 0}, {"page_size": 101}, {"order": "name"}):
        assert own_server.request("GET", "/api/v1/datadiffs", params=wrong).status_code == 400


def test_a_running_diff_is_cancelled_at_once(server, tables):
    source = tables("create view slow as select i as id, sum(i * j) as x from range(100000) a(i), range(1000000) b(j)"
                    " group by 1")
    diff = ordered(server, source, table1=["slow"], table2=["slow"], pk_columns=["id"]).json()["id"]
    deadline = time.monotonic() + 20
    while server.get(f"/api/v1/datadiffs/{diff}")["status"] == "waiting":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(0.5)
    assert server.post(f"/api/v1/datadiffs/{diff}/cancel", {})["status"] == "cancelled"
    before = server.cpu_seconds()
    time.sleep(1)
    assert server.cpu_seconds() - before < 0.5, "the database goes on"
    told = server.get(f"/api/v1/datadiffs/{diff}/summary")
    assert (told["status"], told["done"], told["error"]) == ("cancelled", True, "the diff was cancelled")
    assert wait(server, diff)["status"] == "failed"


def test_a_diff_that_has_ended_is_not_cancelled(server, sales_diff):
    assert server.post(f"/api/v1/datadiffs/{sales_diff}/cancel", {})["status"] == "done"
    assert server.request("POST", "/api/v1/datadiffs/987654/cancel", json={}).status_code == 404


@pytest.mark.parametrize("field, value", [("file1", "s3://bucket/a.csv"), ("time_travel_point1", "-1"),
                                          ("column_rules", [{"column": "a", "equal_if": "b"}]),
                                          ("surprise", 1), ("materialize_dataset1", True),
                                          ("data_source1_session_parameters", {"timezone": "Asia/Tokyo"}),
                                          ("per_column_diff_limit", -1),
                                          ("columns_to_compare", "amount"), ("infer_pk", "yes"),
                                          ("sampling_ratio", 1.5), ("sampling_ratio", "half"),
                                          ("table_modifiers", ["odd"])])
def test_fields_without_support_are_refused_by_name(server, source, field, value):
    answer = ordered(server, source, **SALES, **{field: value})
    assert answer.status_code == 422, answer.text
    assert [problem["loc"] for problem in answer.json()["detail"]] == [["body", field]]


def test_refusals_say_why(server, source):
    answer = ordered(server, source, **SALES, time_travel_point2=-130, materialize_dataset2=True)
    told = {problem["loc"][-1]: problem["msg"] for problem in answer.json()["detail"]}
    assert "as it was" in told["time_travel_point2"] and "read-only" in told["materialize_dataset2"]
    nothing = dict(time_travel_point1=None, materialize_dataset1=False, materialize_without_sampling=False)
    assert ordered(server, source, **SALES, **nothing).status_code == 200


MANY = ("create table a as select i as id, i % 50 as kind, i as x, 'Word' as word from range(40000) t(i)",
        "create table b as select id, kind, case when id % 20 = 3 then x + 1 else x end as x, "
        "case when id % 2 = 0 then 'word' else word end as word from a")


def holds(interval, figure):
    return interval[0] <= figure <= interval[1]


def test_a_sample_gives_estimates_with_intervals(server, tables):
    source = tables(*MANY)
    figures, diff = finished(server, source, table1=["a"], table2=["b"], pk_columns=["id"],
                             sampling_max_rows=4000, sampling_confidence=99.9, columns_to_compare=["x"])
    sampling = figures["sampling"]
    assert sampling["confidence"] == 99.9 and abs(sampling["ratio"] - 0.1) < 1e-9
    assert 3500 < sampling["rows"][0] == sampling["rows"][1] < 4500
    assert holds(sampling["rows_with_differences"], 2000)
    assert sampling["rows_with_differences"] != [2000, 2000]
    x, = figures["values"]["columns_diff_stats"]
    assert x["values_different_estimate"] == x["values_different"]
    assert holds(sampling["values_different"][0], x["values_different"])
    assert figures["pks"]["total_rows"] == [40000, 40000]
    told = server.get(f"/api/v1/datadiffs/{diff}")
    assert told["diff_stats"]["sampled"] is True and told["sampling_max_rows"] == 4000
    assert "A sample was compared" in server.get(f"/api/v1/datadiffs/{diff}/summary")["feedback"]


def test_an_equal_sample_is_not_called_more_than_that(server, tables):
    source = tables(MANY[0], "create table b as from a")
    _, diff = finished(server, source, table1=["a"], table2=["b"], pk_columns=["id"], sampling_ratio=0.05)
    told = server.get(f"/api/v1/datadiffs/{diff}/summary")
    assert (told["result"], told["diff_stats"]["sampled"]) == ("identical", True)
    assert "The sample shows no difference: with 99 % confidence, at most" in told["feedback"]


def test_what_is_below_the_threshold_is_looked_at_whole(server, tables):
    source = tables(*MANY)
    figures, diff = finished(server, source, table1=["a"], table2=["b"], pk_columns=["id"], sampling_ratio=0.1,
                             sampling_threshold=50000)
    assert "sampling" not in figures
    assert server.get(f"/api/v1/datadiffs/{diff}")["diff_stats"]["sampled"] is False


def test_profiles_show_both_sides(server, tables):
    source = tables(*MANY)
    figures, _ = finished(server, source, table1=["a"], table2=["b"], pk_columns=["id"], run_profiles=True)
    profiles = {profile["column_name"]: profile for profile in figures["profiles"]}
    assert set(profiles) == {"kind", "x", "word"}
    assert profiles["kind"]["distincts"] == [50, 50] and profiles["kind"]["min"] == ["0", "0"]
    assert profiles["word"]["top_values"] == [{"value": "Word", "rows": [40000, 20000]},
                                              {"value": "word", "rows": [0, 20000]}]
    assert [sum(bucket["rows"][side] for bucket in profiles["x"]["histogram"]) for side in (0, 1)] == [40000, 40000]


def test_table_modifiers_say_which_texts_are_equal(server, tables):
    source = tables("create table a as select 1 as id, 'Ärger' as word, '' as note",
                    "create table b as select 1 as id, 'ÄRGER' as word, null::varchar as note")
    order = dict(table1=["a"], table2=["b"], pk_columns=["id"])
    assert finished(server, source, **order)[0]["values"]["values_with_differences"] == 2
    modifiers = ["case_insensitive_strings", "null_equals_empty_string"]
    assert finished(server, source, **order, table_modifiers=modifiers)[0]["values"]["values_with_differences"] == 0


def test_a_key_is_found_where_that_is_asked_for(server, tables):
    source = tables(*MANY)
    figures, diff = finished(server, source, table1=["a"], table2=["b"], infer_pk=True)
    told = server.get(f"/api/v1/datadiffs/{diff}")
    assert told["pk_columns"] == ["id"]
    assert figures["values"]["total_rows"] == 40000
    assert "The key id was found" in server.get(f"/api/v1/datadiffs/{diff}/summary")["feedback"]
    answer = ordered(server, source, query1="select 1 as x", query2="select 1 as x", infer_pk=True)
    assert answer.status_code == 400 and "infer_pk" in answer.text


def test_columns_to_compare_are_those_to_include(server, source):
    figures, _ = finished(server, source, **SALES, columns_to_compare=["amount"], compare_duplicates=True)
    assert [column["column_name"] for column in figures["values"]["columns_diff_stats"]] == ["amount"]


def test_fields_without_effect_are_named(server, source):
    answer = ordered(server, source, **SALES, tags=["nightly"], run_profiles=None, sampling_max_rows=None)
    assert answer.status_code == 200, answer.text
    assert answer.json()["fields_without_effect"] == ["tags"]


def test_columns_are_mapped(server, tables):
    source = tables("create table a as select i as id, i as old, 'x' as same from range(9) t(i)",
                    "create table b as select id, case when id = 3 then -1 else old end as new, same from a")
    names = {"table1": ["a"], "table2": ["b"], "pk_columns": ["id"]}
    figures, diff = finished(server, source, **names, column_mapping=[["old", "new"]])
    assert figures["values"]["rows_with_differences"] == 1
    assert figures["schema"]["exclusive_columns"] == [[], []]
    assert server.get(f"/api/v1/datadiffs/{diff}")["column_mapping"] == [["old", "new"]]
    assert "old of production was compared with new" in server.get(f"/api/v1/datadiffs/{diff}/summary")["feedback"]
    figures, _ = finished(server, source, **names, column_mapping=[["old", "newer"]])
    assert "mapped column newer is not in" in figures["error"]["error_value"]
    for wrong in ([["old"]], "old=new", [["old", 1]], {"old": "new"}):
        answer = ordered(server, source, **names, column_mapping=wrong)
        assert answer.status_code == 422 and "column_mapping" in answer.text, wrong


def test_tolerances_are_kept_to_and_said(server, tables):
    source = tables("create table a as select i as id, i::decimal(9,2) as price, i as pieces,"
                    " timestamp '2026-01-01' as made from range(9) t(i)",
                    "create table b as select id, price + 0.01 as price, pieces + 1 as pieces,"
                    " made + interval 5 second as made from a")

    def differing(**tolerances):
        figures, diff = finished(server, source, table1=["a"], table2=["b"], pk_columns=["id"], **tolerances)
        told = server.get(f"/api/v1/datadiffs/{diff}")
        assert all(told[name] == value for name, value in tolerances.items())
        columns = figures["values"]["columns_diff_stats"]
        return [column["column_name"] for column in columns if column["values_different"]]
    assert differing() == ["price", "pieces", "made"]
    assert differing(diff_tolerance=0.5, tolerance_mode="absolute") == ["pieces", "made"]
    assert differing(datetime_tolerance=5) == ["price", "pieces"]
    assert differing(diff_tolerances_per_column=[
        {"column_name": "pieces", "tolerance_value": 1, "tolerance_mode": "absolute"}]) == ["price", "made"]
    for wrong in ({"diff_tolerance": -1}, {"diff_tolerance": 1, "tolerance_mode": "odd"}, {"datetime_tolerance": "x"},
                  {"tolerance_mode": "relative"}, {"diff_tolerances_per_column": [{"column_name": "pieces"}]}):
        answer = ordered(server, source, table1=["a"], table2=["b"], pk_columns=["id"], **wrong)
        assert answer.status_code == 422 and list(wrong)[-1] in answer.text, answer.text


def test_queries_are_compared(server, source, bakery_pg):
    figures, diff = finished(server, source, query1="select * from prod.sales where sale_id < 100",
                             table2=["pr_7", "sales"], filter2="sale_id < 100", pk_columns=["sale_id"])
    whole, _ = finished(server, source, **SALES, filter1="sale_id < 100", filter2="sale_id < 100")
    for part in ("pks", "values"):
        assert figures[part] == whole[part]
    assert server.get(f"/api/v1/datadiffs/{diff}")["query1"].startswith("select * from prod.sales")
    other = server.post("/api/v1/data_sources", bakery_pg.data_source)
    figures, _ = finished(server, other, query1="select * from prod.sales", query2="select * from pr_7.sales",
                          pk_columns=["sale_id"])
    assert figures["pks"]["exclusives"] == [57, 5]


@pytest.mark.parametrize("fields, words", [
    ({"table1": ["a"]}, "table2"), ({"table1": ["a"], "query1": "select 1", "table2": ["b"]}, "query1"),
    ({"query1": "drop table x", "table2": ["b"]}, "read"),
    ({"table1": ["a"], "table2": ["a", "b", "c", "d"]}, "table2"),
    ({"data_source2_id": None, "table1": ["a"], "table2": ["b"]}, "data_source2_id")])
def test_orders_that_name_no_two_relations_are_refused(server, source, fields, words):
    answer = ordered(server, source, **fields)
    assert answer.status_code in (400, 422) and words in answer.text, answer.text


def test_queries_are_not_compared_across_data_sources(server, source, bakery):
    other = server.post("/api/v1/data_sources", bakery.data_source)
    answer = ordered(server, source, data_source2_id=other["id"], query1="select 1 as id", table2=["pr_7", "sales"])
    assert answer.status_code == 400 and "within one data source" in answer.json()["detail"]


def guess(server, source, **fields):
    return server.post(f"/api/v1/data_sources/{source['id']}/guess_pk", fields)


def test_guessed_keys_hold_in_the_whole_table(server, tables):
    """`almost` is unique in any sample of the beginning, `gap` has one NULL at the end."""
    source = tables("create table t as select i // 2 as a, i % 2 as b, case when i = 29999 then 0 else i end as almost,"
                    " case when i < 29999 then i end as gap from range(30000) t(i)",
                    "create table none as select 1 as id from range(5)", "create table empty (id integer)")
    assert guess(server, source, table=["t"], sample_size=100)["candidates"] == [{"pk": ["a", "b"]}]
    many = guess(server, source, table=["t"], sample_size=100, candidates=3)["candidates"]
    assert len(many) > 1 and {"pk": ["almost"]} not in many and {"pk": ["gap"]} not in many
    assert guess(server, source, table=["none"]) == {
        "candidates": [], "error": "No column, pair or triple of columns is unique and not null."}
    assert "no rows" in guess(server, source, table=["empty"])["error"]
    assert guess(server, source, table=["t"], avoid_types=["BIGINT"])["candidates"] == []


@pytest.mark.parametrize("query", [
    "insert into t values (1)", "create table x (i int)", "attach 'x.db'", "copy t to 'f'", "/* select */ drop table t",
    "set memory_limit = '1GB'", "", "-- select", "select 1 into outfile '/tmp/x'", "select 1; drop table t"])
def test_queries_only_read(server, tables, query):
    source = tables("create table t as select 1 as i")
    path = f"/api/v1/data_sources/{source['id']}/query"
    answer = server.request("POST", path, json={"query": query})
    assert answer.status_code == 400, answer.text
    assert server.post(path, {"query": "select * from t"})["rows"] == [{"i": "1"}]


def test_postgresql_is_only_read(server, bakery_pg):
    source = server.post("/api/v1/data_sources", bakery_pg.data_source)
    path = f"/api/v1/data_sources/{source['id']}/query"
    assert server.post(path, {"query": "select 1 as a, 2 as a"})["rows"] == [{"a": "1", "a_2": "2"}]
    for query in ("with gone as (delete from prod.sales returning 1) select * from gone",
                  "select 1; delete from prod.sales", "explain analyze delete from prod.sales"):
        assert server.request("POST", path, json={"query": query}).status_code == 400, query
    assert guess(server, source, table=["prod", "bakery_days"])["candidates"] == [{"pk": ["bakery_id", "sold_on"]}]


def test_types_of_data_sources_are_told(server):
    types = {kind["type"]: kind["options"] for kind in server.get("/api/v1/data_sources/types")}
    assert set(types) == {"duckdb", "pg", "mysql", "sqlite", "parquet", "csv"}
    assert types["pg"]["password"] == {"required": False, "secret": True}


def test_the_command_line_maps_columns(binary, tables, tmp_path):
    tables("create table a as select i as id, i as old from range(9) t(i)",
           "create table b as select id as no, old as new from a")
    url = f"duckdb://{tmp_path}/own.duckdb"

    def compare(*mapped):
        options = [option for pair in mapped for option in ("--map", pair)]
        done = subprocess.run([binary, "diff", "tables", url, "a", url, "b", "-k", "id", *options],
                              capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stdout + done.stderr
    assert compare("id=no", "old=new")[0] == 0
    assert compare("id=no")[0] == 1
    code, said = compare("id=no", "old=newer")
    assert code == 2 and "the mapped column newer is not in the table of the pull request" in said
    code, said = compare("id")
    assert code == 2 and "is not COLUMN1=COLUMN2" in said


@pytest.fixture
def command_line(binary, tables, tmp_path):
    """Compares the tables a and b of the file that `tables` made."""
    tables(*MANY)
    url = f"duckdb://{tmp_path}/own.duckdb"

    def compare(*options):
        done = subprocess.run([binary, "diff", "tables", url, "a", url, "b", "-k", "id", *options],
                              capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stdout + done.stderr
    return compare


@pytest.mark.parametrize("options, code", [
    ((), 1), (("--ignore", "x"), 1), (("--ignore", "w*", "--tolerance", "1"), 0),
    (("--ignore-case", "--column-tolerance", "x=1"), 0), (("--ignore-case", "--column-tolerance", "x=0.5"), 1),
    (("--ignore-case", "--tolerance", "50%"), 0), (("--ignore-case", "--relative-tolerance", "0.5"), 0)])
def test_the_command_line_says_what_counts_as_equal(command_line, options, code):
    assert command_line(*options)[0] == code


def test_the_command_line_samples(command_line):
    code, said = command_line("--sampling-rows", "4000", "-c", "x")
    assert code == 1 and "≈" in said and "A sample was compared" in said
    code, said = command_line("--sampling-ratio", "0.05", "-c", "kind")
    assert code == 0 and "No difference in the sample" in said and "at most" in said
    code, said = command_line("--sampling-ratio", "1", "-c", "kind")
    assert code == 0 and "Identical" in said


def test_the_command_line_profiles(command_line):
    code, said = command_line("--profile")
    assert code == 1 and "most rows have" in said and "greatest" in said


@pytest.mark.parametrize("options, sentence", [
    (("--sampling-ratio", "2"), "above 0 and at most 1"),
    (("--sampling-ratio", "0.1", "--sampling-rows", "5"), "by one of them"),
    (("--tolerance", "1", "--relative-tolerance", "1"), "either --tolerance or --relative-tolerance"),
    (("--tolerance", "much"), "is not a number of 0 or more"),
    (("--column-tolerance", "x"), "is not COLUMN=X or COLUMN=X%")])
def test_the_command_line_refuses_what_makes_no_sense(command_line, options, sentence):
    code, said = command_line(*options)
    assert code == 2 and sentence in said


SLOW = "select sum(a.i * b.i) from range(1000000) a(i), range(10000000) b(i)"


def test_slow_queries_hold_up_nobody(own_server, tmp_path):
    """Neither other requests nor the end of the server."""
    path = tmp_path / "own.duckdb"
    duckdb.connect(path).close()
    source = own_server.post("/api/v1/data_sources", {"name": "o", "type": "duckdb", "options": {"path": str(path)}})
    url = f"/api/v1/data_sources/{source['id']}/query"
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        slow = [pool.submit(own_server.request, "POST", url, json={"query": SLOW}) for _ in range(2)]
        time.sleep(1)
        refused = own_server.request("POST", url, json={"query": "select 1"})
        assert refused.status_code == 503 and "ask again" in refused.json()["detail"]
        assert own_server.post(f"/api/v1/data_sources/{source['id']}/test", {})["job_id"] == 1
        began = time.monotonic()
        assert own_server.stop() == 0
        assert time.monotonic() - began < 5
        assert [answer.result().status_code for answer in slow] == [503, 503]
