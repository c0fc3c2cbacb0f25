"""A cluster that holds the objects and the configuration of one golden case after the other."""

import datetime
import json
import re

from api import RESOURCES
from control_plane import wait_for
from dry_runs import DryRuns
from harness import EXAMPLE, INHERIT, NAMESPACE, RDMA, networks, pod

BESIDE = "kube-public"  # a namespace for which the API server never asks railhook
MARKER = "marker"  # a namespace, and the class of a network of each kind in it
MARKERS = [
    {"apiVersion": "spiderpool.spidernet.io/v2beta1", "kind": "SpiderMultusConfig",
     "metadata": {"name": "marker-1", "namespace": MARKER},
     "spec": {"cniType": "sriov", "sriov": {"resourceName": "example.com/marker", "ippools": {"ipv4": ["marker"]}}}},
    {"apiVersion": "k8s.cni.cncf.io/v1", "kind": "NetworkAttachmentDefinition",
     "metadata": {"name": "marker-2", "namespace": MARKER,
                  "annotations": {"k8s.v1.cni.cncf.io/resourceName": "example.com/marker"}},
     "spec": {"config": '{"cniVersion": "0.3.1", "type": "sriov"}'}},
]
CHANGING = ("namespace", "uid", "creationTimestamp", "managedFields")  # what the API server writes, each time another
TOKEN = "kube-api-access-"  # the volume of the service account's token; five random letters follow
SECONDS = 20  # what takes longer hangs
PAUSE = 0.005


class GoldenCluster:
    """With one replica, so that all requests meet the same state."""

    def __init__(self, cluster, values):
        self.cluster, self.api = cluster, cluster.api
        self.dry_runs = DryRuns(self.api)
        self.loaded = {}  # by place: (the object as it was asked for, the fields that it lost)
        self.changed = {}  # the annotations and labels of namespaces that have some, by name
        self.known = {namespace["metadata"]["name"] for namespace in self.api.list("Namespace")}
        self.config = None
        cluster.install(values)
        cluster.scale(1)
        cluster.run("kubectl", "delete", "--ignore-not-found", "-f", EXAMPLE)
        self._make_markers({} if values.get("namespaceDefaults") == "all" else {INHERIT: "true"})

    # ---- State ----

    def load(self, objects):
        """Replaces all objects, and returns once railhook knows: the fields that the API server drops, as a text. An ApiError
        where it refuses one."""
        self.configure({})  # another might keep rails from the markers
        self._mark(MARKER)
        wanted = {place_of(thing): thing for thing in sorted(objects, key=lambda thing: thing["kind"], reverse=True)}
        for place in set(self.loaded) - set(wanted):
            self._remove(place)
        self._set_namespaces({name: thing["metadata"] for (kind, _, name), thing in wanted.items() if kind == "Namespace"})
        dropped = [path for place, thing in wanted.items() if place[0] != "Namespace" for path in self._put(place, thing)]
        self._mark(None)
        return ", ".join(dropped)

    def configure(self, config):
        """Returns once railhook has it."""
        # A live look would answer for a second, and so from the objects of another case.
        text = json.dumps({"liveLookupsPerSecond": 0} | config)
        if text == self.config:
            return
        (replica,) = self.cluster.replicas()
        self.api.patch("ConfigMap", "railhook", {"data": {"config.yaml": text}}, NAMESPACE)
        await_("railhook has its configuration", lambda: has_config(replica, text))
        self.config = text

    # ---- Pods ----

    def create(self, pod_, namespace):
        """What would become of the pod."""
        self._need(namespace)
        answer = self.dry_runs.create(named(pod_), namespace)
        answer.pod = answer.pod and comparable(answer.pod)
        return answer

    def create_beside_railhook(self, pod_):
        """What would become of it if there were no railhook."""
        return self.create(pod_, BESIDE)

    # ---- Objects ----

    def _put(self, place, thing):
        """The paths of the fields that it loses."""
        kind, namespace, name = place
        if kind not in RESOURCES:
            return []  # it is for directories only
        if place not in self.loaded or self.loaded[place][0] != thing:
            self._remove(place)
            self._need(namespace)
            made = self.api.create(self._creatable(thing, namespace))
            self.loaded[place] = thing, list(dropped_paths(thing.get("spec"), made.get("spec"), "spec"))
            if "deletionTimestamp" in thing["metadata"]:
                self.api.delete(kind, name, namespace)
        return self.loaded[place][1]

    def _creatable(self, thing, namespace):
        """With the owner that is there, if it is."""
        metadata = {key: value for key, value in thing["metadata"].items() if key != "deletionTimestamp"}
        owners = [owner | self._uid(owner, namespace) for owner in metadata.get("ownerReferences", [])]
        return thing | {"metadata": metadata | {"namespace": namespace, "ownerReferences": owners}}

    def _uid(self, owner, namespace):
        found = owner["kind"] in RESOURCES and self.api.get(owner["kind"], owner["name"], namespace)
        return {"uid": found["metadata"]["uid"]} if found else {}

    def _remove(self, place):
        if place not in self.loaded:
            return
        thing, _ = self.loaded.pop(place)
        kind, namespace, name = place
        if "finalizers" in thing["metadata"]:
            self.api.patch(kind, name, {"metadata": {"finalizers": None}}, namespace)
        self.api.delete(kind, name, namespace)

    # ---- Namespaces ----

    def _need(self, name):
        if name not in self.known:
            self.cluster.namespace(name)
            self.known.add(name)

    def _set_namespaces(self, wanted):
        """Their annotations and labels; all others have none."""
        for name in set(self.changed) | set(wanted):
            metadata = {part: wanted.get(name, {}).get(part) or {} for part in ("annotations", "labels")}
            before = self.changed.pop(name, {"annotations": {}, "labels": {}})
            if metadata != before:
                self._need(name)
                self.api.patch("Namespace", name, {"metadata": {
                    part: dict.fromkeys(before[part]) | metadata[part] for part in metadata}})
            if any(metadata.values()):
                self.changed[name] = metadata

    # ---- Markers ----

    def _make_markers(self, labels):
        self._need(MARKER)
        self.api.patch("Namespace", MARKER, {"metadata": {"labels": {INHERIT: None} | labels}})
        for thing in MARKERS:
            if not self.api.get(thing["kind"], thing["metadata"]["name"], MARKER):
                self.api.create(thing)

    def _mark(self, class_):
        """Gives the markers a class or takes it from them, and returns once railhook knows: and so, as changes of a kind
        come in order, all before it."""
        annotations = {"metadata": {"annotations": {RDMA: class_}}}
        self.api.patch("Namespace", MARKER, annotations)
        for thing in MARKERS:
            self.api.patch(thing["kind"], thing["metadata"]["name"], annotations, MARKER)
        await_("railhook knows the markers", self._all_marked if class_ else self._none_marked)

    def _all_marked(self):
        inherits = self.create(pod("marked", MARKER, {}), MARKER).pod
        return inherits and len(networks(inherits)) == len(MARKERS)

    def _none_marked(self):
        inherits = self.create(pod("marked", MARKER, {}), MARKER).pod
        return inherits and not networks(inherits) and self.create(pod("marked", MARKER, {RDMA: MARKER}), MARKER).denied


