"""What the end-to-end tests share: a real server, real dbt builds, a real PostgreSQL."""
import os
import pathlib
import shutil

import pytest

import builds
import postgres
import servers

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def binary():
    path = pathlib.Path(os.environ.get("VERNIER_BIN", ROOT / "build/release/bin/vernier")).resolve()
    assert path.exists(), f"{path} is not there; run ./dev build, or set VERNIER_BIN"
    return path


@pytest.fixture(scope="session")
def sanitized(binary):
    """Whether the binary carries sanitizers, which change what time and memory it needs."""
    return b"__asan_init" in binary.read_bytes()


@pytest.fixture(scope="session")
def server(binary, tmp_path_factory):
    """One server for all tests that need no server of their own; each makes its own CI config."""
    running = servers.Server(binary, tmp_path_factory.mktemp("server"))
    running.start()
    yield running
    assert running.stop() == 0, running.log.read_text()[-3000:]


@pytest.fixture
def own_server(binary, tmp_path):
    """A server that the test may kill."""
    running = servers.Server(binary, tmp_path / "server")
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def bakery(tmp_path_factory):
    """The example project, built by dbt into one DuckDB file."""
    return builds.build_duckdb(tmp_path_factory.mktemp("bakery"))


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    reason = postgres.absent()
    if reason:
        pytest.skip(reason)
    # PostgreSQL's own user must be able to enter the folder, which it cannot below pytest's.
    folder = pathlib.Path(postgres.make_folder())
    running = postgres.Cluster(folder)
    running.start()
    yield running
    running.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def bakery_pg(cluster, tmp_path_factory):
    """The example project, built by dbt into PostgreSQL."""
    return builds.build_postgres(tmp_path_factory.mktemp("bakery_pg"), cluster)


@pytest.fixture
def ci(server, bakery):
    """A fresh CI config over the DuckDB bakery."""
    return server.add_ci(bakery)
