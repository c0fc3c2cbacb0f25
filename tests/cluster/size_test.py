#!/usr/bin/python3
"""How much memory railhook takes, and how soon it is ready, in a cluster with 10,000 SpiderMultusConfigs.

Usage: size_test.py RAILHOOK [TEST...]
Prints a line for each check, and last how many passed and failed; exit code 1 if any failed.
"""

import concurrent.futures
import contextlib
import http.client
import json
import os
import pathlib
import re
import signal
import ssl
import subprocess
import sys
import time
import urllib.parse

sys.dont_write_bytecode = True

from api import path_of  # noqa: E402
from harness import (NAMESPACE, RDMA, check, main, need, pod, read_metric, removed, review_of, smc, test,  # noqa: E402
                     within)

RAILS = 10_000
CLASSES = 80
CONNECTIONS = 500
PEAK_MB = 48
RESIDENT_MB = 33  # 32 is the aim; 31.8 and 31.9 were measured, and a busy machine adds some
READY_SECONDS = 1.0
SLOWNESS = 3  # or that many times as long as a client takes that only lists, where the machine is busy
STARTS = 3
ADDRESS, ADMISSION, HEALTH = "127.0.0.1", 8443, 8081


class Railhook:
    """The program as a process that watches the cluster."""

    def __init__(self, cluster):
        self.log = cluster.directory / "railhook.log"
        command = [cluster.railhook, "serve", "--kubeconfig", cluster.control_plane.kubeconfig,
                   "--listen", f"{ADDRESS}:{ADMISSION}", "--health", f"{ADDRESS}:{HEALTH}"]
        self.began = time.monotonic()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(list(map(str, command)), stderr=log,
                                            env=os.environ | {"POD_NAMESPACE": NAMESPACE})

    def get(self, path):
        """(status, text), or (0, why) where nobody answers."""
        connection = http.client.HTTPConnection(ADDRESS, HEALTH, timeout=10)
        with contextlib.closing(connection):
            try:
                connection.request("GET", path)
                answer = connection.getresponse()
                return answer.status, answer.read().decode()
            except OSError as error:
                return 0, str(error)

    def await_ready(self):
        """Seconds from its start until it was ready."""
        need("railhook is ready", lambda: self.get("/readyz")[0] == 200, 60)
        return time.monotonic() - self.began

    def megabytes(self, name):
        """VmRSS or VmHWM, the peak of the former."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"^{name}:\s+(\d+) kB$", status, re.MULTILINE)[1]) / 1024

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def class_of(number):
    return f"class-{number % CLASSES}"


def rail(number):
    """One of many. Those of every tenth class lack a pool: they are known, but serve no pod."""
    made = smc(f"rail-{number}", class_of(number))
    if number % CLASSES % 10 == 9:
        del made["spec"]["sriov"]["ippools"]
    return made


def create_rails(cluster):
    start = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda number: cluster.api.create(rail(number)), range(RAILS)))
    print(f"   {RAILS} SpiderMultusConfigs created in {time.monotonic() - start:.1f} s", flush=True)


def connect():
    """A TLS connection; whom it trusts is the business of other tests."""
    trust = ssl.create_default_context()
    trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
    connection = http.client.HTTPSConnection(ADDRESS, ADMISSION, timeout=10, context=trust)
    connection.connect()
    return connection


def ask(connection, class_):
    """The response to a pod that asks for a class; as an API server would, it asks again where it is told to."""
    review = json.dumps(review_of(pod("tried", annotations={RDMA: class_})))
    for _ in range(10):
        connection.request("POST", "/mutate-pods", review, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status == 200:
            return json.loads(text)["response"]
        time.sleep(float(answer.getheader("Retry-After", "0")))
    raise TimeoutError(f"{answer.status}: {text}")


def check_answers(connection):
    """A class of all its rails, a class of bad ones, and none."""
    given = ask(connection, class_of(0))
    check("a pod gets all the rails of its class", given["allowed"] and given["auditAnnotations"]["rails"] ==
          str(RAILS // CLASSES), given)
    for class_, told in ((class_of(9), "names no pool"), ("no-such-class", "unknown class")):
        refused = ask(connection, class_)
        check(f"a pod is refused: {told}", not refused["allowed"] and told in refused["status"]["message"], refused)


def check_news(cluster, connection):
    with removed(cluster, smc("rail-new", "class-new")):
        within(1, "a rail made now is given", lambda: ask(connection, "class-new")["allowed"])
        patch = {"metadata": {"annotations": {RDMA: "class-newer"}}}
        cluster.api.patch("SpiderMultusConfig", "rail-new", patch, "spiderpool")
        within(1, "and no more once it has left the class", lambda: not ask(connection, "class-new")["allowed"])


@test
def ten_thousand_rails_fit_into_little_memory_and_are_there_at_once(cluster):
    cluster.namespace(NAMESPACE)
    known = RAILS + len(cluster.api.list("SpiderMultusConfig"))
    create_rails(cluster)
    took = [time_start(cluster) for _ in range(STARTS - 1)]
    with Railhook(cluster) as railhook, contextlib.ExitStack() as closing:
        took.append(railhook.await_ready())
        limit = max(READY_SECONDS, SLOWNESS * min(time_lists(cluster) for _ in range(STARTS)))
        check(f"ready in {limit:.2f} s: {', '.join(f'{seconds:.2f}' for seconds in took)} s", min(took) < limit)
        check("all rails are known", sum(read_metric(railhook.get("/metrics")[1], "railhook_rails", {})) == known)
        check_below("the peak of the first lists", railhook.megabytes("VmHWM"), PEAK_MB)
        connections = [closing.enter_context(contextlib.closing(connect())) for _ in range(CONNECTIONS)]
        for connection in connections:
            ask(connection, class_of(0))
        check_answers(connections[0])
        check_news(cluster, connections[1])
        open_now = sum(read_metric(railhook.get("/metrics")[1], "railhook_connections", {}))
        check(f"{CONNECTIONS} connections are open", open_now == CONNECTIONS, open_now)
        check_below("all of it", railhook.megabytes("VmRSS"), RESIDENT_MB)


def time_lists(cluster):
    """Seconds that it takes to list all rails, and nothing else."""
    start = time.monotonic()
    query = {"limit": 100}
    while query:
        page = cluster.api.request("GET", f"{path_of('SpiderMultusConfig')}?{urllib.parse.urlencode(query)}")
        following = page["metadata"].get("continue")
        query = following and {"limit": 100, "continue": following}
    return time.monotonic() - start


def time_start(cluster):
    with Railhook(cluster) as railhook:
        return railhook.await_ready()


def check_below(name, megabytes, most):
    check(f"{name} takes {megabytes:.1f} of {most} MB", megabytes <= most)


main()
