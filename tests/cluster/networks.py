"""NetworkAttachmentDefinitions and the SpiderMultusConfigs that they are made of, in a cluster that keeps them."""

import concurrent.futures
import re

from harness import need

SPACE = "spiderpool"
NADS = "network-attachment-definitions"
WRITE = re.compile(r'^apiserver_request_total\{([^}]*)\} (\S+)$', re.MULTILINE)


def nad(name, owner=None):
    """One that no railhook has made."""
    metadata = {"name": name, "namespace": SPACE, "ownerReferences": [owner] if owner else []}
    return {"apiVersion": "k8s.cni.cncf.io/v1", "kind": "NetworkAttachmentDefinition", "metadata": metadata,
            "spec": {"config": '{"cniVersion": "0.3.1", "name": "own", "type": "bridge"}'}}


def kept_by(name, uid):
    """The ownerReference to a SpiderMultusConfig."""
    return {"apiVersion": "spiderpool.spidernet.io/v2beta1", "kind": "SpiderMultusConfig", "name": name, "uid": uid,
            "controller": True}


def nad_of(cluster, name):
    return cluster.api.get("NetworkAttachmentDefinition", name, SPACE)


def owner_of(network):
    """The uid of the controller, or None."""
    return next((owner["uid"] for owner in network["metadata"].get("ownerReferences", []) if owner.get("controller")), None)


def network_name(thing):
    return thing["metadata"]["annotations"].get("multus.spidernet.io/cr-name", thing["metadata"]["name"])


def is_kept(cluster, name):
    """Whether the network is that of the SpiderMultusConfig of this name."""
    thing, network = cluster.api.get("SpiderMultusConfig", name, SPACE), nad_of(cluster, name)
    return bool(thing and network) and owner_of(network) == thing["metadata"]["uid"]


def create(cluster, thing):
    """And waits for its network."""
    cluster.api.create(thing)
    uid = cluster.api.get("SpiderMultusConfig", thing["metadata"]["name"], SPACE)["metadata"]["uid"]
    need(f"{thing['metadata']['name']} has its network",
         lambda: (found := nad_of(cluster, network_name(thing))) and owner_of(found) == uid)


def create_many(cluster, things):
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(cluster.api.create, things))


def remove(cluster, *names):
    """With their networks, sooner than the garbage collector would."""
    for name in names:
        cluster.api.delete("SpiderMultusConfig", name, SPACE)
    remove_networks(cluster, *names)


def remove_networks(cluster, *names):
    for name in names:
        cluster.api.delete("NetworkAttachmentDefinition", name, SPACE)


class NetworkWrites:
    """Counts the writes of NetworkAttachmentDefinitions that the API server has done since."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.begin = self._all()

    def count(self):
        return self._all() - self.begin

    def _all(self):
        total = 0
        for series in WRITE.finditer(self.cluster.api.request("GET", "/metrics")):
            labels = dict(re.findall(r'(\w+)="([^"]*)"', series[1]))
            done = labels["code"].startswith("2") and labels["verb"] in ("POST", "PUT", "PATCH", "APPLY", "DELETE")
            total += float(series[2]) if labels["resource"] == NADS and done else 0
        return total

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def __str__(self):
        return f"{self.count():g} writes"
