"""TLS with real servers: what each sslmode demands is kept or said, and nothing goes in plain text instead."""
import json
import os
import pathlib
import shutil
import subprocess

import pytest

import certificates
import mysql
import postgres

NAMED = "localhost"  # in the servers' certificates; the same address under another name is the wrong host
UNNAMED = "127.0.0.1"


class Encrypted:
    """A server that has a certificate, with the tables `secret` and `plain`, which a session with and one without
    TLS finds equal to the view `session`."""

    def __init__(self, url, authority, other):
        self.url = url
        self.authority = authority.certificate
        self.other_authority = other.certificate


@pytest.fixture(scope="module")
def authorities(tmp_path_factory):
    # Servers run as users of their own, who cannot enter pytest's folders, and programs of theirs read the keys.
    folder = pathlib.Path(tmp_path_factory.mktemp("authorities"))
    return certificates.Authority(folder, "trusted"), certificates.Authority(folder, "other")


def tables(view):
    return f"""create table secret (id int primary key, tls varchar(9)); insert into secret values (1, 'on');
               create table plain (id int primary key, tls varchar(9)); insert into plain values (1, 'off');
               create view session as {view};"""


@pytest.fixture(scope="module")
def encrypted_postgresql(authorities):
    if reason := postgres.absent():
        pytest.skip(reason)
    folder = pathlib.Path(postgres.make_folder())
    running = postgres.Cluster(folder)
    running.start()
    certificate, key = authorities[0].sign("postgresql", NAMED)
    for source, name in ((certificate, "server.crt"), (key, "server.key")):
        shutil.copy(source, running.data / name)
        shutil.chown(running.data / name, *([running.data.owner()] * 2))
        os.chmod(running.data / name, 0o600)
    with open(running.data / "postgresql.conf", "a", encoding="utf-8") as settings:
        settings.write("ssl = on\n")
    (running.data / "pg_hba.conf").write_text("hostssl all strict all scram-sha-256\n"
                                              "host all baker all scram-sha-256\n")
    running._run("pg_ctl", "-D", running.data, "-m", "fast", "-w", "restart")
    with running.connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"create role strict login superuser password '{running.password}';" + tables(
            "select 1 as id, (case when ssl then 'on' else 'off' end)::varchar(9) as tls from pg_stat_ssl "
            "where pid = pg_backend_pid()"))

    def url(host=NAMED, user="baker", password=None, **parameters):
        query = "&".join(f"{name}={value}" for name, value in parameters.items())
        return f"postgresql://{user}:{password or running.password}@{host}:{running.port}/bakery?{query}"
    yield Encrypted(url, *authorities)
    running.stop()
    shutil.rmtree(folder, ignore_errors=True)


def mysql_server(kind, folder, authorities):
    if reason := mysql.absent(kind):
        pytest.skip(reason)
    certificate, key = authorities[0].sign(kind, NAMED)
    running = mysql.Server(kind, folder, f"--ssl-cert={certificate}", f"--ssl-key={key}",
                           f"--ssl-ca={authorities[0].certificate}")
    running.start()
    status = "information_schema.session_status" if kind == "mariadb" else "performance_schema.session_status"
    running.run(f"create user strict@'%' identified by '{running.password}' require ssl; "
                "grant all on *.* to strict@'%';" + tables(
                    f"select 1 as id, case when variable_value <> '' then 'on' else 'off' end as tls from {status} "
                    "where variable_name = 'Ssl_cipher'"))
    return running


@pytest.fixture(scope="module")
def encrypted_mariadb(tmp_path_factory, authorities):
    running = mysql_server("mariadb", tmp_path_factory.mktemp("mariadb"), authorities)
    yield Encrypted(running.url, *authorities)
    running.stop()


@pytest.fixture(scope="module")
def encrypted_mysql(tmp_path_factory, authorities):
    running = mysql_server("mysql", tmp_path_factory.mktemp("mysql"), authorities)
    yield Encrypted(running.url, *authorities)
    running.stop()


@pytest.fixture(params=["postgresql", "mariadb", "mysql"])
def encrypted(request):
    return request.getfixturevalue(f"encrypted_{request.param}")


@pytest.fixture(scope="module")
def unencrypted_mariadb(tmp_path_factory):
    if reason := mysql.absent("mariadb"):
        pytest.skip(reason)
    running = mysql.Server("mariadb", tmp_path_factory.mktemp("mariadb_plain"))
    running.start()
    yield running.url
    running.stop()


