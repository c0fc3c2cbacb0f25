#!/usr/bin/python3
"""A server that answers very many requests takes no more memory than after the first of them.

Usage: soak_test.py RAILHOOK SOAK_CLIENT [REQUESTS]
Prints how many answers came, how fast, and how the memory went; exit code 1 if it grew or an answer was wrong.
"""

import contextlib
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time

REQUESTS = 200_000  # as many as take half a minute where the machine has nothing else to do
WARM_UP = 0.2  # the share of them after which memory counts
MOST_GROWTH_MB = 2
RAILS = pathlib.Path(__file__).resolve().parents[2] / "examples/sriov-rails/rails"
RDMA = "cni.spidernet.io/rdma-resource-inject"


def review(class_):
    """An AdmissionReview of a pod that asks for the class, or for nothing."""
    env = [{"name": f"NAME_{number}", "value": "some value of the usual length"} for number in range(30)]
    pod = {"apiVersion": "v1", "kind": "Pod",
           "metadata": {"name": "train", "namespace": "default", "annotations": {RDMA: class_} if class_ else {}},
           "spec": {"containers": [{"name": "train", "image": "train:1", "env": env}]}}
    request = {"uid": "u-1", "operation": "CREATE", "namespace": "default", "object": pod,
               "resource": {"group": "", "version": "v1", "resource": "pods"}}
    return json.dumps({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request})


@contextlib.contextmanager
def serving(railhook):
    """The running server and its port. It logs each decision, which nobody keeps."""
    command = [railhook, "serve", "--rails", RAILS, "--listen", "127.0.0.1:0", "--health", "127.0.0.1:0"]
    server = subprocess.Popen(command, stderr=subprocess.PIPE)
    try:
        first = server.stderr.readline().decode()
        port = re.search(r'"admission":"127\.0\.0\.1:(\d+)"', first)
        if not port:
            sys.exit(f"soak_test.py: railhook doesn't serve: {first}")
        threading.Thread(target=drain, args=(server.stderr,), daemon=True).start()
        yield server, port[1]
    finally:
        server.kill()
        server.wait()


def drain(pipe):
    while pipe.read(1 << 16):
        pass


def ask(client, port, count, reviews):
    start = time.monotonic()
    ran = subprocess.run([client, port, str(count), *reviews], capture_output=True, text=True, check=False)
    took = time.monotonic() - start
    print(f"{ran.stdout.strip()}, {count / took:.0f} a second{ran.stderr}", flush=True)
    return ran.returncode == 0


def resident(server):
    """Megabytes."""
    status = pathlib.Path(f"/proc/{server.pid}/status").read_text()
    return int(re.search(r"^VmRSS:\s+(\d+) kB$", status, re.MULTILINE)[1]) / 1024


def soak(railhook, client, count, directory):
    reviews = []
    for name, class_ in (("injected", "rdma-network"), ("denied", "no-such-class"), ("passed", "")):
        reviews.append(directory / f"{name}.json")
        reviews[-1].write_text(review(class_))
    with serving(railhook) as (server, port):
        warm = int(count * WARM_UP)
        good = ask(client, port, warm, reviews)
        before = resident(server)
        good = ask(client, port, count - warm, reviews) and good
        after = resident(server)
    print(f"{before:.1f} MB after {warm} requests, {after:.1f} MB after {count}")
    return good and after - before <= MOST_GROWTH_MB


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(f"usage: {sys.argv[0]} RAILHOOK SOAK_CLIENT [REQUESTS]")
    count = int(sys.argv[3]) if len(sys.argv) == 4 else REQUESTS
    with tempfile.TemporaryDirectory() as directory:
        good = soak(sys.argv[1], sys.argv[2], count, pathlib.Path(directory))
    print("1 passed, 0 failed" if good else "0 passed, 1 failed")
    sys.exit(0 if good else 1)


main()
