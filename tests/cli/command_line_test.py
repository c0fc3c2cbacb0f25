#!/usr/bin/python3
"""The program as people run it: its subcommands, what they print, how they end, and how a server follows its files.

Usage: command_line_test.py RAILHOOK
Prints a line for each check that fails, and last how many passed and failed; exit code 1 if any failed.
"""

import contextlib
import json
import os
import pty
import re
import subprocess
import sys

sys.dont_write_bytecode = True

import explain_checks  # noqa: E402, F401
import lint_checks  # noqa: E402, F401
import rails_checks  # noqa: E402, F401
import server_checks  # noqa: E402, F401
from harness import (CONFIG_MAP, ENVIRONMENT, GPU2_GPU10, NETWORK, NETWORKS, RAILHOOK, RDMA, SECONDS,  # noqa: E402
                     Run, check, check_all, deployment, main, meta, networks, pod, smc, sriov,
                     template, test)


# ---- Usage ----


@test
def help_texts(_):
    whole = Run("--help").check("help", 0)
    for command in ("inject", "explain", "rails", "lint", "nad", "serve", "version"):
        check(f"help lists {command}", re.search(rf"^ +{command} ", whole.out, re.MULTILINE), whole.out)
        own = Run(command, "--help").check(f"help of {command}", 0)
        check(f"help of {command} goes to stdout", "Usage: railhook " + command in own.out and not own.err, own.out,
              own.err)
    check_all("help of inject", Run("inject", "--help").out, "--file", "--namespace", "--output", "--rails", "--config",
              "yaml", "patch")
    check_all("help of serve", Run("serve", "--help").out, "--listen", "--health", "--certs", "--rails", "--config",
              "port 0")
    check_all("help of lint", Run("lint", "--help").out, "--fix", "--file")


@test
def version(_):
    ran = Run("version").check("version", 0)
    check("version is one line", re.fullmatch(r"railhook \d+\.\d+\.\d+\S*\n", ran.out), ran.out)
    companion = subprocess.run([f"{RAILHOOK}-vfmanager", "version"], capture_output=True, text=True, timeout=SECONDS, check=True)
    check("the VF manager's has its own name", companion.stdout == ran.out.replace("railhook", "railhook-vfmanager"),
          companion.stdout)


@test
def wrong_usage(files):
    manifest = files.write("pod.yaml", pod())
    inject = ["inject", "-f", manifest, "--rails", files.rails]
    for name, arguments, *told in [
            ("no subcommand", [], "subcommand"),
            ("an unknown subcommand", ["frobnicate"]),
            ("an unknown option", [*inject, "--frobnicate"], "--frobnicate"),
            ("serve with a context of no kubeconfig", ["serve", "--context", "x"], "--context", "--kubeconfig"),
            ("inject without a file", ["inject", "--rails", files.rails], "--file"),
            ("inject without rails", ["inject", "-f", manifest], "--rails"),
            ("inject with an unknown output", [*inject, "-o", "xml"], "xml", "yaml", "patch"),
            ("inject with two files", [*inject, "-f", manifest], "--file"),
            ("an option without its value", ["inject", "--rails", files.rails, "-f"], "--file"),
            ("a leftover word", [*inject, "word"], "word"),
            ("rails without rails", ["rails"], "--rails"),
            ("rails with an unknown output", ["rails", "--rails", files.rails, "-o", "yaml"], "yaml", "table"),
            ("lint without a file", ["lint"], "--file"),
            ("lint of what is not there", ["lint", "-f", files.directory / "nowhere"], "nowhere", "no such file"),
            ("serve without rails", ["serve"], "--rails"),
            ("serve with an unknown log level", ["serve", "--rails", files.rails, "--log-level", "loud"], "loud",
             "warning"),
            ("serve with an unknown controller", ["serve", "--controllers", "multis"], '"multis"', "write multus"),
            ("serve with controllers and files", ["serve", "--rails", files.rails, "--controllers", "multus"], "--controllers",
             "--rails")]:
        ran = Run(*arguments).check(name, 2, *told)
        check(f"{name}: nothing on stdout", not ran.out, ran.out)


# ---- inject ----


@test
def inject_prints_yaml(files):
    ran = files.inject(pod()).check("inject", 0)
    (injected,) = ran.documents()
    check("rails in natural order", networks(injected) == GPU2_GPU10, ran.out)
    resources = injected["spec"]["containers"][0]["resources"]
    wanted = {"example.com/gpu2": "1", "example.com/gpu10": "1"}
    check("resources in limits and requests", resources == {"limits": wanted, "requests": wanted}, resources)
    check("silent on stderr", not ran.err, ran.err)
    again = files.inject(ran.out).check("inject of its own output", 0)
    check("a second time changes nothing", again.out == ran.out, again.out)


