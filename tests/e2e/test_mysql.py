"""MySQL proper, whose types, passwords and statements are not all MariaDB's."""
import io
import json
import subprocess

import pytest

import mysql

ROWS = 3000

COLUMNS = """id int primary key, big bigint unsigned, price decimal(18, 4), ratio double, single float,
             name varchar(40), note text, born date, seen datetime(6), stamp timestamp(3) null, length time(3),
             flag tinyint(1), bits bit(3), document json, raw varbinary(28), kind enum('a', 'b'), year_of year"""
VALUES = f"""select n, n * 1000000007, n / 8, n / 7, n / 4, concat('name é ', n), repeat('x', n % 50),
             date '2026-01-01' + interval n day, timestamp '2026-01-01 00:00:00' + interval n second,
             timestamp '2026-01-01 00:00:00' + interval n minute, sec_to_time(n), n % 2, n % 8,
             json_object('b', n, 'a', json_array(1, n)), unhex(sha2(n, 224)), if(n % 2, 'a', 'b'), 2000 + n % 20
             from (with recursive i(n) as (select 1 union all select n + 1 from i where n < {ROWS})
             select n from i) s"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """Tables `a` and `b`, of which 30 rows differ in two columns, 5 are removed and 3 added; `c` has no key."""
    if reason := mysql.absent("mysql"):
        pytest.skip(reason)
    running = mysql.Server("mysql", tmp_path_factory.mktemp("mysql"))
    running.start()
    running.run(f"""
        set session cte_max_recursion_depth = 100000;
        create table a ({COLUMNS}); insert into a {VALUES};
        create table b like a; insert into b select * from a;
        update b set name = concat(name, '!'), price = price + 1 where id % 100 = 0;
        delete from b where id <= 5;
        insert into b (id) values (100001), (100002), (100003);
        create table c as select * from a; create table d as select * from b;""")
    yield running
    running.stop()


def figures(binary, *words):
    done = subprocess.run([binary, "diff", "tables", *map(str, words), "--output", "json"], capture_output=True,
                          text=True, timeout=120, check=False)
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)


def expect_differences(result):
    assert result["summary"]["pks"]["total_rows"] == [ROWS, ROWS - 2]
    assert result["summary"]["pks"]["exclusives"] == [5, 3]
    assert result["summary"]["values"]["rows_with_differences"] == 30
    assert result["summary"]["values"]["values_with_differences"] == 60


@pytest.mark.parametrize("algorithm", ["auto", "stream", "checksum"])
@pytest.mark.parametrize("pair", [("a", "b"), ("c", "d")])
def test_tables_of_one_mysql(binary, shop, algorithm, pair):
    if algorithm == "checksum" and pair == ("c", "d"):
        pytest.skip("the same as with a key")
    texts_are_sure = ("price", "name", "raw", "stamp")
    chosen = [word for name in texts_are_sure if algorithm == "checksum" for word in ("-c", name)]
    result = figures(binary, shop.url(), pair[0], shop.url(), pair[1], "-k", "id", *chosen, "--algorithm", algorithm)
    expect_differences(result)
    assert result["algorithm"].startswith("checksum") == (algorithm == "checksum"), result["findings"]


@pytest.mark.parametrize("algorithm", ["stream", "checksum"])
def test_mysql_and_postgresql_have_the_same_values(binary, shop, cluster, algorithm):
    with cluster.connect() as connection, connection.cursor() as cursor:
        cursor.execute("""create schema mysql;
            create table mysql.t (id int primary key, big numeric(20), price numeric(18, 4), ratio double precision,
                name text, note text, born date, seen timestamp, stamp timestamptz, flag boolean, document jsonb,
                raw bytea, kind text)""")
        columns = "id, big, price, ratio, name, note, born, seen, stamp, flag, document, raw, kind"
        rows = shop.run("select id, big, price, ratio, name, note, born, seen, concat(stamp, '+00'), flag, document, "
                        "concat('\\\\x', hex(raw)), kind from a").replace("NULL", "\\N")
        cursor.copy_expert(f"copy mysql.t ({columns}) from stdin", io.StringIO(rows))
    with cluster.connect() as connection:
        url = f"postgresql://baker:{cluster.password}@127.0.0.1:{cluster.port}/bakery"
        try:
            left_out = () if algorithm == "stream" else ("ratio", "document")
            chosen = [word for name in columns.split(", ")[1:] if name not in left_out for word in ("-c", name)]
            same = figures(binary, shop.url(), "a", url, "mysql.t", "-k", "id", *chosen, "--algorithm", algorithm)
            assert same["summary"]["values"]["rows_with_differences"] == 0, same["summary"]
            assert same["summary"]["pks"]["exclusives"] == [0, 0]
            assert same["algorithm"].startswith("checksum") == (algorithm == "checksum"), same["findings"]
            other = figures(binary, shop.url(), "b", url, "mysql.t", "-k", "id", *chosen, "--algorithm", algorithm)
            assert other["summary"]["values"]["rows_with_differences"] == 30
            assert other["summary"]["pks"]["exclusives"] == [3, 5]
        finally:
            connection.cursor().execute("drop schema mysql cascade")


def test_a_statement_that_takes_too_long_is_ended(binary, shop):
    done = subprocess.run([binary, "diff", "tables", shop.url(), "a", shop.url(), "b", "-k", "id", "--timeout", "1",
                           "-w", "sleep(0.01) = 0"], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1, done.stderr
    assert "sleep" not in shop.run("select ifnull(group_concat(info), '') from performance_schema.processlist "
                                   "where info like 'select%a%sleep(0%' and id <> connection_id()")
