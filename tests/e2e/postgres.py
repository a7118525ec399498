"""A throw-away PostgreSQL cluster on a free port."""
import getpass
import os
import pathlib
import secrets
import shutil
import subprocess
import tempfile

import servers

BIN = pathlib.Path("/usr/lib/postgresql/15/bin")


def absent():
    """Why there can be no cluster here; empty where there can."""
    return "" if (BIN / "initdb").exists() else f"no PostgreSQL server in {BIN}"


def as_postgres(*command):
    """PostgreSQL refuses to run as root."""
    if getpass.getuser() == "root":
        return ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups", *map(str, command)]
    return [str(part) for part in command]


def make_folder():
    folder = tempfile.mkdtemp(prefix="vernier-pg-")
    if getpass.getuser() == "root":
        shutil.chown(folder, "postgres", "postgres")
    return folder


class Cluster:
    """User `baker` with a password, database `bakery`."""

    def __init__(self, folder):
        self.folder = folder
        self.data = folder / "data"
        self.port = servers.free_port()
        self.password = secrets.token_hex(12)

    def start(self):
        password_file = self.folder / "password"
        password_file.write_text(self.password)
        os.chmod(password_file, 0o644)
        self._run("initdb", "-D", self.data, "-U", "baker", "--auth=scram-sha-256", f"--pwfile={password_file}",
                  "--encoding=UTF8", "--locale=C.UTF-8")
        self._run("pg_ctl", "-D", self.data, "-l", self.folder / "log", "-w", "start", "-o",
                  f"-p {self.port} -c listen_addresses=127.0.0.1 -k {self.folder} -c fsync=off")
        connection = self.connect("postgres")
        connection.autocommit = True
        connection.cursor().execute("create database bakery")
        connection.close()

    def stop(self):
        self._run("pg_ctl", "-D", self.data, "-m", "fast", "-w", "stop")

    def connect(self, database="bakery"):
        import psycopg2
        return psycopg2.connect(host="127.0.0.1", port=self.port, user="baker", password=self.password,
                                dbname=database)

    def _run(self, program, *arguments):
        done = subprocess.run(as_postgres(BIN / program, *arguments), cwd=self.folder, stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=60)
        assert done.returncode == 0, f"{program}: {done.stderr}"
