"""The API server's own webhook client (main.go) as a process, and what it needs: a registration and certificates."""

import base64
import concurrent.futures
import functools
import itertools
import json
import pathlib
import shutil
import subprocess
import threading

import yaml

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SERVICE = "railhook.railhook-system.svc"
SECONDS = 60  # what takes longer hangs


@functools.cache
def find_program(name):
    """What scripts/control_plane/build builds, at once if need be; it says why where it can't."""
    made = subprocess.run([ROOT / "scripts/control_plane/build"], stdout=subprocess.PIPE, text=True, check=False)
    found = made.returncode == 0 and shutil.which(name, path=made.stdout.strip())
    if not found:
        raise SystemExit(f"FAIL there is no {name}: it needs Go, or a proxy for Go modules to fetch it from")
    return found


class Certificates:
    """A directory for `serve --certs` with a certificate for the Service and for 127.0.0.1."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir()
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", "30",
                      "-subj", "/CN=tests", "-keyout", "ca.key", "-out", "ca.crt")
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", "30",
                      "-subj", "/CN=railhook", "-addext", f"subjectAltName=DNS:{SERVICE},DNS:localhost,IP:127.0.0.1",
                      "-addext", "basicConstraints=critical,CA:FALSE",
                      "-CA", "ca.crt", "-CAkey", "ca.key", "-keyout", "tls.key", "-out", "tls.crt")

    def _openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.directory, check=True, capture_output=True, timeout=SECONDS)

    def bundle(self):
        return base64.b64encode((self.directory / "ca.crt").read_bytes()).decode()

    def copy_to(self, directory):
        """Without the authority's key, which a server would take for leave to make certificates."""
        shutil.copytree(self.directory, directory, ignore=shutil.ignore_patterns("ca.key"))


def registration(certificates, **changes):
    """The installed webhook for pods that ask, called for every pod, so that the server alone decides."""
    documents = yaml.safe_load_all((ROOT / "manifests/railhook.yaml").read_text())
    (webhooks,) = [document["webhooks"] for document in documents if document["kind"] == "MutatingWebhookConfiguration"]
    webhook = webhooks[0] | {"matchConditions": [], "namespaceSelector": {}, "objectSelector": {}}
    webhook["clientConfig"] = webhook["clientConfig"] | {"caBundle": certificates.bundle()}
    return [webhook | changes]


class Outcome:
    """What became of a pod that somebody created."""

    def __init__(self, told):
        self.pod = told.get("pod")
        refusal = told.get("refusal") or {}
        self.message, self.code, self.reason = (refusal.get(key) for key in ("message", "code", "reason"))
        self.warnings = told["warnings"] or []
        self.annotations = told["annotations"]
        self.new_connections, self.reused, self.seconds = told["newConnections"], told["reused"], told["seconds"]


class ApiServerClient:
    """Safe to use from any thread."""

    def __init__(self, *features):
        """With `features` such as "Name=false"."""
        self.process = subprocess.Popen([find_program("apiserver-client"), *features], text=True, encoding="utf-8",
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.lock, self.ids, self.waiting = threading.Lock(), itertools.count(), {}
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.reader.join(SECONDS)
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def _read(self):
        for line in self.process.stdout:
            told = json.loads(line)
            self.waiting.pop(told["id"]).set_result(Outcome(told))
        for future in self.waiting.values():
            future.set_exception(RuntimeError("apiserver-client ended"))

    def create(self, server, webhooks, endpoints, pod, namespace="default"):
        """The future outcome of a pod. Creations with the same `server`, a name, share connections; the registration of
        the first one counts. `endpoints` take turns."""
        future = concurrent.futures.Future()
        with self.lock:
            asked = {"id": next(self.ids), "server": server, "webhooks": webhooks, "endpoints": list(endpoints),
                     "namespace": namespace, "pod": pod}
            self.waiting[asked["id"]] = future
            self.process.stdin.write(json.dumps(asked) + "\n")
            self.process.stdin.flush()
        return future