@test
def inject_prints_json(files):
    (one,) = [json.loads(files.inject(pod(), more=["-o", "json"]).check("json", 0).out)]
    check("one document is one object", isinstance(one, dict) and networks(one) == GPU2_GPU10, one)
    two = json.loads(files.inject(pod(), CONFIG_MAP, more=["-o", "json"]).check("json of two", 0).out)
    check("several documents are a list", isinstance(two, list) and two[1] == CONFIG_MAP, two)


def apply(document, patch):
    for operation in patch:
        *parents, name = [part.replace("~1", "/").replace("~0", "~") for part in operation["path"].split("/")[1:]]
        at = document
        for parent in parents:
            at = at[int(parent)] if isinstance(at, list) else at[parent]
        if isinstance(at, list):
            at.insert(len(at) if name == "-" else int(name), operation["value"])
        else:
            at[name] = operation["value"]
    return document


@test
def inject_prints_patches(files):
    injected = json.loads(files.inject(pod(), more=["-o", "json"]).out)
    patch = json.loads(files.inject(pod(), more=["-o", "patch"]).check("patch", 0).out)
    check("the patch gives the injected pod", apply(pod(), patch) == injected, patch)
    check("the patch only adds here", {operation["op"] for operation in patch} == {"add"}, patch)
    none = files.inject(pod(annotations={}), more=["-o", "patch"]).check("patch of nothing", 0)
    check("no change, no operation", json.loads(none.out) == [], none.out)
    named = json.loads(files.inject(pod("a"), CONFIG_MAP, deployment(), more=["-o", "patch"]).out)
    check("several patches name their objects", [sorted(item) for item in named] == [["object", "patch"]] * 2, named)
    check("objects in order", "Pod default/a" in named[0]["object"] and "Deployment default/web" in named[1]["object"],
          named)
    check("paths lead into the document", all(o["path"].startswith("/spec/template/") for o in named[1]["patch"]),
          named)


@test
def inject_prints_diffs(files):
    diff = files.inject(CONFIG_MAP, pod(), more=["-o", "diff"]).check("diff", 0).out
    check("the diff shows what comes", re.search(r"^\+ +k8s\.v1\.cni\.cncf\.io/networks: ", diff, re.MULTILINE), diff)
    check("the diff has hunks", re.search(r"^@@ -\d+,\d+ \+\d+,\d+ @@", diff, re.MULTILINE), diff)
    check("the diff takes nothing away", not re.search(r"^-", diff, re.MULTILINE), diff)
    check("no colours in a pipe", "\033" not in diff, diff)
    none = files.inject(CONFIG_MAP, more=["-o", "diff"]).check("diff of nothing", 0)
    check("no change, no diff", none.out == "", none.out)


@test
def inject_passes_other_documents(files):
    others = [CONFIG_MAP, {"kind": "Pod"}, {"apiVersion": "v2", "kind": "Pod",
                                            "metadata": {"annotations": {RDMA: "rdma"}}},
              {"apiVersion": "example.com/v1", "kind": "Deployment", "spec": {"template": template()}},
              [1, "a", None, 1.5], "text"]
    ran = files.inject(*others[:3], pod(), *others[3:]).check("other documents", 0)
    documents = ran.documents()
    injected = documents.pop(3)
    check("other documents pass unchanged, in order", documents == others, ran.out)
    check("the pod between them is injected", networks(injected) == GPU2_GPU10, ran.out)
    check("documents are kept apart", ran.out.count("\n---\n") == 6, ran.out)
    empty = Run("inject", "-f", "-", "--rails", files.rails, stdin="# nothing\n---\n---\n").check("no documents", 0)
    check("nothing of nothing", empty.out == "", empty.out)


@test
def inject_reads_standard_input(files):
    ran = Run("inject", "-f", "-", "--rails", files.rails, stdin=json.dumps(pod())).check("stdin", 0)
    check("JSON is read too", networks(ran.documents()[0]) == GPU2_GPU10, ran.out)
    Run("inject", "-f", "-", "--rails", files.rails, stdin="a: [").check("broken stdin", 1, "standard input", "line 1")
    directory = os.open(files.directory, os.O_RDONLY)
    ran = subprocess.run([RAILHOOK, "inject", "-f", "-", "--rails", files.rails], stdin=directory, capture_output=True,
                         text=True,
                         timeout=SECONDS, check=False)
    os.close(directory)
    check("a standard input that can't be read is no empty one", ran.returncode == 1 and "standard input" in ran.stderr,
          ran)


