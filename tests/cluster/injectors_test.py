#!/usr/bin/python3
"""railhook beside other injectors, which come before or after it, and are called again or not: pods are as without them.

Usage: injectors_test.py RAILHOOK [TEST...]
"""

import functools
import itertools
import json
import sys

sys.dont_write_bytecode = True

from dry_runs import DryRuns  # noqa: E402, I001
from harness import (CLASS, INHERIT, NETWORKS, RAILS, RDMA, RESOURCES, check, main, networks,  # noqa: E402
                     pod, removed, smc, test, within, workload)
from injectors import PARTS, RESOURCE, SIDECAR, Injectors, quantity  # noqa: E402

EXISTING = "railhook.io/existing-networks"
STATUS = "railhook.io/status"
ONE_EACH = {resource: 1 for resource in RESOURCES}
TWELVE = [f"rail{number}" for number in range(1, 13)]  # by bytes rail10 comes before rail2
VF = "example.com/vf"  # of the two networks of the class pair
STORAGE = "example.com/storage"
UNITS = {("train", resource): [1, 1] for resource in RESOURCES}
IN_ITS_FORM = ",".join(f"spiderpool/{name}" for name in RAILS)
BY_HAND = ", ".join(f"spiderpool/{name}" for name in reversed(RAILS))
ORDERS = list(itertools.product(("before", "after"), ("Never", "IfNeeded")))
LAST_WORD = ("after", "IfNeeded")
USUAL_POLICY = {"spiderpool": "Never", "nri": "Never", "sidecar": "IfNeeded"}

injectors_of = functools.cache(Injectors)


def nad(name, resource, namespace="spiderpool"):
    return {"apiVersion": "k8s.cni.cncf.io/v1", "kind": "NetworkAttachmentDefinition",
            "metadata": {"name": name, "namespace": namespace, "annotations": {RESOURCE: resource}},
            "spec": {"config": json.dumps({"cniVersion": "0.3.1", "name": name, "type": "sriov"})}}


def smcs():
    """Of the classes twelve and pair."""
    pair = [smc(name, "pair") for name in ("vf1", "vf2")]
    for one in pair:
        one["spec"]["sriov"]["resourceName"] = VF
    return pair + [smc(name, "twelve") for name in TWELVE]


def nads():
    """Those of the eight rails, as Spiderpool makes them, and networks of pods' own."""
    rails = [nad(f"gpu{number}-sriov", f"spidernet.io/gpu{number}sriov") for number in range(1, 9)]
    return [*rails, nad("storage", STORAGE), nad("own-vf", "spidernet.io/gpu1sriov")]


def own(mode, name):
    """The annotations of a pod that has a network of its own."""
    return {RDMA: CLASS, EXISTING: mode, NETWORKS: f"spiderpool/{name}"}


def injector(player, place, policy):
    """Configurations are called in the order of their names."""
    return f"{'a' if place == 'before' else 'z'}-{player.replace('_', '-')}", player, policy


def containers_of(pod_):
    return pod_["spec"]["containers"] + pod_["spec"].get("initContainers", [])


def units_of(pod_, resources):
    """Who has how much: {(container, resource): [limit, request]}, without what nobody has."""
    units = {(one["name"], resource): [quantity(one, part, resource) for part in PARTS]
             for one in containers_of(pod_) for resource in resources}
    return {place: counts for place, counts in units.items() if any(counts)}


def status_of(pod_):
    return json.loads(pod_["metadata"]["annotations"][STATUS])


class Case:
    """A pod that asks, and the networks and resources that it must get; the latter all in one container."""

    def __init__(self, what, annotations, names=RAILS, resources=ONE_EACH, holder="train", gpus=8):
        self.what, self.names, self.resources, self.holder = what, names, resources, holder
        self.pod = pod("asks", None, annotations, gpus)

    def faults(self, answer, alone):
        """What is wrong with it, or not as without other injectors."""
        if answer.pod is None:
            return [answer.denied or answer.refused]
        text, units = answer.pod["metadata"]["annotations"][NETWORKS], units_of(answer.pod, self.resources)
        holds = {
            f"networks {networks(alone.pod)} without others": networks(alone.pod) == self.names,
            f"networks {text}": text == alone.pod["metadata"]["annotations"][NETWORKS],
            f"status {status_of(answer.pod)}": status_of(answer.pod) == status_of(alone.pod) | {"container": self.holder},
            f"resources {units}": units == {(self.holder, name): [count] * 2 for name, count in self.resources.items()},
            f"warnings {answer.warnings}": answer.warnings == alone.warnings,
        }
        return [fault for fault, held in holds.items() if not held]


def check_beside(cluster, injectors, *cases):
    namespace = cluster.namespace(annotations={RDMA: CLASS}, labels={INHERIT: "true"})
    dry_runs = DryRuns(cluster.api)
    alone = [dry_runs.create(case.pod, namespace) for case in cases]
    with injectors_of(cluster).beside(namespace, *injectors):
        for case, one in zip(cases, alone):
            faults = case.faults(dry_runs.create(case.pod, namespace), one)
            check(f"{', '.join(f'{name} {policy}' for name, _, policy in injectors)}: {case.what}", not faults, *faults)


EIGHT = Case("eight rails", {RDMA: CLASS})
INHERITED = Case("eight rails of the namespace", {})


