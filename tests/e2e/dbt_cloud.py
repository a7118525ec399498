"""dbt Cloud's admin API v2 as its documentation has it, over target folders: a job's runs and their artifacts."""
import json
import pathlib
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class DbtCloud:
    def __init__(self):
        self.token = "dbtc_recorded"
        self.runs = []  # newest last: {"id", "job_definition_id", "status", "git_sha", ...}
        self.targets = {}  # run id -> target folder
        self.asked = []
        self.fail_next = 0
        self.answering = threading.Event()  # while it is cleared, requests are taken and not answered
        self.answering.set()
        cloud = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *arguments):
                pass

            def do_GET(self):
                cloud.answer(self)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    def stop(self):
        self.answering.set()
        self.server.shutdown()
        self.server.server_close()

    def add_run(self, run_id, job, sha, target, status=10):
        self.runs.append({"id": run_id, "account_id": 17, "job_definition_id": job, "status": status, "git_sha": sha,
                          "git_branch": "main", "is_complete": status in (10, 20, 30), "is_success": status == 10,
                          "finished_at": "2026-11-24 05:00:00.000000+00:00"})
        self.targets[run_id] = pathlib.Path(target) if target else None

    def answer(self, request):
        self.asked.append(request.path)
        self.answering.wait(60)

        def send(code, body):
            request.send_response(code)
            request.send_header("Content-Type", "application/json")
            request.send_header("Content-Length", str(len(body)))
            request.end_headers()
            request.wfile.write(body)

        def refuse(code):
            send(code, json.dumps({"status": {"code": code, "is_success": False}, "data": None}).encode())

        if request.headers.get("Authorization") != f"Token {self.token}":
            return refuse(401)
        if self.fail_next:
            self.fail_next -= 1
            return refuse(503)
        listed = re.fullmatch(r"/api/v2/accounts/17/runs/\?job_definition_id=(\d+)&order_by=-id&limit=(\d+)",
                              request.path)
        if listed:
            data = [r for r in reversed(self.runs) if r["job_definition_id"] == int(listed[1])][:int(listed[2])]
            return send(200, json.dumps({"status": {"code": 200, "is_success": True}, "data": data}).encode())
        artifact = re.fullmatch(r"/api/v2/accounts/17/runs/(\d+)/artifacts/([a-z_]+\.json)", request.path)
        target = artifact and self.targets.get(int(artifact[1]))
        if not target or not (target / artifact[2]).exists():
            return refuse(404)
        return send(200, (target / artifact[2]).read_bytes())
