"""Nodes of the cluster whose NICs are directories, and railhook-vfmanager as a process for each.

A thread for each plays what a kernel does about sriov_numvfs. Links are real ones of this network namespace, the same for all
nodes; what only a kernel's own NICs can show is tested in tests/vm.
"""

import contextlib
import json
import pathlib
import shutil
import signal
import subprocess
import threading
import time

import yaml

from control_plane import SERVICE_ADDRESS
from harness import NAMESPACE, need, removed

LABEL = "app.kubernetes.io/name=railhook-vfmanager"
ACCOUNT = "railhook-vfmanager"
PREFIX = "spidernet.io"
PF = "0000:01:00.0"
LINK = "ens1"
VFS = 4
TOTAL = 8
TICK = 0.02
TOKEN_SECONDS = 3600
VALUES = {"replicas": 1, "vfManager": {"enabled": True, "devicePlugin": "external"}}
PLUGIN_NAMESPACE = "kube-system"
PLUGIN_LABELS = {"app": "sriovdp"}
SOON = 30  # seconds; it is two where the machine has nothing else to do
NODES = ("node-1", "node-2", "node-3")
RAIL = "rail1"
RESOURCE = f"{PREFIX}/{RAIL}"
SLOT = "vfmanager-drain.0"


def make_link():
    """The netdev of every node's PF."""
    subprocess.run(["ip", "link", "add", LINK, "up", "type", "veth", "peer", "name", f"{LINK}-peer"], check=True)


def vf_address(index):
    return f"0000:01:00.{index + 1}"


class Nic:
    """A PF in a tree like sysfs, with VFs that have a driver."""

    def __init__(self, root):
        self.devices = root / "bus/pci/devices"
        self.pf = self.devices / PF
        self.driver = root / "bus/pci/drivers/mlx5_core"
        self.driver.mkdir(parents=True)
        self._make_function(self.pf, "1019")
        (self.pf / "net" / LINK).mkdir(parents=True)
        for name, text in {"sriov_totalvfs": TOTAL, "sriov_numvfs": 0, "sriov_drivers_autoprobe": 1}.items():
            (self.pf / name).write_text(f"{text}\n", encoding="ascii")
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._follow, name="kernel", daemon=True)
        self.thread.start()

    def set_vfs(self, number):
        (self.pf / "sriov_numvfs").write_text(f"{number}\n", encoding="ascii")
        need(f"there are {number} VFs", lambda: len(self.vfs()) == number)

    def vfs(self):
        return sorted(path.name for path in self.pf.glob("virtfn*"))

    def stop(self):
        self.stopping.set()
        self.thread.join()

    def _make_function(self, directory, device):
        directory.mkdir(parents=True)
        for name, text in {"class": "0x020000", "vendor": "0x15b3", "device": f"0x{device}", "numa_node": "0"}.items():
            (directory / name).write_text(f"{text}\n", encoding="ascii")
        (directory / "driver").symlink_to("../../drivers/mlx5_core")

    def _follow(self):
        while not self.stopping.wait(TICK):
            text = (self.pf / "sriov_numvfs").read_text(encoding="ascii").strip()
            if text.isdigit():
                self._have(int(text))

    def _have(self, number):
        for index in range(TOTAL):
            link, directory = self.pf / f"virtfn{index}", self.devices / vf_address(index)
            if index < number and not directory.exists():
                self._make_function(directory, "101a")
                link.symlink_to(f"../{directory.name}")
            elif index >= number and directory.exists():
                link.unlink()
                shutil.rmtree(directory)


