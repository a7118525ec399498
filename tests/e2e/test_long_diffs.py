"""Long diffs at the command line: progress, Ctrl-C, limits of time and memory, broken connections, slow links."""
import contextlib
import os
import pty
import resource
import select
import shutil
import signal
import socket
import sqlite3
import subprocess
import threading
import time

import duckdb
import pytest

import diffs
import postgres
import servers
from diffs import figures, finished, peak_mebibytes, start

ROWS = 400_000


@pytest.fixture(scope="module")
def big(cluster):
    """Tables of 400,000 rows of some 250 bytes, of which 20 differ, views of them, which are read whole before they
    are compared, and views that take minutes to read."""
    connection = cluster.connect()
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute(f"""
        create schema long;
        create table long.a as select g as id, md5(g::text) || md5((g + 1)::text) || repeat('x', 150) as words,
            (g / 7.0)::numeric(18, 4) as amount, timestamp '2026-01-01' + g * interval '1 second' as at
            from generate_series(1, {ROWS}) g;
        create table long.b as select id, case when id % 20000 = 0 then 'changed' else words end as words, amount, at
            from long.a;
        alter table long.a add primary key (id);
        alter table long.b add primary key (id);
        analyze;
        create view long.view_a as select * from long.a;
        create view long.view_b as select * from long.b;
        create view long.slow_a as select * from long.a where pg_sleep(0.001) is not null;
        create view long.slow_b as select * from long.b where pg_sleep(0.001) is not null;""")
    yield cluster
    cursor.execute("drop schema long cascade")
    connection.close()


def url(cluster, port=None):
    return f"postgresql://baker:{cluster.password}@127.0.0.1:{port or cluster.port}/bakery"


def sessions(cluster):
    """The statements that Vernier's sessions are at."""
    with cluster.connect() as connection, connection.cursor() as cursor:
        cursor.execute("""select pid, query from pg_stat_activity
                          where application_name = 'vernier' and state = 'active'""")
        return cursor.fetchall()


