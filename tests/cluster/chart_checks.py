"""What the chart registers, grants and leaves behind; tests of cluster_test.py."""

import re

from certificate_checks import encode
from harness import CLASS, NAMESPACE, RAILS, RDMA, VALUES, check, need, test, wait_for, within
from networks import SPACE, is_kept, kept_by, nad, remove_networks

FORBIDDEN_SECONDS = 20
LOOK_SECONDS = 3  # in which a replica does all that it does regularly


@test
def switched_off_it_registers_nothing(cluster):
    cluster.ensure_installed()
    cluster.install({"podResourceInject": {"enabled": False}})
    check("no webhook is registered", cluster.api.get("MutatingWebhookConfiguration", "railhook") is None)
    made = within(5, "pods that ask pass without rails", lambda: cluster.try_pod()[0])
    check("they have no networks", made and "networks" not in str(made["metadata"]["annotations"]), made)
    cluster.ensure_installed()
    within(5, "switched on again pods get rails",
           lambda: "networks" in str(cluster.try_pod()[0]["metadata"]["annotations"]))


@test
def uninstalled_it_leaves_nothing_in_the_way(cluster):
    cluster.ensure_installed()
    cluster.run("helm", "uninstall", "railhook", "--namespace", NAMESPACE)
    cluster.values = None
    within(30, "its pods are gone", lambda: not cluster.pods())
    check("pods that ask pass", cluster.try_pod()[0])
    kinds = "all,configmaps,serviceaccounts,secrets,leases,roles,rolebindings,poddisruptionbudgets"
    left = cluster.run("kubectl", "get", kinds, "-n", NAMESPACE, "-o", "name").stdout.split()
    left += cluster.run("kubectl", "get", "clusterroles,clusterrolebindings,mutatingwebhookconfigurations,"
                        "validatingwebhookconfigurations,crds",
                        "-o", "name").stdout.split()
    ours = {name for name in left if "railhook" in name}
    # helm doesn't know these, as railhook makes them itself.
    check("only the Secret and the Lease are left", ours == {"secret/railhook-certs", "lease.coordination.k8s.io/railhook"},
          ours)
    cluster.ensure_installed()
    check("installed again it serves with the CA that was left", cluster.try_pod()[0])


# ---- Permissions ----


@test
def every_permission_is_needed(cluster):
    """Without any one of them railhook says in its log and to whom it may concern what it lacks."""
    cluster.uninstall()
    cluster.namespace(annotations={RDMA: CLASS})  # to write Events about
    install_one(cluster)
    need("an Event is written", lambda: events(cluster))
    forbidden = wait_for(lambda: "cannot" in latest_log(cluster), LOOK_SECONDS)
    check("with all permissions nothing is forbidden", not forbidden, latest_log(cluster))
    granted = sorted(set(grants(cluster)))
    check("permissions are granted", len(granted) > 10, granted)
    need("networks are kept", lambda: all(is_kept(cluster, rail) for rail in RAILS))
    for kind, resource, verb in granted:
        cluster.uninstall()
        if (resource, verb) == ("secrets", "update"):
            cluster.api.create(BROKEN_SECRET)
        spoil_networks(cluster)
        install_one(cluster, lambda: take_away(cluster, kind, resource, verb))
        told = wait_for(lambda: complaint(cluster, resource, verb), FORBIDDEN_SECONDS)
        check(f"without {verb} of {resource} the log says so", told, latest_log(cluster))
        check(f"without {verb} of {resource} /readyz says so", wait_for(lambda: unwell(cluster, resource), 5),
              latest(cluster).get("/readyz"))
    cluster.uninstall()
    remove_networks(cluster, "moved")


def spoil_networks(cluster):
    """So that one is to be made, one to be mended, and one to be removed."""
    remove_networks(cluster, RAILS[0], "moved")
    cluster.api.patch("NetworkAttachmentDefinition", RAILS[1], {"spec": {"config": "{}"}}, SPACE)
    uid = cluster.api.get("SpiderMultusConfig", RAILS[2], SPACE)["metadata"]["uid"]
    cluster.api.create(nad("moved", kept_by(RAILS[2], uid)))


BROKEN_SECRET = {"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls",
                 "metadata": {"name": "railhook-certs", "namespace": NAMESPACE},
                 "data": {"tls.crt": encode("garbage"), "tls.key": encode("garbage")}}


def install_one(cluster, change=lambda: None):
    """A fresh release of one replica that does all it can, which starts only after the change."""
    with cluster.kubelet.held():
        cluster.install(VALUES | {"replicas": 1, "controllers": ["multus"]})
        change()
    need("it is started", cluster.replicas)


def grants(cluster):
    """(kind of role, resource, verb) of everything that the chart grants."""
    for kind, namespace in (("ClusterRole", None), ("Role", NAMESPACE)):
        for rule in cluster.api.get(kind, "railhook", namespace)["rules"]:
            for resource in rule["resources"]:
                for verb in rule["verbs"]:
                    yield kind, resource, verb


def take_away(cluster, kind, resource, verb):
    namespace = NAMESPACE if kind == "Role" else None
    rules = cluster.api.get(kind, "railhook", namespace)["rules"]
    for rule in rules:
        if resource in rule["resources"]:
            rule["verbs"] = [kept for kept in rule["verbs"] if kept != verb]
    cluster.api.patch(kind, "railhook", {"rules": [rule for rule in rules if rule["verbs"]]}, namespace)


def latest(cluster):
    return max(cluster.replicas(), key=lambda replica: replica.started)


def latest_log(cluster):
    return latest(cluster).log()


def complaint(cluster, resource, verb):
    return re.search(rf'is forbidden: .* cannot {verb} resource \\*"{resource}\\*"', latest_log(cluster))


def unwell(cluster, resource):
    status, text = latest(cluster).get("/readyz")
    return status != 200 or resource in text


def events(cluster):
    return [event for event in cluster.api.list("Event") if event["involvedObject"]["kind"] == "Namespace"]
