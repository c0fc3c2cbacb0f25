#!/usr/bin/python3
"""railhook-vfmanager in a cluster: what it shows, how it drains, what it may do, and what it leaves alone.

Usage: vfmanager_test.py RAILHOOK [TEST...]   (railhook-vfmanager stands beside it)
Prints a line for each check, and last how many passed and failed; exit code 1 if any failed.
"""

import contextlib
import http.client
import json
import pathlib
import re
import shutil
import ssl
import sys

import yaml

sys.dont_write_bytecode = True

from api import MERGE_PATCH, encode, path_of  # noqa: E402
from control_plane import ROOT, SERVICE_ADDRESS  # noqa: E402
from harness import NAMESPACE, check, check_all, main, need, removed, test, wait_for, within  # noqa: E402
from vf_nodes import (ACCOUNT, LABEL, LINK, PF, PREFIX, VFS, VfNode, make_link, policy, pool, user_pod, vf_address)  # noqa: E402

sys.path.insert(0, str(ROOT / "tests/vm"))
from machine import Machine, libraries_of  # noqa: E402

VALUES = {"replicas": 1, "vfManager": {"enabled": True}}
SOON = 30  # seconds; it is two where the machine has nothing else to do
STILL = 3  # seconds in which nothing happens
NODES = ("node-1", "node-2", "node-3")
RAIL = "rail1"
RESOURCE = f"{PREFIX}/{RAIL}"
SLOT = "vfmanager-drain.0"
VM_SECONDS = 90
SETPRIV = shutil.which("setpriv")
MANAGEMENT = ("-netdev", "user,id=management", "-device", "virtio-net-pci,netdev=management,romfile=")


def ready(cluster):
    """The chart with the VF manager, whose pods only seem to run."""
    if cluster.values != VALUES:
        make_link()
        cluster.install(VALUES)
        need("each node has its pod", lambda: len(cluster.api.list("Pod", NAMESPACE, LABEL)) == len(NODES))


@contextlib.contextmanager
def settled(cluster, *names, **spec):
    """Nodes whose four VFs an agent made before, and a policy that wants them."""
    ready(cluster)
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


def memory_of(pid):
    """Lines of its status: all of its resident memory, what is its own, and what are programs and libraries."""
    lines = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return [" ".join(line.split()) for line in lines if line.startswith(("VmRSS", "RssAnon", "RssFile"))]


# ---- What it shows ----


@test
def kubectl_shows_the_node(cluster):
    with settled(cluster, "node-1") as (node,):
        check("the columns", node.columns() == ["Succeeded", "Idle", "Idle"], node.columns())
        (pf,) = node.status()["interfaces"]
        check("the PF", (pf["pciAddress"], pf["name"], pf["totalvfs"], pf["numVfs"], pf["linkAdminState"])
              == (PF, LINK, 8, VFS, "up"), pf)
        check("its VFs", [(vf["vfID"], vf["pciAddress"], vf["driver"]) for vf in pf["Vfs"]]
              == [(index, vf_address(index), "mlx5_core") for index in range(VFS)], pf)
        check("the condition Ready", node.condition("Ready")["status"] == "True", node.status())
        (owner,) = node.node_state()["metadata"]["ownerReferences"]
        check("it goes with the Node", (owner["kind"], owner["uid"]) == ("Node", node.node()["metadata"]["uid"]), owner)
        version = node.node_state()["metadata"]["resourceVersion"]
        check("nothing is written while nothing changes",
              not wait_for(lambda: node.node_state()["metadata"]["resourceVersion"] != version, STILL))
        cluster.api.delete("SriovNetworkNodeState", node.name, NAMESPACE)
        within(SOON, "deleted it comes back", lambda: node.sync() == "Succeeded")
        print(f"     resident memory: {', '.join(memory_of(node.process.pid))}")


