#!/usr/bin/python3
"""railhook keeps the networks of SpiderMultusConfigs where there is no Spiderpool.

Usage: multus_test.py RAILHOOK [TEST...]
Prints a line for each check, and last how many passed and failed; exit code 1 if any failed.
"""

import contextlib
import json
import subprocess
import sys

sys.dont_write_bytecode = True

from harness import (LEASE_SECONDS, NAMESPACE, RAILS, VALUES, check, check_all, has_rails, main, need, networks, pod, smc, test,  # noqa: E402
                     wait_for, within)
from networks import (SPACE, NetworkWrites, create, create_many, is_kept, kept_by, nad, nad_of, remove)  # noqa: E402

KEEPING = VALUES | {"controllers": ["multus"]}
CR_NAME = "multus.spidernet.io/cr-name"
DEVICES = "k8s.v1.cni.cncf.io/resourceName"
SOON = 15  # seconds; it is one where the machine has nothing else to do
STILL = 2  # seconds in which nothing happens
MANY = 100
COLLECTED = 60  # the garbage collector looks for new kinds each half minute
SPIDERPOOL = {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
              "metadata": {"name": "spiderpool-controller"},
              "webhooks": [{"name": "spidermultusconfig.spiderpool.spidernet.io", "sideEffects": "None",
                            "admissionReviewVersions": ["v1"], "clientConfig": {"url": "https://127.0.0.1:1/"},
                            "failurePolicy": "Ignore",
                            "rules": [{"apiGroups": ["example.com"], "apiVersions": ["v1"], "operations": ["CREATE"],
                                       "resources": ["nothing"]}]}]}


def keep_networks(cluster):
    """Two replicas, whose leader keeps networks, and the networks of the example."""
    if cluster.values != KEEPING:
        cluster.install(KEEPING)
    cluster.scale(2)
    cluster.await_serving()
    need("the eight networks are there", lambda: all(is_kept(cluster, name) for name in RAILS))


@contextlib.contextmanager
def made(cluster, *things):
    """SpiderMultusConfigs that are there inside, and gone after with their networks."""
    for thing in things:
        create(cluster, thing)
    try:
        yield
    finally:
        remove(cluster, *(thing["metadata"]["name"] for thing in things))


def one(name, **annotations):
    thing = smc(name, "one")
    thing["metadata"]["annotations"] |= annotations
    return thing


def resource_version(cluster, name):
    return nad_of(cluster, name)["metadata"]["resourceVersion"]


def change_pool(cluster, name, pool):
    cluster.api.patch("SpiderMultusConfig", name, {"spec": {"sriov": {"ippools": {"ipv4": [pool]}}}}, SPACE)


def uses_pool(cluster, name, pool):
    return pool in nad_of(cluster, name)["spec"]["config"]


def warnings_about(cluster, name):
    return [event for event in cluster.api.list("Event", SPACE, fields="reason=NetworkNotMade")
            if event["involvedObject"]["name"] == name]


def check_writes(name, writes, wanted):
    """That so many are done, and no more of them come."""
    wait_for(lambda: writes.count() == wanted, SOON)
    check(name, not wait_for(lambda: writes.count() != wanted, STILL), writes)


# ---- Tests ----


@test
def an_invalid_spidermultusconfig_is_told_and_leaves_its_network(cluster):
    """It is as old as the cluster, so nobody has checked it."""
    bad = one("bad")
    del bad["spec"]["sriov"]["ippools"]
    cluster.api.create(bad)
    uid = cluster.api.get("SpiderMultusConfig", "bad", SPACE)["metadata"]["uid"]
    before = nad("bad", kept_by("bad", uid))
    cluster.api.create(before)
    version = resource_version(cluster, "bad")
    keep_networks(cluster)
    within(10, "an Event tells why", lambda: warnings_about(cluster, "bad"))
    (event,) = warnings_about(cluster, "bad")
    check("it names the field", "spec.sriov.ippools" in event["message"], event["message"])
    shown = cluster.run("kubectl", "describe", "spidermultusconfig", "bad", "-n", SPACE).stdout
    check("kubectl describe shows it", "NetworkNotMade" in shown, shown)
    check("its network is as it was", resource_version(cluster, "bad") == version, nad_of(cluster, "bad"))
    check("a metric counts it", cluster.metric("railhook_networks", state="invalid") == 1)
    remove(cluster, "bad")


@test
def each_spidermultusconfig_gets_its_network(cluster):
    keep_networks(cluster)
    for name in RAILS:
        found = nad_of(cluster, name)
        resource = cluster.api.get("SpiderMultusConfig", name, SPACE)["spec"]["sriov"]["resourceName"]
        check(f"{name} names its resource", found["metadata"]["annotations"].get(DEVICES) == resource, found)
        check(f"{name} is a chain with sriov",
              "sriov" in [plugin["type"] for plugin in json.loads(found["spec"]["config"])["plugins"]], found)
        check(f"{name} was written once", found["metadata"]["generation"] == 1 and
              len(found["metadata"]["managedFields"]) == 1, found["metadata"])
    space = cluster.namespace()
    given = cluster.api.create(pod("train", space))
    check("a pod that asks gets them all", has_rails(given), given)
    check("each network that it names is there", all(nad_of(cluster, name) for name in networks(given)))


