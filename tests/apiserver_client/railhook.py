"""`railhook serve` as a process, with a certificate for its Service."""

import contextlib
import json
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request

from client import SECONDS
from harness import ENVIRONMENT, RAILHOOK, check


def wait_for(condition, seconds=SECONDS):
    """What the condition gave when it held, or its last false value."""
    deadline = time.monotonic() + seconds
    while not (held := condition()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return held


class Railhook:
    def __init__(self, directory, certificates, *sources):
        directory.mkdir()
        self.log = directory / "log"
        certificates.copy_to(directory / "certs")
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [RAILHOOK, "serve", *sources, "--certs", directory / "certs", "--listen", "127.0.0.1:0", "--health",
                 "127.0.0.1:0"], stderr=log, env=ENVIRONMENT)
        serving = wait_for(self._serving)
        check("it serves", serving, self.log.read_text())
        self.admission, self.health = (serving or {}).get("admission"), (serving or {}).get("health")

    def _serving(self):
        lines = [json.loads(line) for line in self.log.read_text().splitlines(keepends=True) if line.endswith("\n")]
        return next((line for line in lines if line["msg"] == "serving"), None)

    def get(self, path):
        try:
            with urllib.request.urlopen(f"http://{self.health}{path}", timeout=SECONDS) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def is_ready(self):
        return self.get("/readyz")[0] == 200

    def metric(self, name):
        """Summed over all labels that go on after the name, such as `x_total{result="injected"`."""
        found = re.findall(rf"^{re.escape(name)}\S* (\S+)$", self.get("/metrics")[1], re.MULTILINE)
        return sum(map(float, found))

    def signal(self, sign):
        self.process.send_signal(sign)

    def end(self):
        """The exit code after SIGTERM."""
        self.signal(signal.SIGTERM)
        return self.process.wait(SECONDS)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


@contextlib.contextmanager
def serving(directory, certificates, *sources):
    server = Railhook(directory, certificates, *sources)
    try:
        yield server
    finally:
        server.kill()
