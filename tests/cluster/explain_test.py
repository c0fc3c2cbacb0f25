#!/usr/bin/python3
"""`railhook inject`, `rails` and `explain` in a real cluster.

Usage: explain_test.py RAILHOOK [TEST...]
Prints a line for each check, and last how many passed and failed; exit code 1 if any failed.
"""

import contextlib
import json
import subprocess
import sys
import tempfile

import yaml

sys.dont_write_bytecode = True

from harness import (CLASS, CRDS, EXAMPLE, INHERIT, NAMESPACE, RAILS, RDMA, VALUES, check, check_all,  # noqa: E402
                     main, need, pod, removed, smc, test, within, workload)

WIDTH = 80
SECONDS = 60
NODE = "node-3"
RESOURCE = "spidernet.io/gpu3sriov"
FULL = {RESOURCE: "64", "nvidia.com/gpu": "8"}
PODS = EXAMPLE.parent.parent / "pod.yaml"


def railhook(cluster, *arguments, kubeconfig=None, stdin=""):
    """A finished run of the program."""
    source = () if "--rails" in arguments else ("--kubeconfig", kubeconfig or cluster.control_plane.kubeconfig)
    ran = subprocess.run([cluster.railhook, *map(str, arguments), *map(str, source)], input=stdin, text=True,
                         capture_output=True, timeout=SECONDS, check=False)
    too_long = [line for line in ran.stdout.splitlines() if len(line) > WIDTH]
    check("explain fits in 80 columns", arguments[0] != "explain" or "json" in arguments or not too_long, too_long)
    return ran


def explain(cluster, *arguments, code=0, stdin=""):
    """What it prints, on one line, as it may be wrapped anywhere."""
    ran = railhook(cluster, "explain", *arguments, stdin=stdin)
    check(f"exit code {code}", ran.returncode == code, ran.stdout, ran.stderr)
    return " ".join(ran.stdout.split())


def explain_json(cluster, *arguments, stdin=""):
    ran = railhook(cluster, "explain", *arguments, "-o", "json", stdin=stdin)
    check("nothing on stderr", not ran.stderr, ran.stderr)
    return json.loads(ran.stdout)


def manifest(*documents):
    return "---\n".join(yaml.safe_dump(document) for document in documents)


@contextlib.contextmanager
def offering(cluster, node, **resources):
    """Inside, the node offers other amounts."""
    def offer(amounts):
        cluster.api.patch("Node", node, {"status": {"allocatable": amounts, "capacity": amounts}}, part="/status")
    offer(resources)
    try:
        yield
    finally:
        offer({resource: FULL[resource] for resource in resources})


@contextlib.contextmanager
def placed(cluster, name, namespace, **more):
    """A pod that asks for rails, once it has been tried to be scheduled."""
    made = pod(name, namespace, **more)
    with removed(cluster, made):
        need("the scheduler has seen the pod", lambda: any(
            condition["type"] == "PodScheduled"
            for condition in cluster.api.get("Pod", name, namespace)["status"].get("conditions", [])))
        yield


def phase_of(cluster, name, namespace):
    return cluster.api.get("Pod", name, namespace)["status"].get("phase")


# ---- The same rails as from files ----


@test
def networks_that_nobody_has_made_are_told(cluster):
    cluster.ensure_installed()
    told = railhook(cluster, "rails").stdout
    check_all("a rail without its network", told,
              'SpiderMultusConfig spiderpool/gpu1-sriov: the NetworkAttachmentDefinition "gpu1-sriov" isn\'t there')
    listed = json.loads(railhook(cluster, "rails", "-o", "json").stdout)
    check("in JSON, too", all("isn't there" in " ".join(rail["problems"]) for rail in listed), listed)


def own_networks(cluster):
    """Those of the example, as somebody else would make them."""
    made = subprocess.run([cluster.railhook, "nad", "-f", EXAMPLE, "-o", "yaml"], capture_output=True, text=True, check=True)
    return list(yaml.safe_load_all(made.stdout))


@test
def a_cluster_gives_what_its_files_give(cluster):
    cluster.ensure_installed()
    with removed(cluster, *own_networks(cluster)):
        check_same_as_files(cluster)


