"""Artifacts that are missing: the best there is, what that costs, and how the run puts itself right."""
import json
import shlex
import shutil
import subprocess
import sys

import pytest


def missing(run):
    return [w for w in run["warnings"] if w["code"] == "artifacts_missing"]


def names(run):
    return {m["name"] for m in run["models"]}


def based_on(sha):
    return lambda run: run["status"] == "done" and run["artifacts"]["base"]["used"] == sha


def test_an_older_base_is_used_named_and_replaced_by_the_printed_command(ci):
    build = ci.build
    ci.upload("production", build.old_sha, build.old_target)
    ci.upload_pr()
    run_id = ci.trigger()
    run = ci.wait(run_id)
    base = run["artifacts"]["base"]
    assert (base["wanted"], base["used"], base["step"]) == (build.main_sha, build.old_sha, "latest")
    assert base["kind"] == "declared"  # old_target is of `dbt compile`
    warning, = missing(run)
    assert (warning["commit_sha"], warning["run_type"]) == (build.main_sha, "production")
    assert build.main_sha in warning["message"]
    assert "bread_prices" in names(run)  # the colleague's change, blamed on this pull request

    assert shlex.split(warning["command"])[:3] == ["datafold", "dbt", "upload"]
    environment = {"PATH": f"{sys.prefix}/bin:/usr/bin:/bin", "DATAFOLD_HOST": ci.server.url,
                   "DATAFOLD_API_KEY": ci.server.key}
    done = subprocess.run(warning["command"], shell=True, cwd=build.main_checkout, env=environment,
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr

    mended = ci.wait(run_id, based_on(build.main_sha))
    assert mended["id"] == run_id
    assert mended["artifacts"]["base"]["step"] == "exact"
    assert mended["warnings"] == []
    assert "bread_prices" not in names(mended)


def test_no_base_at_all_is_said_and_mended(ci):
    build = ci.build
    ci.upload_pr()
    run_id = ci.trigger()
    run = ci.wait(run_id)
    assert run["artifacts"]["base"]["step"] == "none"
    warning, = missing(run)
    assert build.main_sha in warning["message"] and build.main_sha in warning["command"]
    ci.upload_base()
    mended = ci.wait(run_id, based_on(build.main_sha))
    assert missing(mended) == []
    assert next(m for m in mended["models"] if m["name"] == "sales")["diff"]["result"] == "different"


def test_a_run_waits_for_the_pull_requests_artifacts(ci):
    ci.upload_base()
    run_id = ci.trigger()
    run = ci.run(run_id)
    assert run["status"] == "waiting"
    assert ci.build.pr_sha in {w["commit_sha"] for w in missing(run)}
    ci.upload_pr()
    done = ci.wait(run_id)
    assert done["id"] == run_id and done["warnings"] == []


def test_declared_artifacts_are_used_and_said_to_be_so(ci):
    build = ci.build
    ci.upload("production", build.old_sha, build.old_target)
    ci.upload_pr()
    run = ci.wait(ci.trigger(base_sha=build.old_sha))
    assert run["artifacts"]["base"]["step"] == "exact"
    assert [w["code"] for w in run["warnings"]] == ["declared_not_built"]


def test_the_latest_strategy_takes_the_newest_production_upload(server, bakery):
    ci = server.add_ci(bakery, base_strategy="latest")
    ci.upload_base()
    ci.upload_pr()
    run = ci.wait(ci.trigger(base_sha=bakery.old_sha))
    assert run["artifacts"]["base"]["used"] == bakery.main_sha
    assert missing(run) == []


def test_uploads_of_one_run_id_belong_together(ci):
    build = ci.build
    ci.upload_base()
    ci.upload("production", build.old_sha, build.old_target, run_id="drift-1")
    ci.upload("pull_request", build.pr_sha, build.pr_target, run_id="drift-1")
    run = ci.wait(ci.trigger())
    assert run["artifacts"]["base"]["used"] == build.old_sha


def test_a_pull_request_built_over_production_is_noticed(ci, tmp_path):
    """As `dbt build --target prod` on the pull request's branch would have it: its code, production's relations."""
    build = ci.build
    manifest = json.loads((build.pr_target / "manifest.json").read_text())
    for node in manifest["nodes"].values():
        if node["schema"] == "pr_7":
            node["schema"] = "prod"
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    shutil.copy(build.pr_target / "run_results.json", tmp_path)
    ci.upload_base()
    ci.upload("pull_request", build.pr_sha, tmp_path)
    run = ci.wait(ci.trigger())
    assert "wrong_target" in {w["code"] for w in run["warnings"]}
    assert {m["diff"]["result"] for m in run["models"]} == {"not_diffed"}


def test_productions_own_artifacts_given_as_the_pull_requests_are_noticed(ci):
    """Without the warning the report would say that nothing changed."""
    ci.upload_base()
    ci.upload("pull_request", ci.build.pr_sha, ci.build.main_target)
    run = ci.wait(ci.trigger())
    assert "wrong_target" in {w["code"] for w in run["warnings"]}


def test_a_newer_head_cancels_the_older_run(ci):
    older = ci.trigger(pr_sha="1" * 40)
    newer = ci.trigger(pr_sha="2" * 40)
    other = ci.trigger(pr_num=8, pr_sha="3" * 40)
    assert [ci.run(run)["status"] for run in (older, newer, other)] == ["cancelled", "waiting", "waiting"]


@pytest.mark.parametrize("query, expected", [
    ({}, ["pull_request", "production", "production"]),
    ({"run_type": "production"}, ["production", "production"]),
    ({"limit": 1}, ["pull_request"]),
    ({"commit_sha": "4" * 40}, []),
])
def test_uploads_are_listed_newest_first(uploaded, query, expected):
    listed = uploaded.artifacts(**query)
    assert [u["run_type"] for u in listed] == expected
    for upload in listed:
        assert upload["dbt_version"] == "1.11.16" and upload["nodes"] > 20 and upload["bytes_stored"] > 0


@pytest.fixture(scope="module")
def uploaded(server, bakery):
    ci = server.add_ci(bakery)
    ci.upload("production", bakery.old_sha, bakery.old_target)
    ci.upload_base()
    ci.upload_pr()
    return ci