@test
def what_fails_is_told_with_path_errno_and_hint(cluster):
    with settled(cluster, "node-1") as (node,):
        with node.read_only("sriov_numvfs"):
            drop_policy(cluster)
            within(SOON, "the status is Failed", lambda: node.sync() == "Failed")
            check_all("lastSyncError", node.status()["lastSyncError"], LINK, f"{PF}/sriov_numvfs", "EROFS", "mount")
            check("the columns", node.columns() == ["Failed", "Idle", "Idle"], node.columns())
            failing = node.condition("Ready")
            check("the condition Ready says why", (failing["status"], failing["reason"]) == ("False", "Failed") and
                  "EROFS" in failing["message"], failing)
            within(SOON, "an Event tells it", lambda: "EROFS" in events(cluster, node).get(("Warning", "Failed"), ""))
            shown = cluster.run("kubectl", "describe", "sriovnetworknodestate", node.name, "-n", NAMESPACE).stdout
            check("kubectl describe shows it", "EROFS" in shown, shown)
            check("since when stays the same", not wait_for(
                lambda: node.condition("Ready")["lastTransitionTime"] != failing["lastTransitionTime"], STILL))
        within(SOON, "it is tried again and succeeds", lambda: is_done(node))
        check("nothing is left of the error", "lastSyncError" not in node.status(), node.status())


@test
def policies_that_cannot_be_done_are_told(cluster):
    with settled(cluster, "node-1") as (node,), removed(cluster, policy("more", "more", 9, priority=5)):
        within(SOON, "the status is Failed", lambda: node.sync() == "Failed")
        refused = node.condition("PoliciesRefused")
        check_all("the condition PoliciesRefused", refused["message"], "numVfs 9", LINK, "8")
        check("the VFs stay", len(node.nic.vfs()) == VFS)


@test
def only_policies_that_choose_the_node_count(cluster):
    here, elsewhere = {"kubernetes.io/hostname": "node-1"}, {"kubernetes.io/hostname": "node-9"}
    with settled(cluster, "node-1") as (node,), removed(
            cluster, policy("here", nodeSelector=here, priority=10, nicSelector={"pfNames": [f"{LINK}#0-1"]}),
            policy("elsewhere", vfs=1, nodeSelector=elsewhere, priority=0)):
        saved = node.state / "policies.json"
        within(SOON, "those in force are saved for the next boot", lambda: "here" in saved.read_text(encoding="utf-8"))
        items = json.loads(saved.read_text(encoding="utf-8"))["items"]
        check("and only those", sorted(item["metadata"]["name"] for item in items) == ["here", "rails"], items)
        check("without their selectors", all(item["spec"]["nodeSelector"] == {} for item in items), items)
        check("the VFs stay", len(node.nic.vfs()) == VFS and node.sync() == "Succeeded", node.status())
        cluster.api.patch("SriovNetworkNodePolicy", "elsewhere", {"spec": {"nodeSelector": {"kubernetes.io/hostname": "node-1"},
                                                                           "numVfs": 9}}, NAMESPACE)
        within(SOON, "one that comes to choose it counts", lambda: node.sync() == "Failed")


@test
def without_an_api_server_vfs_stay(cluster):
    with settled(cluster, "node-1") as (node,):
        cluster.control_plane.programs["kube-apiserver"].kill()
        gone = wait_for(lambda: len(node.nic.vfs()) != VFS or node.process.poll() is not None, STILL)
        node.kill()
        node.start(kubeconfig=node.directory / "kubeconfig")
        gone = gone or wait_for(lambda: len(node.nic.vfs()) != VFS or node.process.poll() is not None, STILL)
        check("while it is away, and after a restart meanwhile, the VFs stay", not gone, node.log())
        cluster.control_plane.restart_api_server()
        drop_policy(cluster)
        within(SOON, "once it is back, the agent goes on", lambda: is_done(node))


# ---- Draining ----


@test
def only_pods_that_hold_the_vfs_leave(cluster):
    with settled(cluster, "node-1") as (node,), users(
            cluster, node, holder=[vf_address(0)], other=["0000:02:00.1"], plain=[]) as space:
        drop_policy(cluster)
        within(SOON, "the VFs go", lambda: is_done(node))
        check("with the pod that held one, and no other", pods(cluster, space) == ["other", "plain"], pods(cluster, space))
        check("the node takes pods again", not node.is_cordoned(), node.node())
        within(SOON, "the turn is given back", lambda: slot_holder(cluster) == "")
        check("an Event told whom it waited for", "holder" in events(cluster, node).get(("Normal", "WaitsForPods"), ""),
              events(cluster, node))
        check("the columns", node.columns() == ["Succeeded", "Idle", "Idle"], node.columns())