def check_same_as_files(cluster):
    for arguments in (["rails"], ["rails", "-o", "json"], ["inject", "-f", PODS], ["inject", "-f", PODS, "-o", "patch"]):
        here, there = railhook(cluster, *arguments), railhook(cluster, *arguments, "--rails", EXAMPLE)
        name = " ".join(map(str, arguments[:1] + arguments[-2:]))
        check(f"{name}: as from files", here.returncode == 0 and here.stdout == there.stdout, here.stdout, there.stdout)
        check(f"{name}: with the installed configuration", not here.stderr, here.stderr)
    made, _ = cluster.try_pod()
    asked = railhook(cluster, "inject", "-f", "-", "-o", "json", stdin=manifest(pod("tried")))
    check("inject says what the API server does", json.loads(asked.stdout)["metadata"]["annotations"] ==
          made["metadata"]["annotations"], asked.stdout)


@test
def the_installed_configuration_counts(cluster):
    left_out = cluster.namespace()
    cluster.install(VALUES | {"podResourceInject": {"enabled": True, "namespacesExclude": [left_out]},
                              "classes": {CLASS: {"expectRails": 9}}})
    check_all("an excluded namespace", explain(cluster, "-f", "-", stdin=manifest(pod("train", left_out))),
              "gets no rails", "namespacesExclude")
    check_all("expectRails", explain(cluster, "-f", "-", stdin=manifest(pod("train")), code=1), "would be refused",
              f'class "{CLASS}" expects 9 rails')
    check_all("its own namespace", explain(cluster, "-f", "-", stdin=manifest(pod("train", NAMESPACE))),
              "never gets rails")
    cluster.uninstall()
    bare = railhook(cluster, "explain", "-f", PODS)
    check_all("without an installation", bare.stderr, "the default configuration is used",
              'no MutatingWebhookConfiguration "railhook"')
    check("the defaults give rails", bare.returncode == 0 and "gets 8 rails" in bare.stdout, bare.stdout)


# ---- Manifests ----


@test
def a_manifest_with_its_nodes(cluster):
    cluster.ensure_installed()
    made = manifest(pod("train", gpus=8), workload("Deployment", "web", "default", gpus=2))
    first, second = explain_json(cluster, "-f", "-", stdin=made)
    check("a pod and a workload", [first["object"], second["object"]] ==
          ["Pod default/train", "Deployment default/web (spec.template)"], first, second)
    check("all nodes could run them", first["nodes"]["couldRun"] == second["nodes"]["couldRun"] ==
          ["node-1", "node-2", "node-3"], first["nodes"])
    check("what it asks for", first["nodes"]["asks"] == {f"spidernet.io/{rail.replace('-', '')}": "1" for rail in RAILS} |
          {"nvidia.com/gpu": "8", "pods": "1"}, first["nodes"]["asks"])
    check_all("as text", explain(cluster, "-f", "-", stdin=made), "Nodes 3 of 3 could run it: node-1, node-2, node-3",
              "nvidia.com/gpu 8 3 of 3 nodes 24 of 24", "spidernet.io/gpu1sriov and 7 more 1 3 of 3 nodes 192 of 192")


@test
def a_node_that_lacks_a_resource(cluster):
    cluster.ensure_installed()
    made = manifest(pod("train"))
    with offering(cluster, NODE, **{RESOURCE: "0"}):
        check_all("none of it", explain(cluster, "-f", "-", stdin=made), "2 of 3 could run it: node-1, node-2",
                  f"{NODE}: no {RESOURCE}", f"{RESOURCE} 1 2 of 3 nodes 128 of 128")
        nodes = explain_json(cluster, "-f", "-", stdin=made)["nodes"]
        check("as JSON", (nodes["couldRun"], nodes["nodes"][2]["lacks"], nodes["unoffered"]) ==
              (["node-1", "node-2"], [f"no {RESOURCE}"], []), nodes)
        check_all("every node", explain(cluster, "-f", "-", "--all-nodes", stdin=made), "node-1 nothing",
                  f"{NODE} no {RESOURCE}")
        with contextlib.ExitStack() as everywhere:
            for node in ("node-1", "node-2"):
                everywhere.enter_context(offering(cluster, node, **{RESOURCE: "0"}))
            check_all("no node has it", explain(cluster, "-f", "-", stdin=made),
                      f"No node offers {RESOURCE}: is its device plugin running?", "Nodes 0 of 3 could run it")
    with offering(cluster, NODE, **{RESOURCE: "1"}):
        taken = pod("taken")
        taken["spec"]["nodeName"] = NODE
        with removed(cluster, taken):
            need("the pod runs", lambda: phase_of(cluster, "taken", "default") == "Running")
            check_all("none of it is left", explain(cluster, "-f", "-", stdin=made), f"{NODE}: {RESOURCE}: 0 free of 1")
        within(10, "a pod that is gone takes nothing",
               lambda: "3 of 3 could run it" in explain(cluster, "-f", "-", stdin=made))


