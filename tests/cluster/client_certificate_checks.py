"""API servers that show a certificate, as the threat model tells how; tests of cluster_test.py."""

import contextlib
import http.client
import pathlib
import re
import socket
import ssl

from control_plane import ROOT
from harness import NAMESPACE, VALUES, check, need, removed, test, within

NAME = "kube-apiserver"
RECIPE = ROOT / "docs/threat-model.md"
FOLDER = "/etc/kubernetes/admission"  # in the recipe
CONFIG_MAP = "api-servers"
SOON = 30  # seconds


def write_recipe(directory):
    """The files of the recipe, for a folder of their own; the first one's path."""
    text = re.search(r"```yaml\n(# --admission-control-config-file\n.*?)```", RECIPE.read_text(), re.DOTALL)[1]
    admission, kubeconfig = text.replace(FOLDER, str(directory)).split("---\n")
    (directory / "webhooks.kubeconfig").write_text(kubeconfig)
    (directory / "admission.yaml").write_text(admission)
    return directory / "admission.yaml"


def meets(replica, certificate=None):
    """Whether a replica answers a client with these files of a certificate and its key."""
    trust = ssl.create_default_context()
    trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
    if certificate:
        trust.load_cert_chain(*certificate)
    connection = http.client.HTTPConnection(replica.address, 8443, timeout=10)
    with contextlib.closing(connection):
        try:
            connection.sock = trust.wrap_socket(socket.create_connection((replica.address, 8443), 10))
            connection.request("GET", "/mutate-pods")
            return connection.getresponse().status == 405
        except (OSError, http.client.HTTPException):  # TLS 1.3 tells after the handshake
            return False


def trust_clients_of(cluster, ca):
    cluster.api.patch("ConfigMap", CONFIG_MAP, {"data": {"ca.crt": pathlib.Path(ca).read_text()}}, NAMESPACE)


def config_map(ca):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": CONFIG_MAP, "namespace": NAMESPACE},
            "data": {"ca.crt": pathlib.Path(ca).read_text()}}


@contextlib.contextmanager
def api_server_with_certificate(cluster, certificate, directory):
    for source, name in zip(certificate, ("client.crt", "client.key")):
        (directory / name).write_bytes(pathlib.Path(source).read_bytes())
    cluster.control_plane.restart_api_server(f"--admission-control-config-file={write_recipe(directory)}")
    try:
        yield
    finally:
        cluster.control_plane.restart_api_server()


@test
def only_api_servers_with_a_certificate_may_ask(cluster):
    cluster.ensure_installed()
    plane = cluster.control_plane
    ca, other_ca = plane.directory / "next-ca.crt", plane.directory / "ca.crt"
    certificate = plane.certify("webhook-client", f"/CN={NAME}", "extendedKeyUsage=clientAuth", "next-ca")
    stranger = plane.certify("stranger", "/CN=somebody", "extendedKeyUsage=clientAuth", "next-ca")
    directory = cluster.directory / "admission"
    directory.mkdir()
    with removed(cluster, config_map(ca)):
        cluster.install(VALUES | {"clientCAConfigMap": CONFIG_MAP, "clientNames": [NAME]})
        within(SOON, "an API server without a certificate is turned away", lambda: not cluster.try_pod()[0])
        within(SOON, "and counted", lambda: cluster.metric("railhook_refusals_total", reason="client_certificate") > 0)
        with api_server_with_certificate(cluster, certificate, directory):
            within(SOON, "one with the certificate gets its answers", lambda: cluster.try_pod()[0])
            replica = need("two replicas run", lambda: cluster.are_ready(2) and cluster.replicas())[0]
            check("so does everybody with it", meets(replica, certificate))
            check("nobody without", not meets(replica))
            check("nor with one for another name", not meets(replica, stranger))
            trust_clients_of(cluster, other_ca)
            within(SOON, "another CA in the file holds without a restart", lambda: not meets(replica, certificate))
            trust_clients_of(cluster, ca)
            within(SOON, "the first one again, too", lambda: meets(replica, certificate))
        cluster.install()
        within(SOON, "without the value anybody may ask again", lambda: cluster.try_pod()[0])
        need("nobody reads the file any more", lambda: len(cluster.pods()) == 2 and cluster.are_ready(2))
