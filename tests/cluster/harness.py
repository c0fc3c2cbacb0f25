"""What the tests of the cluster share: a control plane with railhook installed by its chart, checks that are counted,
objects, and the run of the tests. README.md tells more."""

import contextlib
import http.client
import itertools
import json
import os
import pathlib
import re
import socket
import ssl
import sys
import time
import traceback

import yaml

import isolation
from api import ApiError, decode
from control_plane import ROOT, ControlPlane, find_programs, tail, wait_for
from kubelet import Kubelet

RDMA = "cni.spidernet.io/rdma-resource-inject"
NETWORKS = "k8s.v1.cni.cncf.io/networks"
INHERIT = "railhook.io/inherit"
CLASS = "rdma-network"  # of the example's eight rails
RAILS = [f"gpu{number}-sriov" for number in range(1, 9)]
RESOURCES = {f"spidernet.io/gpu{number}sriov": "1" for number in range(1, 9)}

CHART = ROOT / "manifests/charts/railhook"
CRDS = ROOT / "manifests/crds"
EXAMPLE = ROOT / "examples/sriov-rails/rails/networks.yaml"
NAMESPACE = "railhook-system"
LABEL = "app.kubernetes.io/name=railhook"
VALUES = {"podResourceInject": {"enabled": True}}
LEASE_SECONDS = 15

counts = {True: 0, False: 0}
tests = []


def check(name, good, *details):
    counts[bool(good)] += 1
    shown = " | ".join(str(detail).strip()[-1500:] for detail in details).replace("\n", "\\n")
    print(f"ok   {name}" if good else f"FAIL {name}{': ' if shown else ''}{shown}", flush=True)
    return good


def check_all(name, text, *parts):
    for part in parts:
        check(f"{name}: {part!r} is told", part in text, text)


def within(seconds, name, condition):
    """Checks that the condition comes to hold in time; what it gave."""
    start = time.monotonic()
    held = wait_for(condition, seconds)
    check(f"{name} ({time.monotonic() - start:.1f} s)" if held else f"{name} within {seconds} s", held, held)
    return held


def test(function):
    tests.append(function)
    return function


# ---- Objects ----


def container(name="train", gpus=0):
    limits = {"nvidia.com/gpu": gpus} if gpus else {}
    return {"name": name, "image": "train:1", "resources": {"limits": limits, "requests": limits}}


def template(annotations=None, gpus=0, **spec):
    """A pod template that asks for the example's rails, or what `annotations` say."""
    return {"metadata": {"annotations": {RDMA: CLASS} if annotations is None else annotations},
            "spec": {"automountServiceAccountToken": False, "terminationGracePeriodSeconds": 0,
                     "containers": [container(gpus=gpus)]} | spec}


def pod(name, namespace="default", annotations=None, gpus=0):
    made = template(annotations, gpus)
    made["metadata"] |= {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Pod"} | made


def workload(kind, name, namespace, replicas=2, **more):
    """A Deployment, StatefulSet or Job whose pods ask for the example's rails."""
    made = template(**more)
    if kind == "Job":
        made["spec"]["restartPolicy"] = "Never"
        return {"apiVersion": "batch/v1", "kind": kind, "metadata": {"name": name, "namespace": namespace},
                "spec": {"completions": replicas, "parallelism": replicas, "template": made}}
    made["metadata"]["labels"] = {"app": name}
    spec = {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": made}
    if kind == "StatefulSet":
        spec["serviceName"] = name
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name, "namespace": namespace}, "spec": spec}


def smc(name, class_, namespace="spiderpool"):
    sriov = {"resourceName": f"example.com/{name}", "ippools": {"ipv4": [f"{name}-pool"]}}
    return {"apiVersion": "spiderpool.spidernet.io/v2beta1", "kind": "SpiderMultusConfig",
            "metadata": {"name": name, "namespace": namespace, "annotations": {RDMA: class_}},
            "spec": {"cniType": "sriov", "sriov": sriov}}


def networks(pod_):
    """The names of the networks that a pod asks for."""
    return [network["name"] for network in json.loads(pod_["metadata"].get("annotations", {}).get(NETWORKS, "[]"))]


def has_rails(pod_):
    resources = pod_["spec"]["containers"][0]["resources"]
    return networks(pod_) == RAILS and all(RESOURCES.items() <= resources.get(part, {}).items()
                                           for part in ("limits", "requests"))


def review_of(pod_):
    """The AdmissionReview that an API server sends when the pod is created."""
    request = {"uid": "u-1", "operation": "CREATE", "namespace": pod_["metadata"]["namespace"], "object": pod_,
               "resource": {"group": "", "version": "v1", "resource": "pods"}}
    return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request}


# ---- The cluster ----


