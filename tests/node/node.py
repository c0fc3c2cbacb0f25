"""A Kubernetes node: a virtual machine with SR-IOV NICs that runs the real kubelet, containerd and Multus, and a control plane
beside it. README.md tells more."""

import base64
import json
import pathlib
import shutil
import subprocess
import sys

import yaml

HERE = pathlib.Path(__file__).resolve().parent
sys.path += [str(HERE.parent / "vm"), str(HERE.parent / "cluster")]

from control_plane import ROOT, ControlPlane, wait_for  # noqa: E402
from machine import Machine  # noqa: E402

NAME = "node-vm"  # as scripts/node/root/usr/sbin/start-kubelet has it
NETWORK = "10.99.0.0/24"
API_SERVER = "https://10.99.0.2:443"  # this machine, as the virtual one sees it
SECONDS = 180  # what takes longer hangs
NO_POD = "railhook.test/kwok=none"
DISK = ["-smp", "2", "-drive", "file={},format=raw,if=none,id=disk,snapshot=on,cache=unsafe", "-device",
        "virtio-blk-pci,drive=disk", "-netdev", f"user,id=node,net={NETWORK},host=10.99.0.2", "-device",
        "virtio-net-pci,netdev=node,romfile="]
LOGS = ["/var/log/kubelet.log", "/var/log/multus.log", "/var/log/pods/*vfmanager*/*/*.log"]


def find_disk():
    """The node's disk. Makes it where that hasn't been done, which needs the network."""
    made = subprocess.run([ROOT / "scripts/node/disk"], stdout=subprocess.PIPE, text=True, check=True)
    return made.stdout.strip()


class NodeMachine(Machine):
    """A machine whose root is the node's disk, which is as new at each boot."""

    def __init__(self, program, disk, pfs):
        super().__init__(program, nics=None, pfs=pfs, options=("--memory", "2048"),
                         qemu=[word.format(disk) for word in DISK])

    def _boot(self):
        shutil.copy(ROOT / "scripts/node/switch", self.files() / "init")
        super()._boot()


class Node:
    """Control plane and machine, with the node ready and nothing on it. Use it inside isolation.enter()."""

    def __init__(self, state, programs, machine):
        directory = pathlib.Path(state) / "control-plane"
        directory.mkdir()
        self.plane, self.machine = ControlPlane(directory, programs, NO_POD), machine
        self.api = None

    def __enter__(self):
        self.plane.start()
        self.api = self.plane.api
        try:
            self._drop_kwok()
            for crd in (ROOT / "manifests/crds").glob("*.yaml"):
                self.kubectl("apply", "-f", crd)
            self.machine.__enter__()
            self._start_kubelet()
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, kind, *_):
        if kind and self.machine.process:
            print(self.tails(), flush=True)
        if self.machine.process:
            self.machine.__exit__(kind, None, None)
        self.plane.stop()

    # ---- What tests do ----

    def kubectl(self, *arguments, stdin=""):
        ran = self.plane.run("kubectl", *arguments, stdin=stdin)
        assert ran.returncode == 0, f"kubectl {arguments}: {ran.stderr}"
        return ran.stdout

    def apply(self, *things):
        self.kubectl("apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": things}))

    def allocatable(self, resource):
        """How many of a resource pods may have; None where kubelet doesn't know it."""
        found = self.api.get("Node", NAME)["status"]["allocatable"].get(resource)
        return None if found is None else int(found)

    def pod(self, name):
        return self.api.get("Pod", name, "default")

    def process_of(self, pod):
        """The number of the pod's only container in the machine."""
        status, = pod["status"]["containerStatuses"]
        container = status["containerID"].removeprefix("containerd://")
        return self.machine.sh(f"ctr --namespace k8s.io task ls | grep {container} | tr -s ' ' | cut -d' ' -f2")

    def restart_kubelet(self):
        self.machine.sh("kill $(cat /run/kubelet.pid); while [ -e /proc/$(cat /run/kubelet.pid) ]; do sleep 0.1; done; "
                        "start-kubelet")

    def tails(self, lines=25):
        """The ends of the node's logs."""
        ran = self.machine.run("; ".join(f"echo '---- {log}'; tail -n {lines} {log}" for log in LOGS))
        return ran.out + ran.err

    # ---- How it starts ----

    def _drop_kwok(self):
        """kwok's nodes were only to show that the control plane works; it would run pods of the real one, too."""
        self.plane.programs["kwok"].kill()
        self.kubectl("delete", "nodes", "--all", "--wait=false")

    def _start_kubelet(self):
        users = {"kubelet": f"/O=system:nodes/CN=system:node:{NAME}", "multus": "/O=system:masters/CN=multus"}
        for name, subject in users.items():
            (self.machine.share / f"{name}.kubeconfig").write_text(self._kubeconfig(name, subject))
        shutil.copy(self.plane.directory / "ca.crt", self.machine.share)
        self.machine.sh("start-containerd && start-kubelet", SECONDS)
        ready = wait_for(self._is_ready, SECONDS)
        assert ready, "the node didn't get ready"

    def _is_ready(self):
        node = self.api.get("Node", NAME)
        conditions = node["status"].get("conditions", []) if node else []
        return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)

    def _kubeconfig(self, name, subject):
        files = self.plane.certify(f"node-{name}", subject, "extendedKeyUsage=clientAuth")
        certificate, key = (base64.b64encode(file.read_bytes()).decode() for file in files)
        config = yaml.safe_load(self.plane.kubeconfig.read_text())
        config["clusters"][0]["cluster"] |= {"server": API_SERVER, "tls-server-name": "localhost"}
        config["users"][0]["user"] = {"client-certificate-data": certificate, "client-key-data": key}
        return yaml.safe_dump(config)
