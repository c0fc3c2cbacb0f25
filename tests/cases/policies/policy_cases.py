"""The cases of policies.yaml, as objects; spiderpool.yaml is a file as people write it."""

import pathlib

import yaml

NAMESPACE = "sriov"  # of the objects in spiderpool.yaml as well
HERE = pathlib.Path(__file__).resolve().parent
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
    return [PolicyCase(content) for content in yaml.safe_load((HERE / "policies.yaml").read_text(encoding="utf-8"))]