class VfNode:
    """A node of the cluster with such a NIC. Use it in a `with` block; nothing runs until `start`."""

    def __init__(self, cluster, name):
        self.cluster, self.name = cluster, name
        self.program = cluster.railhook.parent / "railhook-vfmanager"
        self.directory = pathlib.Path(cluster.directory) / f"{name}-{time.monotonic_ns()}"
        self.sysfs, self.state, self.kubelet = (self.directory / part for part in ("sys", "state", "kubelet"))
        for path in (self.state / "pfs", self.kubelet / "device-plugins", self.directory / "modprobe.d"):
            path.mkdir(parents=True)
        self.log_path = self.directory / "log"
        self.nic = Nic(self.sysfs)
        self.process = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
        self.nic.stop()
        self.cluster.api.delete("SriovNetworkNodeState", self.name, NAMESPACE)
        self.cluster.api.patch("Node", self.name, {"spec": {"unschedulable": None}, "metadata": {"annotations": {
            "vfmanager.railhook.io/cordoned": None}}})
        for lease in self.cluster.api.list("Lease", NAMESPACE, "vfmanager.railhook.io/drain-slot"):
            self.cluster.api.delete("Lease", lease["metadata"]["name"], NAMESPACE)

    # ---- The host ----

    def own_vfs(self, number=VFS):
        """VFs that an agent made before."""
        self.nic.set_vfs(number)
        (self.state / "pfs" / f"{PF}.json").write_text(json.dumps({"numVfs": number}), encoding="ascii")

    def hand_out(self, *given):
        """kubelet's checkpoint: (pod, resource, addresses) of each that got VFs."""
        entries = [{"PodUID": pod["metadata"]["uid"], "ContainerName": "train", "ResourceName": resource,
                    "DeviceIDs": {"0": list(addresses)}, "AllocResp": ""} for pod, resource, addresses in given]
        checkpoint = {"Data": {"PodDeviceEntries": entries, "RegisteredDevices": {}}, "Checksum": 0}
        (self.kubelet / "device-plugins/kubelet_internal_checkpoint").write_text(json.dumps(checkpoint), encoding="ascii")

    @contextlib.contextmanager
    def read_only(self, attribute):
        """A file of the PF that can't be written to, as where sysfs is mounted so."""
        path = self.nic.pf / attribute
        subprocess.run(["mount", "--bind", path, path], check=True)
        subprocess.run(["mount", "-o", "remount,bind,ro", path], check=True)
        try:
            yield
        finally:
            subprocess.run(["umount", path], check=True)

    # ---- The agent ----

    def start(self, *arguments, kubeconfig=None, device_plugin="none"):
        command = [self.program, "run", "--node", self.name, "--namespace", NAMESPACE, "--poll", "1", "--log-level", "debug",
                   "--device-plugin", device_plugin, "--kubeconfig", kubeconfig or self.kubeconfig(), "--sysfs-root", self.sysfs,
                   "--state-dir", self.state, "--kubelet-dir", self.kubelet, "--modprobe-dir", self.directory / "modprobe.d",
                   *arguments]
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def kill(self, sign=signal.SIGKILL):
        """Ends the agent; its exit code."""
        if self.process is None:
            return None
        self.process.send_signal(sign)
        code = self.process.wait(30)
        self.process = None
        return code

    def kubeconfig(self):
        """As the DaemonSet's pod of this node."""
        path = self.directory / "kubeconfig"
        write_kubeconfig(self.cluster, path, self.token())
        return path

    def token(self):
        (pod,) = need(f"the DaemonSet has a pod on {self.name}", lambda: self.cluster.api.list(
            "Pod", NAMESPACE, LABEL, f"spec.nodeName={self.name}"))
        return self.cluster.api.token(ACCOUNT, NAMESPACE, TOKEN_SECONDS, [], pod)["token"]

    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    # ---- What the cluster shows of it ----

    def node_state(self):
        return self.cluster.api.get("SriovNetworkNodeState", self.name, NAMESPACE) or {}

    def status(self):
        return self.node_state().get("status", {})

    def sync(self):
        return self.status().get("syncStatus")

    def condition(self, type_):
        return next((one for one in self.status().get("conditions", []) if one["type"] == type_), {})

    def columns(self):
        """What kubectl shows: SYNC STATUS, DESIRED SYNC STATE, CURRENT SYNC STATE."""
        shown = self.cluster.run("kubectl", "get", "sriovnetworknodestates", "-n", NAMESPACE, self.name, "--no-headers").stdout
        return shown.split()[1:-1]

    def node(self):
        return self.cluster.api.get("Node", self.name)

    def is_cordoned(self):
        return self.node()["spec"].get("unschedulable", False)

    def is_marked(self):
        return "vfmanager.railhook.io/cordoned" in self.node()["metadata"].get("annotations", {})


def write_kubeconfig(cluster, path, token):
    ca = cluster.control_plane.directory / "ca.crt"
    server = {"server": f"https://{SERVICE_ADDRESS}", "certificate-authority": str(ca)}
    config = {"apiVersion": "v1", "kind": "Config", "current-context": "agent",
              "clusters": [{"name": "test", "cluster": server}], "users": [{"name": "agent", "user": {"token": token}}],
              "contexts": [{"name": "agent", "context": {"cluster": "test", "user": "agent"}}]}
    path.write_text(yaml.safe_dump(config), encoding="ascii")


