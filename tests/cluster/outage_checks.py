"""What happens while railhook, the API server or the custom resources are away; tests of cluster_test.py."""

import json

from control_plane import wait_for
from harness import (CLASS, CRDS, NAMESPACE, RAILS, RDMA, check, check_all, has_rails, need, networks, pod, removed, smc,
                     test, within, workload)

LINGER_SECONDS = 1.5  # in which an endpoint that is gone is still asked


@test
def an_outage_touches_only_pods_that_want_rails(cluster):
    cluster.ensure_installed()
    namespace = cluster.namespace()
    cluster.scale(0)
    within(10, "the Service has no endpoints", lambda: not endpoints(cluster))
    made = cluster.kubectl("create", "-f", "-", stdin=json.dumps(pod("bare", namespace, {})))
    check("a pod without the annotation is created", made.returncode == 0, made.stderr)
    refused = cluster.kubectl("create", "-f", "-", stdin=json.dumps(pod("asks", namespace)))
    check("a pod with it is refused", refused.returncode == 1, refused.stdout)
    check_all("kubectl", refused.stderr, "pods.railhook.io", "no endpoints available", "railhook")
    with removed(cluster, workload("Deployment", "waits", namespace)):
        told = within(10, "the Deployment's ReplicaSet tells why it has no pods", lambda: failures(cluster, namespace))
        check_all("the ReplicaSet", str(told), "pods.railhook.io")
        check("it has no pods meanwhile", len(cluster.api.list("Pod", namespace)) == 1)
        cluster.scale(2)
        pods = within(60, "its pods come once railhook is back", lambda: pods_of(cluster, namespace, 2))
        check("with their rails", pods and all(map(has_rails, pods)), pods)
    cluster.api.delete("Pod", "bare", namespace)


def endpoints(cluster):
    return [endpoint for slice_ in cluster.api.list("EndpointSlice", NAMESPACE)
            for endpoint in slice_["endpoints"] or [] if endpoint["conditions"].get("ready")]


def failures(cluster, namespace):
    return [event["message"] for event in cluster.api.list("Event", namespace, fields="reason=FailedCreate")]


def pods_of(cluster, namespace, count):
    pods = cluster.api.list("Pod", namespace, "app=waits")
    return pods if len(pods) == count else None


@test
def no_pod_is_refused_while_replicas_are_replaced(cluster):
    """Also where kubelet ends a replica before API servers hear of it."""
    cluster.ensure_installed()
    for old in cluster.replicas():
        refusals = []
        old.restarting = False
        old.process.terminate()
        wait_for(lambda: refusals.append(cluster.try_pod()[1]), LINGER_SECONDS)
        cluster.api.delete("Pod", old.name, NAMESPACE)
        need("another takes its place", lambda: refusals.append(cluster.try_pod()[1]) or (
            old not in cluster.replicas() and cluster.are_ready(2)))
        refused = [refusal for refusal in refusals if refusal]
        check(f"none of {len(refusals)} pods was refused meanwhile", not refused, len(refused), refused[:1])


@test
def replicas_that_crash_come_again(cluster):
    cluster.ensure_installed()
    for replica in cluster.replicas():
        replica.kill()
        within(10, "kubelet starts it again", lambda: replica.restarts == 1 and cluster.are_ready(2))
        check("pods get rails", cluster.try_pod()[0])
    check("both share the certificate that was there", cluster.all_allow(pod("x")))


@test
def the_api_server_starts_again(cluster):
    cluster.ensure_installed()
    pids = [replica.process.pid for replica in cluster.replicas()]
    cluster.control_plane.restart_api_server()
    within(30, "pods get rails as before", lambda: cluster.try_pod()[0])
    known = cluster.known_rails()
    with removed(cluster, smc("later", "later")):
        within(30, "networks that come afterwards are seen by every replica",
               lambda: cluster.known_rails() == [count + 1 for count in known])
        check("every replica injects them", cluster.all_allow(pod("x", annotations={RDMA: "later"})))
    check("railhook went on", [replica.process.pid for replica in cluster.replicas()] == pids)
    within(30, "all replicas are ready", lambda: all(replica.get("/readyz")[0] == 200 for replica in cluster.replicas()))


@test
def custom_resources_may_come_later(cluster):
    cluster.uninstall()
    cluster.run("kubectl", "delete", "-f", CRDS)
    within(30, "the custom resources are gone", lambda: not any(
        "spidernet" in crd["metadata"]["name"] for crd in cluster.api.list("CustomResourceDefinition")))
    cluster.install()
    within(30, "railhook gets ready without them", lambda: cluster.are_ready(2))
    refusal = within(10, "pods that ask are refused", lambda: (cluster.try_pod()[1] or "").partition("denied")[2])
    check_all("the refusal", refusal, CLASS)
    check_all("the log", cluster.logs(), "spidermultusconfigs")
    cluster.create_rails()
    made = within(35, "it picks them up when they come", lambda: cluster.try_pod()[0])
    check("pods get rails", made and has_rails(made), networks(made or pod("none")))
    within(35, "every replica knows them", lambda: cluster.known_rails() == 2 * [len(RAILS)])