class Cluster:
    """A control plane, nodes that offer eight rails, and railhook as its chart installs it, with `railhook` for its image.

    Start it inside isolation.enter(). `api` and `kubectl` act as the administrator; `kubelet` runs railhook's pods.
    """

    def __init__(self, directory, railhook, programs):
        self.directory = pathlib.Path(directory)
        self.control_plane = ControlPlane(self._make("control-plane"), programs, LABEL)
        self.railhook = pathlib.Path(railhook).resolve()
        self.api = self.kubelet = self.values = None
        self.numbers = itertools.count(1)

    def start(self):
        """An empty cluster with the custom resources and the example's rails."""
        self.control_plane.start()
        self.api = self.control_plane.api
        self.kubelet = Kubelet(self.api, LABEL, self.railhook, self._make("kubelet"))
        self.kubelet.start()
        self.create_rails()

    def stop(self):
        if self.kubelet:
            self.kubelet.stop()
        self.control_plane.stop()

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def run(self, program, *arguments, stdin=""):
        """A finished run of kubectl, helm or the like; its failure is an error."""
        ran = self.control_plane.run(program, *arguments, stdin=stdin)
        if ran.returncode:
            raise RuntimeError(f"{program} {' '.join(map(str, arguments))}: {ran.stderr}")
        return ran

    def kubectl(self, *arguments, stdin=""):
        """A finished run of kubectl, however it ended."""
        return self.control_plane.run("kubectl", *arguments, stdin=stdin)

    # ---- railhook ----

    def create_rails(self):
        """The custom resources, and the eight networks of the example."""
        self.run("kubectl", "apply", "-f", CRDS)
        self.run("kubectl", "wait", "--for=condition=Established", "--timeout=30s", "-f", CRDS)
        if not self.api.get("Namespace", "spiderpool"):
            self.namespace("spiderpool")
        self.run("kubectl", "apply", "-f", EXAMPLE)

    def install(self, values=None):
        """Installs or upgrades the release, and does not wait."""
        self.values = values or VALUES
        self.run("helm", "upgrade", "--install", "railhook", CHART, "--namespace", NAMESPACE, "--create-namespace",
                 "--values", "-", stdin=yaml.safe_dump(self.values))

    def uninstall(self):
        """At once, and nothing of railhook stays, not even what it made itself."""
        self.values = None
        for replica in self.replicas():
            replica.kill(restart=False)
        self.control_plane.run("helm", "uninstall", "railhook", "--namespace", NAMESPACE, "--ignore-not-found")
        need("railhook's pods are gone", lambda: not self.pods())
        for kind, name in (("Secret", "railhook-certs"), ("Lease", "railhook")):
            self.api.delete(kind, name, NAMESPACE)

    def ensure_installed(self):
        """The release with the usual values, and two replicas that serve."""
        if self.values != VALUES:
            self.install()
        self.scale(2)
        self.await_serving()

    def scale(self, replicas):
        self.api.patch("Deployment", "railhook", {"spec": {"replicas": replicas}}, NAMESPACE)
        need(f"{replicas} replicas are ready", lambda: len(self.pods()) == replicas and self.are_ready(replicas))

    def are_ready(self, count):
        """Whether there are that many replicas, and all are ready."""
        replicas = self.replicas()
        return len(replicas) == count and all(replica.is_ready() for replica in replicas)

    def await_serving(self):
        """Until a pod that asks for rails would get them."""
        need("pods that ask are admitted", lambda: self.try_pod()[0])

    def try_pod(self, namespace="default", annotations=None, gpus=0):
        """(the pod as it would be created, None) or (None, the refusal)."""
        try:
            return self.api.create(pod("tried", namespace, annotations, gpus), dry_run=True), None
        except ApiError as error:
            return None, str(error)

    def ask(self, replica, pod_):
        """The replica's own answer about a pod: API servers keep asking the one that they are connected to."""
        trust = ssl.create_default_context(cadata=decode(self.certificate()["ca.crt"]).decode())
        connection = http.client.HTTPConnection(replica.address, 8443, timeout=10)
        connection.sock = trust.wrap_socket(socket.create_connection((replica.address, 8443), 10),
                                            server_hostname=f"railhook.{NAMESPACE}.svc")
        with contextlib.closing(connection):
            connection.request("POST", "/mutate-pods", json.dumps(review_of(pod_)), {"Content-Type": "application/json"})
            return json.loads(connection.getresponse().read())["response"]

    def all_allow(self, pod_):
        """Whether every replica by itself would let the pod in."""
        return all(self.ask(replica, pod_)["allowed"] for replica in self.replicas())

    def certificate(self):
        """What the replicas' common Secret holds, encoded; nothing where there is none."""
        return (self.api.get("Secret", "railhook-certs", NAMESPACE) or {}).get("data", {})

    def ca_bundles(self):
        """Of each entry of the registration, encoded; None where it has none."""
        registration = self.api.get("MutatingWebhookConfiguration", "railhook")
        return [entry["clientConfig"].get("caBundle") for entry in registration["webhooks"]]

    def known_rails(self):
        """How many networks each replica's cache has."""
        return [sum(read_metric(replica.get("/metrics")[1], "railhook_rails", {})) for replica in self.replicas()]

    def replicas(self):
        return self.kubelet.replicas()

    def pods(self):
        return self.api.list("Pod", NAMESPACE, LABEL)

    def leader(self):
        """The replica that holds the lease, or None."""
        lease = self.api.get("Lease", "railhook", NAMESPACE) or {"spec": {}}
        holder = lease["spec"].get("holderIdentity") or ""
        return next((replica for replica in self.replicas() if holder.startswith(replica.name)), None)

    def metric(self, name, **labels):
        """The sum over all replicas and all series that have the labels."""
        return sum(value for replica in self.replicas() for value in read_metric(replica.get("/metrics")[1], name, labels))

    def logs(self):
        """What all replicas that ever ran have logged, as a text."""
        return "".join(path.read_text(errors="replace") for path in self.kubelet.logs.values() if path.exists())

    def tails(self, begins, lines=10):
        """The ends of the replicas' logs, of what was written since they had the sizes that `begins` says."""
        sizes = self.log_sizes()
        return "".join(f"---- {name}\n{tail(path, lines, begins.get(name, 0))}"
                       for name, path in self.kubelet.logs.items() if sizes[name] > begins.get(name, 0))

    def log_sizes(self):
        return {name: path.stat().st_size if path.exists() else 0 for name, path in self.kubelet.logs.items()}

    # ---- Objects ----

    def namespace(self, name=None, annotations=None, labels=None):
        """The name of a new namespace in which pods can be created."""
        name = name or f"team-{next(self.numbers)}"
        metadata = {"name": name, "annotations": annotations or {}, "labels": labels or {}}
        self.api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
        need(f"pods can be created in {name}", lambda: self.api.get("ServiceAccount", "default", name))
        return name

    def _make(self, name):
        path = self.directory / name
        path.mkdir()
        return path


