"""A Kubernetes control plane as processes: etcd, API server, controllers, scheduler, and kwok for the nodes.

It belongs into namespaces of its own (isolation.py), as it takes the usual ports and addresses.
"""

import base64
import os
import pathlib
import shutil
import signal
import subprocess
import time

import yaml

from api import Api

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SERVICE_ADDRESS = "10.96.0.1"  # of the Service kubernetes.default, the first of the range
SERVICE_RANGE = "10.96.0.0/24"
HOST_ADDRESS = "192.0.2.1"  # an API server refuses to be reached under a loopback address
SECONDS = 60  # what takes longer hangs
NODES = 3
TAIL_WIDTH = 500
RAILS_ON_NODE = {f"spidernet.io/gpu{rail}sriov": "64" for rail in range(1, 9)}
NODE_CAPACITY = {"cpu": "64", "memory": "512Gi", "pods": "1000", "nvidia.com/gpu": "8"} | RAILS_ON_NODE


def wait_for(condition, seconds=SECONDS, pause=0.05):
    """What the condition gave when it held, or its last false value when it never did."""
    deadline = time.monotonic() + seconds
    while not (held := condition()) and time.monotonic() < deadline:
        time.sleep(pause)
    return held


class Program:
    """A program that runs until it is stopped, with a log."""

    def __init__(self, command, log):
        self.command, self.log = [str(word) for word in command], log
        self.process = None

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def signal(self, sign):
        if self.is_running():
            self.process.send_signal(sign)

    def kill(self):
        self.signal(signal.SIGKILL)
        self.process.wait()


