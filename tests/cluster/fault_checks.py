"""What the API server may do to railhook, which admits pods from its cache all the time; tests of traffic_test.py."""

import contextlib

from control_plane import wait_for
from faulty_proxy import ADDRESS, FaultyProxy
from harness import (CLASS, CRDS, EXAMPLE, NAMESPACE, RAILS, RDMA, check, check_all, need, read_metric, removed, smc, test,
                     within)
from traffic import Creations, Questions, Traffic

RATE = 50  # questions or creations a second
FAULT_SECONDS = 2
SOON = 20  # seconds until everything is well again; attempts are at most ten apart
KEEP_ALIVE = 40  # until a connection is given up whose other end is gone: 25 s, and the next attempt
LOOKUPS_PER_SECOND = 1  # of a class by a replica, as the chart has it

GARBAGE = bytes(range(256)) * 4


def answer(status, *headers):
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, "Content-Length: 0", "", ""]).encode()


# What the API server's words become, and whether silent watches are cut, too. Those that aren't break at an event.
FAULTS = {
    "answers 429": (lambda _: answer("429 Too Many Requests", "Retry-After: 1"), True),
    "answers 500": (lambda _: answer("500 Internal Server Error"), True),
    "hangs up in mid-header": (lambda said: said[:100], True),
    "hangs up in mid-line": (lambda said: said[:len(said) // 2], False),
    "says garbage": (lambda _: GARBAGE, False),
}


@contextlib.contextmanager
def behind_a_proxy(cluster):
    """(a replica whose way to the API server leads through a proxy, the proxy)."""
    cluster.ensure_installed()
    with FaultyProxy(cluster.control_plane) as proxy:
        cluster.kubelet.api_address = ADDRESS
        replica = replaced(cluster, cluster.replicas()[0])
        cluster.kubelet.api_address = cluster.api.address
        try:
            yield replica, proxy
        finally:
            replaced(cluster, replica)


def replaced(cluster, old):
    """The replica that comes for it."""
    before = cluster.replicas()
    cluster.api.delete("Pod", old.name, NAMESPACE)
    need("another replica comes", lambda: old not in cluster.replicas() and cluster.are_ready(2))
    return next(replica for replica in cluster.replicas() if replica not in before)


@contextlib.contextmanager
def answering(cluster, what, *replicas):
    """Inside, the replicas are asked all the time; all questions must be answered, and as ever."""
    with Traffic(Questions(cluster, *replicas), RATE, connections=8) as traffic:
        yield
    traffic.check_no_failure(f"pods are admitted while {what}")


def known_rails(replica):
    return sum(read_metric(replica.get("/metrics")[1], "railhook_rails", {}))


def rides_out(cluster, what, replica, fault, seconds=SOON):
    """Within `fault`, a context, the replica admits pods; what came meanwhile it knows soon after."""
    before = known_rails(replica)
    with contextlib.ExitStack() as objects:
        with answering(cluster, what, replica):
            with fault:
                objects.enter_context(removed(cluster, smc("later", "later")))
                check("nothing new is heard meanwhile",
                      not wait_for(lambda: known_rails(replica) != before, FAULT_SECONDS), before)
            within(seconds, "then the replica knows what came", lambda: known_rails(replica) == before + 1)
    within(SOON, "and what went", lambda: known_rails(replica) == before)


@test
def an_api_server_that_misbehaves(cluster):
    with behind_a_proxy(cluster) as (replica, proxy):
        for name, (fault, cut) in FAULTS.items():
            rides_out(cluster, f"the API server {name}", replica, proxy.spoiling(fault, cut))
        rides_out(cluster, "no packet comes through", replica, proxy.unreachable(), KEEP_ALIVE)
        rides_out(cluster, "the token is refused", replica, token_refused(replica, proxy))
        within(SOON, "nothing is wrong any more", lambda: replica.get("/readyz") == (200, "ready\n"))


@contextlib.contextmanager
def token_refused(replica, proxy):
    """Inside, kubelet gets no good token, and the replica has seen that its own is of no use."""
    volumes = replica.volumes
    need("the replica has a token", lambda: volumes.tokens)
    before = dict(volumes.changed)
    for path in list(volumes.tokens):
        volumes.tokens[path] = b"expired", float("inf")
    try:
        need("it has another", lambda: volumes.changed != before)
        proxy.cut()
        within(SOON, "the replica tells that its token is refused", lambda: "401" in replica.get("/readyz")[1])
        proxy.cut()  # a watch may have begun with the good token
        within(SOON, "also for networks", lambda: any(line.startswith("spidermultusconfigs") and "401" in line
                                                      for line in replica.get("/readyz")[1].splitlines()))
        yield
    finally:
        volumes.tokens.clear()


@test
def an_api_server_that_comes_with_another_certificate(cluster):
    cluster.ensure_installed()
    replicas = cluster.replicas()
    pids = [replica.process.pid for replica in replicas]
    with answering(cluster, "the API server starts with another certificate", *replicas):
        certify(cluster, "ca")
        learns(cluster, "with the same authority")
    try:
        with answering(cluster, "the API server's authority is one that nobody was told of", *replicas):
            certify(cluster, "next-ca")
            within(SOON, "every replica tells that it doesn't trust it",
                   lambda: all("certificate" in replica.get("/readyz")[1] for replica in replicas))
            cluster.control_plane.publish_ca("next-ca")
            learns(cluster, "once kubelet has the new authority")
        check("railhook went on", [replica.process.pid for replica in cluster.replicas()] == pids)
    finally:
        certify(cluster, "ca")
        cluster.control_plane.publish_ca("ca")


def certify(cluster, ca):
    cluster.control_plane.certify_api_server(ca)
    cluster.control_plane.restart_api_server()


def learns(cluster, when):
    known = cluster.known_rails()
    with removed(cluster, smc("later", "later")):
        within(SOON, f"every replica learns of new networks {when}",
               lambda: cluster.known_rails() == [count + 1 for count in known])
    within(SOON, "and that they went", lambda: cluster.known_rails() == known)


@test
def an_unknown_class_is_looked_up_now_and_then(cluster):
    """However many pods ask for it."""
    cluster.ensure_installed()
    lists = smc_lists(cluster)
    creations = Creations(cluster, "default", {RDMA: "nosuch"}, dry_run=True)
    with Traffic(creations, RATE, connections=16) as traffic:
        wait_for(lambda: traffic.now() > 4)
    refused = [outcome for outcome in traffic.failures() if "denied the request" in outcome.failure]
    check(f"all are refused ({traffic})", traffic.outcomes and len(refused) == len(traffic.outcomes),
          *{outcome.failure for outcome in traffic.failures()} - {outcome.failure for outcome in refused})
    lists = smc_lists(cluster) - lists
    most = 2 * (2 + LOOKUPS_PER_SECOND * traffic.length)  # of two replicas
    check(f"for {len(refused)} of them the API server is asked {lists:.0f} times, at most {most:.0f}", 0 < lists <= most)


def smc_lists(cluster):
    """How many lists of SpiderMultusConfigs the API server has answered."""
    text = cluster.api.request("GET", "/metrics")
    return sum(read_metric(text, "apiserver_request_total", {"resource": "spidermultusconfigs", "verb": "LIST"}))


@test
def custom_resources_that_are_deleted_and_made_again(cluster):
    """Rails whose custom resources are gone are gone; other pods don't notice."""
    cluster.ensure_installed()
    known = cluster.known_rails()
    with Traffic(Creations(cluster, "default", {}, dry_run=True), rate=10, connections=4) as others:
        cluster.api.delete("CustomResourceDefinition", "spidermultusconfigs.spiderpool.spidernet.io")
        within(SOON, "no replica knows the rails any more", lambda: not any(cluster.known_rails()))
        _, refusal = cluster.try_pod()
        check_all("the refusal", refusal or "", "denied the request", CLASS)
        need("the old ones are gone", lambda: not cluster.api.get(
            "CustomResourceDefinition", "spidermultusconfigs.spiderpool.spidernet.io"))
        cluster.create_rails()
        within(SOON, "every replica knows them again", lambda: cluster.known_rails() == known)
        check("pods get rails", cluster.try_pod()[0])
    others.check_no_failure("pods that ask for nothing never fail")
