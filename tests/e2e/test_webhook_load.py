"""Many webhooks at once: answers stay quick, and a kill in the middle loses nothing that was acknowledged."""
import concurrent.futures
import hashlib
import hmac
import json
import statistics
import time
import uuid

import requests

import servers

PULL_REQUESTS = 200
HEADS = 5  # of each pull request
SECRET = "load-secret"


def sha(number, head):
    return hashlib.sha1(f"{number}/{head}".encode()).hexdigest()


def delivery(number, head):
    repository = {"full_name": "acme/shop"}
    body = json.dumps({
        "action": "opened" if head == 0 else "synchronized", "number": number, "repository": repository,
        "sender": {"login": "dev", "id": 7},
        "pull_request": {"number": number, "state": "open", "title": "t", "user": {"login": "dev"},
                         "html_url": "", "merge_base": sha(number, "base"), "labels": [],
                         "head": {"ref": f"b{number}", "sha": sha(number, head), "repo": repository},
                         "base": {"ref": "main", "sha": sha(number, "base"), "repo": repository}}}).encode()
    return body, {"Content-Type": "application/json", "X-Gitea-Event": "pull_request",
                  "X-Gitea-Delivery": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{number}/{head}")),
                  "X-Gitea-Signature": hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()}


def send(session, url, number, head):
    body, headers = delivery(number, head)
    started = time.perf_counter()
    answer = session.post(url + "/webhooks/gitea", data=body, headers=headers, timeout=30)
    assert answer.status_code == 202, answer.text
    return 1e3 * (time.perf_counter() - started)


def send_all(url, deliveries):
    """Sends from four connections; the acknowledged ones, and how long each took in milliseconds."""
    acknowledged, times = [], []

    def work(share):
        with requests.Session() as session:
            for number, head in share:
                try:
                    times.append(send(session, url, number, head))
                    acknowledged.append((number, head))
                except requests.ConnectionError:
                    return  # the server was killed

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        # A pull request's deliveries come in their order, so they share a connection.
        list(pool.map(work, [[d for d in deliveries if d[0] % 4 == i] for i in range(4)]))
    return acknowledged, times


def test_a_thousand_webhooks_and_a_kill_in_the_middle(own_server, bakery, sanitized):
    # The forge is down: what the deliveries tell has to do, and each look at it is tried again.
    ci = own_server.add_ci(bakery, repository={
        "provider": "gitea", "url": f"http://127.0.0.1:{servers.free_port()}", "name": "acme/shop", "token": "t",
        "webhook_secret": SECRET})
    deliveries = [(number, head) for head in range(HEADS) for number in range(1, PULL_REQUESTS + 1)]
    half = len(deliveries) // 2
    first, times = send_all(own_server.url, deliveries[:half])
    assert len(first) == half
    own_server.kill()
    own_server.start()
    # A forge that was not answered sends again, as would one that was.
    second, more = send_all(own_server.url, deliveries[half:] + deliveries[half - 50:half])
    assert len(second) == half + 50
    times = sorted(times + more)
    slowest = times[int(len(times) * 0.99)]
    print(f"\n    {len(times)} webhooks: median {statistics.median(times):.1f} ms, 99th percentile {slowest:.1f} ms")

    deadline = time.monotonic() + 120
    newest = {}
    while time.monotonic() < deadline:
        runs = own_server.get(f"/api/v1/ci/{ci.id}/runs?limit=1000")
        newest = {}
        for run in runs:
            newest.setdefault(run["pr_num"], run)
        if len(newest) == PULL_REQUESTS and all(
                run["pr_sha"] == sha(int(number), HEADS - 1) and run["status"] == "waiting"
                for number, run in newest.items()):
            break
        time.sleep(0.5)
    wrong = {number: (run["pr_sha"], run["status"]) for number, run in newest.items()
             if run["pr_sha"] != sha(int(number), HEADS - 1) or run["status"] != "waiting"}
    assert len(newest) == PULL_REQUESTS and not wrong, (len(newest), dict(list(wrong.items())[:5]))
    if not sanitized:
        assert slowest < 1000, "a forge would give up"
