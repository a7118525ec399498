"""The program under the client's name: the same commands and options without Python."""
import json
import os
import subprocess

import pytest


@pytest.fixture
def drop_in(ci, tmp_path):
    link = tmp_path / "datafold"
    link.symlink_to(ci.server.binary)

    def call(*arguments, expected=0, stdin=None, **environment):
        env = {**os.environ, "DATAFOLD_HOST": ci.server.url, "DATAFOLD_API_KEY": ci.server.key, **environment}
        done = subprocess.run([link, *map(str, arguments)], env=env, capture_output=True, text=True, input=stdin,
                              timeout=120, check=False)
        assert done.returncode == expected, done.stdout + done.stderr
        return done.stdout + done.stderr
    return call


def trigger(ci, drop_in, base_sha):
    drop_in("ci", "trigger", "--ci-config-id", ci.id, "--pr-num", 7, "--base-branch", "main", "--base-sha", base_sha,
            "--pr-branch", "b", "--pr-sha", ci.build.pr_sha)
    return ci.server.get(f"/api/v1/ci/{ci.id}/runs")[0]["id"]


def test_uploads_triggers_waits_and_prints_the_report(ci, drop_in):
    drop_in("dbt", "upload", "--ci-config-id", ci.id, "--run-type", "production", "--target-folder",
            ci.build.main_target)  # the commit by git
    assert [u["commit_sha"] for u in ci.artifacts()] == [ci.build.main_sha]
    assert "Dbt artifacts exist" in drop_in(
        "dbt", "check-post-upload-dbt-artifacts", "--ci-config-id", ci.id, "--run-type", "production", "--branch",
        "main", "--commit-sha", ci.build.main_sha)
    run_id = trigger(ci, drop_in, ci.build.main_sha)
    out = drop_in("dbt", "upload-and-wait", "--ci-config-id", ci.id, "--run-type", "pull_request", "--target-folder",
                  ci.build.pr_target, "--commit-sha", ci.build.pr_sha)
    assert f"Run {run_id}: done" in out
    text = drop_in("ci", "report", "--ci-config-id", ci.id, "--run-id", run_id)
    assert "57 removed" in text and "\x1b" not in text  # no colour into a pipe
    assert json.loads(drop_in("ci", "report", "--ci-config-id", ci.id, "--run-id", run_id, "--format", "json"))["id"] \
        == run_id
    assert drop_in("ci", "report", "--ci-config-id", ci.id, "--run-id", run_id, "--format", "markdown") \
        .startswith("<!-- vernier:report")


def test_an_upload_brings_its_ancestors(ci, drop_in):
    """The base is chosen by ancestry where git knows it, not by the time of the upload."""
    drop_in("dbt", "upload", "--ci-config-id", ci.id, "--run-type", "production", "--target-folder",
            ci.build.old_target, "--commit-sha", ci.build.old_sha)
    ci.upload("production", "3" * 40, ci.build.main_target)  # newer, of another line of history
    ci.upload_pr()
    run_id = ci.server.post(f"/api/v1/ci/{ci.id}/trigger", {
        "pr_number": 7, "base_branch": "main", "base_sha": ci.build.main_sha, "pr_sha": ci.build.pr_sha,
        "pr_branch": "b", "ancestors": [ci.build.old_sha]})["ci_run_id"]
    base = ci.wait(run_id)["artifacts"]["base"]
    assert (base["step"], base["used"], base["behind"]) == ("ancestor", ci.build.old_sha, 1)


def test_keys_and_submitted_diffs(ci, drop_in):
    keys = drop_in("dbt", "check-primary-keys", "--ci-config-id", ci.id, ci.build.main_target / "manifest.json")
    assert "bakery_id, sold_on" in keys
    diffs = json.dumps([{"prod": "bakery.prod.sales", "pr": "bakery.pr_7.sales", "pk": ["sale_id"]}])
    submit = ("ci", "submit", "--ci-config-id", ci.id, "--pr-num", 7)
    assert "Could not find an active job" in drop_in(*submit, stdin=diffs)
    run_id = trigger(ci, drop_in, ci.build.main_sha)
    assert f"run {run_id}" in drop_in(*submit, stdin=diffs)
    sales, = ci.wait(run_id)["models"]
    assert sales["diff"]["summary"]["pks"]["exclusives"] == [57, 5]


def test_wrong_calls_end_with_two_and_failures_with_one(ci, drop_in, tmp_path):
    drop_in("dbt", "upload", "--ci-config-id", ci.id, "--run-type", "staging", expected=2)
    assert "manifest.json" in drop_in("dbt", "upload", "--ci-config-id", ci.id, "--run-type", "production",
                                      "--commit-sha", "4" * 40, "--target-folder", tmp_path, expected=1)
    assert "404" in drop_in("ci", "report", "--ci-config-id", ci.id, "--run-id", 999, expected=1)
    assert "401" in drop_in("ci", "report", "--ci-config-id", ci.id, "--run-id", 1, expected=1,
                            DATAFOLD_API_KEY="wrong")
