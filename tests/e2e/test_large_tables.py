"""Large tables of DuckDB and files: their figures, and the memory that the diff takes."""
import duckdb
import pytest

from diffs import figures, peak_mebibytes


@pytest.fixture(scope="module")
def files_in_order(tmp_path_factory):
    """4,000,000 rows in the order of their key: in b all differ but the three that one side alone has, two of them in
    more than the others, in c few, in d all, half of them in more than the first."""
    folder = tmp_path_factory.mktemp("in_order")
    with duckdb.connect(folder / "big.duckdb") as database:
        database.execute("""
            create table a as select range * 3 as id, md5(range::varchar) as words, range % 10 as part
                from range(4000000) order by id;
            create table b as select id, upper(words) || 'b' as words, if(id in (3, 9000000), -1, part) as part
                from a where id not in (0, 6000000) union all select 6000001, 'new', 0 order by id;
            create table d as select id, words || 'd' as words, if(id > 6000000, part + 1, part) as part from a;
            create table c as select id, words, case when id in (3, 9, 9000000) then -1 else part end as part from a
                where id <> 0 union all select 6000001, 'new', 0 order by id""")
        for table in ("a", "b", "c", "d"):
            database.execute(f"copy {table} to '{folder}/{table}.parquet'")
    return folder


def in_little_memory(binary, sanitized, folder, *arguments):
    """The figures of a diff, which keeps within 256 MiB and leaves nothing in the folder it may spill to."""
    arguments = [*arguments, "-k", "id", "--memory", "256"]
    result = figures(binary, *arguments)
    if not sanitized:  # sanitizers take memory of their own
        peak, _ = peak_mebibytes([binary, "diff", "tables", *map(str, arguments)], folder, 1)
        assert peak <= 256
        assert not list(folder.iterdir())
    return result


def sides_in_order(folder, kind, head):
    if kind == "duckdb":
        return (f"duckdb://{folder}/big.duckdb", "a", f"duckdb://{folder}/big.duckdb", head)
    return (f"parquet://{folder}/a.parquet", "-", f"parquet://{folder}/{head}.parquet", "-")


@pytest.mark.parametrize("kind", ["duckdb", "parquet"])
def test_rows_in_order_that_all_differ_take_little_memory(binary, sanitized, files_in_order, tmp_path, kind):
    result = in_little_memory(binary, sanitized, tmp_path, *sides_in_order(files_in_order, kind, "b"), "--sample", 2)
    assert result["summary"]["pks"]["exclusives"] == [2, 1]
    assert result["summary"]["values"]["rows_with_differences"] == 3_999_998
    columns = result["summary"]["values"]["columns_diff_stats"]
    assert [column["values_different"] for column in columns] == [3_999_998, 2]
    assert [row["key"] for row in result["samples"]["changed"]] == [["3"], ["6"]]


@pytest.mark.parametrize("kind", ["duckdb", "parquet"])
def test_rows_in_order_that_differ_in_more_than_the_first_show(binary, sanitized, files_in_order, tmp_path, kind):
    result = in_little_memory(binary, sanitized, tmp_path, *sides_in_order(files_in_order, kind, "d"), "--sample", 2)
    columns = result["summary"]["values"]["columns_diff_stats"]
    assert [column["values_different"] for column in columns] == [4_000_000, 1_999_999]
    assert [row["key"] for row in result["samples"]["changed"]] == [["0"], ["3"]]


def test_rows_of_text_files_that_all_differ_take_little_memory(binary, sanitized, files_in_order, tmp_path_factory):
    folder, spill = tmp_path_factory.mktemp("texts"), tmp_path_factory.mktemp("spill")
    with duckdb.connect() as database:
        rows = "select id, words, part + 0.25 as part from '{}' where id <= 3000000 order by id"
        for name in ("a", "b"):
            database.execute(f"copy ({rows.format(files_in_order / f'{name}.parquet')}) to '{folder}/{name}.csv'")
    sides = (f"csv://{folder}/a.csv", "-", f"csv://{folder}/b.csv", "-")
    result = in_little_memory(binary, sanitized, spill, *sides, "--sample", 2)
    assert result["algorithm"] == "join"
    assert result["summary"]["pks"]["exclusives"] == [1, 0]
    columns = result["summary"]["values"]["columns_diff_stats"]
    assert [column["values_different"] for column in columns] == [1_000_000, 1]
    assert [row["key"] for row in result["samples"]["changed"]] == [["3"], ["6"]]
    assert [row["key"] for row in result["samples"]["removed"]] == [["0"]]


def test_tables_without_a_common_key_take_little_memory(binary, sanitized, tmp_path_factory):
    """More keys of one side alone than the join keeps in memory, in no order, and two rows that share one."""
    folder, spill = tmp_path_factory.mktemp("apart"), tmp_path_factory.mktemp("spill")
    with duckdb.connect(folder / "apart.duckdb") as database:
        database.execute("""
            create table a as select hash(range) // 2 * 2 as id, range as v from range(2500000);
            create table b as select id + 1 as id, v from a;
            create table c as select * from b union all select id, -1 from b where v = 7""")
    source = f"duckdb://{folder}/apart.duckdb"
    result = in_little_memory(binary, sanitized, spill, source, "a", source, "b")
    assert result["result"] == "different"
    assert result["summary"]["pks"]["exclusives"] == [2_500_000, 2_500_000]
    result = in_little_memory(binary, sanitized, spill, source, "a", source, "c")
    assert result["result"] == "bad-pks"
    assert result["summary"]["pks"]["exclusives"] == [2_500_000, 2_500_001]
    assert result["summary"]["pks"]["dupes"] == [0, 2]


@pytest.mark.parametrize("kind", ["duckdb", "parquet"])
def test_rows_in_order_of_which_few_differ_take_little_memory(binary, sanitized, files_in_order, tmp_path, kind):
    result = in_little_memory(binary, sanitized, tmp_path, *sides_in_order(files_in_order, kind, "c"), "--sample", 5)
    assert result["summary"]["pks"]["exclusives"] == [1, 1]
    columns = result["summary"]["values"]["columns_diff_stats"]
    assert [column["values_different"] for column in columns] == [0, 3]
    assert [row["key"] for row in result["samples"]["changed"]] == [["3"], ["9"], ["9000000"]]
