"""Which pods get rails, and what they cost those that ask for none; tests of cluster_test.py."""

import json
import re

import yaml

from control_plane import ROOT
from harness import (CLASS, EXAMPLE, INHERIT, RAILS, RDMA, VALUES, check, check_all, has_rails, networks, pod, removed,
                     smc, test, within, workload)

REQUESTS = "railhook_admission_requests_total"
HOST_DEVICE = ROOT / "examples/host-device"
EIGHT_UNITS = {"nvidia.com/gpu": "8", "rdma/hca_gpu": "8"}


def pods_of(cluster, namespace):
    return cluster.api.list("Pod", namespace)


def all_in_phase(pods, count, phase):
    return len(pods) == count and all(pod_["status"]["phase"] == phase for pod_ in pods)


@test
def workloads_get_their_rails(cluster):
    cluster.ensure_installed()
    for kind, phase in (("Deployment", "Running"), ("StatefulSet", "Running"), ("Job", "Succeeded")):
        namespace = cluster.namespace()
        with removed(cluster, workload(kind, "pretrain", namespace, gpus=2)):
            within(30, f"the pods of a {kind} reach {phase}",
                   lambda: all_in_phase(pods_of(cluster, namespace), 2, phase))
            pods = pods_of(cluster, namespace)
            check(f"the pods of a {kind} have eight networks and eight limits", all(map(has_rails, pods)), pods)
    check("nodes give the rails", all(node["status"]["allocatable"]["spidernet.io/gpu1sriov"] == "64"
                                      for node in cluster.api.list("Node")))


@test
def namespaces_hand_their_class_down(cluster):
    cluster.ensure_installed()
    labelled = cluster.namespace(annotations={RDMA: CLASS}, labels={INHERIT: "true"})
    gpu = cluster.namespace(annotations={RDMA: CLASS}, labels={INHERIT: "gpu"})
    unlabelled = cluster.namespace(annotations={RDMA: CLASS})
    for name, namespace, annotations, gpus, wanted in [
            ("a bare pod of an annotated namespace", labelled, {}, 0, RAILS),
            ("a pod with a GPU where only those inherit", gpu, {}, 8, RAILS),
            ("a pod without one there", gpu, {}, 0, []),
            ("a pod that opts out", labelled, {RDMA: "none"}, 0, []),
            ("a bare pod of an annotated namespace without the label", unlabelled, {}, 8, []),
            ("a pod that asks itself there", unlabelled, {RDMA: CLASS}, 0, RAILS)]:
        made = cluster.api.create(pod("one", namespace, annotations, gpus))
        check(f"{name}: {len(wanted)} networks", networks(made) == wanted, networks(made))
        cluster.api.delete("Pod", "one", namespace)


@test
def pods_that_ask_for_nothing_never_reach_railhook(cluster):
    cluster.ensure_installed()
    namespace = cluster.namespace()
    before = cluster.metric(REQUESTS)
    with removed(cluster, workload("Deployment", "web", namespace, annotations={"team": "web"}),
                 pod("bare", namespace, {})):
        within(30, "pods without the annotation run", lambda: all_in_phase(pods_of(cluster, namespace), 3, "Running"))
        check("railhook was not asked about them", cluster.metric(REQUESTS) == before, before, cluster.metric(REQUESTS))
    asked, _ = cluster.try_pod(namespace)
    check("railhook counts those that it is asked about", asked and cluster.metric(REQUESTS) > before)


@test
def pods_written_by_hand_move_step_by_step(cluster):
    """NetworkAttachmentDefinitions of one's own, and the commands of docs/migration.md as they stand there."""
    cluster.ensure_installed()
    annotate, see, install, try_one = commands("Networks and pods written by hand")
    by_hand = example("by-hand.yaml")
    with removed(cluster, *unannotated_networks(), *by_hand) as made:
        check("the pod that names networks itself stays as it is", is_as_written(made[-1], *by_hand), made[-1])
        shell(cluster, annotate)
        shown = shell(cluster, see)
        check("all eight networks are rails", len(re.findall(r"^roce +rdma +default/roce-net-\d ", shown, re.MULTILINE)) == 8,
              shown)
        shell(cluster, install)
        cluster.values = None  # unusual ones
        cluster.scale(2)
        within(30, "a pod that asks would get them", lambda: "gets 8 rails" in shell(cluster, try_one))
        asks = cluster.api.create(*example("pod.yaml"), dry_run=True)
        check("in their order", networks(asks) == [f"roce-net-{n}" for n in range(1, 9)], asks["metadata"])
        check("with eight units", limits(asks) == EIGHT_UNITS, asks["spec"])
        by_hand[0]["metadata"]["name"] = "another"
        another = cluster.api.create(*by_hand, dry_run=True)
        check("a pod that names networks itself still stays as it is", is_as_written(another, *by_hand), another)
    cluster.ensure_installed()


def commands(title):
    """The shell commands of a chapter of the page about migration."""
    text = (ROOT / "docs/migration.md").read_text(encoding="utf-8")
    chapter = re.search(rf"^## {title}$(.*?)^## ", text, re.MULTILINE | re.DOTALL)[1]
    return re.findall(r"^```sh\n(.*?)^```$", chapter, re.MULTILINE | re.DOTALL)


