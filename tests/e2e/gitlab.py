"""A GitLab on loopback, emulated over a real bare git repository."""
import pathlib
import secrets
import shutil
import subprocess
import sys

import requests

import builds
import servers
from waiting import only, wait_for

SCRIPT = pathlib.Path(__file__).resolve().parents[3] / "shared" / "forges" / "gitlab_emulator.py"


def absent():
    if not SCRIPT.exists():
        return f"no GitLab emulator: {SCRIPT} is not there"
    return "" if shutil.which("git") else "no GitLab emulator: git is not there"


class GitLab:
    def __init__(self, folder):
        self.process = subprocess.Popen([sys.executable, SCRIPT, str(servers.free_port()), str(folder)],
                                        stdout=subprocess.PIPE, text=True)
        self.settings = {}
        while "GITLAB_FORK_REPO" not in self.settings:
            line = self.process.stdout.readline()
            assert line, "the GitLab emulator ended early"
            key, value = line.strip().split("=", 1)
            self.settings[key] = value
        self.secret = secrets.token_hex(16)

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=10)

    def call(self, method, path, body=None):
        prefix = "" if path.startswith("/_test") else "/api/v4"
        answer = requests.request(method, self.settings["GITLAB_URL"] + prefix + path, json=body, timeout=30,
                                  headers={"PRIVATE-TOKEN": self.settings["GITLAB_TOKEN"]})
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        return answer.json()

    def add_hook(self, url, **how):
        self.call("POST", "/projects/1/hooks", {"url": url, "merge_requests_events": True, "push_events": True, **how})

    @property
    def repository(self):
        return {"provider": "gitlab", "url": self.settings["GITLAB_URL"], "name": self.settings["GITLAB_PROJECT"],
                "token": self.settings["GITLAB_TOKEN"], "webhook_secret": self.secret}

    def push(self, checkout, what, fork=False):
        builds.git(checkout, "push", "-q", "-f", self.settings["GITLAB_FORK_REPO" if fork else "GITLAB_REPO"], what)

    def merge_request(self, branch, fork=False):
        order = {"source_branch": branch, "target_branch": "main", "source_project_id": 2 if fork else 1}
        return self.call("POST", "/_test/merge_request", order)["iid"]

    def notes(self, iid):
        return self.call("GET", f"/projects/1/merge_requests/{iid}/notes?sort=asc&per_page=100")

    def report(self, iid, until=lambda note: True, seconds=40):
        """Our one note, once `until` holds for it."""
        return wait_for(lambda: only([n for n in self.notes(iid) if "vernier:report" in n["body"]]), until, seconds)

    def status(self, sha, until=lambda status: True, project=1, seconds=40):
        """The newest status of a commit, once `until` holds for it."""
        path = f"/projects/{project}/repository/commits/{sha}/statuses"
        return wait_for(lambda: next(reversed(self.call("GET", path)), None), until, seconds)

    def fail(self, match, **fault):
        self.call("POST", "/_test/fail", {"match": match, **fault})