@test
def a_disruption_budget_holds(cluster):
    with settled(cluster, "node-1") as (node,), users(cluster, node, guarded=[vf_address(0)]) as space:
        with guarded(cluster, space, "guarded"):
            drop_policy(cluster)
            within(SOON, "the node is cordoned, and marked", lambda: node.is_cordoned() and node.is_marked())
            within(SOON, "the columns", lambda: node.columns() == ["InProgress", "Drain_Required", "Draining"])
            within(SOON, "the condition names pod and budget", lambda: all(
                part in node.condition("Draining").get("message", "") for part in (f"{space}/guarded", "disruption budget")))
            gone = wait_for(lambda: not pods(cluster, space) or len(node.nic.vfs()) != VFS, STILL)
            check("pod and VFs stay", not gone)
        within(SOON, "without the budget it goes on", lambda: is_done(node) and not node.is_cordoned())


@test
def an_administrators_cordon_stays(cluster):
    with settled(cluster, "node-1") as (node,), users(cluster, node, holder=[vf_address(1)]):
        cluster.run("kubectl", "cordon", node.name)
        drop_policy(cluster)
        within(SOON, "the node is drained", lambda: is_done(node))
        within(SOON, "the turn is given back", lambda: slot_holder(cluster) == "")
        check("it is still cordoned, and not by the agent", node.is_cordoned() and not node.is_marked(), node.node())


@test
def a_policy_that_comes_back_ends_the_drain(cluster):
    with settled(cluster, "node-1") as (node,), users(cluster, node, guarded=[vf_address(0)]) as space:
        with guarded(cluster, space, "guarded"):
            drop_policy(cluster)
            within(SOON, "the node is cordoned", node.is_cordoned)
            with removed(cluster, policy("again", RAIL)):
                within(SOON, "it is uncordoned", lambda: not node.is_cordoned() and node.sync() == "Succeeded")
                check("pod and VFs are there", pods(cluster, space) == ["guarded"] and len(node.nic.vfs()) == VFS)
                within(SOON, "the turn is given back", lambda: slot_holder(cluster) == "")


@test
def killed_at_any_stage_the_next_agent_goes_on(cluster):
    with settled(cluster, "node-1") as (node,), users(cluster, node, guarded=[vf_address(0)]) as space:
        with guarded(cluster, space, "guarded"):
            take_slot(cluster, "somebody")
            drop_policy(cluster)
            within(SOON, "it waits for its turn",
                   lambda: node.condition("Draining").get("reason") == "WaitsForOtherNodes")
            within(SOON, "and says for whom", lambda: "somebody" in node.condition("Ready")["message"])
            restart(node)
            check("nobody is cordoned meanwhile", not wait_for(node.is_cordoned, STILL))
            take_slot(cluster, "")
            within(SOON, "started again it takes its turn", node.is_cordoned)
            restart(node)
            within(SOON, "killed while it evicts, it keeps its turn",
                   lambda: slot_holder(cluster) == node.name and node.columns()[1:] == ["Drain_Required", "Draining"])
            node.kill()
        cluster.api.delete("Pod", "guarded", space, gracePeriodSeconds=0)
        node.start()
        within(SOON, "started when the pods have gone, it ends the drain", lambda: is_done(node) and not node.is_cordoned())
        node.kill()
        mark(cluster, node)
        take_slot(cluster, node.name)
        node.start()
        within(SOON, "killed before it cleans up, the next one does",
               lambda: not node.is_cordoned() and not node.is_marked() and slot_holder(cluster) == "")


def restart(node):
    node.kill()
    node.start()


def take_slot(cluster, holder):
    spec = {"holderIdentity": holder, "leaseDurationSeconds": 3600}
    if cluster.api.get("Lease", SLOT, NAMESPACE):
        cluster.api.patch("Lease", SLOT, {"spec": spec}, NAMESPACE)
    else:
        cluster.api.create({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "spec": spec, "metadata": {
            "name": SLOT, "namespace": NAMESPACE, "labels": {"vfmanager.railhook.io/drain-slot": "true"}}})


def mark(cluster, node):
    """As an agent has it that cordons."""
    cluster.api.patch("Node", node.name, {"spec": {"unschedulable": True}, "metadata": {
        "annotations": {"vfmanager.railhook.io/cordoned": "2026-01-01T00:00:00Z"}}})


