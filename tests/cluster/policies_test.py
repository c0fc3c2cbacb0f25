#!/usr/bin/python3
"""SriovNetworkNodePolicies and SriovNetworkPoolConfigs in a real API server: their custom resources, and what railhook's
webhook refuses.

Usage: policies_test.py RAILHOOK [TEST...]
"""

import pathlib
import sys

import yaml

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cases/policies"))

from harness import CRDS, VALUES, check, check_all, check_goes_though_wrong, main, need, removed, test, within  # noqa: E402
from policy_cases import HERE, NAMESPACE, find_policy_cases, sriov_object  # noqa: E402

DENIED = 'admission webhook "sriovnetworknodepolicies.railhook.io" denied the request: '
POLICY, STATE = "SriovNetworkNodePolicy", "SriovNetworkNodeState"
SRIOV_CRDS = sorted(CRDS.glob("sriov*.yaml"))
SECONDS = 10  # in which railhook hears of an object


def install(cluster, validating=True):
    cluster.install(VALUES | {"replicas": 1, "validateSriovPolicies": {"enabled": validating}})
    need("one replica serves", lambda: cluster.are_ready(1))
    need("the registration is as it should be", lambda: is_registered(cluster) if validating else not registration(cluster))
    if not cluster.api.get("Namespace", NAMESPACE):
        cluster.namespace(NAMESPACE)


def registration(cluster):
    return cluster.api.get("ValidatingWebhookConfiguration", "railhook")


def is_registered(cluster):
    found = registration(cluster)
    return found and all("caBundle" in entry["clientConfig"] for entry in found["webhooks"])


def policy(name, pf, **spec):
    return sriov_object(POLICY, name, {"nodeSelector": {}, "resourceName": "r", "numVfs": 8, "nicSelector": {"pfNames": [pf]}} | spec)


def tried(cluster, thing):
    """What kubectl says of an object that would be made; it asks for an error over each unknown field."""
    ran = cluster.kubectl("create", "--dry-run=server", "--filename", "-", stdin=yaml.safe_dump(thing))
    return ran.returncode, ran.stderr.strip()


@test
def golden_cases_hold(cluster):
    install(cluster)
    for case in find_policy_cases():
        code, said = tried(cluster, case.object)
        check(f"{case.name}: exit code", code == bool(case.refused), said)
        if case.schema:
            check(f"{case.name}: by the schema", case.schema in said and DENIED not in said, said)
        elif case.refused:
            check(f"{case.name}: by the webhook", said.endswith(DENIED + case.refused), said)
        else:
            check(f"{case.name}: warnings", said == "\n".join(f"Warning: {text}" for text in case.warnings), said)


@test
def what_people_have_been_told_to_write_is_taken(cluster):
    install(cluster)
    ran = cluster.kubectl("create", "--dry-run=server", "--filename", HERE / "spiderpool.yaml")
    check("Spiderpool's policies", (ran.returncode, ran.stderr) == (0, ""), ran.stderr)


@test
def contradictions_with_what_is_there_are_refused_by_name(cluster):
    install(cluster)
    with removed(cluster, policy("old", "ens1#2-3")):
        within(SECONDS, "another policy for the same VFs is refused", lambda: tried(cluster, policy("new", "ens1"))[0])
        check_all("the refusal", tried(cluster, policy("new", "ens1"))[1], DENIED, "policies new and old, both of priority 0",
                  "VFs 2-3 of ens1")
        for other in (policy("new", "ens1#4-7"), policy("new", "ens1", priority=1), policy("new", "ens2")):
            check("one for other VFs, or of another priority, is taken", tried(cluster, other)[0] == 0, tried(cluster, other))
        changed = cluster.api.patch(POLICY, "old", {"spec": {"mtu": 9000}}, NAMESPACE)
        check("the one that is there may be changed", changed["spec"]["mtu"] == 9000)
    within(SECONDS, "and one that is gone hinders nobody", lambda: tried(cluster, policy("new", "ens1"))[0] == 0)


@test
def what_is_being_deleted_loses_its_finalizers(cluster):
    """Though it is wrong, and came in before railhook did."""
    install(cluster, validating=False)
    wrong = policy("wrong", "ens1", eSwitchMode="switchdev")
    wrong["metadata"]["finalizers"] = ["example.com/held"]
    need("what is wrong can be stored", lambda: tried(cluster, wrong)[0] == 0)
    cluster.api.create(wrong)
    install(cluster)
    check_goes_though_wrong(cluster, wrong, "switchdev")


@test
def states_are_shown_as_people_know_them(cluster):
    install(cluster)
    state = sriov_object(STATE, "node-1", {}) | {"status": {"syncStatus": "Failed"}}
    state["metadata"]["annotations"] = {"sriovnetwork.openshift.io/desired-state": "Idle",
                                        "sriovnetwork.openshift.io/current-state": "Draining"}
    with removed(cluster, state):
        check("status is a resource of its own", "status" not in cluster.api.get(STATE, "node-1", NAMESPACE))
        status = {"syncStatus": "Failed", "lastSyncError": "ens1: EIO", "conditions": [{"type": "Ready", "status": "False"}],
                  "interfaces": [{"pciAddress": "0000:01:00.0", "name": "ens1", "totalvfs": 8,
                                  "Vfs": [{"vfID": 0, "pciAddress": "0000:01:00.1", "guid": "00:11", "Vlan": 1}]}]}
        kept = cluster.api.patch(STATE, "node-1", {"status": status}, NAMESPACE, part="/status")
        check("all of a status is kept", kept["status"] == status, kept)
        shown = cluster.run("kubectl", "get", "sriovnetworknodestates", "--namespace", NAMESPACE).stdout
        check("kubectl get", [line.split()[:-1] for line in shown.splitlines()] == [
            "NAME SYNC STATUS DESIRED SYNC STATE CURRENT SYNC STATE".split(), ["node-1", "Failed", "Idle", "Draining"]], shown)


@test
def railhook_waits_for_custom_resources_that_are_not_there_yet(cluster):
    cluster.uninstall()
    for path in SRIOV_CRDS:
        cluster.run("kubectl", "delete", "--filename", path)
    install(cluster)
    check("it serves", cluster.try_pod()[0], cluster.try_pod()[1])
    cluster.install(cluster.values | {"crds": {"sriovNetwork": True}})
    for path in SRIOV_CRDS:
        cluster.run("kubectl", "wait", "--for=condition=Established", "--timeout=30s", "--filename", path)
    need("policies can be made", lambda: tried(cluster, policy("old", "ens1"))[0] == 0)
    with removed(cluster, policy("old", "ens1")):
        within(SECONDS, "then it knows them", lambda: tried(cluster, policy("new", "ens1"))[0])
    cluster.uninstall()
    check("the chart's custom resources stay", all(
        cluster.api.get("CustomResourceDefinition", f"{path.stem}.sriovnetwork.openshift.io") for path in SRIOV_CRDS))


if __name__ == "__main__":
    main()
