"""A real Gitea on loopback, and one repository of it as a test sees it."""
import os
import pathlib
import secrets
import shutil
import subprocess

import requests

import builds
from waiting import only, wait_for

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

    def add_user(self):
        """Somebody new, with no rights anywhere yet; their name."""
        name = "u" + secrets.token_hex(4)
        password = secrets.token_hex(16)
        self.call("POST", "/admin/users", "admin", {"username": name, "email": f"{name}@forge.invalid",
                                                    "password": password, "must_change_password": False}, 201)
        scopes = ["write:issue", "write:repository", "write:user"]
        answer = requests.post(f"{self.url}/api/v1/users/{name}/tokens", auth=(name, password), timeout=30,
                               json={"name": "tests", "scopes": scopes})
        assert answer.status_code == 201, answer.text[:300]
        self.tokens[name] = answer.json()["sha1"]
        return name

    def address(self, who, user, path):
        """Where `who`, whose name is `user`, pushes to."""
        return self.url.replace("http://", f"http://{user}:{self.tokens[who]}@") + f"/{path}.git"

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
        address = self.gitea.address("dev", self.gitea.settings["GITEA_DEV"], f"{self.owner}/{self.name}")
        builds.git(checkout, "push", "-q", "-f", address, what)

    def fork(self, user, checkout, what):
        """A fork of the repository by somebody who may only read it, with `what` pushed there."""
        self.gitea.call("PUT", f"{self.path}/collaborators/{user}", "admin", {"permission": "read"}, 204)
        self.gitea.call("POST", f"{self.path}/forks", user, {}, 202)
        builds.git(checkout, "push", "-q", "-f", self.gitea.address(user, user, f"{user}/{self.name}"), what)

    def open_pull_request(self, head="card-discount", base="main", who="dev"):
        return self.gitea.call("POST", f"{self.path}/pulls", who,
                               {"title": "Card discount", "head": head, "base": base}, 201)["number"]

    def comments(self, number, by=None):
        listed = self.gitea.call("GET", f"{self.path}/issues/{number}/comments", "dev", expected=200)
        return [c for c in listed if by is None or c["user"]["login"] == by]

    def report(self, number, until=lambda comment: True, seconds=40):
        """Our one comment, once `until` holds for it."""
        return wait_for(lambda: only(self.comments(number, self.gitea.settings["GITEA_BOT"])), until, seconds)

    def answers(self, number, count):
        """Our comments, once there are so many: the report and what answers commands."""
        return wait_for(lambda: self.comments(number, self.gitea.settings["GITEA_BOT"]), lambda c: len(c) >= count)

    def comment(self, number, text, who="dev"):
        return self.gitea.call("POST", f"{self.path}/issues/{number}/comments", who, {"body": text}, 201)

    def status(self, sha, until=lambda status: True, seconds=40):
        """Our newest status of a commit, once `until` holds for it."""
        def look():
            listed = self.gitea.call("GET", f"{self.path}/commits/{sha}/status", "dev")["statuses"] or []
            return next((s for s in listed if s["context"].startswith("vernier/")), None)
        return wait_for(look, until, seconds)

    def label(self, number, name):
        label = self.gitea.call("POST", f"{self.path}/labels", "admin", {"name": name, "color": "#00aabb"}, 201)
        self.gitea.call("POST", f"{self.path}/issues/{number}/labels", "dev", {"labels": [label["id"]]}, 200)

    def render(self, markdown):
        return self.gitea.call("POST", "/markup", "dev", {"Text": markdown, "Mode": "comment", "Context": "",
                                                           "FilePath": ""}, 200)
