#!/usr/bin/python3
"""`railhook serve` under many, slow, hostile and large clients: nobody who asks properly is lost or kept waiting.

Usage: connections_test.py RAILHOOK. All traffic stays on this machine's loopback, in a network namespace of its own where
such may be made: there the kernel's counters tell of this test alone.
"""

import concurrent.futures
import contextlib
import http.client
import multiprocessing
import os
import pathlib
import resource
import select
import shutil
import socket
import ssl
import statistics
import struct
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from harness import NETWORKS, RDMA, SECONDS, check, main, pod, test  # noqa: E402
from running_server import review, serving, until_not_put_off, wait_for  # noqa: E402

RAILS = pathlib.Path(__file__).parents[2] / "examples/sriov-rails/rails"
REVIEW = review(pod(annotations={RDMA: "rdma-network"}))
LONG_POD = pod(annotations={RDMA: "rdma-network"})
LONG_POD["spec"]["containers"][0]["env"] = [{"name": f"V{i}", "value": "v" * 64} for i in range(32000)]
LONG_REVIEW = review(LONG_POD)  # of 3 MB
INSIDE = "RAILHOOK_CONNECTIONS_INSIDE"  # set in a network namespace of our own
A, B, C = "127.0.0.1", "127.0.0.2", "127.0.0.3"  # clients' addresses
FORK = multiprocessing.get_context("fork")  # clients in processes of their own, as they would slow each other down


# ---- Clients ----


class Client:
    """An API server's connection: over TLS, kept alive, never opened again."""

    def __init__(self, server, source=A):
        host, port = server.admission.split(":")
        self.http = http.client.HTTPSConnection(host, int(port), timeout=SECONDS, context=server.trust,
                                                source_address=(source, 0))
        self.http.connect()
        self.http.auto_open = False
        server.clients.append(self)

    def ask(self, body=REVIEW):
        """Whether the pod is injected; an exception where the connection breaks."""
        status, text = until_not_put_off(lambda: self.ask_once(body))
        return status == 200 and b'"patch"' in text

    def ask_once(self, body):
        self.http.request("POST", "/mutate-pods", body, {"Content-Type": "application/json"})
        answer = self.http.getresponse()
        return answer.status, answer.read()

    def is_served(self, body=REVIEW):
        try:
            return self.ask(body)
        except (OSError, http.client.HTTPException):
            return False


def seconds_of_a_new_client(server, source=A):
    """How long a new client waits for its first answer; None where it gets none."""
    start = time.monotonic()
    try:
        return time.monotonic() - start if Client(server, source).ask() else None
    except (OSError, http.client.HTTPException):
        return None


class Workload:
    """Clients that ask ten times a second each, in threads, while the context lasts."""

    def __init__(self, server, clients):
        self.answered = self.failed = 0
        self.over = threading.Event()
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.run, args=[Client(server)]) for _ in range(clients)]

    def run(self, client):
        while not self.over.is_set():
            good = client.is_served()
            with self.lock:
                self.answered, self.failed = self.answered + good, self.failed + (not good)
            if not good:
                return
            time.sleep(0.1)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()


@contextlib.contextmanager
def beside(run, *arguments):
    """run(ready, over, *arguments) in a process, from when it is ready; it ends when `over` is set."""
    ready, over = FORK.Event(), FORK.Event()
    process = FORK.Process(target=run, args=[ready, over, *arguments])
    process.start()
    try:
        check(f"{run.__name__} is under way", ready.wait(SECONDS))
        yield process
    finally:
        over.set()
        process.join(SECONDS)
        process.kill()


# ---- Slow clients ----


HEADER = b"POST /mutate-pods HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"


class SlowClient:
    """Sends a little now and then, or nothing at all, and comes again when it is cut off."""

    def __init__(self, address, trust, kind):
        self.address, self.trust, self.kind = address, trust, kind
        self.open()

    def open(self):
        self.socket = socket.create_connection(self.address, timeout=SECONDS)
        if self.kind in ("header", "body"):
            self.socket = self.trust.wrap_socket(self.socket, server_hostname=self.address[0])
        self.socket.setblocking(False)
        self.parts = self.what_it_sends()

    def what_it_sends(self):
        if self.kind == "body":
            yield HEADER + b"Content-Length: 100000\r\n\r\n"
        slowly = {"silent": b"", "handshake": client_hello(self.trust), "header": HEADER, "body": b" " * 1000}[self.kind]
        for byte in slowly:
            yield bytes([byte])

    def step(self):
        part = next(self.parts, None)
        try:
            self.socket.send(part) if part else self.socket.recv(1)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        except OSError:
            self.socket.close()
            self.open()


def client_hello(trust):
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    with contextlib.suppress(ssl.SSLWantReadError):
        trust.wrap_bio(incoming, outgoing, server_hostname=A).do_handshake()
    return outgoing.read()


