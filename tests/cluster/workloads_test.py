#!/usr/bin/python3
"""What `kubectl apply` of a workload warns of, for every known kind.

Usage: workloads_test.py RAILHOOK [TEST...]
Prints a line for each check, and last how many passed and failed; exit code 1 if any failed.

The custom resources are those of the projects themselves, which scripts/control_plane/build fetches; Volcano's is made
here and takes anything, as no Go module has it. Their controllers aren't there, so nothing comes of the workloads.
"""

import copy
import os
import shutil
import sys

import yaml

sys.dont_write_bytecode = True

from control_plane import ROOT  # noqa: E402
from harness import (INHERIT, RDMA, VALUES, check, check_all, main, need, removed, template, test, within,  # noqa: E402
                     workload)

WARNING = VALUES | {"warnWorkloads": {"enabled": True}}
KINDS = sorted((ROOT / "examples/workload/kinds").glob("*.yaml"))
TEMPLATES = 28  # of all of them
TOLD = "warned of a workload"  # in the log
ANYTHING = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
VOLCANO_JOBS = {
    "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "jobs.batch.volcano.sh"},
    "spec": {"group": "batch.volcano.sh", "scope": "Namespaced",
             "names": {"kind": "Job", "plural": "jobs", "singular": "job", "listKind": "JobList"},
             "versions": [{"name": "v1alpha1", "served": True, "storage": True, "schema": {"openAPIV3Schema": ANYTHING}}]}}


def ensure_warning(cluster):
    """The release that warns, and a server that does."""
    if cluster.values != WARNING:
        cluster.install(WARNING)
    cluster.scale(2)
    cluster.await_serving()
    need("workloads are warned of", lambda: warnings(apply(cluster, asking("nosuch"))))


def create_kinds(cluster):
    if cluster.api.get("CustomResourceDefinition", VOLCANO_JOBS["metadata"]["name"]):
        return
    crds = shutil.which("workload-crds.yaml", mode=os.F_OK, path=cluster.control_plane.path)
    cluster.run("kubectl", "create", "-f", crds)  # too large for apply
    cluster.api.create(VOLCANO_JOBS)
    cluster.run("kubectl", "wait", "--for=condition=Established", "--timeout=60s", "crd", "--all")
    cluster.namespace("training")


def apply(cluster, *objects, dry_run=True):
    """A run of kubectl apply, which must do what it is asked to."""
    options = ["--dry-run=server"] if dry_run else []
    return cluster.run("kubectl", "apply", *options, "-f", "-", stdin=yaml.safe_dump_all(objects))


def warnings(ran):
    return [line.removeprefix("Warning: ") for line in ran.stderr.splitlines() if line.startswith("Warning: ")]


def asking(class_, namespace="default", **more):
    return workload("Deployment", "train", namespace, annotations={RDMA: class_}, **more)


def examples():
    workloads = [made for path in KINDS for made in yaml.safe_load_all(path.read_text(encoding="utf-8"))]
    ray_job = next(made for made in workloads if made["kind"] == "RayJob")
    ray_job["spec"]["submitterPodTemplate"] = template(restartPolicy="Never")
    return workloads


def templates(value, path=""):
    """(path, template) of each template below that asks."""
    if isinstance(value, dict) and RDMA in value.get("metadata", {}).get("annotations", {}):
        yield path, value
    for key, child in value.items() if isinstance(value, dict) else enumerate(value if isinstance(value, list) else []):
        yield from templates(child, f"{path}.{key}".lstrip("."))


def each_template_alone():
    """(path, the workload where this template alone asks) of each template."""
    for whole in examples():
        for path, _ in templates(whole):
            alone = copy.deepcopy(whole)
            for other, place in list(templates(alone)):
                if other != path:
                    del place["metadata"]["annotations"]
            yield path, alone


