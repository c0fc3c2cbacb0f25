"""The certificate that replicas share, the registration's caBundle and the leader; tests of cluster_test.py."""

import contextlib
import socket
import ssl

from api import decode, encode
from harness import (CHART, CLASS, INHERIT, LEASE_SECONDS, NAMESPACE, RDMA, check, check_all, need, read_metric, removed,
                     test, within)

SECRET = "railhook-certs"


def serves_with(cluster, replica, ca):
    """Whether the replica's certificate is signed by the CA, and is for the Service."""
    trust = ssl.create_default_context(cadata=decode(ca).decode())
    with contextlib.closing(trust.wrap_socket(_connect(replica), server_hostname=f"railhook.{NAMESPACE}.svc")):
        return True


def _connect(replica):
    return socket.create_connection((replica.address, 8443), timeout=5)


def all_serve_with(cluster, ca):
    try:
        return all(serves_with(cluster, replica, ca) for replica in cluster.replicas())
    except (OSError, ssl.SSLError):
        return False


@test
def replicas_that_start_at_once_share_one_certificate(cluster):
    cluster.uninstall()
    with cluster.kubelet.held():
        cluster.install()
        need("both pods have a node", lambda: sum("nodeName" in pod["spec"] for pod in cluster.pods()) == 2)
    within(20, "both replicas get ready", lambda: cluster.are_ready(2))
    starts = [replica.started for replica in cluster.replicas()]
    check("they started at once", max(starts) - min(starts) < 1, starts)
    made = cluster.certificate()
    check("there is one Secret with all parts", {"tls.crt", "tls.key", "ca.crt", "ca.key"} <= set(made), list(made))
    check("both serve with its certificate", all_serve_with(cluster, made["ca.crt"]))
    within(10, "the registration trusts it", lambda: set(cluster.ca_bundles()) == {made["ca.crt"]})
    check("it was never another", cluster.certificate() == made)
    cluster.scale(3)
    check("a third replica serves with the same", all_serve_with(cluster, made["ca.crt"]) and cluster.certificate() == made)
    cluster.scale(2)


@test
def the_certificate_outlives_its_secret(cluster):
    cluster.ensure_installed()
    before = cluster.certificate()
    cluster.api.delete("Secret", SECRET, NAMESPACE)
    within(15, "a deleted Secret is written back", lambda: cluster.certificate())
    check("with the same CA", cluster.certificate()["ca.crt"] == before["ca.crt"])
    check("pods got rails meanwhile", cluster.try_pod()[0])
    for key, text in (("tls.crt", "garbage"), ("tls.key", "")):
        cluster.api.patch("Secret", SECRET, {"data": {key: encode(text)}}, NAMESPACE)
        within(15, f"a Secret with a broken {key} is put right",
               lambda key=key: cluster.certificate().get(key) == before[key])
        check("pods got rails meanwhile", cluster.try_pod()[0])
    check_all("the log", cluster.logs(), SECRET, "tls.crt", "tls.key")
    check("all replicas serve with the old CA", all_serve_with(cluster, before["ca.crt"]))


@test
def the_ca_bundle_is_put_right(cluster):
    cluster.ensure_installed()
    ca = cluster.certificate()["ca.crt"]
    for name, value in (("garbage as", encode("garbage")), ("another", cluster.certificate()["tls.crt"]), ("no", None)):
        cluster.api.patch("MutatingWebhookConfiguration", "railhook", [
            {"op": "replace" if value else "remove", "path": f"/webhooks/{entry}/clientConfig/caBundle", "value": value}
            for entry in range(2)])
        within(5, f"{name} caBundle is put right", lambda: set(cluster.ca_bundles()) == {ca})
        within(5, "pods get rails", lambda: cluster.try_pod()[0])
    cluster.run("helm", "upgrade", "railhook", CHART, "--namespace", NAMESPACE, "--reuse-values")
    check("an upgrade by helm leaves it alone", set(cluster.ca_bundles()) == {ca})


@test
def one_replica_leads(cluster):
    cluster.ensure_installed()
    leader = within(LEASE_SECONDS + 5, "a replica holds the lease", cluster.leader)
    check("the other says that it doesn't", [cluster_leads(replica) for replica in cluster.replicas()].count(1) == 1)
    leader.kill(restart=False)  # as if its node were lost
    heir = within(LEASE_SECONDS + 10, "when it is killed, another takes over", lambda: other_leader(cluster, leader))
    cluster.api.patch("MutatingWebhookConfiguration", "railhook", [
        {"op": "replace", "path": "/webhooks/0/clientConfig/caBundle", "value": encode("garbage")}])
    within(5, "the new leader does the leader's work", lambda: set(cluster.ca_bundles()) == {cluster.certificate()["ca.crt"]})
    cluster.api.delete("Pod", leader.name, NAMESPACE, gracePeriodSeconds=0)
    cluster.ensure_installed()
    cluster.api.delete("Pod", heir.name, NAMESPACE)
    within(LEASE_SECONDS, "a leader that ends hands over when it is done", lambda: other_leader(cluster, heir))
    cluster.ensure_installed()


def cluster_leads(replica):
    return next(read_metric(replica.get("/metrics")[1], "railhook_leader", {}), None)


def other_leader(cluster, old):
    leader = cluster.leader()
    return leader if leader and leader.name != old.name else None


@test
def namespaces_without_the_label_get_an_event(cluster):
    cluster.ensure_installed()
    need("somebody leads", cluster.leader)
    namespace = cluster.namespace(annotations={RDMA: CLASS})
    events = within(15, "an Event is written", lambda: events_about(cluster, namespace))
    check("it is a Warning, by railhook", events and events[0]["type"] == "Warning" and
          "railhook" in events[0]["source"].get("component", events[0].get("reportingComponent", "")), events)
    check_all("the Event", events[0]["message"] if events else "", INHERIT, "class")
    labelled = cluster.namespace(annotations={RDMA: CLASS}, labels={INHERIT: "true"})
    plain = cluster.namespace()
    later = cluster.namespace()
    cluster.api.patch("Namespace", later, {"metadata": {"annotations": {RDMA: CLASS}}})
    within(15, "also when the annotation comes later", lambda: events_about(cluster, later))
    check("one with the label, or without the annotation, gets none",
          not events_about(cluster, labelled) and not events_about(cluster, plain))
    check("kubectl shows it", INHERIT in cluster.run("kubectl", "events", "--namespace", namespace).stdout)


@test
def a_namespace_that_ends_keeps_no_other_from_its_event(cluster):
    """Nothing can be created in it, not even Events."""
    cluster.ensure_installed()
    need("somebody leads", cluster.leader)
    ending = cluster.namespace("a-namespace-that-ends")
    held = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "held", "namespace": ending,
                                                                  "finalizers": ["example.com/held"]}}
    with removed(cluster, held):
        cluster.api.delete("Namespace", ending)
        cluster.api.patch("Namespace", ending, {"metadata": {"annotations": {RDMA: CLASS}}})
        other = cluster.namespace("b-namespace-that-stays", annotations={RDMA: CLASS})
        within(15, "the other has its Event", lambda: events_about(cluster, other))
        cluster.api.patch("ConfigMap", "held", {"metadata": {"finalizers": None}}, ending)
    cluster.api.delete("Namespace", other)


def events_about(cluster, namespace):
    return [event for event in cluster.api.list("Event") if event["involvedObject"]["kind"] == "Namespace" and
            event["involvedObject"]["name"] == namespace]
