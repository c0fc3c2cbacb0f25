"""What the agent tells device plugins, built in and external; tests of vfmanager_test.py."""

import contextlib
import json
import socket

from harness import NAMESPACE, check, check_all, need, removed, test, wait_for, within
from vf_nodes import (NODES, PLUGIN_LABELS, PLUGIN_NAMESPACE, RAIL, SOON, VFS, VfNode, ensure_agents, events, policy, user_pod,
                      users, vf_address)

STILL = 2  # seconds in which nothing happens


def plugin_daemon_set():
    spec = {"terminationGracePeriodSeconds": 0, "containers": [{"name": "plugin", "image": "plugin:1"}]}
    return {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "sriovdp", "namespace": PLUGIN_NAMESPACE},
            "spec": {"selector": {"matchLabels": PLUGIN_LABELS}, "template": {"metadata": {"labels": PLUGIN_LABELS}, "spec": spec}}}


def plugins(cluster):
    """The uid of each node's pod."""
    pods = cluster.api.list("Pod", PLUGIN_NAMESPACE, "app=sriovdp")
    return {pod["spec"]["nodeName"]: pod["metadata"]["uid"] for pod in pods if "deletionTimestamp" not in pod["metadata"] and
            pod["spec"].get("nodeName")}


@contextlib.contextmanager
def beside_plugins(cluster):
    """A node with VFs, and the plugin on every node."""
    ensure_agents(cluster)
    with removed(cluster, plugin_daemon_set(), policy("rails", RAIL)), VfNode(cluster, "node-1") as node:
        need("each node has its plugin", lambda: len(plugins(cluster)) == len(NODES))
        node.own_vfs()
        yield node
    need("the plugins are gone", lambda: not plugins(cluster))


def configured(node):
    """The addresses of each resource."""
    text = (node.state / "device-plugin.json").read_text(encoding="ascii")
    return {one["resourceName"]: one["selectors"]["pciAddresses"] for one in json.loads(text)["resourceList"]}


def is_new(cluster, before):
    """Whether the node's pod is another one, and those of other nodes are the same."""
    now = plugins(cluster)
    return set(now) == set(before) and {name for name in now if now[name] != before[name]} == {"node-1"}


@test
def the_external_device_plugin_starts_again_when_its_configuration_changes(cluster):
    with beside_plugins(cluster) as node:
        before = plugins(cluster)
        node.start(device_plugin="external")
        within(SOON, "its pod on this node is made anew, and no other", lambda: is_new(cluster, before))
        check("the configuration has the VFs", configured(node) == {RAIL: [vf_address(index) for index in range(VFS)]},
              configured(node))
        within(SOON, "an Event says so", lambda: "DevicePluginRestarted" in {reason for _, reason in events(cluster, node)})
        check_all("the Event", events(cluster, node)["Normal", "DevicePluginRestarted"], "pod sriovdp-", "none of this node's resources")
        before = plugins(cluster)
        node.kill()
        node.start(device_plugin="external")
        check("where nothing has changed it stays, also beside a new agent", not wait_for(lambda: plugins(cluster) != before, STILL))
        check_waits(cluster, node)


@test
def a_vf_is_offered_under_a_new_name_once_no_pod_has_it_under_the_old_one(cluster):
    with beside_plugins(cluster) as node:
        with users(cluster, node, holder=[vf_address(0)]) as space:
            node.start(device_plugin="external")
            within(SOON, "the VFs are offered", lambda: (node.state / "device-plugin.json").exists())
            cluster.api.patch("SriovNetworkNodePolicy", "rails", {"spec": {"resourceName": "other"}}, NAMESPACE)
            told = f"VF {vf_address(0)}: pod {space}/holder still has it as spidernet.io/{RAIL}"
            within(SOON, "the log says who holds one", lambda: told in node.log())
            check("until then the old name stays", not wait_for(lambda: set(configured(node)) != {RAIL}, STILL), configured(node))
        within(SOON, "when the pod is gone, though kubelet's record isn't newer, the new name is offered",
               lambda: set(configured(node)) == {"other"})


@test
def the_built_in_device_plugin_offers_what_it_did_while_it_is_unknown_what_is_wanted(cluster):
    ensure_agents(cluster)
    with removed(cluster, policy("rails", RAIL)), VfNode(cluster, "node-1") as node:
        serve(node)
        with removed(cluster, policy("contrary", "contrary")):
            within(SOON, "policies that contradict each other are told", lambda: "contrary" in refusal(node))
            check("the resource stays", not wait_for(lambda: not offers(node), STILL))
        within(SOON, "without the second one all is well", lambda: node.sync() == "Succeeded")
        cluster.api.patch("SriovNetworkNodePolicy", "rails", {"spec": {"eSwitchMode": "switchdev"}}, NAMESPACE)
        within(SOON, "a policy that can't be read is told", lambda: "eSwitchMode" in refusal(node))
        check("the resource stays then too", not wait_for(lambda: not offers(node), STILL))
        node.kill()
        node.start(device_plugin="built-in")
        within(SOON, "the next agent offers it as well", lambda: offers_anew(node))
        cluster.api.delete("SriovNetworkNodePolicy", "rails", NAMESPACE)
        within(SOON, "without a policy it goes", lambda: not offers(node))


@test
def the_built_in_device_plugin_offers_nothing_beside_another_operator(cluster):
    ensure_agents(cluster)
    daemon = user_pod("sriov-network-config-daemon-x", cluster.namespace(), "node-1", {"app": "sriov-network-config-daemon"})
    with removed(cluster, policy("rails", RAIL)), VfNode(cluster, "node-1") as node:
        serve(node)
        saved = node.state / "policies.json"
        check("the policies are saved for the next boot", saved.exists())
        with removed(cluster, daemon):
            within(SOON, "its resource goes, and the saved policies", lambda: not offers(node) and not saved.exists())
        within(SOON, "once that is gone they come back", lambda: offers(node) and saved.exists())


def serve(node):
    (node.kubelet / "plugins_registry").mkdir()
    node.own_vfs()
    node.start(device_plugin="built-in")
    within(SOON, "the resource is offered", lambda: offers(node) and node.sync() == "Succeeded")


def offers(node):
    return any((node.kubelet / "plugins_registry").glob("*.sock"))


def offers_anew(node):
    """Whether the socket is the running agent's."""
    try:
        probe = socket.socket(socket.AF_UNIX)
        probe.connect(str(next((node.kubelet / "plugins_registry").glob("*.sock"))))
    except (StopIteration, OSError):
        return False
    finally:
        probe.close()
    return True


def refusal(node):
    return node.condition("PoliciesRefused").get("message", "")


def check_waits(cluster, node):
    """For a VF that fails."""
    before, driver = plugins(cluster), node.nic.devices / vf_address(1) / "driver"
    target = driver.readlink()
    driver.unlink()
    cluster.api.patch("SriovNetworkNodePolicy", "rails", {"spec": {"resourceName": "other"}}, NAMESPACE)
    within(SOON, "the log says which VF it waits for", lambda: f"VF {vf_address(1)}: it has no driver" in node.log())
    check("until then it stays", not wait_for(lambda: plugins(cluster) != before or "other" in configured(node), STILL))
    driver.symlink_to(target)
    within(SOON, "once the VF is ready it starts again", lambda: is_new(cluster, before))
    check("with the new name", set(configured(node)) == {"other"}, configured(node))