def await_(what, condition):
    held = wait_for(condition, SECONDS, PAUSE)
    if not held:
        raise TimeoutError(f"{what}: not within {SECONDS} s")


def has_config(replica, text):
    """Whether the file has the text, and was read since."""
    path = replica.volumes.directory / "config/config.yaml"
    try:
        return path.read_text() == text and last_reload(replica) > path.stat().st_mtime
    except FileNotFoundError:
        return False  # it is just being replaced


def last_reload(replica):
    before, found, _ = replica.log().rpartition('"msg":"reloaded"')
    time = re.search(r'"ts":"([^"]+)"', before.rpartition("\n")[2])
    return datetime.datetime.fromisoformat(time[1]).timestamp() if found else 0


def place_of(thing):
    metadata = thing["metadata"]
    namespace = None if thing["kind"] == "Namespace" else metadata.get("namespace", "default")
    return thing["kind"], namespace, metadata["name"]


def dropped_paths(sent, stored, path):
    """What is in the one and not, or otherwise, in the other."""
    if isinstance(sent, dict) and isinstance(stored, dict):
        for key, value in sent.items():
            yield from dropped_paths(value, stored.get(key), f"{path}.{key}")
    elif sent != stored:
        yield path


def named(pod_):
    """The pod without its namespace, which is the request's; and with a name, where it has none."""
    metadata = {key: value for key, value in (pod_.get("metadata") or {}).items() if key != "namespace"}
    if not metadata.get("name") and not metadata.get("generateName"):
        metadata["name"] = "golden"
    return pod_ | {"metadata": metadata}


def comparable(pod_):
    """The pod without what differs each time."""
    for key in CHANGING:
        pod_["metadata"].pop(key, None)
    if "generateName" in pod_["metadata"]:
        pod_["metadata"].pop("name")
    for part in (pod_["spec"], *pod_["spec"]["containers"], *pod_["spec"].get("initContainers", [])):
        for key in ("volumes", "volumeMounts"):
            part.get(key, []).sort(key=lambda entry: entry["name"].startswith(TOKEN))  # it was put in after the others
    return json.loads(re.sub(rf"{TOKEN}\w{{5}}", TOKEN, json.dumps(pod_)))
