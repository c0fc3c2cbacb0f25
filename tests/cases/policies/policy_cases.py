"""The cases of policies.yaml, as objects."""

import pathlib

import yaml

NAMESPACE = "sriov"
KINDS = {"policy": "SriovNetworkNodePolicy", "pool": "SriovNetworkPoolConfig"}


def sriov_object(kind, name, spec):
    return {"apiVersion": "sriovnetwork.openshift.io/v1", "kind": kind, "metadata": {"name": name, "namespace": NAMESPACE},
            "spec": spec}


class PolicyCase:
    def __init__(self, content):
        self.name = content["name"]
        (part,) = KINDS.keys() & content.keys()
        self.kind = KINDS[part]
        self.object = sriov_object(self.kind, self.name, content[part])
        self.refused = content.get("refused", "")  # "": it is taken
        self.warnings = content.get("warnings", [])
        self.schema = content.get("schema", "")  # what the API server says before any webhook is asked


def find_policy_cases():
    path = pathlib.Path(__file__).with_name("policies.yaml")
    return [PolicyCase(content) for content in yaml.safe_load(path.read_text(encoding="utf-8"))]