@test
def nodes_out_of_reach(cluster):
    cluster.ensure_installed()
    made = pod("train")
    made["spec"] |= {"nodeSelector": {"kubernetes.io/hostname": "node-1"}, "affinity": {"podAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "zone"}]}}}
    check_all("labels, and what isn't judged", explain(cluster, "-f", "-", stdin=manifest(made)),
              "1 of 3 could run it: node-1", "no label kubernetes.io/hostname=node-1", "not judged here: affinity")
    cluster.run("kubectl", "cordon", "node-1")
    cluster.run("kubectl", "taint", "node", "node-2", "gpu=h100:NoSchedule")
    try:
        check_all("cordons and taints", explain(cluster, "-f", "-", stdin=manifest(pod("train"))),
                  "1 of 3 could run it: node-3", "node-1: cordoned", "node-2: taint gpu=h100:NoSchedule")
    finally:
        cluster.run("kubectl", "uncordon", "node-1")
        cluster.run("kubectl", "taint", "node", "node-2", "gpu-")


# ---- Pods that exist ----


def put_first(cluster, order):
    cluster.api.patch("SpiderMultusConfig", "gpu2-sriov", {"metadata": {"annotations": {"railhook.io/order": order}}},
                      "spiderpool")


@test
def a_pod_as_it_was_created(cluster):
    cluster.ensure_installed()
    namespace = cluster.namespace()
    with placed(cluster, "train", namespace):
        need("the pod runs", lambda: phase_of(cluster, "train", namespace) == "Running")
        node = cluster.api.get("Pod", "train", namespace)["spec"]["nodeName"]
        check_all("a running pod", explain(cluster, "train", "-n", namespace),
                  f"Pod {namespace}/train has 8 rails, as a new one would.", f"Status Running on {node}",
                  "net1 spiderpool/gpu1-sriov sriov spidernet.io/gpu1sriov", "net8 spiderpool/gpu8-sriov")
        existing = explain_json(cluster, "train", "-n", namespace)["existing"]
        check("as JSON", (existing["phase"], existing["node"], existing["differences"], existing["injected"]["class"],
                          existing["injected"]["rails"]) ==
              ("Running", node, [], CLASS, [f"spiderpool/{rail}" for rail in RAILS]), existing)
        with removed(cluster, smc("gpu9-sriov", CLASS)):
            check_all("a rail has joined", explain(cluster, "train", "-n", namespace), "has 8 rails, but today is different",
                      f"Has {', '.join(f'spiderpool/{rail}' for rail in RAILS)}", "in container ",
                      "a new one would get 9 rails", "joined since: spiderpool/gpu9-sriov",
                      "example.com/gpu9-sriov: 0 then, 1 now")
        put_first(cluster, "1")
        check_all("another order", explain(cluster, "train", "-n", namespace),
                  "the order is now: spiderpool/gpu2-sriov, spiderpool/gpu1-sriov, spiderpool/gpu3-sriov")
        put_first(cluster, None)
    check_all("a pod that isn't there", railhook(cluster, "explain", "nobody", "-n", namespace).stderr, '"nobody"',
              f"in namespace {namespace}")


@test
def a_pod_that_waits(cluster):
    cluster.ensure_installed()
    namespace = cluster.namespace()
    with placed(cluster, "greedy", namespace, gpus=9):
        check_all("a pod that fits nowhere", explain(cluster, "greedy", "-n", namespace), "has 8 rails",
                  "Status Pending, Unschedulable: 0/3 nodes are available", "Insufficient nvidia.com/gpu",
                  "Nodes 0 of 3 could run it", "3 nodes such as node-1: nvidia.com/gpu: 8 free of 8")


@test
def a_pod_without_rails(cluster):
    cluster.ensure_installed()
    unlabelled = cluster.namespace(annotations={RDMA: CLASS})
    with placed(cluster, "train", unlabelled, annotations={}):
        check_all("a namespace without the label", explain(cluster, "train", "-n", unlabelled), "has no rails: namespace",
                  f'lacks the label {INHERIT}="true"', "Labelled it would get 8 rails")
    cluster.uninstall()
    with placed(cluster, "older", "default"):
        cluster.ensure_installed()
        check_all("a pod from before the installation", explain(cluster, "older"), "has no rails from railhook",
                  "a new one would get 8 rails", "this one is older")


# ---- What may be missing ----


@contextlib.contextmanager
def kubeconfig_like(cluster, change):
    """The path of a changed copy of the administrator's kubeconfig."""
    config = yaml.safe_load(cluster.control_plane.kubeconfig.read_text())
    change(config)
    with tempfile.NamedTemporaryFile("w", suffix=".kubeconfig") as file:
        yaml.safe_dump(config, file)
        file.flush()
        yield file.name


@test
def contexts_of_a_kubeconfig(cluster):
    cluster.ensure_installed()
    namespace = cluster.namespace()

    def add_context(config):
        (first,) = config["contexts"]
        config["contexts"] += [{"name": "team", "context": first["context"] | {"namespace": namespace}},
                               {"name": "nowhere", "context": first["context"] | {"cluster": "nosuch"}}]
        config["current-context"] = "nowhere"

    with placed(cluster, "train", namespace), kubeconfig_like(cluster, add_context) as file:
        told = railhook(cluster, "explain", "train", "--context", "team", kubeconfig=file)
        check_all("the namespace of the chosen context", told.stdout, f"Pod {namespace}/train has 8 rails")
        told = railhook(cluster, "explain", "-f", "-", "--context", "team", kubeconfig=file, stdin=manifest(homeless_pod()))
        check_all("also of a manifest", told.stdout, f"Pod {namespace}/bare gets 8 rails")
        told = railhook(cluster, "explain", "train", kubeconfig=file)
        check("a broken context is an error", told.returncode == 1 and "nosuch" in told.stderr, told.stderr)


def homeless_pod():
    """A pod that names no namespace."""
    made = pod("bare")
    del made["metadata"]["namespace"]
    return made


@test
def permissions_that_are_missing(cluster):
    cluster.ensure_installed()
    cluster.run("kubectl", "create", "serviceaccount", "eve")
    token = cluster.run("kubectl", "create", "token", "eve").stdout.strip()
    with kubeconfig_like(cluster, lambda config: config["users"][0].update(user={"token": token})) as file:
        told = railhook(cluster, "rails", kubeconfig=file)
        check_all("nothing is allowed", told.stderr, "spidermultusconfigs.spiderpool.spidernet.io", "the verb list",
                  "in all namespaces")
        check("exit code 1", told.returncode == 1, told.returncode)
        cluster.run("kubectl", "create", "clusterrole", "rails", "--verb=list", "--resource=" +
                    "spidermultusconfigs,network-attachment-definitions,namespaces")
        cluster.run("kubectl", "create", "clusterrolebinding", "rails", "--clusterrole=rails",
                    "--serviceaccount=default:eve")
        within(10, "with the right to list, rails are listed",
               lambda: railhook(cluster, "rails", kubeconfig=file).returncode == 0)
        told = railhook(cluster, "explain", "-f", PODS, kubeconfig=file)
        check_all("what else is out of reach", " ".join((told.stdout + told.stderr).split()), "gets 8 rails",
                  "the default configuration is used", "Nodes not known: can't list pods: the verb list")
    cluster.run("kubectl", "delete", "clusterrolebinding/rails", "clusterrole/rails")
    cluster.run("kubectl", "delete", "serviceaccount", "eve")


@test
def resources_that_are_not_installed(cluster):
    cluster.uninstall()
    cluster.run("kubectl", "delete", "-f", CRDS)
    told = railhook(cluster, "rails")
    check("no rails", (told.returncode, told.stdout) == (0, "no rails here\n"), told.stdout)
    check_all("why", told.stderr, "no SpiderMultusConfig CRD here", "no NetworkAttachmentDefinition CRD here")
    check_all("a pod that asks", explain(cluster, "-f", "-", stdin=manifest(pod("train")), code=1),
              f'unknown class "{CLASS}"', "no class exists")
    cluster.create_rails()


if __name__ == "__main__":
    main()
