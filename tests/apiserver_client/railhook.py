"""`railhook serve` as a process, with a certificate for its Service."""

import contextlib
import http.client
import re
import ssl
import subprocess
import time

from client import SECONDS
from harness import ENVIRONMENT, RAILHOOK, check
from running_server import fetch, whole_lines


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
        self.trust = ssl.create_default_context(cafile=directory / "certs/ca.crt")
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [RAILHOOK, "serve", *sources, "--certs", directory / "certs", "--listen", "127.0.0.1:0", "--health",
                 "127.0.0.1:0"], stderr=log, env=ENVIRONMENT)
        serving = wait_for(self._serving)
        check("it serves", serving, self.log.read_text())
        self.admission, self.health = (serving or {}).get("admission"), (serving or {}).get("health")

    def _serving(self):
        return next((line for line in whole_lines(self.log) if line["msg"] == "serving"), None)

    def get(self, path):
        return fetch(f"http://{self.health}{path}")

    def ask(self, method, path):
        """The status that the admission port answers with."""
        host, port = self.admission.rsplit(":", 1)
        connection = http.client.HTTPSConnection(host, int(port), context=self.trust, timeout=SECONDS)
        with contextlib.closing(connection):
            connection.request(method, path)
            return connection.getresponse().status

    def is_ready(self):
        return self.get("/readyz")[0] == 200

    def metric(self, name, **labels):
        """Summed over all series with these labels."""
        wanted = {f'{label}="{value}"' for label, value in labels.items()}
        series = re.findall(rf"^{name}(?:\{{(.*)\}})? (\S+)$", self.get("/metrics")[1], re.MULTILINE)
        return sum(float(value) for has, value in series if wanted <= set(has.split(",")))

    def signal(self, sign):
        self.process.send_signal(sign)

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
