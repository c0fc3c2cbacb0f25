#!/usr/bin/python3
"""The golden cases of SpiderMultusConfigs (tests/cases/smc) through a real API server: its schema and rules, then railhook's
defaults and validation.

Usage: smc_test.py RAILHOOK [TEST...]
"""

import json
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cases/smc"))

import run_smc_cases  # noqa: E402, I001
from api import ApiError  # noqa: E402
from control_plane import wait_for  # noqa: E402
from harness import CRDS, VALUES, check, check_all, check_goes_though_wrong, main, need, removed, test  # noqa: E402

DENIED = 'admission webhook "spidermultusconfigs.railhook.io" denied the request: '
KIND = "SpiderMultusConfig"
SECONDS = 10  # in which railhook hears of an object
# Cases of a network whose owner isn't there, so that the garbage collector may take it first.
OF_NOBODY = {"clash-with-a-network-of-another", "own-network"}


def install(cluster):
    cluster.install(VALUES | {"replicas": 1, "controllers": ["multus"]})
    need("one replica serves", lambda: cluster.are_ready(1))
    need("the registrations have a caBundle", lambda: is_registered(cluster))


def is_registered(cluster):
    found = [cluster.api.get(kind, "railhook") for kind in ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")]
    return all(one and all("caBundle" in entry["clientConfig"] for entry in one["webhooks"]) for one in found)


def written(cluster, case):
    """The object as the API server would keep it, and "", or None and the refusal."""
    try:
        if case.old:
            change = [{"op": "add", "path": "/metadata/annotations", "value": case.object["metadata"]["annotations"]},
                      {"op": "add", "path": "/spec", "value": case.object["spec"]}]
            return cluster.api.patch(KIND, run_smc_cases.NAME, change, case.name, part="?dryRun=All"), ""
        return cluster.api.create(case.object, dry_run=True), ""
    except ApiError as error:
        return None, json.loads(str(error).partition(": ")[2])["message"]


def fault(cluster, case):
    """What differs from the case; "" where nothing does."""
    made, refusal = written(cluster, case)
    if "schema" in case.content:
        return "" if case.content["schema"] in refusal and DENIED not in refusal else f"by the schema: {refusal or made}"
    texts = case.texts("refused")
    if texts or refusal:
        expected = DENIED + "; ".join(texts)
        return "" if refusal == expected else f"expected {expected}, got {refusal or made}"
    spec = case.expect.get("spec", made["spec"])
    return "" if made["spec"] == spec else f"expected {spec}, got {made['spec']}"


def run(cluster, case):
    cluster.namespace(case.name)
    with removed(cluster, *case.objects, *([case.old] if case.old else [])):
        held = wait_for(lambda: not fault(cluster, case), SECONDS)
        check(case.name, held, held or fault(cluster, case))


@test
def golden_cases_hold(cluster):
    install(cluster)
    for case in run_smc_cases.find_cases():
        if case.name not in OF_NOBODY:
            run(cluster, case)
    print(f"{len(OF_NOBODY)} cases are left out: the garbage collector may take their networks first")


@test
def what_is_being_deleted_loses_its_finalizers(cluster):
    """Though it is wrong, and came in before railhook did."""
    cluster.uninstall()
    namespace = cluster.namespace()
    wrong = {"apiVersion": "spiderpool.spidernet.io/v2beta1", "kind": KIND,
             "metadata": {"name": "wrong", "namespace": namespace, "finalizers": ["example.com/held"]},
             "spec": {"cniType": "macvlan", "macvlan": {"master": [""]}}}
    cluster.api.create(wrong)
    install(cluster)
    check_goes_though_wrong(cluster, wrong, "spec.macvlan.master.0")


@test
def the_custom_resource_shows_what_counts(cluster):
    shown = cluster.run("kubectl", "get", "spidermultusconfigs", "--namespace", "spiderpool").stdout
    check_all("kubectl get", shown, "TYPE", "RESOURCE", "spidernet.io/gpu1sriov", "rdma-network")


@test
def the_chart_installs_the_custom_resource_and_leaves_it(cluster):
    name = "spidermultusconfigs.spiderpool.spidernet.io"
    cluster.uninstall()
    cluster.run("kubectl", "delete", "--filename", CRDS / "spidermultusconfigs.yaml")
    need("it is gone", lambda: cluster.api.get("CustomResourceDefinition", name) is None)
    cluster.install(VALUES | {"crds": {"spiderMultusConfigs": True}})
    made = cluster.api.get("CustomResourceDefinition", name)
    check("the chart has made it", made)
    cluster.uninstall()
    check("it stays when the release goes", cluster.api.get("CustomResourceDefinition", name))
    cluster.create_rails()


if __name__ == "__main__":
    main()
