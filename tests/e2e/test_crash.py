"""kill -9 at any moment: what was acknowledged is there, whole, and runs go on."""
import io
import json
import random
import threading
import time
import zipfile

import requests


def zip_of(target, invocation):
    """The target folder's files as a small upload whose manifest differs from every other."""
    manifest = json.loads((target / "manifest.json").read_text())
    manifest["metadata"]["invocation_id"] = invocation
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("manifest.json", json.dumps(manifest))
        results = json.loads((target / "run_results.json").read_text())
        results["metadata"]["invocation_id"] = invocation
        archive.writestr("run_results.json", json.dumps(results))
    return out.getvalue()


class Uploader(threading.Thread):
    """Uploads one commit after the other until the server is gone; `acknowledged` is what it answered with success."""

    def __init__(self, ci, run_type, target, seed):
        super().__init__()
        self.ci, self.run_type, self.target, self.random = ci, run_type, target, random.Random(seed)
        self.acknowledged = []

    def run(self):
        while True:
            sha = f"{self.random.getrandbits(160):040x}"
            try:
                answer = self.ci.server.submit_zip(self.ci.id, zip_of(self.target, sha), sha, self.run_type)
            except requests.RequestException:
                return
            assert answer.ok, answer.text
            self.acknowledged.append(sha)


def test_acknowledged_uploads_survive_kill_9_and_runs_go_on(own_server, bakery):
    ci = own_server.add_ci(bakery)
    acknowledged = {"production": [], "pull_request": []}
    for round_number in range(3):
        uploaders = [Uploader(ci, "production", bakery.main_target, 2 * round_number),
                     Uploader(ci, "pull_request", bakery.pr_target, 2 * round_number + 1)]
        for uploader in uploaders:
            uploader.start()
        time.sleep(1.0 + 0.37 * round_number)
        # A run that is in progress when the server dies: triggered over HTTP at once before.
        bases, heads = (list(uploader.acknowledged) for uploader in uploaders)
        run_id = None
        if bases and heads:
            run_id = own_server.post(f"/api/v1/ci/{ci.id}/trigger", {
                "pr_number": 7, "base_branch": "main", "base_sha": bases[-1], "pr_branch": "b",
                "pr_sha": heads[-1]})["ci_run_id"]
        own_server.kill()
        for uploader in uploaders:
            uploader.join()
            acknowledged[uploader.run_type] += uploader.acknowledged
        own_server.start()

        listed = ci.artifacts(limit=1000)
        for run_type, shas in acknowledged.items():
            found = {u["commit_sha"] for u in listed if u["run_type"] == run_type}
            assert set(shas) <= found, f"lost in round {round_number}: {set(shas) - found}"
        assert {u["kind"] for u in listed} == {"built"}
        if run_id:
            # An upload of production may have come between the trigger and the kill; the run then says so.
            for warning in ci.wait(run_id)["warnings"]:
                assert warning["code"] == "stale_base" and warning["commit_sha"] != bases[-1], warning
                assert "exact in effect" in warning["message"]
    assert min(map(len, acknowledged.values())) > 3, "the machine is too slow for this test to say anything"

    # Whole: any two of them can be compared, with the figures that the example always has.
    for base, head in zip(*(random.Random(1).sample(shas, 3) for shas in acknowledged.values())):
        run = ci.wait(ci.trigger(base_sha=base, pr_sha=head))
        sales = next(m for m in run["models"] if m["name"] == "sales")
        assert sales["diff"]["summary"]["pks"]["exclusives"] == [57, 5]
    left = [path for path in own_server.data_dir.rglob("*") if "incoming" in path.parts and path.is_file()]
    assert left == []


def test_sigterm_ends_cleanly_and_quickly(own_server):
    began = time.monotonic()
    assert own_server.stop() == 0
    assert time.monotonic() - began < 5


def test_two_servers_do_not_share_a_data_folder(own_server, binary):
    import subprocess
    import servers
    done = subprocess.run([binary, "serve", "--data-dir", own_server.data_dir, "--listen",
                           f"127.0.0.1:{servers.free_port()}"], capture_output=True, text=True, timeout=20)
    assert done.returncode != 0
    assert (done.stdout + done.stderr).strip()