class ControlPlane:
    def __init__(self, directory, programs, label):
        """`programs` is what find_programs gave. Pods with `label` (key=value) are left to others than kwok."""
        self.directory = pathlib.Path(directory)
        self.kubeconfig = self.directory / "admin.kubeconfig"
        self.path = f"{programs}:{os.environ['PATH']}"
        self.label = label
        self.programs = {}
        self.api = None

    def start(self):
        for address in (SERVICE_ADDRESS, HOST_ADDRESS):
            subprocess.run(["ip", "address", "add", f"{address}/32", "dev", "lo"], check=True)
        self._make_certificates()
        self._run("etcd", *self._etcd())
        self._run("kube-apiserver", *self._api_server())
        self.api = Api(SERVICE_ADDRESS, 443, *map(self._file, ("trusted.crt", "admin.crt", "admin.key")))
        self._await("kube-apiserver", self.is_ready)
        # Earlier it would end, as it may not do anything yet.
        self._run("kube-controller-manager", *self._controllers())
        self._run("kube-scheduler", *self._client("scheduler"), "--leader-elect=false", "--kube-api-qps=1000",
                  "--kube-api-burst=2000")
        self._run("kwok", *self._kwok())
        for number in range(1, NODES + 1):
            self.api.create(_node(f"node-{number}"))
        self._await("kwok", self._are_nodes_ready)
        self._await("kube-controller-manager", lambda: self.api.get("ServiceAccount", "default", "default"))

    def stop(self):
        """All at once, and with force after a second: an API server drains its watches for longer."""
        for program in self.programs.values():
            program.signal(signal.SIGTERM)
        wait_for(lambda: not any(program.is_running() for program in self.programs.values()), 1)
        for program in self.programs.values():
            program.kill()

    def restart_api_server(self, *flags):
        """With `flags` besides the usual ones."""
        api_server = self.programs["kube-apiserver"]
        api_server.command = [api_server.command[0], *map(str, self._api_server()), *flags]
        self._restart("kube-apiserver")
        self._await("kube-apiserver", self.is_ready)

    def certify_api_server(self, ca="ca"):
        """A new certificate for the API server, from `ca` or "next-ca"; it takes effect with the next start.

        The control plane and the administrator trust both authorities, pods only the one that was published.
        """
        names = ["DNS:kubernetes.default.svc", "DNS:localhost", "IP:127.0.0.1", f"IP:{SERVICE_ADDRESS}"]
        self.certify("apiserver", "/CN=kube-apiserver", f"subjectAltName={','.join(names)}", ca)

    def publish_ca(self, ca="ca"):
        """Tells pods to trust `ca` or "next-ca", and nothing else."""
        shutil.copy(self._file(f"{ca}.crt"), self._file("published-ca.crt"))
        self._restart("kube-controller-manager")

    def certify(self, name, subject, extension, ca="ca"):
        """The files of a new certificate and its key."""
        self._openssl(name, subject, extension, "-CA", self._file(f"{ca}.crt"), "-CAkey", self._file(f"{ca}.key"))
        return self._file(f"{name}.crt"), self._file(f"{name}.key")

    def is_ready(self):
        try:
            return self.api.request("GET", "/readyz") == "ok"
        except Exception:  # not yet: refused, unauthorized, unhealthy
            return False

    def run(self, program, *arguments, stdin=""):
        """A finished run of kubectl, helm or the like, as the cluster's administrator."""
        return subprocess.run([shutil.which(program, path=self.path), *map(str, arguments)], input=stdin, text=True,
                              capture_output=True, timeout=SECONDS, check=False, env=self.environment())

    def environment(self):
        home = {f"HELM_{name}_HOME": str(self.directory / "helm") for name in ("CACHE", "CONFIG", "DATA")}
        return os.environ | home | {"KUBECONFIG": str(self.kubeconfig), "PATH": self.path,
                                    "KUBECACHEDIR": str(self.directory / "kubectl")}

    def tails(self, lines=15):
        """The ends of the logs, as a text."""
        return "".join(f"---- {name}\n{tail(program.log, lines)}" for name, program in self.programs.items())

    # ---- How the programs are run ----

    def _run(self, name, *arguments):
        program = shutil.which(name, path=self.path)
        self.programs[name] = Program([program, *arguments], self._file(f"{name}.log"))
        self.programs[name].start()

    def _restart(self, name):
        self.programs[name].kill()
        self.programs[name].start()

    def _await(self, name, condition):
        if not wait_for(lambda: condition() or not self.programs[name].is_running()) or not condition():
            raise RuntimeError(f"{name} did not get ready:\n{tail(self.programs[name].log, 30)}")

    def _etcd(self):
        return ["--data-dir", self._file("etcd"), "--unsafe-no-fsync", "--log-level=warn"]

    def _api_server(self):
        return ["--etcd-servers=http://127.0.0.1:2379", "--secure-port=443", "--authorization-mode=Node,RBAC",
                f"--advertise-address={HOST_ADDRESS}", f"--service-cluster-ip-range={SERVICE_RANGE}",
                "--enable-aggregator-routing=true",  # calls the webhook's endpoints itself: there is no kube-proxy
                "--service-account-issuer=https://kubernetes.default.svc", "--requestheader-allowed-names=nobody",
                *(f"--{flag}={self._file(name)}" for flag, name in {
                    "tls-cert-file": "apiserver.crt", "tls-private-key-file": "apiserver.key",
                    "client-ca-file": "ca.crt", "requestheader-client-ca-file": "ca.crt", "service-account-key-file": "ca.crt",
                    "service-account-signing-key-file": "ca.key"}.items())]

    def _controllers(self):
        return [*self._client("controllers"), "--leader-elect=false", "--use-service-account-credentials=true",
                f"--service-account-private-key-file={self._file('ca.key')}", f"--root-ca-file={self._file('published-ca.crt')}",
                "--kube-api-qps=500", "--kube-api-burst=1000"]  # with the usual 20 a start takes five seconds longer

    def _client(self, name):
        kubeconfig = self._file(f"{name}.kubeconfig")
        return [f"--{purpose}kubeconfig={kubeconfig}" for purpose in ("", "authentication-", "authorization-")]

    def _kwok(self):
        stages = shutil.which("kwok-stages.yaml", mode=os.F_OK, path=self.path)
        return [f"--kubeconfig={self._file('admin.kubeconfig')}", "--manage-all-nodes=true", "--enable-crds=",
                "--node-lease-duration-seconds=40",  # as kubelets' leases
                f"--config={stages}", f"--disregard-status-with-label-selector={self.label}"]

    # ---- Certificates ----

    def _make_certificates(self):
        for ca in ("ca", "next-ca"):
            self._openssl(ca, f"/CN={ca}", "basicConstraints=critical,CA:TRUE")
        shutil.copy(self._file("ca.crt"), self._file("published-ca.crt"))
        self._file("trusted.crt").write_text("".join(self._file(f"{ca}.crt").read_text() for ca in ("ca", "next-ca")))
        self.certify_api_server()
        for name, subject in {"admin": "/O=system:masters/CN=admin",
                              "controllers": "/CN=system:kube-controller-manager",
                              "scheduler": "/CN=system:kube-scheduler"}.items():
            self.certify(name, subject, "extendedKeyUsage=clientAuth")
            self._write_kubeconfig(name)

    def _openssl(self, name, subject, extension, *more):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc",
                        "-days", "2", "-subj", subject, "-addext", extension, "-keyout", self._file(f"{name}.key"),
                        "-out", self._file(f"{name}.crt"), *more], check=True, capture_output=True)

    def _write_kubeconfig(self, name):
        cluster = {"server": f"https://{SERVICE_ADDRESS}", "certificate-authority-data": self._encoded("trusted.crt")}
        user = {"client-certificate-data": self._encoded(f"{name}.crt"),
                "client-key-data": self._encoded(f"{name}.key")}
        config = {"apiVersion": "v1", "kind": "Config", "current-context": "test",
                  "clusters": [{"name": "test", "cluster": cluster}], "users": [{"name": name, "user": user}],
                  "contexts": [{"name": "test", "context": {"cluster": "test", "user": name}}]}
        self._file(f"{name}.kubeconfig").write_text(yaml.safe_dump(config))

    def _encoded(self, name):
        return base64.b64encode(self._file(name).read_bytes()).decode()

    def _file(self, name):
        return self.directory / name

    def _are_nodes_ready(self):
        """A new node is tainted until a controller has seen that it is ready."""
        return not any("taints" in node["spec"] for node in self.api.list("Node"))


def find_programs():
    """The directories of the control plane's programs, as a PATH. Builds what is missing, which needs the network."""
    made = subprocess.run([ROOT / "scripts/control_plane/build"], stdout=subprocess.PIPE, text=True, check=True)
    return made.stdout.strip()


def _node(name):
    labels = {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"}
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels},
            "status": {"allocatable": NODE_CAPACITY, "capacity": NODE_CAPACITY}}


def tail(path, lines, begin=0):
    """The last lines of a file, or of what stands there behind the first `begin` bytes; long ones are cut."""
    text = pathlib.Path(path).read_bytes()[begin:].decode(errors="replace")
    return "".join(line[:TAIL_WIDTH] + "\n" for line in text.splitlines()[-lines:])