@test
def no_more_nodes_of_a_pool_drain_than_may(cluster):
    for pools, most in (((), 1), ((pool("all", maxUnavailable=2),), 2)):
        with removed(cluster, *pools), settled(cluster, *NODES) as nodes, contextlib.ExitStack() as stack:
            for node in nodes:
                stack.enter_context(users(cluster, node, **{f"holder-{node.name}": [vf_address(0)]}))
            check_at_most(cluster, nodes, most)


def check_at_most(cluster, nodes, most):
    """Drops the policy, and counts cordoned nodes until all have lost their VFs."""
    counted = set()

    def all_done():
        counted.add(sum(node.is_cordoned() for node in nodes))
        return all(not node.nic.vfs() for node in nodes)

    drop_policy(cluster)
    within(2 * SOON, f"with {most} at a time all nodes get done", all_done)
    check(f"never more than {most} were cordoned", max(counted) <= most and max(counted) > 0, counted)
    within(SOON, "none stays so", lambda: not any(node.is_cordoned() for node in nodes))


# ---- A real kernel ----


@test
def vfs_of_a_real_kernel_come_and_are_shown(cluster):
    ready(cluster)
    wanted = policy("rails", RAIL, 3, isRdma=True, mtu=1400, nicSelector={"rootDevices": [PF]})
    with VfNode(cluster, "node-1") as node, Machine(node.program, pfs=2, qemu=MANAGEMENT) as machine, removed(cluster, wanted):
        run_agent_in(machine, cluster, node)
        within(VM_SECONDS, "the node gets done", lambda: node.sync() == "Succeeded")
        pf, other = node.status()["interfaces"]
        check("it has the VFs", (pf["numVfs"], other["numVfs"], pf["linkType"]) == (3, 0, "ETH"), node.status())
        for vf in pf["Vfs"]:
            check(f"VF {vf['vfID']} has a driver, a name, an address and the MTU", (vf["driver"], vf["mtu"]) == ("railsim", 1400) and
                  vf["name"] and re.fullmatch(r"[0-9a-f]6(:[0-9a-f]{2}){5}", vf["mac"]), vf)
        check("an Event tells of it", ("Normal", "VfsChanged") in events(cluster, node), events(cluster, node))
        machine.knob("fail_numvfs", 5)
        change = {"spec": {"numVfs": 5}}
        cluster.api.patch("SriovNetworkNodePolicy", "rails", change, NAMESPACE)
        within(VM_SECONDS, "a NIC that makes no VFs is told", lambda: node.sync() == "Failed")
        check_all("lastSyncError", node.status()["lastSyncError"], "sriov_numvfs", "EIO")
        machine.knob("fail_numvfs", 0)
        within(VM_SECONDS, "once it does, the agent succeeds by itself", lambda: node.sync() == "Succeeded" and
               node.status()["interfaces"][0]["numVfs"] == 5)


def run_agent_in(machine, cluster, node):
    """The agent on the machine, with the one capability that the chart gives it. It reaches the API server as 10.0.2.2."""
    for file in (SETPRIV, *libraries_of(SETPRIV)):
        shutil.copy(file, machine.share)
    machine.sh("modprobe virtio_net")
    machine.sh("link=$(ls /sys/bus/virtio/drivers/virtio_net/virtio*/net) && ip address add 10.0.2.15/24 dev $link && "
               "ip link set $link up")
    config = yaml.safe_load(node.kubeconfig().read_text(encoding="ascii"))
    ca = (cluster.control_plane.directory / "ca.crt").read_text(encoding="ascii")
    config["clusters"][0]["cluster"] = {"server": "https://10.0.2.2:443", "tls-server-name": "localhost",
                                        "certificate-authority-data": encode(ca)}
    machine.write("/root/kubeconfig", yaml.safe_dump(config))
    machine.sh("LD_LIBRARY_PATH=/share /share/setpriv --bounding-set=-all,+net_admin --inh-caps=-all --no-new-privs "
               f"railhook-vfmanager run --node {node.name} --namespace {NAMESPACE} --kubeconfig /root/kubeconfig --poll 1 "
               "--device-plugin none >/share/agent.log 2>&1 &")


# ---- Others ----