def slow_clients(ready, over, server, count):
    host, port = server.admission.split(":")
    kinds = ("body", "header", "handshake", "silent")  # the deadlines of the last two begin at once
    slow = [SlowClient((host, int(port)), server.trust, kind) for kind in kinds for _ in range(count // len(kinds))]
    ready.set()
    while not over.wait(0.2):
        for client in slow:
            client.step()


@test
def slow_clients_hold_nobody_up(files):
    with rails_served(files) as server, beside(slow_clients, server, 1000), Workload(server, 25) as real:
        check("1,000 slow clients are connected", connections(server) > 900, connections(server))
        waits = []
        for _ in range(12):  # for longer than the deadlines of handshake and header, which are 5 seconds
            waits.append(seconds_of_a_new_client(server))
            time.sleep(0.5)
    check("beside 1,000 slow clients every new one is answered", None not in waits, waits)
    check("and within a second", statistics.median(wait for wait in waits if wait) < 1, waits)
    check("beside 1,000 slow clients no request fails", real.failed == 0 and real.answered > 25, real.answered, real.failed)


# ---- Idle clients ----


def cpu_milliseconds(server):
    tasks = pathlib.Path(f"/proc/{server.process.pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e6


def idle_milliseconds_a_second(server):
    """What the server takes while nothing is asked of it."""
    windows = []
    for _ in range(3):
        before = cpu_milliseconds(server)
        time.sleep(1)
        windows.append(cpu_milliseconds(server) - before)
    return statistics.median(windows)


def memory_kilobytes(server):
    status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])


@test
def idle_clients_cost_nothing(files):
    with rails_served(files) as server:
        Client(server).ask()
        memory, idle = memory_kilobytes(server), idle_milliseconds_a_second(server)
        clients = [Client(server) for _ in range(1000)]
        check("1,000 clients are served", all(client.is_served() for client in clients))
        each = (memory_kilobytes(server) - memory) / len(clients)
        check("an idle connection takes 50 KB at most", each <= 50, each)
        more = idle_milliseconds_a_second(server) - idle
        check("1,000 idle connections take less than 1 ms of CPU a second", more < 1, more, idle)
        check("1,000 idle clients are still served", all(client.is_served() for client in clients))


# ---- New clients, all at once ----


def kernel_counters():
    """What /proc/net/netstat says of this network namespace, by name."""
    lines = pathlib.Path("/proc/net/netstat").read_text().splitlines()
    names, values = (line.split()[1:] for line in lines if line.startswith("TcpExt:"))
    return dict(zip(names, map(int, values)))


def segments_sent_again(connection):
    """tcpi_total_retrans of struct tcp_info."""
    return struct.unpack_from("I", connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104), 100)[0]


def connect_at_once(server, count):
    host, port = server.admission.split(":")
    made = [socket.socket() for _ in range(count)]
    for connection in made:
        connection.setblocking(False)
        connection.connect_ex((host, int(port)))
    for connection in made:
        wait_for_connection(connection)
    return made


def wait_for_connection(connection):
    waiting = select.poll()
    waiting.register(connection, select.POLLOUT)
    waiting.poll(SECONDS * 1000)
    connection.settimeout(SECONDS)


def first_answer(connection, server):
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    head = HEADER + b"Content-Length: %d\r\n\r\n" % len(REVIEW)
    with server.trust.wrap_socket(connection, server_hostname=A) as tls:
        return until_not_put_off(lambda: (status_of(tls, head + REVIEW), ""))[0]


def status_of(connection, request):
    connection.sendall(request)
    answer = connection.recv(65536)  # written at once, and read so
    return int(answer.split()[1])


@test
def clients_that_come_at_once_are_not_lost(files):
    with rails_served(files) as server:
        before = kernel_counters()
        new = connect_at_once(server, 200)
        check("no client has to knock twice", not any(map(segments_sent_again, new)))
        with concurrent.futures.ThreadPoolExecutor(len(new)) as pool:
            answers = list(pool.map(lambda connection: first_answer(connection, server), new))
        check("200 clients that come at once are served", answers == [200] * 200, set(answers))
        if INSIDE in os.environ:
            after = kernel_counters()
            for name in ("ListenOverflows", "ListenDrops", "TCPSynRetrans"):
                check(f"{name} stays as it was", after[name] == before[name], after[name] - before[name])


# ---- Floods ----


def flood(ready, over, server, source, count):
    host, port = server.admission.split(":")
    sockets = [socket.create_connection((host, int(port)), SECONDS, (source, 0)) for _ in range(count)]
    ready.set()
    over.wait(SECONDS)
    for silent in sockets:
        silent.close()