def wait_for(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return value


@pytest.fixture(autouse=True)
def end_what_was_started():
    """A diff that a failed test left behind would keep the tables."""
    yield
    while diffs.STARTED:
        diffs.STARTED.pop().kill()


def without_way(result):
    """What has to be the same whatever way the figures were found."""
    return {key: result[key] for key in ("result", "why", "summary", "samples")}


SLOW_VIEWS = ["long.slow_a", "long.slow_b"]
SLOW_WAYS = {"in one database": [*SLOW_VIEWS, "--algorithm", "auto"],
             "while rows are read": [*SLOW_VIEWS, "--algorithm", "stream"],
             "while rows are compared on their way": ["long.a", "long.b", "--algorithm", "stream", "-w",
                                                      "pg_sleep(0.001) is not null"],
             "while checksums are made": [*SLOW_VIEWS, "--algorithm", "checksum"]}


def start_slowly(binary, big, way):
    """The diff, and a statement of it that will take minutes."""
    first, second, *options = SLOW_WAYS[way]
    process = start(binary, url(big), first, url(big), second, "-k", "id", *options)
    return process, wait_for(lambda: [pid for pid, query in sessions(big)
                                      if "slow_" in query or "pg_sleep" in query])


@pytest.mark.parametrize("way", SLOW_WAYS)
def test_ctrl_c_ends_the_diff_and_its_statement(binary, big, way):
    process, _ = start_slowly(binary, big, way)
    asked = time.monotonic()
    process.send_signal(signal.SIGINT)
    code, out, errors = finished(process, 10)
    assert time.monotonic() - asked < 3
    assert (code, out, errors) == (2, "", "vernier: cancelled\n")
    wait_for(lambda: not sessions(big), 3)


def test_time_that_has_run_out_ends_the_diff(binary, big):
    process = start(binary, url(big), "long.slow_a", url(big), "long.slow_b", "-k", "id", "--timeout", 1)
    code, out, errors = finished(process, 10)
    assert (code, out) == (2, "")
    assert errors == "vernier: it took longer than --timeout allows, 1 s\n"
    wait_for(lambda: not sessions(big), 3)


@pytest.mark.parametrize("way", [way for way in SLOW_WAYS if "checksums" not in way])
def test_a_connection_that_breaks_is_said(binary, big, way):
    process, pids = start_slowly(binary, big, way)
    pid = pids[0]
    with big.connect() as connection, connection.cursor() as cursor:
        cursor.execute("select pg_terminate_backend(%s)", (pid,))
    code, out, errors = finished(process, 10)
    assert (code, out) == (2, "")
    assert "PostgreSQL" in errors and "terminating connection due to administrator command" in errors
    assert len(errors.splitlines()) == 1


@pytest.fixture(scope="module")
def maria(tmp_path_factory):
    if not shutil.which("mariadbd", path="/usr/sbin:/usr/bin"):
        pytest.skip("no MariaDB server here")
    folder = tmp_path_factory.mktemp("maria")
    (folder / "data").mkdir()
    port = servers.free_port()
    server = subprocess.Popen(["/usr/sbin/mariadbd", "--no-defaults", f"--datadir={folder}/data", "--user=root",
                               f"--socket={folder}/s", f"--port={port}", "--bind-address=127.0.0.1",
                               "--skip-grant-tables", f"--pid-file={folder}/pid", "--innodb-buffer-pool-size=64M"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def run(sql):
        done = subprocess.run(["mariadb", "--no-defaults", "-h127.0.0.1", f"-P{port}", "-uroot", "-N", "-e", sql],
                              capture_output=True, text=True, check=False)
        return done.stdout if done.returncode == 0 else None

    wait_for(lambda: run("create database shop") is not None)
    yield port, run
    server.kill()
    server.wait()


def test_ctrl_c_ends_the_statement_of_mariadb(binary, maria):
    port, run = maria
    for table in ("t", "u"):
        assert run(f"use shop; create table {table} (id int primary key, v int); "
                   f"insert into {table} select seq, seq from seq_1_to_2000") is not None
    mysql = f"mysql://root@127.0.0.1:{port}/shop"
    process = start(binary, mysql, "t", mysql, "u", "-k", "id", "-w", "sleep(1) = 0")
    busy = "select count(*) from information_schema.processlist where info like '%sleep(1)%' and id <> connection_id()"
    wait_for(lambda: run(busy) == "1\n")
    process.send_signal(signal.SIGINT)
    code, _, errors = finished(process, 10)
    assert (code, errors) == (2, "vernier: cancelled\n")
    wait_for(lambda: run(busy) == "0\n", 3)


def test_a_terminal_shows_how_far_the_diff_is(binary, big):
    """The slow sides take some seconds for their 3,000 rows."""
    terminal, other_end = pty.openpty()
    process = subprocess.Popen([binary, "diff", "tables", url(big), "long.slow_a", url(big), "long.slow_b", "-k", "id",
                                "-w", "id <= 3000", "--algorithm", "stream"],
                               stdout=subprocess.PIPE, stderr=other_end)
    os.close(other_end)
    shown = b""
    while process.poll() is None or select.select([terminal], [], [], 0)[0]:
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                shown += os.read(terminal, 10_000)
            except OSError:
                break
    os.close(terminal)
    assert process.wait(10) == 0
    lines = shown.decode().split("\r\x1b[K")
    assert lines[0] == "" and lines[-1] == ""  # nothing stays
    assert any(line.startswith("reading both tables  [") for line in lines), lines
    assert all("\n" not in line for line in lines)


def test_nothing_of_it_is_shown_where_no_terminal_is(binary, big):
    code, _, errors = finished(start(binary, url(big), "long.slow_a", url(big), "long.b", "-k", "id",
                                     "-w", "id <= 3000", "--algorithm", "stream"))
    assert (code, errors) == (0, "")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A DuckDB file and Parquet files with two tables of 1,500,000 rows of texts that hardly compress."""
    folder = tmp_path_factory.mktemp("big_files")
    with duckdb.connect(folder / "big.duckdb") as database:
        database.execute("""
            create table a as select range as id, md5(range::varchar) || md5((range * 3)::varchar) as words,
                md5((range * 5)::varchar) as more, range / 7 as part from range(1500000) order by hash(range);
            create table b as select id, case when id % 100000 = 0 then 'changed' else words end as words, more, part
                from a order by hash(id + 1)""")
        for table in ("a", "b"):
            database.execute(f"copy {table} to '{folder}/{table}.parquet'")
    return folder


@pytest.fixture(scope="module")
def sqlite_file(tmp_path_factory):
    """The same, and a column beside the key that finds the rows too, but by no index."""
    path = tmp_path_factory.mktemp("big_sqlite") / "big.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.executescript("""
            create table a (id integer primary key, other text, words text, part real);
            insert into a with recursive i(n) as (select 0 union all select n + 1 from i where n < 999999)
                select n, 'k' || (n * 7919 % 1000003), hex(n * 1234567891) || hex(n * 987654321) || n, n / 7.0 from i;
            create table b (id integer primary key, other text, words text, part real);
            insert into b select id, other, case when id % 100000 = 0 then 'changed' else words end, part from a;""")
    return path


@pytest.mark.parametrize("key, algorithm", [("id", "auto"), ("id", "stream"), ("other", "auto")])
def test_memory_of_sqlite_is_bounded(binary, sanitized, sqlite_file, tmp_path, key, algorithm):
    """Two caches of the library and the buffers beside them, all of it."""
    if sanitized:
        pytest.skip("the sanitizers take memory of their own")
    base = f"sqlite://{sqlite_file}"
    peak, _ = peak_mebibytes([binary, "diff", "tables", base, "a", base, "b", "-k", key, "--sample", "10",
                              "--algorithm", algorithm, "--memory", "256"], tmp_path, 1)
    assert peak <= 256
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("sides", ["duckdb", "parquet", "tables of a server", "views of a server"])
def test_memory_is_bounded_and_the_rest_spilled(binary, sanitized, files, big, tmp_path, sides):
    if sanitized:
        pytest.skip("the sanitizers take memory of their own")
    base = f"duckdb://{files}/big.duckdb"
    words = {"duckdb": (base, "a", base, "b"),
             "parquet": (f"parquet://{files}/a.parquet", "-", f"parquet://{files}/b.parquet", "-"),
             "tables of a server": (url(big), "long.a", url(big), "long.b", "--algorithm", "stream"),
             "views of a server": (url(big), "long.view_a", url(big), "long.view_b", "--algorithm", "stream")}[sides]
    peak, _ = peak_mebibytes([binary, "diff", "tables", *words, "-k", "id", "--sample", "10", "--memory", "256"],
                             tmp_path, 1)
    assert peak <= 256
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_said_and_nothing_left_behind(binary, big, tmp_path):
    def no_room():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
    _, errors = peak_mebibytes([binary, "diff", "tables", url(big), "long.view_a", url(big), "long.view_b", "-k", "id",
                                "--algorithm", "stream", "--memory", "128"], tmp_path, 2, preexec_fn=no_room)
    assert "temporary" in errors and str(tmp_path) in errors and len(errors.splitlines()) == 1
    assert not list(tmp_path.iterdir())


class SlowLink:
    """Passes connections on to a server, some bytes a second."""

    def __init__(self, port, bytes_per_second):
        self.server_port = port
        self.rate = bytes_per_second
        self.passed = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.server_port))
            for source, target in ((client, server), (server, client)):
                source.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
                threading.Thread(target=self._pass_on, args=(source, target), daemon=True).start()

    def _pass_on(self, source, target):
        try:
            while data := source.recv(16384):
                time.sleep(len(data) / self.rate)
                self.passed += len(data)
                target.sendall(data)
        except OSError:
            pass
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self.listener.close()


@pytest.mark.parametrize("algorithm", ["stream", "checksum"])
def test_both_ways_across_databases_give_the_same(binary, big, algorithm):
    sides = (url(big), "long.a", url(big), "long.b", "-k", "id", "--sample", 30)
    joined = figures(binary, *sides)
    other = figures(binary, *sides, "--algorithm", algorithm)
    assert joined["summary"]["values"]["rows_with_differences"] == 20
    assert other["summary"]["pks"] == joined["summary"]["pks"]
    assert other["summary"]["values"] == joined["summary"]["values"]
    assert len(other["samples"]["changed"]) == 20


def test_checksums_win_over_a_slow_link(binary, big):
    link = SlowLink(big.port, 8_000_000)
    try:
        sides = (url(big), "long.a", url(big, link.port), "long.b", "-k", "id", "-w", "id <= 200000")
        streamed = figures(binary, *sides, "--algorithm", "stream")
        bytes_streamed = link.passed
        summed = figures(binary, *sides, "--algorithm", "checksum")
    finally:
        link.close()
    assert without_way(streamed) == without_way(summed)
    assert summed["algorithm"].startswith("checksum")
    assert (link.passed - bytes_streamed) * 20 < bytes_streamed
    assert summed["seconds"] < streamed["seconds"]


@pytest.fixture(scope="module")
def large(big):
    """Tables that are large enough for checksums to be worth a thought, of which 5 rows differ."""
    rows = 550_000
    with big.connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"""
            create table long.large_a as select g as id, md5(g::text) || repeat('y', 60) as words
                from generate_series(1, {rows}) g;
            create table long.large_b as select id, case when id % 100000 = 0 then 'changed' else words end as words
                from long.large_a;
            alter table long.large_a add primary key (id);
            alter table long.large_b add primary key (id);""")
    yield big
    with big.connect() as connection, connection.cursor() as cursor:
        cursor.execute("drop table long.large_a, long.large_b")


def test_nobody_has_to_ask_for_checksums_over_a_slow_link(binary, large):
    link = SlowLink(large.port, 6_000_000)
    try:
        result = figures(binary, url(large), "long.large_a", url(large, link.port), "long.large_b", "-k", "id")
    finally:
        link.close()
    assert result["algorithm"].startswith("checksum")
    assert result["summary"]["pks"]["total_rows"] == [550_000, 550_000]
    assert result["summary"]["values"]["rows_with_differences"] == 5
    assert link.passed < 10_000_000  # of 50 MB


def test_rows_are_read_over_a_fast_link_and_of_small_tables(binary, sanitized, large):
    if sanitized:
        pytest.skip("the sanitizers make every link a slow one")
    # Another name of the host makes it another database.
    other = url(large).replace("127.0.0.1", "localhost")
    result = figures(binary, url(large), "long.large_a", other, "long.large_b", "-k", "id")
    assert not result["algorithm"].startswith("checksum")
    assert result["summary"]["values"]["rows_with_differences"] == 5
    link = SlowLink(large.port, 6_000_000)
    try:
        small = figures(binary, url(large), "long.a", url(large, link.port), "long.b", "-k", "id", "-w", "id < 50000")
    finally:
        link.close()
    assert not small["algorithm"].startswith("checksum")


def test_it_is_said_why_there_are_no_checksums(binary, big):
    result = figures(binary, url(big), "long.a", url(big), "long.b", "-k", "words", "-w", "id <= 1000",
                     "--algorithm", "checksum")
    said = [finding["message"] for finding in result["findings"] if finding["code"] == "checksums_not_possible"]
    assert said == [
        "The tables could not be compared by checksums and were read whole: "
        "the key has no column of integers to make ranges of."]


def test_the_api_tells_how_far_a_diff_is_and_cancels_it(server, big):
    options = {"host": "127.0.0.1", "port": big.port, "user": "baker", "password": big.password, "dbname": "bakery"}

    def add_source(name):
        return server.post("/api/v1/data_sources", {"name": name, "type": "pg", "options": options})["id"]

    order = server.post("/api/v1/datadiffs", {
        "data_source1_id": add_source("long 1"), "data_source2_id": add_source("long 2"),
        "table1": ["long", "slow_a"], "table2": ["long", "slow_b"], "pk_columns": ["id"]})

    def running():
        diff = server.get(f"/api/v1/datadiffs/{order['id']}")
        return diff if diff.get("progress") and diff["progress"]["done"] > 0 else None

    progress = wait_for(running)["progress"]
    assert progress["phase"] == "reading both tables"
    assert progress["total"] > progress["done"] and progress["total_is_estimated"]
    assert progress["rows_per_second"] > 0 and progress["seconds_left"] > 1
    server.post(f"/api/v1/datadiffs/{order['id']}/cancel", {})
    wait_for(lambda: not sessions(big), 3)
    ended = server.get(f"/api/v1/datadiffs/{order['id']}")
    assert ended["status"] == "cancelled"
    wait_for(lambda: server.get(f"/api/v1/datadiffs/{order['id']}")["progress"] is None, 5)
