"""What a pod's volumes hold, and how it gets into directories: as kubelet does it."""

import os
import pathlib
import shutil
import time

from api import decode

REFRESH = 0.8  # of a token's life, as kubelet does


class Volumes:
    """The volumes of one pod, each a directory below `directory`. What changes in the cluster is written at `sync`."""

    def __init__(self, api, pod, directory):
        self.api, self.pod, self.directory = api, pod, pathlib.Path(directory)
        self.namespace = pod["metadata"]["namespace"]
        self.tokens = {}  # by path: (token, when to ask for another)
        self.changed = {}  # by volume: when it was written last, as time.monotonic()

    def sync(self):
        for volume in self.pod["spec"].get("volumes", []):
            files = self._read(volume)
            if files is not None and project(self.directory / volume["name"], files):
                self.changed[volume["name"]] = time.monotonic()

    def mounts(self, container):
        """(directory, path in the container) of each mount."""
        return [(self.directory / mount["name"], mount["mountPath"]) for mount in container.get("volumeMounts", [])]

    def _read(self, volume):
        """The files of a volume by their names; None where the volume keeps what is written to it."""
        if "emptyDir" in volume:
            (self.directory / volume["name"]).mkdir(parents=True, exist_ok=True)
            return None
        sources = volume["projected"]["sources"] if "projected" in volume else [volume]
        files = {}
        for source in sources:
            files |= self._read_source(source)
        return files

    def _read_source(self, source):
        if "configMap" in source:
            wanted = source["configMap"]
            found = self.api.get("ConfigMap", wanted["name"], self.namespace)
            return _choose(wanted, found, lambda text: text.encode())
        if "secret" in source:
            wanted = source["secret"]
            found = self.api.get("Secret", wanted.get("secretName", wanted.get("name")), self.namespace)
            return _choose(wanted, found, decode)
        if "serviceAccountToken" in source:
            return {source["serviceAccountToken"]["path"]: self._token(source["serviceAccountToken"])}
        if "downwardAPI" in source:
            return {item["path"]: field(self.pod, item["fieldRef"]["fieldPath"]).encode()
                    for item in source["downwardAPI"]["items"]}
        raise ValueError(f"this kubelet knows no volumes like {source}")

    def _token(self, wanted):
        token, until = self.tokens.get(wanted["path"], (None, 0))
        if time.monotonic() >= until:
            seconds = wanted.get("expirationSeconds", 3600)
            audiences = [wanted["audience"]] if "audience" in wanted else []
            account = self.pod["spec"]["serviceAccountName"]
            token = self.api.token(account, self.namespace, seconds, audiences, self.pod)["token"].encode()
            self.tokens[wanted["path"]] = token, time.monotonic() + REFRESH * seconds
        return token


def _choose(wanted, found, decoded):
    if found is None:
        if wanted.get("optional"):
            return {}
        raise LookupError(f"a volume wants {wanted}, which is not there")
    data = found.get("data", {})
    items = wanted.get("items") or [{"key": key, "path": key} for key in data]
    return {item["path"]: decoded(data[item["key"]]) for item in items}


def field(pod, path):
    """The value of a fieldRef."""
    if path == "status.podIP" or path == "status.hostIP":
        return pod["status"][path.split(".")[1]]
    known = {"metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName"}
    if path not in known:
        raise ValueError(f"this kubelet knows no field {path}")
    part, name = path.split(".")
    return pod[part][name]


def project(directory, files):
    """Makes `directory` hold exactly `files`, at once for whoever looks; whether that changed anything.

    Behind every name is a link through ..data, and ..data is a link that is replaced.
    """
    data = directory / "..data"
    if data.exists() and {path.name: path.read_bytes() for path in data.iterdir()} == files:
        return False
    fresh = directory / f"..{time.time_ns()}"
    fresh.mkdir(parents=True)
    for name, content in files.items():
        (fresh / name).write_bytes(content)
    before = data.resolve() if data.exists() else None
    (directory / "..data_tmp").symlink_to(fresh.name)
    os.rename(directory / "..data_tmp", data)
    _link(directory, files)
    if before:
        shutil.rmtree(before)
    return True


def _link(directory, files):
    for name in files:
        if not (directory / name).is_symlink():
            (directory / name).symlink_to(f"..data/{name}")
    for path in directory.iterdir():
        if not path.name.startswith("..") and path.name not in files:
            path.unlink()
