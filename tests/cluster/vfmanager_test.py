#!/usr/bin/python3
"""railhook-vfmanager in a cluster: what it shows, how it drains, what it may do, and what it leaves alone.

Usage: vfmanager_test.py RAILHOOK [TEST...]   (railhook-vfmanager stands beside it)
Prints a line for each check, and last how many passed and failed; exit code 1 if any failed.
"""

import contextlib
import json
import sys

sys.dont_write_bytecode = True

from harness import NAMESPACE, check, check_all, main, removed, test, wait_for, within  # noqa: E402
from vf_nodes import (LINK, NODES, PF, RAIL, SLOT, SOON, VFS, VfNode, drop_policy, ensure_agents, events, guarded,  # noqa: E402
                      is_done, policy, pods, pool, settled, slot_holder, user_pod, users, vf_address)
import vf_machine_checks  # noqa: E402, F401
import vf_plugin_checks  # noqa: E402, F401
import vf_rights_checks  # noqa: E402, F401

STILL = 3  # seconds in which nothing happens


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


# ---- Others ----


@test
def beside_another_operator_it_only_looks(cluster):
    ensure_agents(cluster)
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
    ensure_agents(cluster)
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


if __name__ == "__main__":
    main()
