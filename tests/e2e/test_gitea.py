"""Pull requests at a real Gitea: its webhooks in, our comment and status out."""
import json

import pytest

import builds
import gitea as forge
from waiting import is_done, verdict, wait_for


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


def test_a_pull_request_is_reported_and_the_report_mends_itself(repository, server, bakery):
    ci = server.add_ci(bakery, repository=repository.settings)
    number = repository.open_pull_request()

    # Nothing is uploaded yet: the comment names the commit and the command that brings its artifacts.
    waiting = repository.report(number)
    assert "waiting" in verdict(waiting)
    assert bakery.pr_sha in waiting["body"] and "datafold dbt upload" in waiting["body"]
    assert repository.status(bakery.pr_sha)["status"] == "pending"

    # Production's older artifacts are the best there is; they are named, and the base that is missing.
    ci.upload("production", bakery.old_sha, bakery.old_target)
    ci.upload_pr()
    stale = repository.report(number, is_done)
    assert stale["id"] == waiting["id"]
    assert "1 commit behind" in verdict(stale)
    assert bakery.main_sha in stale["body"] and "bread_prices" in stale["body"]

    # The late upload puts it right: the same comment, nobody pushed.
    ci.upload_base()
    mended = repository.report(number, lambda c: "behind" not in verdict(c))
    assert mended["id"] == waiting["id"]
    assert "bread_prices" not in mended["body"]
    status = repository.status(bakery.pr_sha, lambda s: s["status"] != "pending")
    assert status["status"] == "success" and "differ" in status["description"]
    assert status["target_url"].startswith(server.url + "/ci/")

    html = repository.render(mended["body"])
    assert "<table>" in html and "<details>" in html and "vernier:report" not in html

    run = server.get(f"/api/v1/ci/{ci.id}/runs?pr_num={number}")[0]
    assert (run["pr_sha"], run["base_sha"], run["pr_branch"]) == (bakery.pr_sha, bakery.main_sha, "card-discount")


def test_a_nearer_ancestor_that_comes_late_serves_better(repository, server, bakery, tmp_path):
    """Production is two merges behind, then one, then where the branch came from; nobody pushes or asks."""
    work = tmp_path / "work"
    builds.git(bakery.main_checkout, "worktree", "add", "-q", "--detach", str(work), bakery.main_sha)
    try:
        (work / "NOTES.md").write_text("notes\n")
        base = builds.commit(work, "Take notes")
        tree = builds.git(work, "rev-parse", f"{bakery.pr_sha}^{{tree}}")
        head = builds.git(work, "commit-tree", tree, "-p", base, "-m", "Give card holders their discount")
        repository.push(work, f"{base}:refs/heads/main")
        repository.push(work, f"{head}:refs/heads/card-discount")
    finally:
        builds.git(bakery.main_checkout, "worktree", "remove", "--force", str(work))
    ci = server.add_ci(bakery, repository=repository.settings)
    ci.upload("pull_request", head, bakery.pr_target)
    ci.upload("production", bakery.old_sha, bakery.old_target)
    number = repository.open_pull_request()
    far = repository.report(number, is_done)
    assert "2 commits behind" in verdict(far)
    assert "1 node changed in between" in far["body"] and "the files of 1 node changed: bread" in far["body"]

    ci.upload("production", bakery.main_sha, bakery.main_target)
    near = repository.report(number, lambda c: "1 commit behind" in c["body"])
    assert near["id"] == far["id"]
    assert "exact in effect" in near["body"] and "bread_prices" not in near["body"]

    ci.upload("production", base, bakery.main_target)
    exact = repository.report(number, lambda c: is_done(c) and "behind" not in c["body"])
    assert exact["id"] == far["id"]
    assert len(server.get(f"/api/v1/ci/{ci.id}/runs?pr_num={number}")) == 1


