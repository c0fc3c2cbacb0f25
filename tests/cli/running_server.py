"""A `railhook serve` that runs while a test asks it."""

import contextlib
import http.client
import json
import pathlib
import re
import signal
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request

from harness import ENVIRONMENT, RAILHOOK, RDMA, SECONDS, check, pod


def wait_for(condition, seconds=20):
    """How long it took until the condition held; None if it never did."""
    start = time.monotonic()
    while time.monotonic() - start < seconds:
        if condition():
            return time.monotonic() - start
        time.sleep(0.05)
    return None


def until_not_put_off(ask):
    """The status and text that ask() gives; again after a 429, as API servers ask. A busy machine is a reason for one."""
    for _ in range(10):
        status, text = ask()
        if status != 429:
            break
        time.sleep(1)
    return status, text


def review(pod_):
    """An AdmissionReview that asks whether the pod may be created."""
    request = {"uid": "u-1", "operation": "CREATE", "namespace": "default", "object": pod_,
               "resource": {"group": "", "version": "v1", "resource": "pods"}}
    return json.dumps({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request}).encode()


def fetch(url):
    """The status and the text."""
    try:
        with urllib.request.urlopen(url, timeout=SECONDS) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def whole_lines(log):
    """What a log in a file says, but for a line that is being written."""
    return [json.loads(line) for line in log.read_text().splitlines(keepends=True) if line.endswith("\n")]


class Server:
    """A running `railhook serve` with rails and a configuration of its own."""

    def __init__(self, files, *more):
        self.files = files
        self.config = files.write("config.yaml", "{}\n")
        self.log_path = files.directory / "log"
        self.log_file = self.log_path.open("w")
        certs = files.directory / "certs"
        self.process = subprocess.Popen(
            [RAILHOOK, "serve", "--rails", files.rails, "--config", self.config, "--certs", certs, "--listen",
             "127.0.0.1:0",
             "--health", "127.0.0.1:0", *more], stderr=self.log_file, stdout=subprocess.PIPE, env=ENVIRONMENT)
        started = wait_for(lambda: self.log() or self.process.poll() is not None)
        first = self.log()[0] if started is not None and self.log() else {}
        self.admission, self.health = first.get("admission", ""), first.get("health", "")
        check("the first log line says which ports are served", self.admission and self.health,
              self.log_path.read_text())
        self.trust = ssl.create_default_context(cafile=certs / "ca.crt")

    def log(self):
        return whole_lines(self.log_path)

    def logged(self, **fields):
        return any(all(word in str(line.get(key, "")) for key, word in fields.items()) for line in self.log())

    def get(self, path):
        return fetch(f"http://{self.health}{path}")

    def metric(self, name):
        """Summed over all labels; None where there is no such metric."""
        found = re.findall(rf"^{name}(?:\{{.*\}})? (\S+)$", self.get("/metrics")[1], re.MULTILINE)
        return sum(map(float, found)) if found else None

    def connect(self):
        host, port = self.admission.rsplit(":", 1)
        return self.trust.wrap_socket(socket.create_connection((host, int(port)), SECONDS), server_hostname=host)

    def ask(self, body, path="/mutate-pods"):
        """What a POST of these bytes gets: the status, and the text."""
        host, port = self.admission.rsplit(":", 1)
        connection = http.client.HTTPSConnection(host, int(port), timeout=SECONDS, context=self.trust)
        with contextlib.closing(connection):
            connection.request("POST", path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()

    def admit(self, pod_):
        status, text = until_not_put_off(lambda: self.ask(review(pod_)))
        check("a review is answered", status == 200, status, text)
        return json.loads(text)["response"]

    def memory_peak(self):
        """In KiB."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1])

    def allows(self, class_):
        return self.admit(pod(annotations={RDMA: class_}))["allowed"]

    def stop(self, sign=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(sign)
        try:
            return self.process.wait(SECONDS)
        finally:
            self.process.stdout.close()
            self.log_file.close()


@contextlib.contextmanager
def serving(files, *more):
    server = Server(files, *more)
    try:
        yield server
        check("SIGTERM ends the server with 0", server.stop() == 0, server.log_path.read_text())
    finally:
        if server.process.poll() is None:
            server.process.kill()
            server.process.wait()
