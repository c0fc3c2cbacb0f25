"""`railhook explain` from files; tests of command_line_test.py. With a cluster: tests/cluster/explain_test.py."""

import json

from harness import (GPU2_GPU10, NETWORKS, RDMA, Run, check, check_all, deployment, namespace, pod, smc, sriov, template,
                     test)

WIDTH = 80
GETS_RAILS = """\
Pod default/train gets 2 rails.
Asked by   the pod: cni.spidernet.io/rdma-resource-inject="rdma"
Container  train, the only one
Needs      1 of each resource below

NET   NETWORK           TYPE   RESOURCE           POOLS
net1  spiderpool/gpu2   sriov  example.com/gpu2   gpu2-pool
net2  spiderpool/gpu10  sriov  example.com/gpu10  gpu10-pool

Nodes      not known, as the rails come from files
"""
SHARED = """\
Pod default/train gets 2 rails.
Asked by   the pod: cni.spidernet.io/rdma-resource-inject="macvlan"
Container  main, the first that asks for a resource of the rails
Needs      1 example.com/hca for all 2 networks (asks for 1 itself)
Also gets  capability IPC_LOCK, variable NCCL_DEBUG

NET   NETWORK        TYPE     POOLS
net1  spiderpool/m1  macvlan  pool-of-rail-1-in-the-first-hall,
                              pool-of-rail-1-in-the-second-hall
net2  spiderpool/m2  macvlan  pool

No pool    pool-of-rail-1-in-the-second-hall of spiderpool/m1 is not among the
           SpiderIPPools
Nodes      not known, as the rails come from files
"""
DOES_NOT_ASK = """\
Pod quiet/train gets no rails: neither it nor namespace "quiet" has an
annotation that asks for them.
To ask     write the annotation cni.spidernet.io/rdma-resource-inject: CLASS to
           the pod, of a workload to its pod template
Classes    rdma
"""
NO_LABEL = """\
Pod team/train gets no rails: namespace "team" asks for them, but lacks the
label railhook.io/inherit="true": the API server doesn't call railhook for its
pods.
Labelled   it would get 2 rails
Asked by   namespace "team": cni.spidernet.io/rdma-resource-inject="rdma"
Container  train, the only one
Needs      1 of each resource below

NET   NETWORK           TYPE   RESOURCE           POOLS
net1  spiderpool/gpu2   sriov  example.com/gpu2   gpu2-pool
net2  spiderpool/gpu10  sriov  example.com/gpu10  gpu10-pool
"""
UNKNOWN_CLASS = """\
Pod default/train would be refused: unknown class "rdna" in annotation
cni.spidernet.io/rdma-resource-inject="rdna"; nearest: "rdma"; list all with:
railhook rails
Asked by   the pod: cni.spidernet.io/rdma-resource-inject="rdna"
"""
BAD_RAIL = """\
Pod default/train would be refused: 1 rail of annotation
cni.spidernet.io/rdma-resource-inject="rdma" can't be used: SpiderMultusConfig
spiderpool/gpu3: spec.sriov.ippools names no pool: write ippools: {ipv4:
[POOL]}, or disableIPAM: true under spec
Asked by   the pod: cni.spidernet.io/rdma-resource-inject="rdma"

NET  NETWORK           TYPE   RESOURCE           POOLS
-    spiderpool/gpu2   sriov  example.com/gpu2   gpu2-pool
-    spiderpool/gpu3   sriov  example.com/gpu3   -
-    spiderpool/gpu10  sriov  example.com/gpu10  gpu10-pool
"""


def explain(files, *documents, more=()):
    ran = Run("explain", "-f", files.write("manifest.yaml", *documents), "--rails", files.rails, *more)
    for line in ran.out.splitlines():
        check("explain fits in 80 columns", len(line) <= WIDTH or "-o" in more, line)
    return ran


def check_text(name, ran, code, text):
    ran.check(name, code)
    check(f"{name}: the text", ran.out == text, f"\n{ran.out}--- instead of\n{text}")