def diff(binary, url, table, *more):
    done = subprocess.run([binary, "diff", "tables", url, "session", url, table, "-k", "id", "--output", "json", *more],
                          capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr


def expect_session(binary, url, table):
    for algorithm in ("auto", "stream"):
        code, out, errors = diff(binary, url, table, "--algorithm", algorithm)
        assert code in (0, 1), errors
        assert json.loads(out)["summary"]["values"]["rows_with_differences"] == 0, (algorithm, out)


def refused(binary, url, *words):
    """The message, which has to be one line, without the password, and say what to do."""
    code, out, errors = diff(binary, url, "secret")
    assert code == 2 and out == "", out
    assert len(errors.splitlines()) == 1, errors
    password = url.split("://")[1].split("@")[0].split(":")[1]
    assert password not in errors
    for word in words:
        assert word in errors, errors
    return errors


@pytest.mark.parametrize("mode", ["prefer", "require"])
def test_sessions_are_encrypted_without_a_look_at_the_certificate(binary, encrypted, mode):
    expect_session(binary, encrypted.url(UNNAMED, sslmode=mode), "secret")


def test_sessions_are_encrypted_where_the_server_can_and_nobody_says_anything(binary, encrypted):
    expect_session(binary, encrypted.url(UNNAMED), "secret")


def test_sessions_are_in_plain_text_where_that_is_wanted(binary, encrypted):
    expect_session(binary, encrypted.url(UNNAMED, sslmode="disable"), "plain")


@pytest.mark.parametrize("mode, host", [("verify-ca", NAMED), ("verify-ca", UNNAMED), ("verify-full", NAMED)])
def test_a_certificate_of_a_trusted_authority_is_taken(binary, encrypted, mode, host):
    expect_session(binary, encrypted.url(host, sslmode=mode, sslrootcert=encrypted.authority), "secret")


def test_a_certificate_of_another_host_is_refused(binary, encrypted):
    refused(binary, encrypted.url(UNNAMED, sslmode="verify-full", sslrootcert=encrypted.authority),
            "certificate", "host name", "verify-ca")


@pytest.mark.parametrize("mode", ["verify-ca", "verify-full"])
def test_a_certificate_of_an_unknown_authority_is_refused(binary, encrypted, mode):
    refused(binary, encrypted.url(sslmode=mode, sslrootcert=encrypted.other_authority), "certificate", "sslrootcert")


@pytest.mark.parametrize("mode", ["verify-ca", "verify-full"])
def test_a_certificate_that_nothing_vouches_for_is_refused(binary, encrypted, mode):
    refused(binary, encrypted.url(sslmode=mode), "certificate", "sslrootcert")


def test_an_authority_that_is_not_there_is_said(binary, encrypted):
    refused(binary, encrypted.url(sslmode="verify-full", sslrootcert="/nowhere/ca.pem"),
            "sslrootcert", "/nowhere/ca.pem")


def test_a_user_who_must_encrypt_gets_in_encrypted_alone(binary, encrypted):
    expect_session(binary, encrypted.url(user="strict", sslmode="require"), "secret")
    refused(binary, encrypted.url(user="strict", sslmode="disable"), "sslmode")


@pytest.mark.parametrize("mode", ["require", "verify-ca", "verify-full"])
@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_a_server_without_tls_is_not_talked_to_where_tls_is_demanded(binary, request, authorities, mode, kind):
    if kind == "postgresql":
        cluster = request.getfixturevalue("cluster")
        url = f"postgresql://baker:{cluster.password}@{NAMED}:{cluster.port}/bakery?sslmode={mode}"
    else:
        url = request.getfixturevalue("unencrypted_mariadb")(NAMED, sslmode=mode)
    if mode != "require":
        url += f"&sslrootcert={authorities[0].certificate}"
    refused(binary, url, "server does not support", "set sslmode")


def test_an_unknown_mode_is_refused_before_anybody_is_reached(binary):
    for scheme in ("postgresql", "mysql"):
        refused(binary, f"{scheme}://baker:secret@127.0.0.1:1/bakery?sslmode=maybe", '"sslmode"', "verify-full")


def test_a_wrong_password_is_not_taken_for_a_matter_of_tls(binary, encrypted):
    errors = refused(binary, encrypted.url(UNNAMED, password="wrong-one", sslmode="require"))
    assert "sslmode" not in errors