@test
def beside_another_operator_it_only_looks(cluster):
    ready(cluster)
    foreign = {"apiVersion": "sriovnetwork.openshift.io/v1", "kind": "SriovNetworkNodeState",
               "metadata": {"name": "node-1", "namespace": NAMESPACE},
               "spec": {"interfaces": [{"pciAddress": PF, "numVfs": VFS}]}}
    with VfNode(cluster, "node-1") as node:
        cluster.api.create(foreign)
        cluster.api.patch("SriovNetworkNodeState", "node-1", {"status": {"syncStatus": "InProgress"}}, NAMESPACE, "/status")
        check_looks_on(cluster, node, "has a spec")
        restart_with(node, "--take-over")
        within(SOON, "told to take over it does", lambda: is_done(node))


@test
def beside_its_daemon_it_only_looks(cluster):
    ready(cluster)
    daemon = user_pod("sriov-network-config-daemon-x", cluster.namespace(), "node-1", {"app": "sriov-network-config-daemon"})
    with VfNode(cluster, "node-1") as node:
        with removed(cluster, daemon):
            check_looks_on(cluster, node, "sriov-network-config-daemon-x")
        within(SOON, "once that is gone it works", lambda: is_done(node))


def check_looks_on(cluster, node, told):
    """Nothing changes, though there are VFs that no policy wants."""
    node.own_vfs()
    node.start()
    within(SOON, "the condition Conflict says why",
           lambda: told in node.condition("Conflict").get("message", "") and "--take-over" in node.condition("Conflict")["message"])
    within(SOON, "so does an Event", lambda: told in events(cluster, node).get(("Warning", "ManagedByOthers"), ""))
    check("the VFs stay", not wait_for(lambda: len(node.nic.vfs()) != VFS, STILL))
    check("the rest of the status is left to it", node.sync() in (None, "InProgress") and "interfaces" not in node.status(),
          node.status())


def restart_with(node, *arguments):
    node.kill()
    node.start(*arguments)


# ---- Rights ----


class As:
    """The API with an agent's token."""

    def __init__(self, cluster, node):
        self.trust = ssl.create_default_context(cafile=cluster.control_plane.directory / "ca.crt")
        self.headers = {"Authorization": f"Bearer {node.token()}"}

    def refusal(self, method, kind, name, body, part=""):
        """What the server says to a patch (by the object's name) or a creation; "" where it agrees."""
        connection = http.client.HTTPSConnection(SERVICE_ADDRESS, context=self.trust, timeout=30)
        with contextlib.closing(connection):
            content_type = MERGE_PATCH if method == "PATCH" else "application/json"
            path = path_of(kind, name, None if kind == "Node" else NAMESPACE) + part
            connection.request(method, path, json.dumps(body), self.headers | {"Content-Type": content_type})
            answer = connection.getresponse()
            text = answer.read().decode()
        return text if answer.status >= 400 else ""

    def patch_refusal(self, kind, name, change, part=""):
        return self.refusal("PATCH", kind, name, change, part)


CORDON = {"spec": {"unschedulable": True}}


@test
def an_agent_writes_nothing_of_other_nodes(cluster):
    ready(cluster)
    with VfNode(cluster, "node-1") as node, VfNode(cluster, "node-2"):
        agent = As(cluster, node)
        for name in ("node-1", "node-2"):
            cluster.api.create({"apiVersion": "sriovnetwork.openshift.io/v1", "kind": "SriovNetworkNodeState",
                                "metadata": {"name": name, "namespace": NAMESPACE}})
        within(SOON, "the policy is in force", lambda: agent.patch_refusal("Node", "node-2", CORDON))
        check_nodes(agent)
        for part, change in (("", {"metadata": {"annotations": {"a": "b"}}}), ("/status", {"status": {"syncStatus": "Failed"}})):
            told = agent.patch_refusal("SriovNetworkNodeState", "node-1", change, part)
            check(f"its own state{part} it may write", not told, told)
            check_all(f"another's state{part}", agent.patch_refusal("SriovNetworkNodeState", "node-2", change, part),
                      "nothing of other nodes than its own")
        check_leases_and_events(cluster, agent)


