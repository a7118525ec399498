"""A GitHub on loopback: a stateful emulator behind GitHub's own OpenAPI description, which a proxy enforces."""
import json
import os
import pathlib
import secrets
import shutil
import subprocess
import time

import requests

SHARED = pathlib.Path(__file__).resolve().parents[3] / "shared" / "forges"
HOME = pathlib.Path(os.environ.get("FORGE_HOME", pathlib.Path.home() / ".cache" / "forge-tests")) / "e2e"
PORT = os.environ.get("VERNIER_TEST_GITHUB_PORT", "3247")


def absent():
    """Why there can be no GitHub here; empty where there can."""
    if not SHARED.exists():
        return f"no GitHub emulator: {SHARED} is not there"
    if not shutil.which("npm"):
        return "no GitHub emulator: npm, which installs it, is not there"
    return ""


class GitHub:
    def __init__(self, hook_url):
        self.secret = secrets.token_hex(16)
        HOME.mkdir(parents=True, exist_ok=True)
        self.environment = {**os.environ, "FORGE_HOME": str(HOME), "GITHUB_PORT": PORT, "HOOK_URL": hook_url,
                            "HOOK_SECRET": self.secret}
        self.script("stop")
        self.settings = dict(line.split("=", 1) for line in self.script().splitlines() if "=" in line)
        self.name = f"{self.settings['GITHUB_OWNER']}/{self.settings['GITHUB_REPO']}"

    def script(self, *arguments):
        # The background processes inherit what they write to, so that is a file and no pipe.
        with open(HOME / "start.out", "w+") as out, open(HOME / "start.err", "w+") as err:
            done = subprocess.run([str(SHARED / "start_github.sh"), *arguments], env=self.environment, stdout=out,
                                  stderr=err, timeout=600)
            out.seek(0), err.seek(0)
            assert done.returncode == 0, err.read()[-3000:]
            return out.read()

    def stop(self):
        self.script("stop")

    def call(self, method, path, body=None, front=True):
        base = self.settings["GITHUB_FRONT_URL" if front else "GITHUB_API_URL"]
        answer = requests.request(method, base + path, json=body, timeout=30,
                                  headers={"Authorization": "Bearer " + self.settings["GITHUB_USER_TOKEN"],
                                           "Accept": "application/vnd.github+json", "User-Agent": "tests"})
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        return answer.json() if answer.text else None

    @property
    def app(self):
        """`repository` of a CI config that is a GitHub App."""
        return {"provider": "github", "url": self.settings["GITHUB_API_URL"], "name": self.name,
                "app_id": self.settings["GITHUB_APP_ID"], "webhook_secret": self.secret,
                "app_private_key": pathlib.Path(self.settings["GITHUB_APP_KEY"]).read_text()}

    @property
    def token(self):
        """The same with a token."""
        return {"provider": "github", "url": self.settings["GITHUB_API_URL"], "name": self.name,
                "token": self.settings["GITHUB_USER_TOKEN"], "webhook_secret": self.secret}

    def commit(self, path, text, message, parent):
        repo = f"/repos/{self.name}"
        tree = self.call("GET", f"{repo}/git/commits/{parent}")["tree"]["sha"]
        tree = self.call("POST", f"{repo}/git/trees", {"base_tree": tree, "tree": [
            {"path": path, "mode": "100644", "type": "blob", "content": text}]})["sha"]
        return self.call("POST", f"{repo}/git/commits", {"message": message, "tree": tree, "parents": [parent]})["sha"]

    def pull_request(self, message="Change orders", path="models/orders.sql"):
        """A pull request from main: number, head and base."""
        repo = f"/repos/{self.name}"
        base = self.call("GET", f"{repo}/git/ref/heads/main")["object"]["sha"]
        branch = "feature-" + secrets.token_hex(4)
        head = self.commit(path, f"select 1 -- {branch}", message, base)
        self.call("POST", f"{repo}/git/refs", {"ref": f"refs/heads/{branch}", "sha": head})
        number = self.call("POST", f"{repo}/pulls", {"title": message, "head": branch, "base": "main"})["number"]
        return PullRequest(self, number, branch, head, base)

    def fail(self, match, times=1, **fault):
        self.call("POST", "/_test/fail", {"match": match, "times": times, **fault})

    def violations(self):
        """What the contract's proxy found wrong with our requests."""
        log = (HOME / "github" / "proxy.log").read_text()
        return [line for line in log.splitlines() if "iolation" in line and "request" in line.lower()]


class PullRequest:
    def __init__(self, github, number, branch, head, base):
        self.github, self.number, self.branch, self.head, self.base = github, number, branch, head, base

    def push(self):
        repo = f"/repos/{self.github.name}"
        self.head = self.github.commit("models/orders.sql", "select 2", "Change orders again", self.head)
        self.github.call("PATCH", f"{repo}/git/refs/heads/{self.branch}", {"sha": self.head})
        owner, name = self.github.name.split("/")
        self.github.call("POST", "/_test/synchronize",
                         {"owner": owner, "repo": name, "number": self.number, "sha": self.head})

    def comments(self):
        return self.github.call("GET", f"/repos/{self.github.name}/issues/{self.number}/comments?per_page=100")

    def report(self, until=lambda body: True, seconds=40):
        deadline = time.monotonic() + seconds
        while True:
            ours = [c for c in self.comments() if c["body"].startswith("<!-- vernier:report")]
            assert len(ours) <= 1, [c["body"][:200] for c in ours]
            if ours and until(ours[0]["body"]):
                return ours[0]
            assert time.monotonic() < deadline, ours and ours[0]["body"][:3000]
            time.sleep(0.2)

    def check(self, until=lambda check: True, sha=None, seconds=40):
        deadline = time.monotonic() + seconds
        while True:
            found = [c for c in self.github.call(
                "GET", f"/repos/{self.github.name}/commits/{sha or self.head}/check-runs")["check_runs"]
                     if c["name"].startswith("vernier/")]
            assert len(found) <= 1, found
            if found and until(found[0]):
                return found[0]
            assert time.monotonic() < deadline, json.dumps(found)[:2000]
            time.sleep(0.2)

    def status(self, until=lambda status: True, seconds=40):
        deadline = time.monotonic() + seconds
        while True:
            found = self.github.call("GET", f"/repos/{self.github.name}/commits/{self.head}/statuses")
            if found and until(found[0]):
                return found[0]
            assert time.monotonic() < deadline, found
            time.sleep(0.2)
