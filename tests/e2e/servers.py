"""Starts, stops and kills the real server, and talks to it with plain HTTP and with the real client."""
import dataclasses
import json
import os
import pathlib
import re
import secrets
import signal
import socket
import subprocess
import sys
import time

import requests

CLIENT = pathlib.Path(sys.executable).parent / "datafold"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclasses.dataclass
class Ci:
    """A CI config on a server, with the builds that it is about."""
    server: "Server"
    id: int
    data_source_id: int
    build: object

    def upload(self, run_type, sha, target, run_id=None, wait=False):
        """Uploads with the real client; the client's own output."""
        command = ["upload-and-wait", "--timeout", "1"] if wait else ["upload"]
        extra = ["--run-id", run_id] if run_id else []
        return self.server.client("dbt", *command, "--ci-config-id", str(self.id), "--run-type", run_type,
                                  "--target-folder", str(target), "--commit-sha", sha, *extra)

    def upload_base(self):
        return self.upload("production", self.build.main_sha, self.build.main_target)

    def upload_pr(self):
        return self.upload("pull_request", self.build.pr_sha, self.build.pr_target)

    def trigger(self, pr_num=7, base_sha=None, pr_sha=None):
        """Triggers a run with the real client; its id."""
        out = self.server.client("ci", "trigger", "--ci-config-id", str(self.id), "--pr-num", str(pr_num),
                                 "--base-branch", "main", "--base-sha", base_sha or self.build.main_sha,
                                 "--pr-branch", "card-discount", "--pr-sha", pr_sha or self.build.pr_sha)
        return int(re.search(r"Successfully triggered the CI run: (\d+)", out).group(1))

    def run(self, run_id):
        return self.server.get(f"/api/v1/ci/{self.id}/runs/{run_id}")

    def wait(self, run_id, until=lambda run: run["status"] == "done", seconds=60):
        """The run, once `until` holds for it."""
        deadline = time.monotonic() + seconds
        while True:
            run = self.run(run_id)
            if until(run):
                return run
            assert run["status"] not in ("failed", "cancelled") and time.monotonic() < deadline, json.dumps(run)[:3000]
            time.sleep(0.1)

    def wait_for_status(self, run_id, status, seconds=30):
        deadline = time.monotonic() + seconds
        while self.run(run_id)["status"] != status:
            assert time.monotonic() < deadline, json.dumps(self.run(run_id))[:3000]
            time.sleep(0.1)

    def artifacts(self, **query):
        return self.server.get(f"/api/v1/ci/{self.id}/artifacts", params=query)


class Server:
    def __init__(self, binary, folder):
        self.binary = binary
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(exist_ok=True)
        self.data_dir = self.folder / "data"
        self.log = self.folder / "server.log"
        self.key = secrets.token_hex(16)
        self.port = free_port()
        self.process = None
        self.options = []  # more of `vernier serve`
        self.environment = {}

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        bootstrap = {"VERNIER_BOOTSTRAP_KEY": self.key} if self.key else {}
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [self.binary, "serve", "--data-dir", self.data_dir, "--listen", f"127.0.0.1:{self.port}",
                 *self.options],
                stdout=log, stderr=log, env={**os.environ, **bootstrap, **self.environment})
        deadline = time.monotonic() + 20
        while True:
            assert self.process.poll() is None and time.monotonic() < deadline, self.log.read_text()[-3000:]
            try:
                if requests.get(self.url + "/healthz", timeout=2).status_code == 200:
                    return
            except requests.ConnectionError:
                pass
            time.sleep(0.05)

    def stop(self):
        """SIGTERM; the exit status. Sanitizers report at the end, so a leak is a failure here."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)

    def kill(self):
        self.process.kill()
        self.process.wait(timeout=10)

    # Plain HTTP.
    def request(self, method, path, key=None, **arguments):
        headers = {"Authorization": f"Key {self.key if key is None else key}", **arguments.pop("headers", {})}
        return requests.request(method, self.url + path, headers=headers, timeout=60, **arguments)

    def get(self, path, **arguments):
        answer = self.request("GET", path, **arguments)
        assert answer.status_code == 200, f"GET {path}: {answer.status_code} {answer.text[:500]}"
        return answer.json()

    def post(self, path, body):
        answer = self.request("POST", path, json=body)
        assert answer.status_code in (200, 201), f"POST {path}: {answer.status_code} {answer.text[:500]}"
        return answer.json()

    def add_ci(self, build, **rules):
        source = self.post("/api/v1/data_sources", build.data_source)
        config = self.post("/api/v1/ci_configs", {"name": "bakery", "data_source_id": source["id"], **rules})
        return Ci(self, config["id"], source["id"], build)

    def submit_zip(self, ci_id, content, commit_sha, run_type="production"):
        """An upload as the client sends it, without the client's start-up time."""
        return self.request("POST", f"/api/v1/dbt/submit_artifacts/{ci_id}",
                            data={"commit_sha": commit_sha, "run_type": run_type},
                            files={"artifacts": ("tmp.zip", content)})

    # The real client.
    def client(self, *arguments, expected=0, cwd=None, stdin=None):
        done = subprocess.run([CLIENT, *arguments], cwd=cwd, input=stdin, capture_output=True, text=True, timeout=120,
                              env={**os.environ, "DATAFOLD_HOST": self.url, "DATAFOLD_API_KEY": self.key,
                                   "COLUMNS": "200"})
        out = done.stdout + done.stderr
        assert done.returncode == expected, f"datafold {' '.join(arguments)}: exit {done.returncode}\n{out[-3000:]}"
        return out

    # What the process costs.
    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mb(self, which="VmRSS"):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"{which}:\s+(\d+) kB", status).group(1)) / 1024
