"""Builds the example project with the real dbt, as commits of a real git repository.

Three commits: `old` (main, a week ago), `main` (a colleague's merge later) and `pr` (the pull request, from main).
Beside the example's own models go edge_models/, whose tables are awkward to compare.
"""
import dataclasses
import os
import pathlib
import shutil
import subprocess
import sys

import oracle

HERE = pathlib.Path(__file__).resolve().parent
EXAMPLES = HERE.parents[1] / "examples"
DBT = pathlib.Path(sys.executable).parent / "dbt"


@dataclasses.dataclass
class Build:
    old_sha: str
    main_sha: str
    pr_sha: str
    old_target: pathlib.Path
    main_target: pathlib.Path
    pr_target: pathlib.Path
    main_checkout: pathlib.Path
    pr_checkout: pathlib.Path
    data_source: dict
    environment: dict
    oracle: oracle.Oracle


def build_duckdb(folder):
    database = folder / "bakery.duckdb"
    build = build_project(folder, {"BAKERY_DB": str(database), "BAKERY_PR_SCHEMA": "pr_7"}, profile=None)
    build.data_source = {"name": "bakery", "type": "duckdb", "options": {"path": str(database)}}
    build.oracle = oracle.of_duckdb(database)
    return build


def build_postgres(folder, cluster):
    profile = POSTGRES_PROFILE.format(port=cluster.port)
    build = build_project(folder, {"BAKERY_PASSWORD": cluster.password}, profile)
    build.data_source = {"name": "bakery", "type": "pg",
                         "options": {"host": "127.0.0.1", "port": cluster.port, "user": "baker",
                                     "password": cluster.password, "dbname": "bakery"}}
    build.oracle = oracle.of_postgres(cluster)
    return build


def build_project(folder, environment, profile):
    main, pr, old_target = folder / "main", folder / "pr", folder / "old_target"
    shutil.copytree(EXAMPLES / "bakery", main, ignore=shutil.ignore_patterns("target", "logs"))
    shutil.copytree(HERE / "edge_models" / "main", main / "models" / "edge")
    if profile:
        (main / "profiles.yml").write_text(profile)
    (main / ".gitignore").write_text("target/\nlogs/\n")
    git(main, "init", "-q", "-b", "main")
    prices = main / "models/marts/bread_prices.sql"
    current = prices.read_text()
    prices.write_text(current.replace("price * 13 / 12", "price * 21 / 20"))
    assert prices.read_text() != current
    old_sha = commit(main, "Add delivery to the price list")
    dbt(main, environment, "compile", "--target", "prod")
    shutil.move(main / "target", old_target)
    prices.write_text(current)
    main_sha = commit(main, "Deliver for a twelfth of the price")
    dbt(main, environment, "build", "--target", "prod")
    git(main, "worktree", "add", "-q", "-b", "card-discount", str(pr))
    shutil.copytree(EXAMPLES / "bakery_change", pr, dirs_exist_ok=True)
    shutil.copytree(HERE / "edge_models" / "pr", pr / "models" / "edge", dirs_exist_ok=True)
    pr_sha = commit(pr, "Give card holders their discount")
    dbt(pr, environment, "build", "--target", "pr")
    return Build(old_sha, main_sha, pr_sha, old_target, main / "target", pr / "target", main, pr, {}, environment,
                 oracle.Oracle(None))


def dbt(checkout, environment, *arguments):
    done = subprocess.run([DBT, "--no-use-colors", *arguments], cwd=checkout, env={**os.environ, **environment},
                          capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, f"dbt {' '.join(arguments)}:\n{done.stdout[-4000:]}"


def git(checkout, *arguments):
    return subprocess.run(["git", "-c", "user.name=Bakery", "-c", "user.email=bakery@example.org",
                           "-c", "commit.gpgsign=false", "-c", "core.hooksPath=/dev/null", *arguments],
                          cwd=checkout, check=True, capture_output=True, text=True).stdout.strip()


def commit(checkout, message):
    git(checkout, "add", "-A")
    git(checkout, "commit", "-q", "-m", message)
    return git(checkout, "rev-parse", "HEAD")


POSTGRES_PROFILE = """\
bakery:
  target: prod
  outputs:
    prod: &prod
      type: postgres
      host: 127.0.0.1
      port: {port}
      user: baker
      password: "{{{{ env_var('BAKERY_PASSWORD') }}}}"
      dbname: bakery
      schema: prod
      threads: 2
    pr:
      <<: *prod
      schema: pr_7
"""