def shell(cluster, text):
    """What shell commands print, in the root of the sources and with railhook at hand."""
    return cluster.run("bash", "-euc", f"PATH={cluster.railhook.parent}:$PATH; cd {ROOT}; {text}").stdout


def example(name):
    return list(yaml.safe_load_all((HOST_DEVICE / name).read_text(encoding="utf-8")))


def unannotated_networks():
    return [network | {"metadata": {"name": network["metadata"]["name"], "namespace": "default"}}
            for network in example("rails/networks.yaml")]


def is_as_written(made, written):
    return made["metadata"]["annotations"] == written["metadata"]["annotations"] and limits(made) == EIGHT_UNITS


def limits(pod_):
    return pod_["spec"]["containers"][0]["resources"]["limits"]


@test
def unknown_classes_are_refused_with_advice(cluster):
    cluster.ensure_installed()
    wrong = pod("typo", annotations={RDMA: "rdma-netwrok"})
    ran = cluster.kubectl("create", "-f", "-", stdin=json.dumps(wrong))
    check("kubectl fails", ran.returncode == 1, ran)
    check_all("kubectl", ran.stderr, 'admission webhook "pods.railhook.io" denied the request: ', '"rdma-netwrok"', RDMA,
              f'nearest: "{CLASS}"', "list all with: railhook rails")
    namespace = cluster.namespace(annotations={RDMA: "nosuch"}, labels={INHERIT: "true"})
    _, refusal = cluster.try_pod(namespace, {})
    check_all("a pod whose namespace asks", refusal or "", "namespaces.railhook.io", "nosuch", f'{RDMA}=\\"none\\"')


@test
def new_networks_are_injected_within_a_second(cluster):
    cluster.ensure_installed()
    _, refusal = cluster.try_pod(annotations={RDMA: "fresh"})
    check("a class that nobody has is refused", refusal)
    known = cluster.known_rails()
    with removed(cluster, smc("fresh", "fresh")):
        within(1, "every replica hears of its first network", lambda: cluster.known_rails() == [
            count + 1 for count in known])
        made = within(1, "its first network is injected", lambda: cluster.try_pod(annotations={RDMA: "fresh"})[0])
        check("a pod gets it", made and networks(made) == ["fresh"], made)
        cluster.api.patch("SpiderMultusConfig", "fresh", {"metadata": {"annotations": {RDMA: "other"}}}, "spiderpool")
        within(1, "the class that it moved to has it on every replica", lambda: cluster.all_allow(
            pod("x", annotations={RDMA: "other"})))
    within(2, "a class whose networks are gone is refused", lambda: cluster.try_pod(annotations={RDMA: "other"})[1])


@test
def dry_runs_give_the_same_pod(cluster):
    cluster.ensure_installed()
    namespace = cluster.namespace()
    text = json.dumps(pod("same", namespace, gpus=1))
    dry, real = (json.loads(cluster.run("kubectl", "create", "-o", "json", "-f", "-", *more, stdin=text).stdout)
                 for more in (["--dry-run=server"], []))
    check("a dry run has the rails", has_rails(dry), dry)
    for name, part in (("annotations", lambda pod_: pod_["metadata"]["annotations"]), ("spec", lambda pod_: pod_["spec"])):
        check(f"the same {name} in a dry run", part(dry) == part(real), part(dry), part(real))
    cluster.api.delete("Pod", "same", namespace)


@test
def lists_of_namespaces_hold_without_a_restart(cluster):
    cluster.ensure_installed()
    inside, outside = cluster.namespace(), cluster.namespace()
    pids = [replica.process.pid for replica in cluster.replicas()]
    for lists in ({"namespacesExclude": [outside]}, {"namespacesInclude": [inside]}):
        cluster.install(VALUES | {"podResourceInject": {"enabled": True} | lists})
        within(5, f"{lists}: a pod elsewhere gets nothing", lambda: is_left_out(cluster, outside))
        check(f"{lists}: a pod here gets rails", has_rails(cluster.try_pod(inside)[0]))
        ran = cluster.kubectl("create", "--dry-run=server", "-f", "-", stdin=json.dumps(pod("x", outside)))
        check_all(f"{lists}: kubectl", ran.stderr, "Warning: ", outside)
    cluster.install()
    within(5, "with empty lists every pod gets rails", lambda: not is_left_out(cluster, outside))
    check("nothing was started again", [replica.process.pid for replica in cluster.replicas()] == pids)


def is_left_out(cluster, namespace):
    """By every replica."""
    return not any("patch" in cluster.ask(replica, pod("x", namespace)) for replica in cluster.replicas())


@test
def the_examples_networks_are_what_is_tested(cluster):
    names = [document["metadata"]["name"] for document in yaml.safe_load_all(EXAMPLE.read_text())]
    check("the example has the eight rails", names == RAILS, names)
    check("the cluster has them", {smc_["metadata"]["name"] for smc_ in cluster.api.list("SpiderMultusConfig")} >= set(RAILS))
