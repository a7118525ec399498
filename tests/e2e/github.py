"""A GitHub on loopback: a stateful emulator behind GitHub's own OpenAPI description, which a proxy enforces."""
import hashlib
import hmac
import json
import os
import pathlib
import secrets
import shutil
import subprocess
import sys
import uuid

import requests

from waiting import only, wait_for

SHARED = pathlib.Path(__file__).resolve().parents[3] / "shared" / "forges"
HOME = pathlib.Path(os.environ.get("FORGE_HOME", pathlib.Path.home() / ".cache" / "forge-tests")) / "e2e"
MORE_PATHS = ["/repos/{owner}/{repo}/collaborators/{username}/permission", "/app/hook/deliveries",
              "/app/hook/deliveries/{delivery_id}/attempts"]
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
        self.hook_url = hook_url
        HOME.mkdir(parents=True, exist_ok=True)
        self.environment = {**os.environ, "FORGE_HOME": str(HOME), "GITHUB_PORT": PORT, "HOOK_URL": hook_url,
                            "HOOK_SECRET": self.secret}
        self.script("stop")
        self.describe()
        self.settings = dict(line.split("=", 1) for line in self.script().splitlines() if "=" in line)
        self.name = f"{self.settings['GITHUB_OWNER']}/{self.settings['GITHUB_REPO']}"

    def describe(self):
        """Cuts GitHub's description of its API to the paths that are asked for: those of the script, and ours."""
        folder = HOME / "github"
        full = folder / "node_modules/@octokit/openapi/generated/api.github.com.json"
        if not full.exists():
            self.script()  # installs it
            self.script("stop")
        wanted = (SHARED / "github_paths.txt").read_text() + "\n".join(MORE_PATHS) + "\n"
        paths = folder / "paths.txt"
        if paths.exists() and paths.read_text() == wanted:
            return
        paths.write_text(wanted)
        subprocess.run([sys.executable, SHARED / "cut_openapi.py", full, paths, folder / "github.json"], check=True)

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

    def deliver(self, event, payload):
        """A webhook delivery that the emulator has no occasion to make, signed as it would."""
        body = json.dumps({**payload, "repository": {"id": 1, "full_name": self.name}}).encode()
        signature = hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()
        answer = requests.post(self.hook_url, data=body, timeout=30, headers={
            "Content-Type": "application/json", "X-GitHub-Event": event, "X-GitHub-Delivery": str(uuid.uuid4()),
            "X-Hub-Signature-256": "sha256=" + signature})
        assert answer.status_code == 202, answer.text

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

    def come_from_fork(self, owner):
        """From now on the API tells that the head is of somebody's fork, as GitHub does: its commit can be had in
        the base repository too."""
        told = self.github.call("GET", f"/repos/{self.github.name}/pulls/{self.number}")
        name = self.github.name.split("/")[1]
        told["head"].update(label=f"{owner}:{self.branch}",
                            repo={**told["head"]["repo"], "full_name": f"{owner}/{name}", "fork": True})
        self.github.fail(f"GET .*/pulls/{self.number}$", times=100, status=200, body=told)

    def comments(self):
        return self.github.call("GET", f"/repos/{self.github.name}/issues/{self.number}/comments?per_page=100")

    def report(self, until=lambda comment: True, seconds=40):
        """Our one comment, once `until` holds for it."""
        return wait_for(
            lambda: only([c for c in self.comments() if c["body"].startswith("<!-- vernier:report")]), until, seconds)

    def check(self, until=lambda check: True, sha=None, seconds=40):
        """Our one check run of a commit, once `until` holds for it."""
        path = f"/repos/{self.github.name}/commits/{sha or self.head}/check-runs"
        return wait_for(lambda: only([c for c in self.github.call("GET", path)["check_runs"]
                                      if c["name"].startswith("vernier/")], ["status", "conclusion"]), until, seconds)

    def status(self, until=lambda status: True, seconds=40):
        """The newest status of the head, once `until` holds for it."""
        path = f"/repos/{self.github.name}/commits/{self.head}/statuses"
        return wait_for(lambda: next(iter(self.github.call("GET", path)), None), until, seconds)
