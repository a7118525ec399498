"""Merge requests at an emulated GitLab, whose answers GitLab's own client has passed."""
import base64
import json
import pathlib
import secrets
import shutil
import subprocess
import sys

import pytest

import gitlab as forge
from waiting import is_done


@pytest.fixture
def gitlab(tmp_path, bakery):
    reason = forge.absent()
    if reason:
        pytest.skip(reason)
    running = forge.GitLab(tmp_path / "gitlab")
    running.push(bakery.main_checkout, f"{bakery.main_sha}:refs/heads/main")
    running.push(bakery.pr_checkout, f"{bakery.pr_sha}:refs/heads/card-discount")
    yield running
    running.stop()


def test_a_merge_request_is_reported_and_the_report_mends_itself(gitlab, server, bakery):
    gitlab.add_hook(server.url + "/webhooks/gitlab", token=gitlab.secret)
    ci = server.add_ci(bakery, repository=gitlab.repository)
    iid = gitlab.merge_request("card-discount")
    waiting = gitlab.report(iid)
    assert gitlab.status(bakery.pr_sha)["status"] in ("pending", "running")
    ci.upload("production", bakery.old_sha, bakery.old_target)
    ci.upload_pr()
    assert "1 commit behind" in gitlab.report(iid, is_done)["body"]
    ci.upload_base()
    mended = gitlab.report(iid, lambda c: is_done(c) and "behind" not in c["body"])
    assert mended["id"] == waiting["id"]
    status = gitlab.status(bakery.pr_sha, lambda s: s["status"] not in ("pending", "running"))
    assert status["status"] == "success" and "differ" in status["description"]
    run = server.get(f"/api/v1/ci/{ci.id}/runs?pr_num={iid}")[0]
    assert (run["pr_sha"], run["base_sha"]) == (bakery.pr_sha, bakery.main_sha)


def test_a_signed_webhook_does_as_well_as_a_token(gitlab, server, bakery):
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()
    gitlab.add_hook(server.url + "/webhooks/gitlab", signing_token=secret)
    server.add_ci(bakery, repository={**gitlab.repository, "webhook_secret": secret})
    iid = gitlab.merge_request("card-discount")
    assert "waiting" in gitlab.report(iid)["body"]


def test_a_push_to_the_branch_supersedes(gitlab, server, bakery):
    gitlab.add_hook(server.url + "/webhooks/gitlab", token=gitlab.secret)
    gitlab.push(bakery.main_checkout, f"{bakery.old_sha}:refs/heads/card-discount")
    ci = server.add_ci(bakery, repository=gitlab.repository)
    iid = gitlab.merge_request("card-discount")
    gitlab.report(iid)
    gitlab.push(bakery.pr_checkout, f"{bakery.pr_sha}:refs/heads/card-discount")
    gitlab.call("POST", "/_test/sync", {})
    ci.upload_base()
    ci.upload_pr()
    gitlab.report(iid, is_done)
    runs = server.get(f"/api/v1/ci/{ci.id}/runs?pr_num={iid}")
    assert [run["status"] for run in runs] == ["done", "cancelled"]


def test_a_merge_request_from_a_fork(gitlab, server, bakery):
    gitlab.add_hook(server.url + "/webhooks/gitlab", token=gitlab.secret)
    gitlab.push(bakery.pr_checkout, f"{bakery.pr_sha}:refs/heads/theirs", fork=True)
    ci = server.add_ci(bakery, repository=gitlab.repository)
    iid = gitlab.merge_request("theirs", fork=True)
    ci.upload_base()
    ci.upload_pr()
    gitlab.report(iid, is_done)
    assert gitlab.status(bakery.pr_sha, lambda s: s["status"] == "success", project=2)


@pytest.mark.parametrize("fault", [{"status": 429, "headers": {"Retry-After": "1"}}, {"status": 500}, {"status": 403}],
                         ids=["429", "500", "403"])
def test_a_report_arrives_once_whatever_the_forge_does(gitlab, server, bakery, fault):
    gitlab.add_hook(server.url + "/webhooks/gitlab", token=gitlab.secret)
    ci = server.add_ci(bakery, repository=gitlab.repository)
    ci.upload_base()
    ci.upload_pr()
    gitlab.fail("(POST|PUT) .*/notes", times=2, **fault)
    gitlab.fail("POST .*/statuses", times=1, **fault)
    iid = gitlab.merge_request("card-discount")
    gitlab.report(iid, is_done, seconds=90)
    assert gitlab.status(bakery.pr_sha, lambda s: s["status"] == "success", seconds=90)


def payloads():
    """The folder of the payloads that GitLab's own client is tested with; None where it is not to be had."""
    if not shutil.which("go"):
        return None
    done = subprocess.run(["go", "mod", "download", "-json", "gitlab.com/gitlab-org/api/client-go@v1.46.0"],
                          capture_output=True, text=True, timeout=120)
    return pathlib.Path(json.loads(done.stdout)["Dir"]) / "testdata" / "webhooks" if done.returncode == 0 else None


@pytest.mark.parametrize("mode", ["--bad", "--twice"])
def test_the_payloads_of_gitlabs_own_client(gitlab, server, bakery, mode):
    folder = payloads()
    if folder is None:
        pytest.skip("GitLab's client, whose payloads these are, cannot be downloaded")
    ci = server.add_ci(bakery, repository={**gitlab.repository, "name": "gitlab-org/gitlab-test"})
    done = subprocess.run([sys.executable, forge.SCRIPT.with_name("replay_webhooks.py"), "gitlab", folder,
                           server.url + "/webhooks/gitlab", gitlab.secret, mode],
                          capture_output=True, text=True, timeout=120)
    # The keys of one payload end in spaces.
    codes = {line.split()[-1] for line in done.stdout.splitlines() if not line.startswith("group_merge_request")}
    assert codes == ({"401"} if mode == "--bad" else {"202"}), done.stdout[-3000:] + done.stderr[-1000:]
    if mode == "--bad":
        assert server.get(f"/api/v1/ci/{ci.id}/runs") == []
