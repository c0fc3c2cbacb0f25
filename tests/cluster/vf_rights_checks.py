"""What an agent of the VF manager may do, and no more; tests of vfmanager_test.py."""

import contextlib
import http.client
import json
import re
import ssl

from api import MERGE_PATCH, path_of
from control_plane import SERVICE_ADDRESS
from harness import NAMESPACE, check, check_all, removed, test, wait_for, within
from vf_nodes import (ACCOUNT, PLUGIN_LABELS, PLUGIN_NAMESPACE, SOON, VfNode, ensure_agents, is_done, pool, user_pod, users,
                      vf_address)


class As:
    """The API with an agent's token."""

    def __init__(self, cluster, node):
        self.trust = ssl.create_default_context(cafile=cluster.control_plane.directory / "ca.crt")
        self.headers = {"Authorization": f"Bearer {node.token()}"}

    def refusal(self, method, kind, name, body, part="", namespace=NAMESPACE):
        """What the server says to a patch or deletion (by the object's name) or a creation; "" where it agrees."""
        connection = http.client.HTTPSConnection(SERVICE_ADDRESS, context=self.trust, timeout=30)
        with contextlib.closing(connection):
            content_type = MERGE_PATCH if method == "PATCH" else "application/json"
            path = path_of(kind, name, None if kind == "Node" else namespace) + part
            connection.request(method, path, json.dumps(body), self.headers | {"Content-Type": content_type})
            answer = connection.getresponse()
            text = answer.read().decode()
        return text if answer.status >= 400 else ""

    def patch_refusal(self, kind, name, change, part=""):
        return self.refusal("PATCH", kind, name, change, part)


CORDON = {"spec": {"unschedulable": True}}


@test
def an_agent_writes_nothing_of_other_nodes(cluster):
    ensure_agents(cluster)
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
    owner = {"apiVersion": "v1", "kind": "ConfigMap", "name": "a", "uid": "a"}
    for change in ({"metadata": {"labels": {"a": "b"}}}, {"metadata": {"annotations": {"a": "b"}}},
                   {"metadata": {"finalizers": ["example.com/a"]}}, {"metadata": {"ownerReferences": [owner]}},
                   {"spec": {"taints": [{"key": "a", "effect": "NoExecute"}]}}, {"spec": {"providerID": "a://b"}},
                   {"spec": {"podCIDR": "10.9.0.0/24", "podCIDRs": ["10.9.0.0/24"]}}):
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
def an_agent_deletes_only_the_device_plugin_of_its_node(cluster):
    ensure_agents(cluster)
    with VfNode(cluster, "node-1") as node, removed(
            cluster, plugin_pod("mine", "node-1"), plugin_pod("yours", "node-2"),
            user_pod("web", PLUGIN_NAMESPACE, "node-1", {"app": "web"})):
        agent = As(cluster, node)

        def told(name):
            return agent.refusal("DELETE", "Pod", name, {}, namespace=PLUGIN_NAMESPACE)

        within(SOON, "the policy is in force", lambda: told("yours"))
        for name in ("yours", "web"):
            check_all(f"the pod {name}", told(name), "only the device plugin of its own node, node-1")
        check("its own node's it may delete", not told("mine"))
        check_all("no pod elsewhere", agent.refusal("DELETE", "Pod", "any", {}), "is forbidden", "cannot delete")


def plugin_pod(name, node):
    return user_pod(name, PLUGIN_NAMESPACE, node, PLUGIN_LABELS)


@test
def every_permission_is_needed(cluster):
    """Without any one of them the agent says in its log what it lacks."""
    ensure_agents(cluster)
    granted = list(grants(cluster))
    check("permissions are granted", len(granted) > 15, granted)
    for role, resource, verb in [(None, None, None), *granted]:
        with busy(cluster) as node, without(cluster, role, resource, verb):
            node.start(device_plugin="external")
            if role is None:
                within(SOON, "with all of them it gets done", lambda node=node: is_done(node) and not node.is_cordoned())
                check("and nothing is forbidden", "forbidden" not in node.log(), node.log())
            else:
                check(f"without {verb} of {resource} the log says so", complains(node, verb, resource), node.log())


@contextlib.contextmanager
def busy(cluster):
    """A node in a pool whose VFs have to go, with a pod that holds one, a turn that is free, and a device plugin whose
    configuration changes: so all rights are needed."""
    with VfNode(cluster, "node-1") as node, removed(cluster, pool("all", maxUnavailable="50%"), plugin_pod("plugin", "node-1")):
        node.own_vfs()
        with users(cluster, node, holder=[vf_address(0)]):
            yield node


ROLES = (("ClusterRole", ACCOUNT, None), ("Role", ACCOUNT, NAMESPACE),
         ("Role", f"{ACCOUNT}-device-plugin", PLUGIN_NAMESPACE))


def grants(cluster):
    for role in ROLES:
        for rule in cluster.api.get(*role)["rules"]:
            yield from ((role, resource, verb) for resource in rule["resources"] for verb in rule["verbs"])


@contextlib.contextmanager
def without(cluster, role, resource, verb):
    """The role as it is but for one right."""
    if role is None:
        yield
        return
    kind, name, namespace = role
    rules = cluster.api.get(kind, name, namespace)["rules"]
    fewer = [rule | {"resources": [one], "verbs": verbs} for rule in rules for one in rule["resources"]
             if (verbs := [kept for kept in rule["verbs"] if (one, kept) != (resource, verb)])]
    cluster.api.patch(kind, name, {"rules": fewer}, namespace)
    try:
        yield
    finally:
        cluster.api.patch(kind, name, {"rules": rules}, namespace)


def complains(node, verb, resource):
    """At once, or where the same is done a second time: then an Event is counted up."""
    told = re.compile(rf'is forbidden: .* cannot {verb} resource \\*"{resource}\\*"')
    if wait_for(lambda: told.search(node.log()) or is_done(node), SOON) and told.search(node.log()):
        return True
    node.kill()
    node.own_vfs()
    node.start(device_plugin="external")
    return wait_for(lambda: told.search(node.log()), SOON)