@test
def inject_takes_lists(files):
    items = [pod("a"), CONFIG_MAP, deployment()]
    ran = files.inject({"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""},
                        "items": items}).check("a List", 0)
    (document,) = ran.documents()
    check("a List stays a List", document["kind"] == "List" and document["metadata"] == {"resourceVersion": ""},
          ran.out)
    check("its pods are injected", networks(document["items"][0]) == GPU2_GPU10, ran.out)
    check("its others are not", document["items"][1] == CONFIG_MAP, ran.out)
    check("its templates are", networks(document["items"][2]["spec"]["template"]) == GPU2_GPU10, ran.out)
    bad = {"apiVersion": "v1", "kind": "List", "items": [pod("good"), pod("bad", {RDMA: "other"})]}
    files.inject(bad).check("a List with a pod that is denied", 1, "Pod default/bad", '"other"')


@test
def inject_knows_namespaces(files):
    for name, given, more, wanted in [
            ("own namespace beats -n", "team", ["-n", "other"], True),
            ("-n is for pods without one", None, ["-n", "team"], True),
            ("default is the last resort", None, [], False), ("another namespace", "other", [], False),
            ("the whole option", None, ["--namespace", "labelled"], True)]:
        ran = files.inject(pod(annotations={}, namespace=given), more=more).check(name, 0)
        check(name, bool(networks(ran.documents()[0])) == wanted, ran.out)
    files.inject(pod(annotations={}, namespace="team")).check("no label", 0, "note:", "railhook.io/inherit", '"team"')
    silent = files.inject(pod(annotations={}, namespace="labelled")).check("the label", 0)
    check("the label needs no note", silent.err == "", silent.err)


def nested(path, value):
    """{"spec": {"jobs": [{"template": value}]}} of "spec.jobs.*.template"."""
    for step in reversed(path.split(".")):
        value = [value] if step == "*" else {step: value}
    return value


def at(document, path):
    for step in path.split("."):
        document = document[0] if step == "*" else document[step]
    return document


WORKLOADS = [
    ("v1", "PodTemplate", "template"), ("v1", "ReplicationController", "spec.template"),
    ("apps/v1", "Deployment", "spec.template"), ("apps/v1", "StatefulSet", "spec.template"),
    ("apps/v1", "DaemonSet", "spec.template"), ("apps/v1", "ReplicaSet", "spec.template"),
    ("batch/v1", "Job", "spec.template"), ("batch/v1", "CronJob", "spec.jobTemplate.spec.template"),
    ("jobset.x-k8s.io/v1alpha2", "JobSet", "spec.replicatedJobs.*.template.spec.template"),
    ("leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet", "spec.leaderWorkerTemplate.leaderTemplate"),
    ("leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet", "spec.leaderWorkerTemplate.workerTemplate"),
    ("kubeflow.org/v1", "PyTorchJob", "spec.pytorchReplicaSpecs.Worker.template"),
    ("kubeflow.org/v1", "TFJob", "spec.tfReplicaSpecs.Chief.template"),
    ("kubeflow.org/v2beta1", "MPIJob", "spec.mpiReplicaSpecs.Launcher.template"),
    ("kubeflow.org/v1", "XGBoostJob", "spec.xgbReplicaSpecs.Master.template"),
    ("kubeflow.org/v1", "PaddleJob", "spec.paddleReplicaSpecs.Worker.template"),
    ("kubeflow.org/v1", "JAXJob", "spec.jaxReplicaSpecs.Worker.template"),
    ("ray.io/v1", "RayCluster", "spec.headGroupSpec.template"),
    ("ray.io/v1", "RayCluster", "spec.workerGroupSpecs.*.template"),
    ("ray.io/v1", "RayJob", "spec.rayClusterSpec.headGroupSpec.template"),
    ("ray.io/v1", "RayJob", "spec.rayClusterSpec.workerGroupSpecs.*.template"),
    ("ray.io/v1", "RayJob", "spec.submitterPodTemplate"),
    ("batch.volcano.sh/v1alpha1", "Job", "spec.tasks.*.template"),
]
OWN_WORKLOAD = ("example.com/v1", "Training", "spec.groups.*.roles.worker.podTemplate")


def workload(version, kind, path, annotations=None):
    made = {"apiVersion": version, "kind": kind, "metadata": meta("w", None, annotations)}
    return made | nested(path, template())