@test
def changes_show_in_the_network(cluster):
    keep_networks(cluster)
    with made(cluster, one("changing")), NetworkWrites(cluster) as writes:
        change_pool(cluster, "changing", "other-pool")
        within(SOON, "a change shows", lambda: uses_pool(cluster, "changing", "other-pool"))
        cluster.api.patch("SpiderMultusConfig", "changing", {"metadata": {"labels": {"a": "b"}}}, SPACE)
        check_writes("a change that counts, and one that doesn't", writes, 1)


@test
def networks_that_others_touch_come_back(cluster):
    keep_networks(cluster)
    with made(cluster, one("touched")), NetworkWrites(cluster) as writes:
        edit = {"metadata": {"annotations": {"example.com/seen": "yes", DEVICES: "other/resource"}, "labels": {"a": "b"},
                             "ownerReferences": []}, "spec": {"config": "{}"}}
        cluster.api.patch("NetworkAttachmentDefinition", "touched", edit | {"spec": {}}, SPACE)
        within(SOON, "annotations and owner come back", lambda: is_kept(cluster, "touched"))
        cluster.api.patch("NetworkAttachmentDefinition", "touched", {"spec": {"config": "{}"}}, SPACE)
        within(SOON, "the configuration comes back", lambda: is_kept(cluster, "touched") and
               "sriov" in nad_of(cluster, "touched")["spec"]["config"])
        metadata = nad_of(cluster, "touched")["metadata"]
        check("what others added stays", metadata["labels"] == {"a": "b"} and
              metadata["annotations"]["example.com/seen"] == "yes", metadata)
        check_writes("two edits, two repairs", writes, 4)
        cluster.api.delete("NetworkAttachmentDefinition", "touched", SPACE)
        within(SOON, "deleted it comes back", lambda: is_kept(cluster, "touched"))
        check_writes("a deletion and a creation more", writes, 6)


@test
def networks_go_and_come_with_their_spidermultusconfigs(cluster):
    keep_networks(cluster)
    create(cluster, one("passing"))
    cluster.api.delete("SpiderMultusConfig", "passing", SPACE)
    within(COLLECTED, "without its SpiderMultusConfig it is collected", lambda: not nad_of(cluster, "passing"))
    for number in range(5):
        create(cluster, one("passing", **{"example.com/number": str(number)}))
        cluster.api.delete("SpiderMultusConfig", "passing", SPACE)
    create(cluster, one("passing"))
    gone = wait_for(lambda: not is_kept(cluster, "passing"), STILL)
    if gone:  # the garbage collector was at it before it had its new owner
        within(SOON, "it is made again", lambda: is_kept(cluster, "passing"))
    check("made again at once it stays", not wait_for(lambda: not is_kept(cluster, "passing"), STILL))
    remove(cluster, "passing")


@test
def another_name_moves_the_network(cluster):
    keep_networks(cluster)
    with made(cluster, one("moving", **{CR_NAME: "elsewhere"})):
        check("it is called as its SpiderMultusConfig says", not nad_of(cluster, "moving"))
        cluster.api.patch("SpiderMultusConfig", "moving", {"metadata": {"annotations": {CR_NAME: None}}}, SPACE)
        within(SOON, "the new one comes", lambda: is_kept(cluster, "moving"))
        within(SOON, "the old one goes", lambda: not nad_of(cluster, "elsewhere"))