def macvlan(name, *pools):
    return smc(name, {"cniType": "macvlan", "macvlan": {"master": [name], "rdmaResourceName": "example.com/hca",
                                                        "ippools": {"ipv4": list(pools)}}}, {RDMA: "macvlan"})


def pool(name):
    return {"apiVersion": "spiderpool.spidernet.io/v2beta1", "kind": "SpiderIPPool", "metadata": {"name": name}}


@test
def explain_what_a_pod_gets(files):
    check_text("a pod that gets rails", explain(files, pod()), 0, GETS_RAILS)
    labelled = explain(files, pod(annotations={}, namespace="labelled")).check("asked for by the namespace", 0)
    check_all("asked for by the namespace", labelled.out, "gets 2 rails.", 'Asked by   namespace "labelled": ')
    files.write("rails/macvlan.yaml", macvlan("m2", "pool"), pool("pool"), pool("pool-of-rail-1-in-the-first-hall"),
                macvlan("m1", "pool-of-rail-1-in-the-first-hall", "pool-of-rail-1-in-the-second-hall"))
    asking = pod(annotations={RDMA: "macvlan"})
    asking["spec"]["containers"] += [{"name": "main", "resources": {"limits": {"example.com/hca": 1}}}]
    config = files.write("config.yaml", {"classes": {"macvlan": {"capabilities": ["IPC_LOCK"],
                                                                 "env": {"NCCL_DEBUG": "INFO"}}}})
    check_text("shared rails", explain(files, asking, more=["--config", config]), 0, SHARED)


@test
def explain_why_a_pod_gets_none(files):
    files.write("rails/quiet.yaml", namespace("quiet"))
    check_text("nobody asks", explain(files, pod(annotations={}, namespace="quiet")), 0, DOES_NOT_ASK)
    check_text("a namespace without the label", explain(files, pod(annotations={}, namespace="team")), 0, NO_LABEL)
    check_text("an unknown class", explain(files, pod(annotations={RDMA: "rdna"})), 1, UNKNOWN_CLASS)
    host = pod()
    host["spec"]["hostNetwork"] = True
    config = files.write("config.yaml", {"podResourceInject": {"namespacesExclude": ["quiet"]}})
    for name, document, *told in [
            ("hostNetwork", host, "hostNetwork: true", "Multus"),
            ("a pod that opts out", pod(annotations={RDMA: "none"}), '="none" opts out'),
            ("an excluded namespace", pod(namespace="quiet"), 'namespace "quiet" is in', "namespacesExclude"),
            ("a system namespace", pod(namespace="kube-system"), "never gets rails")]:
        ran = explain(files, document, more=["--config", config]).check(name, 0)
        check_all(name, " ".join(ran.out.split()), "gets no rails: ", *told)
    files.write("rails/gpu3.yaml", sriov("gpu3", ippools={}))
    check_text("a rail that can't be used", explain(files, pod()), 1, BAD_RAIL)


@test
def explain_what_is_left_out(files):
    goes = sriov("gpu3")
    goes["metadata"]["deletionTimestamp"] = "2026-11-21T12:00:00Z"
    files.write("rails/more.yaml", goes, namespace("pools", {"ipam.spidernet.io/default-ipv4-ippool": '["office"]'}))
    own = pod(annotations={RDMA: "rdma", "railhook.io/existing-networks": "merge", NETWORKS: "elsewhere/own@eth7"},
              namespace="pools")
    ran = explain(files, own).check("a rail that is being deleted", 0)
    check_all("rails left out", ran.out, "gets 2 rails", "Left out   SpiderMultusConfig spiderpool/gpu3: is being deleted")
    check_all("the pod's own network", ran.out, "eth7  elsewhere/own     ?      ?                  not known to railhook",
              "net2  spiderpool/gpu2 ", "Own        elsewhere/own is the pod's own network, and stays")
    check_all("pools of the namespace", ran.out, "Warning    the namespace's pools beat those of the rails:", '["office"]')