@test
def inject_knows_workloads(files):
    ran = files.inject(*(workload(*kind) for kind in WORKLOADS)).check("workloads", 0)
    for (version, kind, path), document in zip(WORKLOADS, ran.documents()):
        check(f"{kind} {path}", networks(at(document, path)) == GPU2_GPU10, document)
        check(f"{kind} {path}: its own metadata stays", document["metadata"] == {"name": "w"}, document)


@test
def inject_takes_all_templates_of_a_workload(files):
    job = {"apiVersion": "kubeflow.org/v1", "kind": "PyTorchJob", "metadata": {"name": "t"},
           "spec": {"pytorchReplicaSpecs": {"Master": {"template": template({})}, "Worker": {"template": template()}}}}
    replicas = files.inject(job).documents()[0]["spec"]["pytorchReplicaSpecs"]
    check("a replica that asks is injected", networks(replicas["Worker"]["template"]) == GPU2_GPU10, replicas)
    check("one that doesn't ask is not", replicas["Master"]["template"] == template({}), replicas)
    groups = {"apiVersion": "ray.io/v1", "kind": "RayCluster", "metadata": {"name": "r"},
              "spec": {"headGroupSpec": {"template": template()}, "workerGroupSpecs": [{"template": template()}] * 3}}
    spec = files.inject(groups).documents()[0]["spec"]
    groups = [spec["headGroupSpec"], *spec["workerGroupSpecs"]]
    check("every group is injected", [len(networks(group["template"])) for group in groups] == [2] * 4, spec)


@test
def inject_learns_workloads(files):
    version, kind, path = OWN_WORKLOAD
    config = files.write("config.yaml", {"podTemplates": [{"apiVersion": version, "kind": kind, "path": path}]})
    without = files.inject(workload(*OWN_WORKLOAD)).check("an unknown kind", 0)
    check("an unknown kind passes", without.documents() == [workload(*OWN_WORKLOAD)], without.out)
    ran = files.inject(workload(*OWN_WORKLOAD), more=["--config", config]).check("a configured kind", 0)
    check("a configured kind is injected", networks(at(ran.documents()[0], path)) == GPU2_GPU10, ran.out)


@test
def misplaced_annotations(files):
    misplaced = deployment({NETWORK: "rdma"})
    ran = files.inject(misplaced).check("inject", 0, "warning:", "Deployment default/web", NETWORK,
                                        "spec.template.metadata.annotations")
    check("the template is injected all the same", networks(ran.documents()[0]["spec"]["template"]) == GPU2_GPU10,
          ran.out)
    path = files.write("web.yaml", "# a comment\n", misplaced)
    Run("lint", "-f", path).check("lint", 0, f"{path}:", "warning:", "Deployment default/web", NETWORK,
                                  "spec.template.metadata.annotations")
    ran = files.inject(deployment({RDMA: "rdma"})).check("one that its template has too", 0)
    check("nothing is said of one that its template has too", "warning" not in ran.err, ran.err)


@test
def inject_denies(files):
    ran = files.inject(pod("bad", {RDMA: "rdmaa"}), pod("good")).check("an unknown class", 1, "error:",
                                                                       "Pod default/bad", '"rdmaa"', '"rdma"', RDMA)
    check("denied: nothing on stdout", ran.out == "", ran.out)
    files.inject(pod("a", {RDMA: "x"}), pod("b", {RDMA: "y"})).check("every denial is told", 1, "Pod default/a",
                                                                     "Pod default/b")
    files.write("rails/bad.yaml", smc("gpu3", {"cniType": "sriov", "sriov": {"resourceName": "gpu3"}}))
    files.inject(pod()).check("a bad rail", 1, "SpiderMultusConfig spiderpool/gpu3", "spec.sriov.resourceName",
                              '"gpu3"', "ippools")


@test
def warnings_go_to_stderr(files):
    ran = files.inject(pod(annotations={RDMA: "rdma", NETWORKS: "own-net"})).check("own networks", 0, "warning:",
                                                                                   "Pod default/train", "own-net")
    check("stdout is the manifest alone", networks(ran.documents()[0]) == GPU2_GPU10, ran.out)


@test
def broken_input(files):
    for name, text, *told in [
            ("syntax", "a: b\nc: [d\n", "line "), ("a tab", "a:\n\tb: c\n", "line 2"),
            ("a key twice", "a: 1\nb: 2\na: 3\n", "line 3"), ("an unknown alias", "a: 1\nb: *c\n", "line 2"),
            ("a second document", "a: 1\n---\nb: [\n", "line ")]:
        path = files.write("broken.yaml", text)
        for command in (["inject", "--rails", files.rails], ["lint"]):
            ran = Run(*command, "-f", path).check(f"{command[0]} of {name}", 1, f"{path}: ", *told)
            check(f"{command[0]} of {name}: nothing on stdout", ran.out == "", ran.out)
    path.write_bytes(b"a: b\nc: \xff\n")
    Run("inject", "-f", path, "--rails", files.rails).check("bytes that are no UTF-8", 1, f"{path}: ", "line 2")


