"""A real Gitea on loopback, and one repository of it as a test sees it."""
import os
import pathlib
import secrets
import shutil
import subprocess
import time

import requests

import builds

START = pathlib.Path(__file__).resolve().parents[3] / "shared" / "forges" / "start_gitea.sh"
PORT = os.environ.get("VERNIER_TEST_GITEA_PORT", "3137")


def absent():
    """Why there can be no Gitea here; empty where there can."""
    if not START.exists():
        return f"no Gitea: {START} is not there"
    if not shutil.which("go"):
        return "no Gitea: Go, which builds it, is not installed"
    return ""


class Gitea:
    def __init__(self):
        self.environment = {**os.environ, "GITEA_PORT": PORT}
        self.script("wipe")
        out = self.script()
        self.settings = dict(line.split("=", 1) for line in out.splitlines() if "=" in line)
        self.url = self.settings["GITEA_URL"]
        self.tokens = {who: self.settings[f"GITEA_{who.upper()}_TOKEN"] for who in ("admin", "bot", "dev")}

    def script(self, *arguments):
        # Built once and kept; on a machine that has never had it, that takes minutes.
        done = subprocess.run([str(START), *arguments], env=self.environment, capture_output=True, text=True,
                              timeout=2400)
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    def wipe(self):
        self.script("wipe")

    def call(self, method, path, who, body=None, expected=None):
        answer = requests.request(method, self.url + "/api/v1" + path, json=body, timeout=30,
                                  headers={"Authorization": "token " + self.tokens[who]})
        if expected is not None:
            assert answer.status_code == expected, f"{method} {path}: {answer.status_code} {answer.text[:300]}"
        return answer.json() if "json" in answer.headers.get("content-type", "") else answer.text

    def repository(self, hook_url):
        """A fresh private repository whose webhook goes to `hook_url`."""
        repository = Repository(self, "o" + secrets.token_hex(4), "shop")
        self.call("POST", "/orgs", "admin", {"username": repository.owner}, 201)
        self.call("POST", f"/orgs/{repository.owner}/repos", "admin",
                  {"name": repository.name, "private": True, "auto_init": True, "default_branch": "main"}, 201)
        for user, right in ((self.settings["GITEA_BOT"], "write"), (self.settings["GITEA_DEV"], "write")):
            self.call("PUT", f"{repository.path}/collaborators/{user}", "admin", {"permission": right}, 204)
        events = ["push", "pull_request", "pull_request_sync", "pull_request_label", "issue_comment"]
        self.call("POST", f"{repository.path}/hooks", "admin",
                  {"type": "gitea", "active": True, "events": events,
                   "config": {"url": hook_url, "content_type": "json", "secret": repository.secret}}, 201)
        return repository


class Repository:
    def __init__(self, gitea, owner, name):
        self.gitea, self.owner, self.name = gitea, owner, name
        self.secret = secrets.token_hex(16)

    @property
    def path(self):
        return f"/repos/{self.owner}/{self.name}"

    @property
    def settings(self):
        """`repository` of a CI config."""
        return {"provider": "gitea", "url": self.gitea.url, "name": f"{self.owner}/{self.name}",
                "token": self.gitea.tokens["bot"], "webhook_secret": self.secret}

    def push(self, checkout, what):
        address = self.gitea.url.replace("http://", f"http://{self.gitea.settings['GITEA_DEV']}:"
                                                    f"{self.gitea.tokens['dev']}@")
        builds.git(checkout, "push", "-q", "-f", f"{address}/{self.owner}/{self.name}.git", what)

    def open_pull_request(self, head="card-discount", base="main"):
        return self.gitea.call("POST", f"{self.path}/pulls", "dev",
                               {"title": "Card discount", "head": head, "base": base}, 201)["number"]

    def comments(self, number, by=None):
        listed = self.gitea.call("GET", f"{self.path}/issues/{number}/comments", "dev", expected=200)
        return [c for c in listed if by is None or c["user"]["login"] == by]

    def report(self, number, until=lambda body: True, seconds=40):
        """Our one comment, once `until` holds for its text."""
        deadline = time.monotonic() + seconds
        while True:
            ours = self.comments(number, self.gitea.settings["GITEA_BOT"])
            assert len(ours) <= 1, [c["body"][:200] for c in ours]
            if ours and until(ours[0]["body"]):
                return ours[0]
            assert time.monotonic() < deadline, ours and ours[0]["body"][:3000]
            time.sleep(0.2)

    def comment(self, number, text, who="dev"):
        return self.gitea.call("POST", f"{self.path}/issues/{number}/comments", who, {"body": text}, 201)

    def status(self, sha, until=lambda status: True, seconds=40):
        """Our newest status of a commit, once `until` holds for it."""
        deadline = time.monotonic() + seconds
        while True:
            found = [s for s in self.gitea.call("GET", f"{self.path}/commits/{sha}/status", "dev")["statuses"] or []
                     if s["context"].startswith("vernier/")]
            if found and until(found[0]):
                return found[0]
            assert time.monotonic() < deadline, found
            time.sleep(0.2)

    def label(self, number, name):
        label = self.gitea.call("POST", f"{self.path}/labels", "admin", {"name": name, "color": "#00aabb"}, 201)
        self.gitea.call("POST", f"{self.path}/issues/{number}/labels", "dev", {"labels": [label["id"]]}, 200)

    def render(self, markdown):
        return self.gitea.call("POST", "/markup", "dev", {"Text": markdown, "Mode": "comment", "Context": "",
                                                           "FilePath": ""}, 200)