# ---- Objects ----


def policy(name, resource=None, vfs=VFS, pf=LINK, **spec):
    return {"apiVersion": "sriovnetwork.openshift.io/v1", "kind": "SriovNetworkNodePolicy",
            "metadata": {"name": name, "namespace": NAMESPACE},
            "spec": {"resourceName": resource or name, "nodeSelector": {}, "numVfs": vfs, "nicSelector": {"pfNames": [pf]}} | spec}


def pool(name, **spec):
    return {"apiVersion": "sriovnetwork.openshift.io/v1", "kind": "SriovNetworkPoolConfig",
            "metadata": {"name": name, "namespace": NAMESPACE}, "spec": spec}


def user_pod(name, namespace, node, labels=None, **amounts):
    """A pod on a node that asks for resources by their names without prefix."""
    limits = {f"{PREFIX}/{resource}": str(amount) for resource, amount in amounts.items()}
    return {"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": name, "namespace": namespace, "labels": labels or {}},
            "spec": {"nodeName": node, "automountServiceAccountToken": False, "terminationGracePeriodSeconds": 0,
                     "containers": [{"name": "train", "image": "train:1", "resources": {"limits": limits}}]}}


# ---- What tests begin with ----


def ensure_agents(cluster):
    """The chart with the VF manager, whose pods only seem to run."""
    if cluster.values != VALUES:
        make_link()
        cluster.install(VALUES)
        need("each node has its pod", lambda: len(cluster.api.list("Pod", NAMESPACE, LABEL)) == len(NODES))


@contextlib.contextmanager
def settled(cluster, *names, **spec):
    """Nodes whose four VFs an agent made before, and a policy that wants them."""
    ensure_agents(cluster)
    with contextlib.ExitStack() as stack:
        stack.enter_context(removed(cluster, policy("rails", RAIL, **spec)))
        nodes = [stack.enter_context(VfNode(cluster, name)) for name in names]
        for node in nodes:
            node.own_vfs()
            node.start()
        for node in nodes:
            need(f"{node.name} is as it should be", lambda node=node: node.sync() == "Succeeded", SOON)
        yield nodes


def drop_policy(cluster):
    """So that all VFs are to vanish."""
    cluster.api.delete("SriovNetworkNodePolicy", "rails", NAMESPACE)


@contextlib.contextmanager
def users(cluster, node, **holders):
    """Pods by their names, with the addresses that each holds."""
    space = cluster.namespace()
    made = {name: cluster.api.create(user_pod(name, space, node.name, {"app": name}, **({RAIL: 1} if held else {})))
            for name, held in holders.items()}
    node.hand_out(*((made[name], RESOURCE, held) for name, held in holders.items() if held))
    need("they run", lambda: all(pod["status"].get("phase") == "Running" for pod in cluster.api.list("Pod", space)))
    try:
        yield space
    finally:
        for name in holders:
            cluster.api.delete("Pod", name, space, gracePeriodSeconds=0)


@contextlib.contextmanager
def guarded(cluster, space, name):
    """A budget that lets a pod not go."""
    budget = {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": name, "namespace": space},
              "spec": {"maxUnavailable": 0, "selector": {"matchLabels": {"app": name}}}}
    with removed(cluster, budget):
        need("the budget counts", lambda: cluster.api.get("PodDisruptionBudget", name, space).get("status", {})
             .get("observedGeneration"))
        yield


def pods(cluster, space):
    return sorted(pod["metadata"]["name"] for pod in cluster.api.list("Pod", space) if "deletionTimestamp" not in pod["metadata"])


def events(cluster, node):
    """The messages of those about its NodeState."""
    uid = node.node_state().get("metadata", {}).get("uid")
    return {(event["type"], event["reason"]): event["message"] for event in cluster.api.list("Event", NAMESPACE)
            if event["involvedObject"].get("uid") == uid}


def slot_holder(cluster, name=SLOT):
    lease = cluster.api.get("Lease", name, NAMESPACE) or {"spec": {}}
    return lease["spec"].get("holderIdentity", "")


def is_done(node):
    return not node.nic.vfs() and node.sync() == "Succeeded" and not node.is_marked()
