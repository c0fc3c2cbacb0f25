"""What happens while railhook, the API server or the custom resources are away; tests of cluster_test.py."""

import json

from harness import (CLASS, CRDS, NAMESPACE, RDMA, check, check_all, has_rails, networks, pod, removed, smc, test, within,
                     workload)


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
def one_replica_is_enough(cluster):
    """Every pod is admitted while replicas end, crash and are replaced."""
    cluster.ensure_installed()
    refusals = []
    first, second = cluster.replicas()
    for name, end in (("a replica ends", lambda: cluster.api.delete("Pod", first.name, NAMESPACE)),
                      ("a replica crashes and comes again", second.kill)):
        end()
        need(f"{name}: there are two again", lambda: refusals.append(cluster.try_pod()[1]) or cluster.are_ready(2))
        check(f"{name}: no pod is refused meanwhile", not any(refusals), refusals)
    check("the one that crashed was started again by kubelet", second.restarts == 1, second.restarts)


@test
def the_api_server_starts_again(cluster):
    cluster.ensure_installed()
    pids = [replica.process.pid for replica in cluster.replicas()]
    cluster.control_plane.restart_api_server()
    within(30, "pods get rails as before", lambda: cluster.api.create(pod("tried"), dry_run=True))
    with removed(cluster, smc("later", "later")):
        within(30, "networks that come afterwards are seen by every replica", lambda: all(
            cluster.try_pod(annotations={RDMA: "later"})[0] for _ in range(8)))
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
    within(35, "from every replica", lambda: all(cluster.try_pod()[0] for _ in range(8)))
