"""Certificates that are renewed while pods are created; tests of traffic_test.py."""

import contextlib
import ssl

from api import decode, encode
from control_plane import wait_for
from harness import NAMESPACE, check, need, test, within
from traffic import Creations, Traffic

SECRET = "railhook-certs"
RATE = 200  # dry runs a second
FEW = 40
BURST = 40  # at once: an API server keeps 25 connections at most, so each burst makes some anew
SERVICE = f"railhook.{NAMESPACE}.svc"
SOON = 20  # seconds


def pods_that_are_tried(cluster, rate):
    return Traffic(Creations(cluster, "default", dry_run=True), rate, BURST)


def all_serve(cluster, certificate):
    """Whether every replica's certificate is that one, encoded as in a Secret."""
    return all(decode(certificate).decode().startswith(ssl.get_server_certificate((replica.address, 8443), timeout=5))
               for replica in cluster.replicas())


# ---- cert-manager, played by its objects ----


def issued(cluster):
    """The data of a new certificate's Secret, as an issuer with a CA of its own fills it."""
    files = cluster.control_plane.certify("issued", "/CN=railhook", f"subjectAltName=DNS:{SERVICE}")
    files += (cluster.control_plane.directory / "ca.crt",)
    return {key: encode(file.read_text()) for key, file in zip(("tls.crt", "tls.key", "ca.crt"), files)}


@contextlib.contextmanager
def kept_by_cert_manager(cluster):
    """An installation whose Secret and caBundle cert-manager writes; gives the Secret's data."""
    cluster.uninstall()
    if not cluster.api.get("Namespace", NAMESPACE):
        cluster.namespace(NAMESPACE)
    data = issued(cluster)
    annotations = {"cert-manager.io/certificate-name": "railhook", "cert-manager.io/issuer-name": "ca"}
    cluster.api.create({"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls", "data": data,
                        "metadata": {"name": SECRET, "namespace": NAMESPACE, "annotations": annotations}})
    cluster.install()
    need("two replicas are ready", lambda: cluster.are_ready(2))
    cluster.api.patch("MutatingWebhookConfiguration", "railhook", [
        {"op": "add", "path": f"/webhooks/{entry}/clientConfig/caBundle", "value": data["ca.crt"]} for entry in range(2)])
    try:
        yield data
    finally:
        cluster.uninstall()


def renew(cluster, how):
    """Nothing is lost meanwhile."""
    cluster.await_serving()
    with pods_that_are_tried(cluster, FEW) as traffic:
        renewed = issued(cluster)
        cluster.api.patch("Secret", SECRET, {"data": renewed}, NAMESPACE)
        within(SOON, f"every replica serves with the renewed certificate {how}",
               lambda: all_serve(cluster, renewed["tls.crt"]))
        new = traffic.now()
        wait_for(lambda: traffic.now() > new + 2)
    traffic.check_no_failure("no pod is refused meanwhile")
    check("railhook left the Secret alone", cluster.certificate() == renewed, list(cluster.certificate()))
    check("and the caBundle", set(cluster.ca_bundles()) == {renewed["ca.crt"]})


@test
def a_certificate_that_cert_manager_renews(cluster):
    with kept_by_cert_manager(cluster) as data:
        check("every replica serves with it", all_serve(cluster, data["tls.crt"]))
        renew(cluster, "of the Secret")
        mount_certificate(cluster)
        check("every replica serves with it", all_serve(cluster, cluster.certificate()["tls.crt"]))
        renew(cluster, "in the mounted directory")


def mount_certificate(cluster):
    """Replicas read the certificate from the Secret as a volume, and keep none themselves."""
    found = cluster.api.get("Deployment", "railhook", NAMESPACE)["spec"]["template"]["spec"]
    spec = {"volumes": [*found["volumes"], {"name": "certs", "secret": {"secretName": SECRET}}]}
    container = found["containers"][0]
    mounts = [*container["volumeMounts"], {"name": "certs", "mountPath": "/certs", "readOnly": True}]
    spec["containers"] = [container | {"args": [*container["args"], "--certs=/certs"], "volumeMounts": mounts}]
    cluster.api.patch("Deployment", "railhook", {"spec": {"template": {"spec": spec}}}, NAMESPACE)
    need("replicas are replaced", lambda: cluster.are_ready(2) and all(
        "--certs=/certs" in replica.container["args"] for replica in cluster.replicas()))
