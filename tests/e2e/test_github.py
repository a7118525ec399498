"""The pull request's way through GitHub's API, each request held against GitHub's own description of it."""
import subprocess
import sys

import pytest

import github as forge
import servers
from waiting import is_done, wait_for


@pytest.fixture(scope="module")
def hub(binary, tmp_path_factory):
    """A server and a GitHub that know each other."""
    reason = forge.absent()
    if reason:
        pytest.skip(reason)
    server = servers.Server(binary, tmp_path_factory.mktemp("github"))
    github = forge.GitHub(server.url + "/webhooks/github")
    server.start()
    yield server, github
    assert server.stop() == 0
    try:
        assert github.violations() == []
    finally:
        github.stop()


@pytest.fixture
def ci(hub, bakery):
    """A CI config of its own, the only one that the repository's webhooks reach."""
    server, github = hub
    made = server.add_ci(bakery, repository=github.app)
    yield made
    server.request("DELETE", f"/api/v1/ci_configs/{made.id}")


def test_an_apps_comment_and_check_run(hub, ci, bakery):
    _, github = hub
    pull = github.pull_request()
    waiting = pull.report()
    assert "waiting" in waiting["body"] and waiting["user"]["login"].endswith("[bot]")
    assert pull.check()["status"] in ("queued", "in_progress")
    ci.upload("production", pull.base, bakery.main_target)
    ci.upload("pull_request", pull.head, bakery.pr_target)
    done = pull.report(is_done)
    assert done["id"] == waiting["id"]
    check = pull.check(lambda c: c["status"] == "completed")
    assert check["conclusion"] == "neutral" and "differ" in check["output"]["title"]

    first = pull.head
    pull.push()
    pull.check()
    assert pull.check(sha=first)["conclusion"] == "neutral"  # it had ended by then
    ci.upload("pull_request", pull.head, bakery.pr_target)
    again = pull.report(lambda c: is_done(c) and pull.head[:7] in c["body"])
    assert again["id"] == waiting["id"]


def test_a_token_has_statuses(hub, bakery):
    server, github = hub
    ci = server.add_ci(bakery, repository=github.token)
    try:
        pull = github.pull_request()
        assert pull.status()["state"] == "pending"
        ci.upload("production", pull.base, bakery.main_target)
        ci.upload("pull_request", pull.head, bakery.pr_target)
        pull.report(is_done)
        status = pull.status(lambda s: s["state"] != "pending")
        assert status["state"] == "success" and "differ" in status["description"]
    finally:
        server.request("DELETE", f"/api/v1/ci_configs/{ci.id}")


@pytest.mark.parametrize("fault", [
    {"status": 403, "headers": {"retry-after": "1"}, "body": {"message": "You have exceeded a secondary rate limit"}},
    {"status": 429, "headers": {"retry-after": "1"}},
    {"status": 500},
    {"drop": True},
    {"status": 502, "delay_ms": 1500},
], ids=["403", "429", "500", "dropped", "slow"])
def test_a_report_arrives_once_whatever_the_forge_does(hub, ci, bakery, fault):
    _, github = hub
    ci_base = github.call("GET", f"/repos/{github.name}/git/ref/heads/main")["object"]["sha"]
    ci.upload("production", ci_base, bakery.main_target)
    github.fail("(POST|PATCH) .*/comments", times=2, **fault)
    github.fail("(POST|PATCH) .*/check-runs", times=1, **fault)
    github.fail("GET .*/pulls/[0-9]+$", times=1, **fault)
    pull = github.pull_request()
    ci.upload("pull_request", pull.head, bakery.pr_target)
    pull.report(is_done, seconds=90)
    assert pull.check(lambda c: c["status"] == "completed", seconds=90)["conclusion"] == "neutral"
    assert len([c for c in pull.comments() if "vernier:report" in c["body"]]) == 1


def test_a_pull_request_from_a_fork(hub, ci, bakery):
    """Comment and check go to the base repository; who may not write there is not obeyed there."""
    server, github = hub
    pull = github.pull_request()
    pull.come_from_fork("stranger")
    ci.upload("production", pull.base, bakery.main_target)
    ci.upload("pull_request", pull.head, bakery.pr_target)
    report = pull.report(is_done)
    pull.check(lambda c: c["status"] == "completed")

    def runs():
        return server.get(f"/api/v1/ci/{ci.id}/runs?pr_num={pull.number}")

    stranger = {"login": "stranger", "id": 99}
    github.deliver("issue_comment", {
        "action": "created", "sender": stranger, "issue": {"number": pull.number, "pull_request": {}},
        "comment": {"id": 1, "body": "/vernier rerun", "author_association": "CONTRIBUTOR", "user": stranger}})
    answers = wait_for(pull.comments, lambda listed: len(listed) == 2)
    assert answers[0]["id"] == report["id"] and "was not done" in answers[1]["body"]
    assert len(runs()) == 1
    # GitHub names no pull requests with the check run of a fork's commit.
    github.deliver("check_run", {"action": "rerequested", "sender": {"login": "acme", "id": 1}, "check_run": {
        "id": 1, "head_sha": pull.head, "pull_requests": []}})
    wait_for(runs, lambda listed: len(listed) == 2 and listed[0]["status"] == "done")
    assert [c["id"] for c in pull.comments()] == [c["id"] for c in answers]


def test_an_expired_token_is_renewed(hub, ci, bakery):
    _, github = hub
    pull = github.pull_request()
    pull.report()
    github.call("POST", "/_test/expire", {})
    ci.upload("production", pull.base, bakery.main_target)
    ci.upload("pull_request", pull.head, bakery.pr_target)
    pull.report(is_done)


def test_a_comment_that_somebody_deleted_comes_back(hub, ci, bakery):
    _, github = hub
    pull = github.pull_request()
    first = pull.report()
    github.call("DELETE", f"/repos/{github.name}/issues/comments/{first['id']}")
    ci.upload("production", pull.base, bakery.main_target)
    ci.upload("pull_request", pull.head, bakery.pr_target)
    assert pull.report(is_done)["id"] != first["id"]


@pytest.mark.parametrize("mode", ["--bad", "--twice"])
def test_the_official_examples(hub, bakery, mode):
    server, github = hub
    repository = {**github.app, "name": "Codertocat/Hello-World"}
    ci = server.add_ci(bakery, repository=repository)
    try:
        done = subprocess.run([sys.executable, forge.SHARED / "replay_webhooks.py", "github",
                               github.settings["GITHUB_WEBHOOK_EXAMPLES"], server.url + "/webhooks/github",
                               github.secret, mode], capture_output=True, text=True, timeout=120)
        codes = {line.split()[-1] for line in done.stdout.splitlines()}
        assert codes == ({"401"} if mode == "--bad" else {"202"}), done.stdout[-3000:]
        runs = server.get(f"/api/v1/ci/{ci.id}/runs")
        if mode == "--bad":
            assert runs == []
    finally:
        server.request("DELETE", f"/api/v1/ci_configs/{ci.id}")
