"""A GitLab on loopback, emulated over a real bare git repository."""
import json
import pathlib
import secrets
import shutil
import subprocess
import sys
import time

import requests

import builds
import servers

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

    def report(self, iid, until=lambda body: True, seconds=40):
        deadline = time.monotonic() + seconds
        while True:
            ours = [n for n in self.notes(iid) if "vernier:report" in n["body"]]
            assert len(ours) <= 1, [n["body"][:200] for n in ours]
            if ours and until(ours[0]["body"]):
                return ours[0]
            assert time.monotonic() < deadline, ours and ours[0]["body"][:3000]
            time.sleep(0.2)

    def status(self, sha, until=lambda status: True, project=1, seconds=40):
        deadline = time.monotonic() + seconds
        while True:
            found = self.call("GET", f"/projects/{project}/repository/commits/{sha}/statuses")
            if found and until(found[-1]):
                return found[-1]
            assert time.monotonic() < deadline, json.dumps(found)
            time.sleep(0.2)

    def fail(self, match, **fault):
        self.call("POST", "/_test/fail", {"match": match, **fault})