def check_nodes(agent):
    told = agent.patch_refusal("Node", "node-1", CORDON)
    check("its own node it may cordon", not told, told)
    check_all("another's node", agent.patch_refusal("Node", "node-2", CORDON), "nothing of other nodes than its own")
    for change in ({"metadata": {"labels": {"a": "b"}}}, {"metadata": {"annotations": {"a": "b"}}},
                   {"spec": {"taints": [{"key": "a", "effect": "NoExecute"}]}}):
        check_all(f"its own node, {change}", agent.patch_refusal("Node", "node-1", change),
                  "nothing of its Node but whether pods are scheduled there")


def check_leases_and_events(cluster, agent):
    def create(kind, name, **more):
        return agent.refusal("POST", kind, "", {"kind": kind, "metadata": {"name": name, "namespace": NAMESPACE}} | more)

    for name, holder, refused in (("vfmanager-drain.7", "node-1", False), ("vfmanager-drain.8", "node-2", True),
                                  ("vfmanager-drain.9", "", True), ("railhook-two", "node-1", True)):
        told = create("Lease", name, apiVersion="coordination.k8s.io/v1", spec={"holderIdentity": holder})
        check(f"a Lease {name} of {holder!r} is {'refused' if refused else 'taken'}", bool(told) == refused, told)
    for about, refused in (("node-1", False), ("node-2", True)):
        told = create("Event", f"about-{about}", apiVersion="v1", reason="Test", type="Normal", involvedObject={
            "kind": "SriovNetworkNodeState", "name": about, "namespace": NAMESPACE})
        check(f"an Event about {about} is {'refused' if refused else 'taken'}", bool(told) == refused, told)
    cluster.api.delete("Lease", "vfmanager-drain.7", NAMESPACE)
    cluster.api.delete("Event", "about-node-1", NAMESPACE)


@test
def every_permission_is_needed(cluster):
    """Without any one of them the agent says in its log what it lacks."""
    ready(cluster)
    granted = sorted(grants(cluster))
    check("permissions are granted", len(granted) > 15, granted)
    for kind, resource, verb in [(None, None, None), *granted]:
        with busy(cluster) as node, without(cluster, kind, resource, verb):
            node.start()
            if kind is None:
                within(SOON, "with all of them it gets done", lambda node=node: is_done(node) and not node.is_cordoned())
                check("and nothing is forbidden", "forbidden" not in node.log(), node.log())
            else:
                check(f"without {verb} of {resource} the log says so", complains(node, verb, resource), node.log())


@contextlib.contextmanager
def busy(cluster):
    """A node in a pool whose VFs have to go, with a pod that holds one and a turn that is free: so all rights are needed."""
    with VfNode(cluster, "node-1") as node, removed(cluster, pool("all", maxUnavailable="50%")):
        node.own_vfs()
        with users(cluster, node, holder=[vf_address(0)]):
            yield node


def grants(cluster):
    for kind, namespace in (("ClusterRole", None), ("Role", NAMESPACE)):
        for rule in cluster.api.get(kind, ACCOUNT, namespace)["rules"]:
            yield from ((kind, resource, verb) for resource in rule["resources"] for verb in rule["verbs"])


@contextlib.contextmanager
def without(cluster, kind, resource, verb):
    """The role as it is but for one right."""
    if kind is None:
        yield
        return
    namespace = NAMESPACE if kind == "Role" else None
    rules = cluster.api.get(kind, ACCOUNT, namespace)["rules"]
    fewer = [rule | {"resources": [one], "verbs": verbs} for rule in rules for one in rule["resources"]
             if (verbs := [kept for kept in rule["verbs"] if (one, kept) != (resource, verb)])]
    cluster.api.patch(kind, ACCOUNT, {"rules": fewer}, namespace)
    try:
        yield
    finally:
        cluster.api.patch(kind, ACCOUNT, {"rules": rules}, namespace)


def complains(node, verb, resource):
    """At once, or where the same is done a second time: then an Event is counted up."""
    told = re.compile(rf'is forbidden: .* cannot {verb} resource \\*"{resource}\\*"')
    if wait_for(lambda: told.search(node.log()) or is_done(node), SOON) and told.search(node.log()):
        return True
    node.kill()
    node.own_vfs()
    node.start()
    return wait_for(lambda: told.search(node.log()), SOON)


if __name__ == "__main__":
    main()
