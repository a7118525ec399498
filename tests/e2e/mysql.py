"""Throw-away servers of MariaDB and of MySQL on free ports."""
import os
import pathlib
import secrets
import shutil
import subprocess
import time

import servers


def mariadb_program():
    return shutil.which("mariadbd", path="/usr/sbin:/usr/bin:/usr/local/sbin")


def mysql_program():
    """What VERNIER_MYSQLD names (tools/fetch_mysql.sh makes such a one), else what is installed."""
    program = os.environ.get("VERNIER_MYSQLD") or shutil.which("mysqld", path="/usr/sbin:/usr/bin")
    if not program:
        return None
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    return program if said and "MariaDB" not in said else None


def absent(kind):
    """Why there can be no such server here; empty where there can."""
    if kind == "mariadb":
        return "" if mariadb_program() else "no MariaDB server here"
    return "" if mysql_program() else "no MySQL server here; tools/fetch_mysql.sh brings one, VERNIER_MYSQLD names it"


class Server:
    """User `baker` with a password, database `bakery`; the administrator comes by a socket."""

    def __init__(self, kind, folder, *options):
        self.kind = kind
        self.folder = pathlib.Path(folder)
        self.options = options
        self.port = servers.free_port()
        self.password = secrets.token_hex(12)
        self.process = None

    @property
    def socket(self):
        return self.folder / "s"

    def start(self):
        data = self.folder / "data"
        log = open(self.folder / "log", "wb")
        if self.kind == "mariadb":
            program = mariadb_program()
            subprocess.run(["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--skip-test-db",
                            "--auth-root-authentication-method=normal", "--user=root"],
                           stdout=log, stderr=log, check=True)
        else:
            program = mysql_program()
            subprocess.run([program, "--no-defaults", "--initialize-insecure", "--user=root", f"--datadir={data}",
                            "--secure-file-priv="], stdout=log, stderr=log, check=True)
        own = ["--mysqlx=OFF", "--secure-file-priv="] if self.kind == "mysql" else []
        self.process = subprocess.Popen(
            [program, "--no-defaults", f"--datadir={data}", "--user=root", f"--socket={self.socket}",
             f"--port={self.port}", "--bind-address=127.0.0.1", f"--pid-file={self.folder}/pid",
             "--innodb-buffer-pool-size=64M", *own, *self.options], stdout=log, stderr=log)
        deadline = time.monotonic() + 60
        while self._client("select 1").returncode != 0:
            assert self.process.poll() is None and time.monotonic() < deadline, (self.folder / "log").read_text()
            time.sleep(0.1)
        self.run(f"create database bakery; create user baker@'%' identified by '{self.password}'; "
                 "grant all on *.* to baker@'%'")

    def stop(self):
        self.process.kill()
        self.process.wait()

    def run(self, sql):
        """The answer of statements of the administrator, cells apart by tabs."""
        done = self._client(sql)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def url(self, host="127.0.0.1", user="baker", password=None, **parameters):
        query = "&".join(f"{name}={value}" for name, value in parameters.items())
        return f"mysql://{user}:{password or self.password}@{host}:{self.port}/bakery" + (f"?{query}" if query else "")

    def _client(self, sql):
        database = "bakery" if self._has_database else "mysql"
        return subprocess.run(["mariadb", "--no-defaults", f"--socket={self.socket}", "-uroot", "-N",
                               "--default-character-set=utf8mb4", database],
                              input=sql, capture_output=True, text=True, check=False)

    @property
    def _has_database(self):
        return (self.folder / "data" / "bakery").exists()