@test
def explain_workloads(files):
    misplaced = deployment({RDMA: "rdma"})
    misplaced["spec"]["template"] = template({})
    ran = explain(files, pod(), {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}, misplaced,
                  more=["-n", "team"]).check("several documents", 0)
    first, second = ran.out.split("\n\nDeployment ")
    check("the first is the pod", first.startswith("Pod team/train gets 2 rails."), ran.out)
    check_all("a template", " ".join(second.split()), "team/web (spec.template) gets no rails",
              "stands on the Deployment, where nobody reads it")
    none = explain(files, namespace("empty")).check("nothing to explain", 1, "manifest.yaml", "no pod")
    check("nothing is printed", not none.out, none.out)
    odd = explain(files, pod(), pod("bad", {RDMA: "x"})).check("one of two refused", 1)
    check_all("both are explained", odd.out, "default/train gets 2 rails", "default/bad would be refused")
    manifest = json.dumps(pod())
    ran = Run("explain", "-f", "-", "--rails", files.rails, stdin=manifest).check("standard input", 0)
    check("standard input is explained", ran.out == GETS_RAILS, ran.out)


@test
def explain_json(files):
    one = json.loads(explain(files, pod(), more=["-o", "json"]).check("explain -o json", 0).out)
    check("the outcome", (one["object"], one["namespace"], one["outcome"], one["whyNone"], one["refusal"]) ==
          ("Pod default/train", "default", "rails", "", ""), one)
    check("the request", one["request"] == {"askedBy": "pod", "key": RDMA, "value": "rdma", "classes": ["rdma"]}, one)
    check("the container", one["container"] == {"name": "train", "reason": "the only one"}, one)
    check("the networks", [item["network"] for item in one["networks"]] ==
          [f"{item['namespace']}/{item['name']}" for item in GPU2_GPU10], one)
    check("a network", one["networks"][0] == {
        "network": "spiderpool/gpu2", "object": "SpiderMultusConfig spiderpool/gpu2", "cniType": "sriov",
        "resource": "example.com/gpu2", "exclusive": True, "pools": ["gpu2-pool"], "interface": "net1", "own": False}, one)
    check("units", one["units"][1] == {"resource": "example.com/gpu2", "needed": 1, "asked": 0, "sharing": 0}, one)
    check("nothing of a cluster", (one["existing"], one["nodes"]) == (None, None) and one["nodesNotJudged"], one)
    files.write("rails/gpu3.yaml", sriov("gpu3", ippools={}))
    two = json.loads(explain(files, pod(), pod("quiet", {}), more=["-o", "json"]).check("json of a refusal", 1).out)
    check("outcomes", [item["outcome"] for item in two] == ["refused", "none"], two)
    missing = {item["network"]: item["problems"] for item in two[0]["notGiven"]}
    check("each rail's problems", [bool(missing[f"spiderpool/gpu{n}"]) for n in (2, 3, 10)] == [False, True, False], missing)
    check("the same members always", list(one) == list(two[0]) == list(two[1]), list(two[1]))


@test
def explain_usage(files):
    manifest = files.write("pod.yaml", pod())
    for name, arguments, code, *told in [
            ("neither pod nor file", ["--rails", files.rails], 2, "POD", "-f FILE"),
            ("both", ["train", "-f", manifest, "--rails", files.rails], 2, "--file"),
            ("a pod from files", ["train", "--rails", files.rails], 1, "pod train", "-f FILE"),
            ("an unknown output", ["-f", manifest, "-o", "yaml"], 2, "yaml", "text"),
            ("rails from two places", ["-f", manifest, "--rails", files.rails, "--kubeconfig", "x"], 2, "--kubeconfig"),
            ("a context of files", ["-f", manifest, "--rails", files.rails, "--context", "x"], 2, "--context"),
            ("a kubeconfig that is not there", ["-f", manifest, "--kubeconfig", files.directory / "nowhere"], 1, "nowhere"),
            ("a manifest that is not there", ["-f", files.directory / "nowhere", "--rails", files.rails], 1, "nowhere"),
            ("no source at all", ["-f", manifest], 2, "--rails", "--kubeconfig")]:
        ran = Run("explain", *arguments)
        ran.check(f"explain: {name}", code, *told)
        check(f"explain: {name}: nothing on stdout", not ran.out, ran.out)
