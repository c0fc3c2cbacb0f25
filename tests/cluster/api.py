"""Asks the API server: objects as dictionaries, answers as they come."""

import base64
import http.client
import json
import ssl
import threading
import urllib.parse

# Kind: (where its API version is served, the plural of its name).
RESOURCES = {
    "Namespace": ("/api/v1", "namespaces"),
    "Node": ("/api/v1", "nodes"),
    "Pod": ("/api/v1", "pods"),
    "ConfigMap": ("/api/v1", "configmaps"),
    "Secret": ("/api/v1", "secrets"),
    "Event": ("/api/v1", "events"),
    "Service": ("/api/v1", "services"),
    "ServiceAccount": ("/api/v1", "serviceaccounts"),
    "DaemonSet": ("/apis/apps/v1", "daemonsets"),
    "Deployment": ("/apis/apps/v1", "deployments"),
    "StatefulSet": ("/apis/apps/v1", "statefulsets"),
    "Job": ("/apis/batch/v1", "jobs"),
    "Lease": ("/apis/coordination.k8s.io/v1", "leases"),
    "PodDisruptionBudget": ("/apis/policy/v1", "poddisruptionbudgets"),
    "EndpointSlice": ("/apis/discovery.k8s.io/v1", "endpointslices"),
    "ClusterRole": ("/apis/rbac.authorization.k8s.io/v1", "clusterroles"),
    "ClusterRoleBinding": ("/apis/rbac.authorization.k8s.io/v1", "clusterrolebindings"),
    "Role": ("/apis/rbac.authorization.k8s.io/v1", "roles"),
    "RoleBinding": ("/apis/rbac.authorization.k8s.io/v1", "rolebindings"),
    "MutatingWebhookConfiguration": ("/apis/admissionregistration.k8s.io/v1", "mutatingwebhookconfigurations"),
    "ValidatingWebhookConfiguration": ("/apis/admissionregistration.k8s.io/v1", "validatingwebhookconfigurations"),
    "CustomResourceDefinition": ("/apis/apiextensions.k8s.io/v1", "customresourcedefinitions"),
    "ValidatingAdmissionPolicy": ("/apis/admissionregistration.k8s.io/v1", "validatingadmissionpolicies"),
    "Certificate": ("/apis/cert-manager.io/v1", "certificates"),
    "Issuer": ("/apis/cert-manager.io/v1", "issuers"),
    "SpiderMultusConfig": ("/apis/spiderpool.spidernet.io/v2beta1", "spidermultusconfigs"),
    "NetworkAttachmentDefinition": ("/apis/k8s.cni.cncf.io/v1", "network-attachment-definitions"),
    "SriovNetworkNodePolicy": ("/apis/sriovnetwork.openshift.io/v1", "sriovnetworknodepolicies"),
    "SriovNetworkPoolConfig": ("/apis/sriovnetwork.openshift.io/v1", "sriovnetworkpoolconfigs"),
    "SriovNetworkNodeState": ("/apis/sriovnetwork.openshift.io/v1", "sriovnetworknodestates"),
}
MERGE_PATCH = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"


class ApiError(Exception):
    """An answer of 400 or above; `code` is its number, the text what the server says."""

    def __init__(self, code, text):
        super().__init__(f"{code}: {text}")
        self.code = code


class Api:
    """Safe to use from any thread: each has a connection of its own."""

    def __init__(self, host, port, ca, certificate, key):
        self.address = host, port
        self.trust = ssl.create_default_context(cafile=ca)
        self.trust.load_cert_chain(certificate, key)
        self.mine = threading.local()

    def request(self, method, path, body=None, content_type="application/json"):
        """The decoded answer, or its text where it is no JSON. Raises ApiError, or OSError where nobody answers."""
        text = None if body is None else json.dumps(body)
        status, answer = self._send(method, path, text, {"Content-Type": content_type})
        if status >= 400:
            raise ApiError(status, answer)
        return json.loads(answer) if answer.startswith("{") else answer

    def get(self, kind, name, namespace=None):
        """The object, or None where there is none."""
        try:
            return self.request("GET", path_of(kind, name, namespace))
        except ApiError as error:
            if error.code == 404:
                return None
            raise

    def list(self, kind, namespace=None, labels=None, fields=None):
        wanted = {"labelSelector": labels, "fieldSelector": fields}
        query = urllib.parse.urlencode({key: value for key, value in wanted.items() if value})
        return self.request("GET", f"{path_of(kind, '', namespace)}?{query}")["items"]

    def create(self, thing, dry_run=False):
        path = path_of(thing["kind"], "", thing["metadata"].get("namespace"))
        return self.request("POST", path + ("?dryRun=All" if dry_run else ""), thing)

    def patch(self, kind, name, patch, namespace=None, part=""):
        """A list is a JSON patch, a dictionary is merged. `part` is a subresource such as /status."""
        content_type = JSON_PATCH if isinstance(patch, list) else MERGE_PATCH
        return self.request("PATCH", path_of(kind, name, namespace) + part, patch, content_type)

    def delete(self, kind, name, namespace=None, **options):
        """Fine where there is none already."""
        try:
            self.request("DELETE", path_of(kind, name, namespace), options)
        except ApiError as error:
            if error.code != 404:
                raise

    def token(self, account, namespace, seconds, audiences, pod):
        """A TokenRequest's status: a token bound to the pod, and when it expires."""
        spec = {"expirationSeconds": seconds, "audiences": audiences,
                "boundObjectRef": {"kind": "Pod", "apiVersion": "v1", **pick(pod["metadata"], "name", "uid")}}
        path = path_of("ServiceAccount", account, namespace) + "/token"
        return self.request("POST", path, {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
                                           "spec": spec})["status"]

    def _send(self, method, path, body, headers):
        kept = getattr(self.mine, "connection", None)
        if kept:
            try:
                return _exchange(kept, method, path, body, headers)
            except (OSError, http.client.HTTPException):
                kept.close()  # it may have been idle for too long, or the server was started again
        self.mine.connection = http.client.HTTPSConnection(*self.address, timeout=30, context=self.trust)
        return _exchange(self.mine.connection, method, path, body, headers)


def _exchange(connection, method, path, body, headers):
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def path_of(kind, name="", namespace=None):
    root, plural = RESOURCES[kind]
    place = f"{root}/namespaces/{namespace}" if namespace else root
    return f"{place}/{plural}/{name}".rstrip("/")


def pick(mapping, *keys):
    return {key: mapping[key] for key in keys}


def decode(text):
    return base64.b64decode(text)


def encode(text):
    return base64.b64encode(text.encode()).decode()
