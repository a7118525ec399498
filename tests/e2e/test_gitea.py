"""Pull requests at a real Gitea: its webhooks in, our comment and status out."""
import json
import re
import time

import pytest

import builds
import gitea as forge


@pytest.fixture(scope="module")
def gitea():
    reason = forge.absent()
    if reason:
        pytest.skip(reason)
    running = forge.Gitea()
    yield running
    running.wipe()


@pytest.fixture
def repository(gitea, server, bakery):
    """A repository with the example project on main, and its pull request's branch pushed, not opened."""
    made = gitea.repository(server.url + "/webhooks/gitea")
    made.push(bakery.main_checkout, f"{bakery.main_sha}:refs/heads/main")
    made.push(bakery.pr_checkout, f"{bakery.pr_sha}:refs/heads/card-discount")
    return made


def verdict(body):
    return re.search(r"^## (.*)$", body, re.M).group(1)


def is_done(body):
    return re.search(r"^## Data diff: \d+ of \d+ models", body, re.M) is not None


def test_a_pull_request_is_reported_and_the_report_mends_itself(repository, server, bakery):
    ci = server.add_ci(bakery, repository=repository.settings)
    number = repository.open_pull_request()

    # Nothing is uploaded yet: the comment names the commit and the command that brings its artifacts.
    waiting = repository.report(number)
    assert "waiting" in verdict(waiting["body"])
    assert bakery.pr_sha in waiting["body"] and "datafold dbt upload" in waiting["body"]
    assert repository.status(bakery.pr_sha)["status"] == "pending"

    # Production's older artifacts are the best there is; they are named, and the base that is missing.
    ci.upload("production", bakery.old_sha, bakery.old_target)
    ci.upload_pr()
    stale = repository.report(number, is_done)
    assert stale["id"] == waiting["id"]
    assert "1 commit behind" in verdict(stale["body"])
    assert bakery.main_sha in stale["body"] and "bread_prices" in stale["body"]

    # The late upload puts it right: the same comment, nobody pushed.
    ci.upload_base()
    mended = repository.report(number, lambda body: "behind" not in verdict(body))
    assert mended["id"] == waiting["id"]
    assert "bread_prices" not in mended["body"]
    status = repository.status(bakery.pr_sha, lambda s: s["status"] != "pending")
    assert status["status"] == "success" and "differ" in status["description"]
    assert status["target_url"].startswith(server.url + "/ci/")

    html = repository.render(mended["body"])
    assert "<table>" in html and "<details>" in html and "vernier:report" not in html

    run = server.get(f"/api/v1/ci/{ci.id}/runs?pr_num={number}")[0]
    assert (run["pr_sha"], run["base_sha"], run["pr_branch"]) == (bakery.pr_sha, bakery.main_sha, "card-discount")


def test_a_push_supersedes_the_older_run_and_keeps_the_comment(repository, server, bakery):
    ci = server.add_ci(bakery, repository=repository.settings)
    ci.upload_base()
    number = repository.open_pull_request()
    waiting = repository.report(number)
    # A forced push: the branch is elsewhere, its old head is gone.
    repository.push(bakery.main_checkout, f"{bakery.old_sha}:refs/heads/card-discount")
    repository.push(bakery.pr_checkout, f"{bakery.pr_sha}:refs/heads/card-discount")
    ci.upload_pr()
    done = repository.report(number, is_done)
    assert done["id"] == waiting["id"]
    runs = server.get(f"/api/v1/ci/{ci.id}/runs?pr_num={number}")
    assert runs[0]["pr_sha"] == bakery.pr_sha and runs[0]["status"] == "done"
    assert all(run["status"] == "cancelled" for run in runs[1:])


def test_a_label_starts_the_run_where_one_is_asked_for(repository, server, bakery):
    ci = server.add_ci(bakery, repository=repository.settings, pull_request_label="data")
    ci.upload_base()
    ci.upload_pr()
    number = repository.open_pull_request()
    repository.comment(number, "just talk")
    assert server.get(f"/api/v1/ci/{ci.id}/runs") == []
    repository.label(number, "data")
    assert is_done(repository.report(number, is_done)["body"])


def test_commands_in_comments(repository, server, bakery):
    ci = server.add_ci(bakery, repository=repository.settings, diff_threshold=1)
    ci.upload_base()
    ci.upload_pr()
    number = repository.open_pull_request()
    asked = repository.report(number, lambda body: "confirmation" in verdict(body))
    assert "/vernier confirm" in asked["body"]
    repository.comment(number, "/vernier confirm")
    done = repository.report(number, is_done)
    assert done["id"] == asked["id"]
    first = server.get(f"/api/v1/ci/{ci.id}/runs")[0]["id"]
    repository.comment(number, "please:\n/vernier rerun")
    repository.report(number, lambda body: f"Run {first}" not in body and "confirmation" in verdict(body))
    repository.comment(number, "/vernier dance")
    for _ in range(100):
        ours = repository.comments(number, repository.gitea.settings["GITEA_BOT"])
        if len(ours) == 2:
            break
        time.sleep(0.2)
    assert "is not a command" in ours[1]["body"]


def test_a_skipping_commit_message_and_ignored_files_need_no_run(repository, server, bakery, tmp_path):
    ci = server.add_ci(bakery, repository=repository.settings, files_to_ignore="*.md\ndocs/")
    work = tmp_path / "work"
    builds.git(bakery.main_checkout, "worktree", "add", "-q", "--detach", str(work), bakery.main_sha)
    try:
        (work / "NOTES.md").write_text("notes\n")
        sha = builds.commit(work, "Take notes")
        repository.push(work, f"{sha}:refs/heads/notes")
        repository.open_pull_request("notes")
        assert "ignored files" in repository.status(sha)["description"]
        (work / "models/marts/x.sql").write_text("select 1 as one\n")
        skipping = builds.commit(work, "Try something\n\ndatafold-skip-ci")
        repository.push(work, f"{skipping}:refs/heads/notes")
        assert "commit message" in repository.status(skipping)["description"]
        assert server.get(f"/api/v1/ci/{ci.id}/runs") == []
    finally:
        builds.git(bakery.main_checkout, "worktree", "remove", "--force", str(work))


def test_closing_ends_the_run_and_reopening_starts_one(repository, server, bakery):
    ci = server.add_ci(bakery, repository=repository.settings)
    number = repository.open_pull_request()
    repository.report(number)
    repository.gitea.call("PATCH", f"{repository.path}/pulls/{number}", "dev", {"state": "closed"}, 201)
    run = server.get(f"/api/v1/ci/{ci.id}/runs")[0]
    ci.wait_for_status(run["id"], "cancelled")
    repository.gitea.call("PATCH", f"{repository.path}/pulls/{number}", "dev", {"state": "open"}, 201)
    ci.upload_base()
    ci.upload_pr()
    assert is_done(repository.report(number, is_done)["body"])


def test_a_bad_signature_is_refused_without_effect(repository, server, bakery):
    ci = server.add_ci(bakery, repository={**repository.settings, "webhook_secret": "another"})
    number = repository.open_pull_request()
    hook = repository.gitea.call("GET", f"{repository.path}/hooks", "admin")[0]
    assert hook["active"]
    body = json.dumps({"action": "opened", "number": number}).encode()
    answer = server.request("POST", "/webhooks/gitea", data=body, headers={
        "X-Gitea-Event": "pull_request", "X-Gitea-Signature": "0" * 64, "Content-Type": "application/json"})
    assert answer.status_code == 401
    assert server.get(f"/api/v1/ci/{ci.id}/runs") == []