def flooded(server, source, count):
    """A flood in processes that stay below the usual limit of 1,024 open files."""
    stack = contextlib.ExitStack()
    for _ in range(count // 500):
        stack.enter_context(beside(flood, server, source, 500))
    return stack


def connections(server):
    return server.metric("railhook_connections")


def most_connections(server):
    limits = pathlib.Path(f"/proc/{server.process.pid}/limits").read_text()
    return min(4096, int(limits.split("Max open files")[1].split()[0]) - 32)


@test
def floods_push_nobody_out(files):
    with rails_served(files) as server:
        proven = [Client(server, source) for source in (A, B) for _ in range(25)]
        check("50 clients are served", all(client.is_served() for client in proven))
        with flooded(server, A, 2500):
            check("one address has half of the connections at most",
                  wait_for(lambda: connections(server) <= most_connections(server) // 2 + 25, 3) is not None)
            with flooded(server, C, 2500):
                check("two addresses stay below the limit",
                      wait_for(lambda: connections(server) <= most_connections(server), 3) is not None)
                check("5,000 silent connections push no client out", all(client.is_served() for client in proven))
                check("a new client is served, where a flood comes from too",
                      None not in [seconds_of_a_new_client(server, source) for source in (A, B)])
        check("after the floods all are served", all(client.is_served() for client in proven))


def open_files(server):
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))


@test
def running_out_of_files_ends_nothing(files):
    with rails_served(files) as server:
        proven = [Client(server, B) for _ in range(10)]
        check("10 clients are served", all(client.is_served() for client in proven))
        usual = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (open_files(server) + 30, usual[1]))
        with flooded(server, A, 500):
            check("without open files to spare a new client is served", seconds_of_a_new_client(server, B) is not None)
            check("without open files to spare no client is pushed out", all(client.is_served() for client in proven))
        resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, usual)
        check("after that new clients are served", seconds_of_a_new_client(server) is not None)
        check("after that the old ones are served", all(client.is_served() for client in proven))
        check("files are read as before", wait_for(lambda: server.metric("railhook_rails_stale") == 0) is not None)


# ---- Large clients ----


def greedy_client(ready, over, server, failures):
    client = Client(server)
    failures.value = 0 if client.is_served(LONG_REVIEW) else 1
    ready.set()
    while not over.is_set():
        failures.value += not client.is_served(LONG_REVIEW)


@test
def long_reviews_hold_nobody_up(files):
    failures = FORK.Value("i", -1)
    with rails_served(files) as server:
        with beside(greedy_client, server, failures), Workload(server, 25) as real:
            time.sleep(3)
            check("beside long reviews a new client is served", seconds_of_a_new_client(server) is not None)
        check("beside long reviews no request fails", real.failed == 0 and real.answered > 25, real.answered, real.failed)
        check("no long review fails", failures.value == 0, failures.value)


def hostile_bodies():
    """What makes a careless server take much memory, and the answers that are right."""
    size = 8 << 20
    listed = b'{"apiVersion":"admission.k8s.io/v1","request":{"object":['
    crowded = pod()
    crowded["metadata"]["annotations"] |= {f"example.com/{i}": "a text that needs memory of its own"
                                           for i in range(90_000)}
    return [("numbers", listed + b"1," * ((size - len(listed)) // 2), (400,)),
            ("empty objects", listed + b"{}," * ((size - len(listed)) // 3), (400,)),
            ("brackets", b"[" * size, (400,)),
            ("a uid of megabytes", review(pod()).replace(b"u-1", b"u" * (size - 10_000)), (400,)),
            ("texts of megabytes", listed + (b'"' + b"x" * (2 << 20) + b'",') * 3, (400,)),
            ("a networks annotation of a million values", review(pod(annotations={
                RDMA: "rdma", NETWORKS: "[" + "1," * 1_000_000 + "1]"})), (200,)),
            ("as many values as there may be", review(crowded), (200,))]


@test
def hostile_bodies_take_little_memory(files):
    """Sixteen clients send it all at once. Bodies have 64 MiB and answers 72; the chart allows 256 for all."""
    most = 176 << 10
    with serving(files) as server:
        for name, body, right in hostile_bodies():
            with concurrent.futures.ThreadPoolExecutor(16) as clients:
                answers = list(clients.map(lambda _, body=body: server.ask(body), range(16)))
            statuses = {status for status, _ in answers}
            check(f"{name}: right, or put off", statuses <= {429, *right} and statuses & set(right), statuses)
            check(f"{name}: no long answer", max(len(text) for _, text in answers) < 10_000)
            check(f"{name}: memory", server.memory_peak() < most, f"{server.memory_peak()} KiB")
        check("no long line in the log", max(map(len, server.log_path.read_text().splitlines())) < 5_000)
        check("service goes on", server.allows("rdma"))


# ---- Where it runs ----


@contextlib.contextmanager
def rails_served(files):
    files.rails = RAILS
    with serving(files) as server:
        server.clients = []
        yield server
        for client in server.clients:  # the server's end waits for theirs
            client.http.close()


def enter_namespace():
    """Runs the program again in a network namespace of its own. False where that isn't allowed."""
    if INSIDE in os.environ:
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        return True
    for more in ([], ["--map-root-user"]):
        command = ["unshare", "--net", *more, "--"]
        allowed = shutil.which("ip") and subprocess.run([*command, "true"], stderr=subprocess.DEVNULL, check=False)
        if allowed and allowed.returncode == 0:
            os.execvpe(command[0], [*command, sys.executable, *sys.argv], os.environ | {INSIDE: "1"})
    return False


def allow_many_files():
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    if not enter_namespace():
        print("SKIPPED: the kernel's counters of listening sockets; network namespaces can't be made here")
    allow_many_files()
    main()
