"""Pods that are created while replicas end and begin; tests of traffic_test.py."""

import contextlib

from control_plane import wait_for
from harness import NAMESPACE, check, need, test, within
from traffic import Creations, Traffic, kinds

RATE = 100  # creations a second
BURST = 20  # at once, so that connections to both replicas are in use
RESTARTS = 3
LATE_NEWS = 2  # seconds between a replica's end and the news of it
KUBELETS_LOOK = 1  # seconds until kubelet knows that a container has ended
AFTER_KILL = 10  # seconds in which creations may fail


@contextlib.contextmanager
def pods_that_are_created(cluster, annotations=None, rate=RATE, burst=BURST):
    creations = Creations(cluster, cluster.namespace(), annotations)
    with Traffic(creations, rate, burst) as traffic:
        yield traffic
    creations.delete()


@test
def no_creation_fails_while_replicas_are_restarted(cluster):
    """API servers keep connections, so that a replica which comes second may get none of them; but not each time."""
    cluster.ensure_installed()
    shares = []
    for number in range(1, RESTARTS + 1):
        before = set(cluster.kubelet.logs)
        with pods_that_are_created(cluster) as traffic:
            wait_for(lambda: traffic.now() > 1)
            restart(cluster)
        traffic.check_no_failure(f"no creation fails in rolling restart {number}")
        shares.append([admissions(cluster, name) for name in set(cluster.kubelet.logs) - before])
    check("each time both replicas were replaced", all(len(share) == 2 for share in shares), shares)
    check(f"both new replicas had their share: {shares}", any(map(all, shares)))


def restart(cluster):
    """Until the old replicas are gone."""
    old = {replica.name for replica in cluster.replicas()}
    cluster.run("kubectl", "rollout", "restart", "deployment/railhook", "--namespace", NAMESPACE)
    cluster.run("kubectl", "rollout", "status", "deployment/railhook", "--namespace", NAMESPACE, "--timeout=50s")
    need("the old replicas are gone", lambda: not old & {pod["metadata"]["name"] for pod in cluster.pods()})


def admissions(cluster, replica):
    """How many pods a replica has decided about, by its log."""
    return cluster.kubelet.logs[replica].read_text().count('"msg":"admission"')


@test
def no_creation_fails_where_the_news_of_an_end_comes_late(cluster):
    """As kube-proxy on the API server's node may be the last to know: the endpoints stay as they were for a while."""
    cluster.ensure_installed()
    for old in cluster.replicas():
        with pods_that_are_created(cluster) as traffic:
            with cluster.kubelet.held():
                old.process.terminate()
                check("the replica goes on meanwhile", not wait_for(lambda: not old.is_running(), LATE_NEWS))
            cluster.api.delete("Pod", old.name, NAMESPACE)
            need("another takes its place", lambda: old not in cluster.replicas() and cluster.are_ready(2))
        traffic.check_no_failure(f"no creation fails where a replica ends {LATE_NEWS} s before its endpoint")


@test
def creations_fail_for_a_moment_only_when_a_replica_is_killed(cluster):
    """How many depends on how soon the endpoint is gone: here as soon as kubelet, which looks once a second, knows."""
    cluster.ensure_installed()
    with (pods_that_are_created(cluster, {}, rate=10, burst=1) as others,
          pods_that_are_created(cluster) as traffic):
        wait_for(lambda: traffic.now() > 2)
        most_busy = max(cluster.replicas(), key=lambda replica: admissions(cluster, replica.name))
        with cluster.kubelet.held():
            killed = traffic.now()
            most_busy.kill()
            wait_for(lambda: traffic.now() > killed + KUBELETS_LOOK)
        wait_for(lambda: traffic.now() > killed + AFTER_KILL + 1)
    failures = traffic.failures()
    last = max((outcome.sent for outcome in failures), default=killed) - killed
    print(f"     kill -9 of one of two replicas at {RATE} creations a second: {len(failures)} failed, the last was sent "
          f"{last:.2f} s after", *kinds(failures), sep="\n     ")
    check(f"no creation fails that began {AFTER_KILL} s after the kill ({traffic})", last < AFTER_KILL, last)
    others.check_no_failure("pods that ask for nothing never fail")