def test_a_pull_request_from_a_fork(repository, server, bakery):
    """Comment and status go to the base repository; who may not write there is not obeyed there."""
    ci = server.add_ci(bakery, repository=repository.settings)
    ci.upload_base()
    ci.upload_pr()
    outsider = repository.gitea.add_user()
    repository.fork(outsider, bakery.pr_checkout, f"{bakery.pr_sha}:refs/heads/theirs")
    number = repository.open_pull_request(f"{outsider}:theirs", who=outsider)
    report = repository.report(number, is_done)
    assert repository.status(bakery.pr_sha, lambda s: s["status"] == "success")["context"] == "vernier/bakery"
    theirs = repository.gitea.call("GET", f"/repos/{outsider}/shop/commits/{bakery.pr_sha}/status", "admin")
    assert not theirs["statuses"]
    runs = server.get(f"/api/v1/ci/{ci.id}/runs?pr_num={number}")
    assert [(run["pr_sha"], run["base_sha"]) for run in runs] == [(bakery.pr_sha, bakery.main_sha)]

    repository.comment(number, "/vernier rerun", outsider)
    refusal = repository.answers(number, 2)[1]
    assert "`/vernier rerun` was not done" in refusal["body"]
    assert len(server.get(f"/api/v1/ci/{ci.id}/runs?pr_num={number}")) == 1
    repository.comment(number, "/vernier rerun", "dev")
    wait_for(lambda: server.get(f"/api/v1/ci/{ci.id}/runs?pr_num={number}"), lambda runs: len(runs) == 2)
    assert [c["id"] for c in repository.comments(number, repository.gitea.settings["GITEA_BOT"])] == [
        report["id"], refusal["id"]]


def test_a_reader_whose_team_can_be_assigned_is_not_obeyed(repository, server, bakery):
    """Gitea lists such people among those who may be assigned, as it does those who may write."""
    ci = server.add_ci(bakery, repository=repository.settings)
    reader = repository.gitea.add_user()
    team = repository.gitea.call("POST", f"/orgs/{repository.owner}/teams", "admin", {
        "name": "readers", "permission": "read", "includes_all_repositories": True,
        "units_map": {"repo.code": "read", "repo.pulls": "read"}}, 201)
    repository.gitea.call("PUT", f"/teams/{team['id']}/members/{reader}", "admin", expected=204)
    assert reader in {u["login"] for u in repository.gitea.call("GET", f"{repository.path}/assignees", "dev")}
    number = repository.open_pull_request()
    repository.report(number)
    repository.comment(number, "/vernier cancel", reader)
    refusal = repository.answers(number, 2)[1]
    assert "was not done" in refusal["body"] and "does not tell" in refusal["body"]
    assert server.get(f"/api/v1/ci/{ci.id}/runs")[0]["status"] == "waiting"


def test_a_renamed_repository_is_followed(repository, server, bakery):
    ci = server.add_ci(bakery, repository=repository.settings)
    number = repository.open_pull_request()
    waiting = repository.report(number)
    repository.gitea.call("PATCH", repository.path, "admin", {"name": "store"}, 200)
    repository.name = "store"
    ci.upload_base()
    ci.upload_pr()
    assert repository.report(number, is_done)["id"] == waiting["id"]
    assert repository.status(bakery.pr_sha, lambda s: s["status"] == "success")
    # Its webhooks come under the new name, which the CI config does not know.
    repository.comment(number, "/vernier rerun")
    wait_for(lambda: server.get(f"/api/v1/ci/{ci.id}/runs?pr_num={number}"), lambda runs: len(runs) == 2)


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
    repository.report(number, is_done)


def test_commands_in_comments(repository, server, bakery):
    ci = server.add_ci(bakery, repository=repository.settings, diff_threshold=1)
    ci.upload_base()
    ci.upload_pr()
    number = repository.open_pull_request()
    asked = repository.report(number, lambda c: "confirmation" in verdict(c))
    assert "/vernier confirm" in asked["body"]
    status = repository.status(bakery.pr_sha, lambda s: "confirm" in s["description"])
    assert status["status"] == "pending"
    repository.comment(number, "/vernier confirm")
    done = repository.report(number, is_done)
    assert done["id"] == asked["id"]
    first = server.get(f"/api/v1/ci/{ci.id}/runs")[0]["id"]
    repository.comment(number, "please:\n/vernier rerun")
    repository.report(number, lambda c: f"Run {first}" not in c["body"] and "confirmation" in verdict(c))
    repository.comment(number, "/vernier dance")
    ours = repository.answers(number, 2)
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
    repository.report(number, is_done)


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