def need(what, condition, seconds=30):
    """What the condition gives once it holds; later steps build on it, so it is an error where it never does."""
    held = wait_for(condition, seconds)
    if not held:
        raise TimeoutError(f"{what}: not within {seconds} s")
    return held


def read_metric(text, name, labels):
    """The values of the series of that name that have the labels."""
    wanted = {f'{key}="{value}"' for key, value in labels.items()}
    for series in re.finditer(rf"^{name}(?:{{(.*)}})? (\S+)$", text, re.MULTILINE):
        if wanted <= set((series[1] or "").split(",")):
            yield float(series[2])


# ---- The run ----


def main():
    """Runs the tests that the command line names, or all, and ends the program."""
    if len(sys.argv) < 2 or not os.access(sys.argv[1], os.X_OK):
        sys.exit(f"usage: {sys.argv[0]} RAILHOOK [TEST...]")
    chosen = [function for function in tests if function.__name__ in sys.argv[2:] or not sys.argv[2:]]
    unknown = set(sys.argv[2:]) - {function.__name__ for function in tests}
    if unknown:
        sys.exit(f"{sys.argv[0]}: there is no test {', '.join(sorted(unknown))}")
    programs = find_programs()
    state = isolation.enter()
    start = time.monotonic()
    with Cluster(state, sys.argv[1], programs) as cluster:
        print(f"The cluster is up after {time.monotonic() - start:.1f} s", flush=True)
        for function in chosen:
            _run(function, cluster)
        if counts[False]:
            print(cluster.control_plane.tails(5))
    print(f"{counts[True]} passed, {counts[False]} failed")
    sys.exit(1 if counts[False] else 0)


def _run(function, cluster):
    print(f"== {function.__name__.replace('_', ' ')}", flush=True)
    failed, start, begins = counts[False], time.monotonic(), cluster.log_sizes()
    try:
        function(cluster)
    except Exception:  # the other tests go on
        check(function.__name__, False, traceback.format_exc())
    if counts[False] > failed:
        print(cluster.tails(begins))
    print(f"   {time.monotonic() - start:.1f} s", flush=True)


@contextlib.contextmanager
def removed(cluster, *things):
    """Objects that are there inside, and gone after."""
    made = [cluster.api.create(thing) for thing in things]
    try:
        yield made
    finally:
        for thing in made:
            cluster.api.delete(thing["kind"], thing["metadata"]["name"], thing["metadata"].get("namespace"))


def check_goes_though_wrong(cluster, wrong, why):
    """An object with a finalizer that the webhook refuses to change, which tells why, can lose it and go."""
    kind, name, namespace = wrong["kind"], wrong["metadata"]["name"], wrong["metadata"]["namespace"]
    try:
        cluster.api.patch(kind, name, {"metadata": {"labels": {"a": "b"}}}, namespace)
        check("a change of a wrong one is refused", False)
    except ApiError as error:
        check_all("the refusal", str(error), why)
    cluster.api.delete(kind, name, namespace)
    cluster.api.patch(kind, name, {"metadata": {"finalizers": None}}, namespace)
    check("it is gone", cluster.api.get(kind, name, namespace) is None)
