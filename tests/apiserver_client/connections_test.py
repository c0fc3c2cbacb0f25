#!/usr/bin/python3
"""How an API server and railhook get on while railhook starts, ends, is busy or slow.

Usage: connections_test.py RAILHOOK
"""

import concurrent.futures
import contextlib
import itertools
import pathlib
import signal
import sys
import threading


from client import ROOT, SECONDS, ApiServerClient, Certificates, registration

sys.path.insert(0, str(ROOT / "tests/cli"))
from harness import RAILS, RDMA, check, main, networks, pod, test  # noqa: E402

from railhook import serving, wait_for  # noqa: E402
from stand_in import StandIn  # noqa: E402

IDLE = 25  # connections that an API server keeps
BURST = 40
OLD_BALANCING = "WebhookRoundTripLoadBalancing=false"  # before 1.37 a connection chose the endpoint, not a request


class Place:
    """The directory of a test, with certificates, and names for what is in it."""

    def __init__(self, files):
        self.directory, self.rails = files.directory, files.rails
        self.certificates = Certificates(self.directory / "certificates")
        self.numbers = itertools.count()

    def serving(self, *sources):
        return serving(self.directory / f"railhook-{next(self.numbers)}", self.certificates, *sources)

    def serving_cluster(self, api):
        return self.serving("--kubeconfig", api.kubeconfig(self.directory / "kubeconfig"))

    def creator(self, client, endpoints, **changes):
        """A function that creates a pod in an API server with a registration of its own."""
        webhooks, server = registration(self.certificates, **changes), str(next(self.numbers))
        return lambda class_="rdma": client.create(server, webhooks, endpoints, pod(annotations={RDMA: class_}))


def is_injected(outcome):
    return outcome.pod is not None and len(networks(outcome.pod)) == 2


def check_injected(name, outcomes):
    bad = [outcome.message or "no rails" for outcome in outcomes if not is_injected(outcome)]
    check(name, outcomes and not bad, f"{len(bad)} of {len(outcomes)}", *bad[:3])


@test
def a_call_gets_through_to_a_server_that_knows_the_rails_late(files):
    place = Place(files)
    with StandIn(RAILS) as api, place.serving_cluster(api) as server, ApiServerClient() as client:
        created = place.creator(client, [server.admission], timeoutSeconds=30)()
        asked_again = wait_for(lambda: server.metric('railhook_admission_requests_total{result="not_ready"'))
        check("the API server is asked to try again", asked_again, server.get("/metrics")[1])
        check("the pod waits meanwhile", not created.done(), created)
        api.open()
        outcome = created.result(SECONDS)
        check_injected("then it gets its rails", [outcome])
        check("by the same call", outcome.reused + outcome.new_connections > 1, vars(outcome))


@contextlib.contextmanager
def creating(create):
    """Four creations at a time, as long as the context lasts; gives the list that their outcomes go to."""
    outcomes, ending = [], threading.Event()

    def go_on():
        while not ending.wait(0.005):
            outcomes.append(create().result(SECONDS))

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        running = [pool.submit(go_on) for _ in range(4)]
        try:
            yield outcomes
        finally:
            ending.set()
    for one in running:
        one.result()


def await_more(outcomes, more=40, seconds=SECONDS):
    wanted = len(outcomes) + more
    return wait_for(lambda: len(outcomes) >= wanted, seconds)


def check_that_no_call_fails(place, *features):
    with StandIn(RAILS) as api, ApiServerClient(*features) as client:
        api.open()
        with place.serving_cluster(api) as ending, place.serving_cluster(api) as staying:
            check("both are ready", wait_for(lambda: ending.is_ready() and staying.is_ready()))
            endpoints = [ending.admission, staying.admission]
            with creating(place.creator(client, endpoints)) as outcomes:
                check("pods are created", await_more(outcomes))
                ending.signal(signal.SIGTERM)
                await_more(outcomes, seconds=1)  # the endpoints change a moment later than the pod ends
                endpoints.remove(ending.admission)
                check("it ends with 0", ending.process.wait(SECONDS) == 0, ending.log.read_text())
                check("pods are created after it", await_more(outcomes))
            check("both were asked", all(server.log.read_text().count('"admission"') > 5 for server in (ending, staying)))
            check_injected(f"{features}: no call fails while one of two servers ends", outcomes)


@test
def no_call_fails_while_a_server_ends(files):
    check_that_no_call_fails(Place(files))


@test
def no_call_of_an_older_api_server_fails_while_a_server_ends(files):
    check_that_no_call_fails(Place(files), OLD_BALANCING)


@test
def calls_in_turn_share_a_connection(files):
    place = Place(files)
    with place.serving("--rails", files.rails) as server, ApiServerClient() as client:
        create = place.creator(client, [server.admission])
        outcomes = [create().result(SECONDS) for _ in range(200)]
        check_injected("all get their rails", outcomes)
        made = sum(outcome.new_connections for outcome in outcomes)
        check("over one connection", made == 1, made)


def connections_to(address):
    """How many clients of this machine are connected to the address, accepted yet or not."""
    port = f":{int(address.rpartition(':')[2]):04X}"
    lines = [line.split() for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()]
    return sum(words[2].endswith(port) and words[3] == "01" for words in lines)


@test
def a_burst_leaves_idle_connections_that_later_calls_use(files):
    place = Place(files)
    with place.serving("--rails", files.rails) as server, ApiServerClient() as client:
        create = place.creator(client, [server.admission], timeoutSeconds=30)
        server.signal(signal.SIGSTOP)
        burst = [create() for _ in range(BURST)]
        check("each call connects", wait_for(lambda: connections_to(server.admission) == BURST), connections_to(server.admission))
        server.signal(signal.SIGCONT)
        check_injected("all of the burst get their rails", [created.result(SECONDS) for created in burst])
        kept = wait_for(lambda: connections_to(server.admission) == IDLE)
        check(f"the client keeps {IDLE}", kept, connections_to(server.admission))
        outcomes = [created.result(SECONDS) for created in [create() for _ in range(IDLE)]]
        check_injected("all of the next burst get their rails", outcomes)
        made = sum(outcome.new_connections for outcome in outcomes)
        check("over the connections that were kept", made == 0, made)


@test
def a_call_that_takes_too_long_ends_in_time_and_harms_nobody(files):
    place = Place(files)
    with StandIn(RAILS) as api, place.serving_cluster(api) as server, ApiServerClient() as client:
        api.open()
        check("it is ready", wait_for(server.is_ready))
        create, create_in_a_hurry = (place.creator(client, [server.admission], timeoutSeconds=seconds) for seconds in (30, 1))
        api.hang()
        late = create_in_a_hurry("unheard-of").result(SECONDS)
        check("a class that can't be looked up in time fails the call", "context deadline exceeded" in (late.message or ""),
              vars(late))
        check("after the webhook's timeout", 1 <= late.seconds < 15, late.seconds)
        check_injected("others are served meanwhile", [create().result(SECONDS)])
        api.resume()
        denied = create("unheard-of").result(SECONDS)
        check("and later it is denied", denied.code == 403 and "unheard-of" in denied.message, vars(denied))


main()
