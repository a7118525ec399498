"""Artifacts that dbt Cloud's jobs made, taken by its API."""
import hashlib
import hmac
import time

import pytest

import dbt_cloud
from waiting import wait_for


@pytest.fixture
def cloud():
    running = dbt_cloud.DbtCloud()
    yield running
    running.stop()


def settings(cloud, **others):
    return {"url": cloud.url, "account_id": 17, "production_job_id": 100, "pull_request_job_id": 200,
            "token": cloud.token, "webhook_secret": "hook", **others}


def tell(server, secret="hook"):
    """dbt Cloud's webhook about a run that has ended."""
    body = b'{"eventType":"job.run.completed","data":{"jobId":"100","runId":"1"}}'
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return server.request("POST", "/webhooks/dbt_cloud", data=body, headers={"Authorization": signature})


def wait_for_artifacts(ci, count, seconds=30):
    return wait_for(ci.artifacts, lambda listed: len(listed) >= count, seconds)


def test_both_jobs_artifacts_are_taken_once_and_complete_a_run(server, bakery, cloud):
    ci = server.add_ci(bakery, dbt_cloud=settings(cloud))
    run_id = ci.trigger()
    cloud.add_run(1, 100, bakery.main_sha, bakery.main_target, status=20)  # a test failed; the tables are built
    cloud.add_run(2, 200, bakery.pr_sha, bakery.pr_target)
    cloud.add_run(3, 200, "f" * 40, None, status=20)  # ended before dbt wrote anything
    cloud.add_run(4, 200, "e" * 40, bakery.pr_target, status=3)  # still running
    cloud.add_run(5, 999, "d" * 40, bakery.pr_target)  # another job
    assert tell(server).status_code == 202
    taken = wait_for_artifacts(ci, 2)
    assert [(a["run_type"], a["commit_sha"], a["kind"], a["run_id"]) for a in taken] == [
        ("pull_request", bakery.pr_sha, "built", "dbt-cloud-2"),
        ("production", bakery.main_sha, "built", "dbt-cloud-1")]
    run = ci.wait(run_id)
    assert run["artifacts"]["base"]["step"] == "exact" and run["models"]
    assert tell(server).status_code == 202
    time.sleep(1)
    assert len(ci.artifacts()) == 2


def test_a_cloud_that_is_down_is_asked_again(server, bakery, cloud):
    ci = server.add_ci(bakery, dbt_cloud=settings(cloud))
    cloud.add_run(1, 100, bakery.main_sha, bakery.main_target)
    cloud.fail_next = 1
    tell(server)
    wait_for(lambda: cloud.asked)
    time.sleep(0.5)
    tell(server)
    wait_for_artifacts(ci, 1)


def test_a_cloud_that_does_not_answer_holds_up_no_other(server, bakery, cloud):
    silent = dbt_cloud.DbtCloud()
    silent.answering.clear()
    try:
        server.add_ci(bakery, dbt_cloud=settings(silent))
        ci = server.add_ci(bakery, dbt_cloud=settings(cloud))
        tell(server)
        wait_for(lambda: silent.asked)
        cloud.add_run(1, 100, bakery.main_sha, bakery.main_target)
        tell(server)
        wait_for_artifacts(ci, 1, seconds=8)  # before the other's time is up
        assert len(silent.asked) == 1
    finally:
        silent.stop()


def test_an_artifact_that_is_refused_holds_up_no_other(server, bakery, cloud, tmp_path):
    (tmp_path / "manifest.json").write_text("no manifest")
    ci = server.add_ci(bakery, dbt_cloud=settings(cloud))
    cloud.add_run(1, 100, bakery.old_sha, tmp_path)
    cloud.add_run(2, 100, bakery.main_sha, bakery.main_target)
    cloud.add_run(3, 200, bakery.pr_sha, bakery.pr_target)
    tell(server)
    assert [a["commit_sha"] for a in wait_for_artifacts(ci, 2)] == [bakery.pr_sha, bakery.main_sha]


def test_what_is_not_signed_is_refused(server, bakery, cloud):
    server.add_ci(bakery, dbt_cloud=settings(cloud))
    time.sleep(0.2)
    asked = len(cloud.asked)
    assert tell(server, "wrong").status_code == 401
    assert server.request("POST", "/webhooks/dbt_cloud", data=b"{}").status_code == 401
    time.sleep(0.5)
    assert len(cloud.asked) == asked
    config = [c for c in server.get("/api/v1/ci_configs") if c["dbt_cloud"]["url"] == cloud.url][0]
    assert "token" not in config["dbt_cloud"] and "hook" not in str(config)
