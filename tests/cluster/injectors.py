"""What other injectors do to pods, played by one HTTPS server that the API server calls as it would call them.

Played is what concerns networks and resources: Spiderpool's pod webhook, network-resources-injector, and injectors of
sidecars.
"""

import base64
import collections
import contextlib
import copy
import http.server
import json
import ssl
import subprocess
import threading

from harness import NETWORKS, RDMA, need, pod, removed

ADDRESS = ("127.0.0.1", 9443)
RESOURCE = "k8s.v1.cni.cncf.io/resourceName"  # of a NAD
PARTS = ("limits", "requests")
SIDECAR, NATIVE_SIDECAR = "proxy", "native-proxy"


class Injectors:
    """Answers for all of them: at /NAME/PLAYER, where PLAYER is a method's name."""

    def __init__(self, cluster):
        self.cluster, self.api = cluster, cluster.api
        self.calls = collections.Counter()  # by name
        self.certificate, trust = _certify(cluster.directory)
        self.server = http.server.ThreadingHTTPServer(ADDRESS, _handler(self))
        self.server.socket = trust.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @contextlib.contextmanager
    def beside(self, namespace, *injectors):
        """Each is (name, player, reinvocation policy), and called for the namespace's pods in the order of the names."""
        self.calls.clear()
        with removed(self.cluster, *(self._registration(namespace, *injector) for injector in injectors)):
            need("the API server calls them", lambda: self.cluster.api.create(pod("tried", namespace, {}), dry_run=True) and
                 all(self.calls[name] for name, *_ in injectors))
            yield

    def answer(self, path, request):
        """The response to an AdmissionReview's request."""
        _, name, player = path.split("?")[0].split("/")
        self.calls[name] += 1
        before = request["object"]
        after = copy.deepcopy(before)
        getattr(self, player)(after, request["namespace"])
        patch = [{"op": "add", "path": f"/{part}", "value": after[part]} for part in ("metadata", "spec")]
        if after == before:
            return {"uid": request["uid"], "allowed": True}
        return {"uid": request["uid"], "allowed": True, "patchType": "JSONPatch",
                "patch": base64.b64encode(json.dumps(patch).encode()).decode()}

    def _registration(self, namespace, name, player, policy):
        client = {"url": f"https://{ADDRESS[0]}:{ADDRESS[1]}/{name}/{player}",
                  "caBundle": base64.b64encode(self.certificate).decode()}
        rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}
        selector = {"matchLabels": {"kubernetes.io/metadata.name": namespace}}
        return {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration",
                "metadata": {"name": name},
                "webhooks": [{"name": f"{player.replace('_', '-')}.example.com", "clientConfig": client, "rules": [rule],
                              "namespaceSelector": selector, "reinvocationPolicy": policy, "sideEffects": "None",
                              "failurePolicy": "Fail", "admissionReviewVersions": ["v1"]}]}

    # ---- Players ----

    def spiderpool(self, pod_, namespace):
        """The class's list in its own form and byte order, and one of each resource in the limits of the first container
        where no container has any."""
        annotations = pod_["metadata"].setdefault("annotations", {})
        inherited = self.api.get("Namespace", namespace)["metadata"].get("annotations", {})
        class_ = annotations.get(RDMA, inherited.get(RDMA))
        if class_ is None:
            return
        rails = sorted((smc for smc in self.api.list("SpiderMultusConfig")
                        if smc["metadata"].get("annotations", {}).get(RDMA) == class_), key=_spiderpools_order)
        annotations[NETWORKS] = ",".join(map(_full_name, rails))
        containers = pod_["spec"]["containers"]
        for resource in {smc["spec"]["sriov"]["resourceName"] for smc in rails}:
            if not any(quantity(container, "limits", resource) for container in containers):
                _quantities(containers[0], "limits")[resource] = "1"

    def nri(self, pod_, namespace):
        """network-resources-injector: the networks' resources to the first container, but those that a container has."""
        containers = pod_["spec"]["containers"]
        for resource, count in self._wanted(pod_, namespace).items():
            if not any(quantity(container, part, resource) for container in containers for part in PARTS):
                for part in PARTS:
                    _quantities(containers[0], part)[resource] = str(count)

    def honouring_nri(self, pod_, namespace):
        """As with enableHonorExistingResources: they are added to what the first container has."""
        first = pod_["spec"]["containers"][0]
        for resource, count in self._wanted(pod_, namespace).items():
            for part in PARTS:
                _quantities(first, part)[resource] = str(quantity(first, part, resource) + count)

    def sidecar(self, pod_, _):
        """A sidecar and a native one, each in front."""
        spec = pod_["spec"]
        for key, added in (("containers", {"name": SIDECAR, "image": "proxy:1"}),
                           ("initContainers", {"name": NATIVE_SIDECAR, "image": "proxy:1", "restartPolicy": "Always"})):
            if not any(container["name"] == added["name"] for container in spec.get(key, [])):
                spec.setdefault(key, []).insert(0, added)

    def _wanted(self, pod_, namespace):
        """How many of each resource the pod's networks take."""
        text = pod_["metadata"].get("annotations", {}).get(NETWORKS, "")
        nads = [self.api.get("NetworkAttachmentDefinition", name, place) for place, name in _selections(text, namespace)]
        return collections.Counter(nad["metadata"]["annotations"][RESOURCE] for nad in nads)


def quantity(container, part, resource):
    """How many of the resource the container has in its limits or requests."""
    return int(container.get("resources", {}).get(part, {}).get(resource, 0))


def _quantities(container, part):
    return container.setdefault("resources", {}).setdefault(part, {})


def _spiderpools_order(smc):
    return smc["spec"]["sriov"]["resourceName"], _full_name(smc)


def _full_name(thing):
    return f"{thing['metadata']['namespace']}/{thing['metadata']['name']}"


def _selections(text, namespace):
    """(namespace, name) of each network of an annotation in either form."""
    if text.startswith("["):
        return [(entry.get("namespace", namespace), entry["name"]) for entry in json.loads(text)]
    names = [entry.strip().partition("@")[0] for entry in text.split(",") if entry]
    return [tuple(name.split("/")) if "/" in name else (namespace, name) for name in names]


# ---- The server ----


def _certify(directory):
    """A certificate for ADDRESS that is its own CA, and the server's context."""
    key, certificate = directory / "injectors.key", directory / "injectors.crt"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", "2",
                    "-subj", "/CN=injectors", "-addext", f"subjectAltName=IP:{ADDRESS[0]}", "-keyout", key,
                    "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return certificate.read_bytes(), context


def _handler(injectors):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            response = injectors.answer(self.path, review["request"])
            body = json.dumps({"apiVersion": review["apiVersion"], "kind": review["kind"], "response": response}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    return Handler