@test
def spiderpools_webhook(cluster):
    cluster.ensure_installed()
    with removed(cluster, *smcs()):
        for order in [order for order in ORDERS if order != LAST_WORD]:
            check_beside(
                cluster, [injector("spiderpool", *order)], EIGHT, INHERITED,
                Case("twelve rails in their order", {RDMA: "twelve"}, TWELVE, {f"example.com/{name}": 1 for name in TWELVE}),
                Case("a unit for each of two rails of one resource", {RDMA: "pair"}, ["vf1", "vf2"], {VF: 2}),
                Case("rails that the pod lists itself", {RDMA: CLASS, NETWORKS: BY_HAND}),
                Case("Spiderpool's list is none of the pod's own to keep", {RDMA: CLASS, EXISTING: "merge"}),
                Case("Spiderpool's list is none of the pod's own to refuse", {RDMA: CLASS, EXISTING: "deny"}))


@test
def spiderpools_webhook_has_the_last_word_where_it_is_called_again(cluster):
    """There is one further round, and in it Spiderpool is called after railhook; Spiderpool's chart doesn't ask for that."""
    cluster.ensure_installed()
    namespace = cluster.namespace()
    with injectors_of(cluster).beside(namespace, injector("spiderpool", *LAST_WORD)):
        answer = DryRuns(cluster.api).create(EIGHT.pod, namespace)
    check("the networks are in its form", answer.pod["metadata"]["annotations"][NETWORKS] == IN_ITS_FORM, answer)
    check("there is one unit of each resource", units_of(answer.pod, ONE_EACH) == UNITS, answer)
    check("there is no warning", not answer.warnings, answer)


@test
def network_resources_injector(cluster):
    cluster.ensure_installed()
    with removed(cluster, *nads()):
        for order in ORDERS:
            check_beside(
                cluster, [injector("nri", *order)], EIGHT, INHERITED,
                Case("rails that the pod lists itself", {RDMA: CLASS, NETWORKS: BY_HAND}),
                Case("a network of its own beside them", own("merge", "storage"), ["storage", *RAILS],
                     ONE_EACH | {STORAGE: 1}),
                Case("a network of its own that takes a rail's resource", own("merge", "own-vf"), ["own-vf", *RAILS],
                     ONE_EACH | {"spidernet.io/gpu1sriov": 2}),
                Case("a network of its own that is replaced", own("replace", "own-vf")))


@test
def network_resources_injector_that_honours_resources(cluster):
    cluster.ensure_installed()
    before = [injector("honouring_nri", "before", "Never")]
    with removed(cluster, *nads()):
        check_beside(
            cluster, before, EIGHT, INHERITED,
            Case("a network of its own beside them", own("merge", "storage"), ["storage", *RAILS], ONE_EACH | {STORAGE: 1}),
            Case("a network of its own that takes a rail's resource", own("merge", "own-vf"), ["own-vf", *RAILS],
                 ONE_EACH | {"spidernet.io/gpu1sriov": 2}))
        for order in (("before", "IfNeeded"), ("after", "Never")):
            check_beside(cluster, [injector("honouring_nri", *order)],
                         Case("it counts rails where it sees them", {RDMA: CLASS}, resources=dict.fromkeys(RESOURCES, 2)))


@test
def sidecars(cluster):
    cluster.ensure_installed()
    for order in ORDERS:
        check_beside(
            cluster, [injector("sidecar", *order)], EIGHT, INHERITED,
            Case("rails in the container that is named", {RDMA: CLASS, "railhook.io/container": "train"}, gpus=0))


@test
def all_at_once(cluster):
    cluster.ensure_installed()
    with removed(cluster, *nads()):
        for others in (["nri", "sidecar"], ["sidecar", "spiderpool"], ["nri", "sidecar", "spiderpool"]):
            for places in itertools.product(("before", "after"), repeat=len(others)):
                place_of = dict(zip(others, places))
                holder = SIDECAR if is_spiderpool_misled(place_of) else "train"
                check_beside(cluster, [injector(other, place, USUAL_POLICY[other]) for other, place in place_of.items()],
                             Case(f"eight rails in {holder}", {RDMA: CLASS}, holder=holder),
                             Case(f"eight rails of the namespace in {holder}", {}, holder=holder))


def is_spiderpool_misled(place_of):
    """Whether it gives the resources to the first container while that is a sidecar; railhook leaves them there."""
    return place_of["sidecar"] == place_of.get("spiderpool") == "before"


@test
def real_pods_beside_all(cluster):
    cluster.ensure_installed()
    namespace = cluster.namespace()
    others = [("a-sidecar", "sidecar", "IfNeeded"), ("b-nri", "nri", "Never"), ("z-spiderpool", "spiderpool", "Never")]
    with removed(cluster, *nads()), injectors_of(cluster).beside(namespace, *others), \
            removed(cluster, workload("Deployment", "train", namespace, gpus=2)):
        within(30, "the pods of a Deployment run", lambda: all_run(cluster.api.list("Pod", namespace)))
        pods = cluster.api.list("Pod", namespace)
        check("each has eight networks, and one unit of each resource", all(
            networks(pod_) == RAILS and units_of(pod_, ONE_EACH) == UNITS for pod_ in pods), pods)


def all_run(pods):
    return len(pods) == 2 and all(pod_["status"]["phase"] == "Running" for pod_ in pods)


if __name__ == "__main__":
    main()