@test
def every_template_of_every_known_kind(cluster):
    create_kinds(cluster)
    ensure_warning(cluster)
    as_they_are = apply(cluster, *examples())
    check("nothing is said of workloads whose pods get rails", not warnings(as_they_are), as_they_are.stderr)
    wrong = []
    for number, (path, made) in enumerate(each_template_alone()):
        ((_, place),) = templates(made)
        made["metadata"]["name"], place["metadata"]["annotations"][RDMA] = f"wrong-{number}", f"nosuch-{number}"
        wrong.append((path, made))
    check(f"there are {TEMPLATES} templates", len(wrong) == TEMPLATES, len(wrong))
    told = warnings(apply(cluster, *(made for _, made in wrong)))
    for number, (path, made) in enumerate(wrong):
        check(f"{made['apiVersion']} {made['kind']} {path}", any(f'"nosuch-{number}"' in line for line in told), told)


@test
def what_kubectl_prints(cluster):
    ensure_warning(cluster)
    ran = apply(cluster, asking("rdma-netwrok"))
    check("an unknown class is told with the nearest ones", warnings(ran) == [
        f'pods would be denied: unknown class "rdma-netwrok" in annotation {RDMA}="rdma-netwrok";',
        '... nearest: "rdma-network"; list all with: railhook rails'], ran.stderr)
    beside = workload("Job", "beside", "default", annotations={})
    beside["metadata"]["annotations"] = {RDMA: "rdma-network"}
    check_all("an annotation beside the template", " ".join(warnings(apply(cluster, beside))), RDMA, "stands on the Job",
              "spec.template.metadata.annotations")
    expecting = workload("Job", "expecting", "default", annotations={RDMA: "rdma-network", "railhook.io/expect-rails": "9"})
    check_all("too few rails", " ".join(warnings(apply(cluster, expecting))), "expects 9 rails")
    check("an opt-out is silent", not warnings(apply(cluster, asking("none"))))


@test
def workloads_that_ask_for_nothing_are_never_sent(cluster):
    ensure_warning(cluster)
    answers = "railhook_http_responses_total"
    before = cluster.metric(answers)
    apply(cluster, workload("Deployment", "web", "default", annotations={"team": "web"}))
    check("railhook was not asked", cluster.metric(answers) == before, before, cluster.metric(answers))
    apply(cluster, asking("rdma-network"))
    check("it is where one asks", cluster.metric(answers) == before + 1, before, cluster.metric(answers))


@test
def an_update_is_told_of_where_it_touches_a_template(cluster):
    ensure_warning(cluster)
    namespace = cluster.namespace()
    before = cluster.logs().count(TOLD)
    for what, made, told in (("created", asking("nosuch", namespace), True),
                             ("with more replicas", asking("nosuch", namespace, replicas=3), False),
                             ("with another template", asking("nosuch", namespace, replicas=3, gpus=1), True)):
        ran = apply(cluster, made, dry_run=False)
        check(f"a Deployment {what} is told of: {told}", bool(warnings(ran)) == told, ran.stderr)
    within(30, "its controller has made both ReplicaSets",
           lambda: cluster.kubectl("get", "replicasets", "-n", namespace, "-o", "name").stdout.count("\n") == 2)
    check("they aren't told of again", cluster.logs().count(TOLD) == before + 2, cluster.logs())
    cluster.kubectl("delete", "deployment", "train", "-n", namespace)


@test
def what_pods_would_inherit_is_told(cluster):
    ensure_warning(cluster)
    for what, labels, told in (("with the label", {INHERIT: "true"}, True), ("without it", {}, False)):
        namespace = cluster.namespace(annotations={RDMA: "nosuch"}, labels=labels)
        silent = workload("Deployment", "train", namespace, annotations={})
        within(30, f"a Deployment in a namespace {what}: {told}",
               lambda: any('"nosuch"' in line for line in warnings(apply(cluster, silent))) == told)


@test
def an_outage_stops_no_workload(cluster):
    ensure_warning(cluster)
    cluster.scale(0)
    made = asking("nosuch", cluster.namespace())
    with removed(cluster, made) as (created,):
        check("a workload is created while railhook is gone", created["metadata"]["uid"], created)


if __name__ == "__main__":
    main()