@test
def broken_sources(files):
    manifest = files.write("pod.yaml", pod())
    def inject(*more):
        return Run("inject", "-f", manifest, "--rails", files.rails, *more)
    nowhere = files.directory / "nowhere"
    for name, ran in [("a manifest that is not there", Run("inject", "-f", nowhere, "--rails", files.rails)),
                      ("rails that are not there", Run("inject", "-f", manifest, "--rails", nowhere)),
                      ("a configuration that is not there", inject("--config", nowhere)),
                      ("rails of rails that are not there", Run("rails", "--rails", nowhere))]:
        ran.check(name, 1, "error:", str(nowhere))
        check(f"{name}: says that", re.search("no such file", ran.err, re.IGNORECASE), ran.err)
    Run("inject", "-f", files.rails, "--rails", files.rails).check("a manifest that is a directory", 1,
                                                                   str(files.rails), "is a directory")
    for text, *told in [
            ("gpuResource: []\n", "line 1", "gpuResource", "did you mean", '"gpuResources"'),
            ("# first\npodResourceInject:\n  namespaceInclude: [a]\n", "line 3", "namespaceInclude",
             '"namespacesInclude"'),
            ("classes:\n  rdma:\n    expectRail: 8\n", "line 3", "classes.rdma.expectRail", '"expectRails"'),
            ("existingNetworks: keep\n", "line 1", "existingNetworks", "keep", "replace"),
            ("podResourceInject: {enabled: maybe}\n", "line 1", "podResourceInject.enabled", "maybe"),
            ("podTemplates: [{kind: X}]\n", "line 1", "apiVersion"),
            ("a: [\n", "line"), ("- a\n", "line 1", "map")]:
        path = files.write("config.yaml", text)
        inject("--config", path).check(f"configuration {text!r}", 1, str(path), *told)
        Run("rails", "--rails", files.rails, "--config", path).check(f"rails with configuration {text!r}", 1, str(path))
    one, two = files.write("rails/x1.yaml", sriov("gpu7")), files.write("rails/x2.json", json.dumps(sriov("gpu7")))
    inject().check("the same object twice", 1, f"{one}:", f"{two}:", "SpiderMultusConfig spiderpool/gpu7")


# ---- Terminals ----


def run_on_terminal(*arguments, streams=("stdout", "stderr"), environment=None):
    """What appears on a terminal that the streams are connected to."""
    terminal, end = pty.openpty()
    process = subprocess.Popen([RAILHOOK, *map(str, arguments)], env=ENVIRONMENT | (environment or {}),
                               stdin=subprocess.DEVNULL,
                               **{s: end if s in streams else subprocess.DEVNULL for s in ("stdout", "stderr")})
    os.close(end)
    seen = b""
    with contextlib.suppress(OSError):  # the other end is closed
        while part := os.read(terminal, 4096):
            seen += part
    os.close(terminal)
    process.wait(SECONDS)
    return seen.decode()


@test
def colours(files):
    diff = ["inject", "-f", files.write("pod.yaml", pod()), "--rails", files.rails, "-o", "diff"]
    denied = ["inject", "-f", files.write("bad.yaml", pod(annotations={RDMA: "x"})), "--rails", files.rails]
    lint = ["lint", "-f", files.write("lint.yaml", sriov("gpu1", vlanID=-1))]
    for name, arguments, streams in [("a diff", diff, ["stdout"]), ("a denial", denied, ["stderr"]),
                                     ("findings", lint, ["stderr"])]:
        text = run_on_terminal(*arguments, streams=streams)
        check(f"{name} is coloured on a terminal", "\033[3" in text and "\033[0m" in text, repr(text))
        for value in ("1", "yes"):
            plain = run_on_terminal(*arguments, streams=streams, environment={"NO_COLOR": value})
            check(f"{name} is not with NO_COLOR={value}", plain and "\033" not in plain, repr(plain))
        piped = Run(*arguments)
        check(f"{name} is not in a pipe", "\033" not in piped.out + piped.err, repr(piped.err))
    manifest = run_on_terminal(*diff[:-2], streams=["stdout"])
    check("a manifest is never coloured", "networks" in manifest and "\033" not in manifest, repr(manifest))


if __name__ == "__main__":
    main()
