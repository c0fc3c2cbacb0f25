"""A steady stream of requests: so many a second by the clock, however long each takes and whatever becomes of it.

    with Traffic(Creations(cluster, namespace), rate=100) as traffic:
        ...
    traffic.check_no_failure("no pod is refused")
"""

import collections
import contextlib
import dataclasses
import http.client
import itertools
import json
import re
import ssl
import threading
import time

from api import decode, path_of
from harness import NAMESPACE, check, has_rails, networks, pod, review_of

SECONDS = 20  # until a request has failed; admission as a whole may take an API server longer than any webhook
TOLD = 3  # kinds of failures
JSON = {"Content-Type": "application/json"}


@dataclasses.dataclass
class Outcome:
    """Of one request: when it was due and what came of it, in seconds since the traffic began."""

    due: float
    sent: float
    answered: float
    failure: str  # "": none


class Traffic:
    """Sends while its context lasts, in bursts of `burst` requests, so that several connections are in use.

    Nothing is sent twice: a failure is a failure. `client` has connect(), which gives a connection for one thread, and
    send(connection, number), which gives the reason of a failure or "".
    """

    def __init__(self, client, rate, burst=1, connections=48):
        self.client, self.rate, self.burst = client, rate, burst
        self.outcomes = []
        self.begin = self.length = None
        self.numbers = itertools.count()  # shared: whoever is free takes the next one
        self.ending = threading.Event()
        self.threads = [threading.Thread(target=self._run, daemon=True) for _ in range(connections)]

    def __enter__(self):
        self.begin = time.monotonic()
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.length = self.now()
        self.ending.set()
        for thread in self.threads:
            thread.join()

    def now(self):
        return time.monotonic() - self.begin

    def failures(self, since=0.0):
        """Those of requests that were sent then or later."""
        return [outcome for outcome in self.outcomes if outcome.failure and outcome.sent >= since]

    def check_no_failure(self, name):
        failures = self.failures()
        check(f"{name} ({self})", self.outcomes and not failures, f"{len(failures)} failed", *kinds(failures))

    def __str__(self):
        took = sorted(outcome.answered - outcome.sent for outcome in self.outcomes) or [0]
        late = max((outcome.sent - outcome.due for outcome in self.outcomes), default=0)
        return (f"{len(took)} requests, {len(took) / self.length:.0f} of {self.rate} a second, at most {late:.2f} s late; "
                f"answered in {1000 * took[len(took) // 2]:.0f} ms, {1000 * took[-1 - len(took) // 100]:.0f} ms (p99), "
                f"{1000 * took[-1]:.0f} ms at most")

    # ---- A thread ----

    def _run(self):
        with contextlib.closing(self.client.connect()) as connection:
            for number in self.numbers:
                due = number // self.burst * self.burst / self.rate
                if self.ending.wait(max(0, due - self.now())):
                    return
                self._send(connection, number, due)

    def _send(self, connection, number, due):
        sent = self.now()
        try:
            failure = self.client.send(connection, number)
        except (OSError, http.client.HTTPException) as error:
            connection.close()  # the next request opens it again
            failure = f"no answer: {error!r}"
        self.outcomes.append(Outcome(due, sent, self.now(), failure))


def kinds(failures):
    """The commonest reasons, each with its number."""
    counted = collections.Counter(re.sub(r"traffic-\d+|(?<=:)\d+(?=->)", "…", outcome.failure) for outcome in failures)
    return [f"{count} times: {reason}" for reason, count in counted.most_common(TOLD)]


# ---- Clients ----


class Creations:
    """Creates pods through the API server, and looks whether each has what it should: the eight rails where it asks.

    No scheduler looks at them, as a hundred a second are more than the nodes hold.
    """

    def __init__(self, cluster, namespace, annotations=None, dry_run=False):
        self.cluster, self.namespace = cluster, namespace
        made = pod("traffic-NUMBER", namespace, annotations)
        made["spec"]["schedulerName"] = "nobody"
        self.body = json.dumps(made)
        self.asks = bool(made["metadata"]["annotations"])
        self.path = path_of("Pod", "", namespace) + ("?dryRun=All" if dry_run else "")

    def connect(self):
        return http.client.HTTPSConnection(*self.cluster.api.address, timeout=SECONDS, context=self.cluster.api.trust)

    def send(self, connection, number):
        connection.request("POST", self.path, self.body.replace("NUMBER", str(number)), JSON)
        answer = connection.getresponse()
        made = json.loads(answer.read())
        if answer.status >= 400:
            return f"{answer.status}: {made['message']}"
        if has_rails(made) if self.asks else not networks(made):
            return ""
        return f"created with the networks {networks(made)}"

    def delete(self):
        """All that were created."""
        self.cluster.api.request("DELETE", path_of("Pod", "", self.namespace), {"gracePeriodSeconds": 0})


class Questions:
    """Asks replicas themselves whether a pod that asks for rails may be, without any API server."""

    def __init__(self, cluster, *replicas):
        self.addresses = [replica.address for replica in replicas]
        self.trust = ssl.create_default_context(cadata=decode(cluster.certificate()["ca.crt"]).decode())
        self.body = json.dumps(review_of(pod("asked")))
        self.turns = itertools.cycle(self.addresses)

    def connect(self):
        return _Direct(next(self.turns), self.trust)

    def send(self, connection, _):
        connection.request("POST", "/mutate-pods", self.body, JSON)
        answer = connection.getresponse()
        text = answer.read().decode()
        if answer.status != 200:
            return f"{answer.status}: {text}"
        response = json.loads(text)["response"]
        return "" if response["allowed"] and "patch" in response else f"{connection.host}: {text}"


class _Direct(http.client.HTTPSConnection):
    """To a replica by its address, with the Service's name for its certificate."""

    def __init__(self, address, trust):
        super().__init__(address, 8443, timeout=SECONDS)
        self.trust = trust

    def connect(self):
        http.client.HTTPConnection.connect(self)
        self.sock = self.trust.wrap_socket(self.sock, server_hostname=f"railhook.{NAMESPACE}.svc")
