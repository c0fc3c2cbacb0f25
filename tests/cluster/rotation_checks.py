"""Certificates that are renewed while pods are created; tests of traffic_test.py."""

import contextlib
import ssl
import subprocess

from api import ApiError, decode, encode
from control_plane import wait_for
from harness import NAMESPACE, VALUES, check, need, removed, test, within
from traffic import Creations, Traffic

RATE = 200  # dry runs a second
FEW = 40
BURST = 40  # at once: an API server keeps 25 connections at most, so each burst makes some anew
SOON = 20  # seconds
LIFETIMES = {"certificateLifetime": "60s", "caLifetime": "120s"}
ROTATION = 150  # seconds: a CA is replaced at two thirds of its life, with pauses


def pods_that_are_tried(cluster, rate):
    return Traffic(Creations(cluster, "default", dry_run=True), rate, BURST)


def all_serve(cluster, certificate):
    """Whether every replica's certificate is that one, encoded as in a Secret."""
    return all(decode(certificate).decode().startswith(ssl.get_server_certificate((replica.address, 8443), timeout=5))
               for replica in cluster.replicas())


@test
def certificates_that_railhook_renews(cluster):
    """Where they last minutes: the leaf and its CA are replaced, and the old CA is trusted no more."""
    cluster.ensure_installed()
    before = cluster.certificate()
    old_ca = decode(before["ca.crt"]).decode()
    with pods_that_are_tried(cluster, RATE) as traffic:
        cluster.install(VALUES | LIFETIMES)
        within(ROTATION, "the old CA has left the registration", lambda: not any(
            old_ca in decode(bundle).decode() for bundle in cluster.ca_bundles()))
        after = cluster.certificate()
        within(SOON, "every replica serves with the Secret's certificate",
               lambda: all_serve(cluster, cluster.certificate()["tls.crt"]))
        begin = traffic.now()
        wait_for(lambda: traffic.now() > begin + 2)
    traffic.check_no_failure("no pod is refused meanwhile")
    for key in ("tls.crt", "ca.crt"):
        check(f"{key} is another", serial(before[key]) != serial(after[key]), serial(after[key]))


def serial(certificate):
    """Of the first one, encoded as in a Secret."""
    return subprocess.run(["openssl", "x509", "-noout", "-serial"], input=decode(certificate), stdout=subprocess.PIPE,
                          check=True).stdout


# ---- cert-manager, played by its objects ----


@contextlib.contextmanager
def cert_manager(cluster):
    """Inside, there are its custom resources, and railhook is installed for it."""
    cluster.uninstall()
    crds = [custom_resource(plural, kind) for plural, kind in (("certificates", "Certificate"), ("issuers", "Issuer"))]
    with removed(cluster, *crds):
        for kind in ("Certificate", "Issuer"):
            need(f"there are {kind}s", lambda kind=kind: is_served(cluster, kind))
        try:
            with cluster.kubelet.held():  # it waits for volumes
                cluster.install(VALUES | {"certManager": {"enabled": True}})
                issue(cluster)
            yield
        finally:
            cluster.uninstall()
            cluster.api.delete("Secret", "railhook-tls", NAMESPACE)


def custom_resource(plural, kind):
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": f"{plural}.cert-manager.io"},
            "spec": {"group": "cert-manager.io", "scope": "Namespaced", "names": {"plural": plural, "kind": kind},
                     "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}]}}


def is_served(cluster, kind):
    try:
        return cluster.api.list(kind) == []
    except ApiError:
        return False


def issue(cluster):
    """Fills the Secret of the chart's Certificate, anew where it is there, and has its CA in the registration; its data."""
    wanted = cluster.api.get("Certificate", "railhook", NAMESPACE)["spec"]
    data = issued(cluster, wanted["dnsNames"])
    if cluster.api.get("Secret", wanted["secretName"], NAMESPACE):
        cluster.api.patch("Secret", wanted["secretName"], {"data": data}, NAMESPACE)
    else:
        cluster.api.create({"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls", "data": data,
                            "metadata": {"name": wanted["secretName"], "namespace": NAMESPACE}})
    cluster.api.patch("MutatingWebhookConfiguration", "railhook", [
        {"op": "add", "path": f"/webhooks/{entry}/clientConfig/caBundle", "value": data["ca.crt"]} for entry in range(2)])
    return data


def issued(cluster, names):
    """The data of a Secret with a new certificate."""
    alternatives = ",".join(f"DNS:{name}" for name in names)
    certificate, key = cluster.control_plane.certify("issued", "/CN=railhook", f"subjectAltName={alternatives}")
    files = {"tls.crt": certificate, "tls.key": key, "ca.crt": cluster.control_plane.directory / "ca.crt"}
    return {name: encode(file.read_text()) for name, file in files.items()}


@test
def a_certificate_that_cert_manager_renews(cluster):
    """Kubelet swaps a link, and railhook follows."""
    with cert_manager(cluster):
        need("two replicas are ready", lambda: cluster.are_ready(2))
        cluster.await_serving()
        annotations = cluster.api.get("MutatingWebhookConfiguration", "railhook")["metadata"]["annotations"]
        check("cert-manager is told whose CA to inject",
              annotations.get("cert-manager.io/inject-ca-from") == f"{NAMESPACE}/railhook", annotations)
        with pods_that_are_tried(cluster, FEW) as traffic:
            data = issue(cluster)
            within(SOON, "every replica serves with the renewed certificate", lambda: all_serve(cluster, data["tls.crt"]))
            begin = traffic.now()
            wait_for(lambda: traffic.now() > begin + 2)
        traffic.check_no_failure("no pod is refused meanwhile")
        check("railhook kept none itself", not cluster.certificate())
