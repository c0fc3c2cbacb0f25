"""The chart as Helm renders it; what the tests of the manifests share."""
import functools
import json
import os
import pathlib
import subprocess

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MANIFESTS = ROOT / "manifests"
CHART = MANIFESTS / "charts/railhook"
NAMESPACE = "railhook-system"
ENABLED = {"podResourceInject": {"enabled": True}}
NETWORKS = {"controllers": ["multus"]}
POLICIES = {"validateSriovPolicies": {"enabled": True}}
OLDEST, NEWEST = "1.28.0", "1.36.0"  # Kubernetes
OLDEST_FOR_VFS = "1.30.0"


@functools.cache
def programs():
    """An environment in whose PATH are helm and kubeconform."""
    made = subprocess.run([ROOT / "scripts/control_plane/build"], stdout=subprocess.PIPE, text=True, check=True)
    return os.environ | {"PATH": f"{made.stdout.strip()}:{os.environ['PATH']}"}


def run(*command, stdin=""):
    return subprocess.run([str(word) for word in command], input=stdin, capture_output=True, text=True, timeout=120,
                          check=False, env=programs())


def template(values=None, *, chart=CHART, release="railhook", namespace=NAMESPACE, kubernetes=NEWEST, arguments=()):
    """A finished run of `helm template`."""
    return run("helm", "template", release, chart, "--namespace", namespace, "--kube-version", kubernetes, "--values", "-",
               *arguments, stdin=json.dumps(values or {}))


def documents(values=None, **options):
    """What the chart makes of the values."""
    rendered = template(values, **options)
    if rendered.returncode:
        raise AssertionError(rendered.stderr)
    return [document for document in yaml.safe_load_all(rendered.stdout) if document]


def is_vf_managers(one):
    return one.get("metadata", {}).get("labels", {}).get("app.kubernetes.io/component") == "vf-manager"


def render(values=None, **options):
    """The same by kinds, without the VF manager's: there is one object each; CustomResourceDefinitions by their names."""
    return _by_kind(one for one in documents(values, **options) if not is_vf_managers(one))


def render_vf_manager(values=None, **options):
    """The VF manager's objects by kinds."""
    enabled = {"vfManager": {"enabled": True} | (values or {}).get("vfManager", {})}
    return _by_kind(one for one in documents((values or {}) | enabled, **options) if is_vf_managers(one))


def _by_kind(objects):
    objects = list(objects)
    by_kind = {one["metadata"]["name"] if one["kind"] == "CustomResourceDefinition" else one["kind"]: one for one in objects}
    assert len(by_kind) == len(objects), objects
    return by_kind


def refusal(values, **options):
    """What Helm says about values that it refuses."""
    rendered = template(values, **options)
    assert rendered.returncode, "these values are taken"
    return rendered.stderr


def pod_spec(objects):
    return objects["Deployment"]["spec"]["template"]["spec"]


def container(objects):
    (only,) = pod_spec(objects)["containers"]
    return only


def configuration(objects):
    """The configuration file."""
    return yaml.safe_load(objects["ConfigMap"]["data"]["config.yaml"])