@test
def somebody_elses_network_is_left_alone(cluster):
    cluster.install(VALUES)  # else the webhook would refuse to take the names
    config_map = cluster.api.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "owner", "namespace": SPACE}})
    owner = {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": config_map["metadata"]["uid"], "controller": True}
    cluster.api.create(nad("theirs", owner))
    cluster.api.create(nad("nobodys"))
    versions = {name: resource_version(cluster, name) for name in ("theirs", "nobodys")}
    create_many(cluster, [one(name) for name in versions])
    keep_networks(cluster)
    for name, told in (("theirs", 'belongs to ConfigMap \\"owner\\"'), ("nobodys", "belongs to nobody")):
        within(10, f"an Event tells the owner of {name}", lambda: warnings_about(cluster, name))
        check("it says whose the network is", told in json.dumps(warnings_about(cluster, name)[0]["message"]),
              warnings_about(cluster, name))
        check("nothing is written", resource_version(cluster, name) == versions[name])
    rails = subprocess.run([cluster.railhook, "rails", "--kubeconfig", cluster.control_plane.kubeconfig],
                           capture_output=True, text=True, timeout=60, check=True).stdout
    check_all("railhook rails", rails, 'spiderpool/theirs: the NetworkAttachmentDefinition "theirs" belongs to ConfigMap',
              'spiderpool/nobodys: the NetworkAttachmentDefinition "nobodys" belongs to nobody')
    check("the example's rails are well", "gpu1-sriov:" not in rails, rails)
    check("a metric counts both", wait_for(lambda: cluster.metric("railhook_networks", state="refused") == 2, SOON))
    cluster.api.delete("NetworkAttachmentDefinition", "nobodys", SPACE)
    within(SOON, "once it is gone the name can be had", lambda: is_kept(cluster, "nobodys"))
    cluster.api.delete("NetworkAttachmentDefinition", "theirs", SPACE)
    within(SOON, "that one, too", lambda: is_kept(cluster, "theirs"))
    cluster.api.delete("ConfigMap", "owner", SPACE)
    remove(cluster, "theirs", "nobodys")


@test
def a_network_of_nobodys_with_the_same_configuration_is_taken_over(cluster):
    keep_networks(cluster)
    with made(cluster, one("first")):
        config = nad_of(cluster, "first")["spec"]["config"].replace("first", "found")
    cluster.install(VALUES)
    found = nad("found")
    found["spec"]["config"] = config
    uid = cluster.api.create(found)["metadata"]["uid"]
    cluster.api.create(one("found"))
    keep_networks(cluster)
    within(SOON, "it is kept", lambda: is_kept(cluster, "found"))
    check("it is the same object", nad_of(cluster, "found")["metadata"]["uid"] == uid)
    remove(cluster, "found")


@test
def many_at_once_are_written_once_each(cluster):
    keep_networks(cluster)
    names = [f"many{number}" for number in range(MANY)]
    with NetworkWrites(cluster) as writes:
        create_many(cluster, [one(name) for name in names])
        within(30, f"{MANY} networks are made", lambda: writes.count() >= MANY)
        check_writes("one write each", writes, MANY)
    check("all of them are kept", all(is_kept(cluster, name) for name in names))
    remove(cluster, *names)


@test
def it_is_idle_where_spiderpool_keeps_networks(cluster):
    keep_networks(cluster)
    with made(cluster, one("idle")), NetworkWrites(cluster) as writes:
        cluster.api.create(SPIDERPOOL)
        within(SOON, "a metric says that it is idle", lambda: cluster.metric("railhook_networks_idle") == 1)
        status, text = cluster.leader().get("/readyz")
        check("/readyz says why", status == 200 and "spidermultusconfig.spiderpool.spidernet.io" in text and
              "ValidatingWebhookConfiguration spiderpool-controller" in text, text)
        change_pool(cluster, "idle", "other-pool")
        check_writes("nothing is written", writes, 0)
        cluster.api.delete("ValidatingWebhookConfiguration", "spiderpool-controller")
        within(SOON, "without Spiderpool's webhook it goes on", lambda: uses_pool(cluster, "idle", "other-pool"))
        check_writes("by one write", writes, 1)


@test
def a_leader_that_is_killed_leaves_nothing_undone_and_nothing_done_twice(cluster):
    keep_networks(cluster)
    killed = need("there is a leader", cluster.leader)
    versions = {name: resource_version(cluster, name) for name in RAILS}
    names = [f"late{number}" for number in range(10)]
    with NetworkWrites(cluster) as writes:
        create_many(cluster, [one(name) for name in names])
        killed.kill(restart=False)
        within(LEASE_SECONDS + 10, "another leads", lambda: cluster.leader() not in (None, killed))
        within(SOON, "all networks are there", lambda: all(is_kept(cluster, name) for name in names))
        check("no more than one write each", not wait_for(lambda: writes.count() > len(names), STILL), writes)
    # The API server may not count one that was under way when its client was gone.
    check("none was written twice", all(nad_of(cluster, name)["metadata"]["generation"] == 1 for name in names))
    check("the others were not touched", versions == {name: resource_version(cluster, name) for name in RAILS})
    cluster.api.delete("Pod", killed.name, NAMESPACE, gracePeriodSeconds=0)
    remove(cluster, *names)


@test
def switched_off_it_leaves_networks_alone(cluster):
    """The configuration's change needs no restart."""
    keep_networks(cluster)
    replicas = {replica.name for replica in cluster.replicas()}
    with made(cluster, one("off")):
        cluster.install(VALUES)
        within(30, "nothing is kept any more", lambda: cluster.metric("railhook_networks") == 0)
        cluster.api.patch("NetworkAttachmentDefinition", "off", {"spec": {"config": "{}"}}, SPACE)
        check("an edited network stays so", not wait_for(lambda: uses_pool(cluster, "off", "off-pool"), STILL))
        cluster.install(KEEPING)
        within(30, "switched on again it is mended", lambda: uses_pool(cluster, "off", "off-pool"))
        check("no replica was restarted", replicas == {replica.name for replica in cluster.replicas()})


if __name__ == "__main__":
    main()
