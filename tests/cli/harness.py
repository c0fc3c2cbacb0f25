"""What the tests of the program share: checks that are counted, objects, and runs of the program named by argv[1]."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import traceback

import yaml

RAILHOOK = os.path.abspath(sys.argv[1]) if len(sys.argv) == 2 else sys.exit(f"usage: {sys.argv[0]} RAILHOOK")
RDMA = "cni.spidernet.io/rdma-resource-inject"
NETWORK = "cni.spidernet.io/network-resource-inject"
NETWORKS = "k8s.v1.cni.cncf.io/networks"
# Neither colours nor a cluster are taken from where the tests run.
LEFT_OUT = ("NO_COLOR", "POD_NAMESPACE", "KUBECONFIG", "KUBERNETES_SERVICE_HOST")
ENVIRONMENT = {key: value for key, value in os.environ.items() if key not in LEFT_OUT} | {"HOME": "/nonexistent"}
SECONDS = 60  # what takes longer hangs

counts = {True: 0, False: 0}
tests = []


def check(name, good, *details):
    counts[bool(good)] += 1
    if not good:
        shown = " | ".join(str(detail).strip()[-600:] for detail in details).replace("\n", "\\n")
        print(f"FAIL {name}{': ' if shown else ''}{shown}", flush=True)
    return good


def check_all(name, text, *parts):
    for part in parts:
        check(f"{name}: {part!r} is told", part in text, text)


def test(function):
    tests.append(function)
    return function


# ---- Objects ----


def meta(name, namespace=None, annotations=None, labels=None):
    metadata = {"name": name, "namespace": namespace, "annotations": annotations, "labels": labels}
    return {key: value for key, value in metadata.items() if value is not None}


def smc(name, spec, annotations=None, namespace="spiderpool"):
    return {"apiVersion": "spiderpool.spidernet.io/v2beta1", "kind": "SpiderMultusConfig",
            "metadata": meta(name, namespace, annotations or {RDMA: "rdma"}), "spec": spec}


def sriov(name, **changes):
    settings = {"resourceName": f"example.com/{name}", "ippools": {"ipv4": [f"{name}-pool"]}}
    return smc(name, {"cniType": "sriov", "sriov": settings | changes})


def namespace(name, annotations=None, labels=None):
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": meta(name, None, annotations, labels)}


def template(annotations=None):
    return {"metadata": {"annotations": {RDMA: "rdma"} if annotations is None else annotations},
            "spec": {"containers": [{"name": "train", "image": "train:1"}]}}


def pod(name="train", annotations=None, namespace=None):
    made = {"apiVersion": "v1", "kind": "Pod"} | template(annotations)
    made["metadata"] |= meta(name, namespace)
    return made


def deployment(annotations=None):
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta("web", None, annotations),
            "spec": {"template": template()}}


def networks(pod_or_template):
    return json.loads(pod_or_template["metadata"]["annotations"].get(NETWORKS, "[]"))


CONFIG_MAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"},
              "data": {"on": "yes", "number": "12", "text": "two\nlines\n", "empty": "", "odd: key": "- # '\" \\ {}"}}
RAILS = [sriov("gpu10"), sriov("gpu2"), namespace("team", {RDMA: "rdma"}),
         namespace("labelled", {RDMA: "rdma"}, {"railhook.io/inherit": "true"})]
GPU2_GPU10 = [{"name": "gpu2", "namespace": "spiderpool"}, {"name": "gpu10", "namespace": "spiderpool"}]


# ---- The program ----


class Run:
    """A finished run of the program."""

    def __init__(self, *arguments, stdin="", environment=None):
        ran = subprocess.run([RAILHOOK, *map(str, arguments)], input=stdin, capture_output=True, text=True,
                             timeout=SECONDS, env=ENVIRONMENT | (environment or {}), check=False)
        self.code, self.out, self.err = ran.returncode, ran.stdout, ran.stderr

    def check(self, name, code, *told):
        check(f"{name}: exit code", self.code == code, f"{self.code}, not {code}", self.err)
        check_all(name, self.err, *told)
        return self

    def documents(self):
        return list(yaml.safe_load_all(self.out))


class Files:
    """A directory of one test, with rails."""

    def __init__(self, directory, rails=tuple(RAILS)):
        self.directory = pathlib.Path(directory)
        self.rails = self.directory / "rails"
        self.rails.mkdir()
        self.write("rails/rails.yaml", *rails)

    def write(self, name, *documents):
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        texts = [d if isinstance(d, str) else yaml.safe_dump(d, sort_keys=False) for d in documents]
        path.write_text("---\n".join(texts))
        return path

    def inject(self, *documents, more=()):
        return Run("inject", "-f", self.write("manifest.yaml", *documents), "--rails", self.rails, *more)

    def lint(self, *documents, more=(), name="lint.yaml"):
        return Run("lint", "-f", self.write(name, *documents), *more)


def main():
    """Runs every test in a directory of its own, and ends the program."""
    for function in tests:
        with tempfile.TemporaryDirectory() as directory:
            try:
                function(Files(directory))
            except Exception:  # the other tests go on
                check(function.__name__, False, traceback.format_exc())
    print(f"{counts[True]} passed, {counts[False]} failed")
    sys.exit(1 if counts[False] else 0)
