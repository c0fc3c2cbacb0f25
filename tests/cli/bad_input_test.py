#!/usr/bin/python3
"""What no API server would send: the running server answers it clearly or hangs up, and goes on serving.

Usage: bad_input_test.py RAILHOOK
"""

import concurrent.futures
import json
import pathlib
import socket
import ssl
import subprocess
import sys
import tempfile
import time

SECONDS = 30  # the server's longest deadline for a request is 10 s

RAIL = {"apiVersion": "spiderpool.spidernet.io/v2beta1", "kind": "SpiderMultusConfig",
        "metadata": {"name": "gpu1", "namespace": "spiderpool",
                     "annotations": {"cni.spidernet.io/rdma-resource-inject": "rdma"}},
        "spec": {"cniType": "sriov", "sriov": {"resourceName": "spidernet.io/gpu1", "ippools": {"ipv4": ["pool"]}}}}
POD = {"metadata": {"name": "train", "annotations": {"cni.spidernet.io/rdma-resource-inject": "rdma"}},
       "spec": {"containers": [{"name": "train"}]}}


def review(**changes):
    request = {"uid": "u-1", "operation": "CREATE", "namespace": "default", "object": POD,
               "resource": {"group": "", "version": "v1", "resource": "pods"}}
    return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request} | changes


def without(review_, *fields):
    return review_ | {"request": {k: v for k, v in review_["request"].items() if k not in fields}}


def post(body, headers=(), path="/mutate-pods", length=None):
    if not isinstance(body, bytes):
        body = (body if isinstance(body, str) else json.dumps(body)).encode()
    lines = [f"POST {path} HTTP/1.1", "Host: railhook", *(headers or ["Content-Type: application/json"]),
             f"Content-Length: {len(body) if length is None else length}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def deep_review(depth):
    return json.dumps(review()).replace('"name": "train"}]', '"name": "train", "x": %s}]' % ("[" * depth + "]" * depth))


OVER = (8 << 20) + 1

# What it is, the bytes, and the status of the answer; 0: the connection is closed without one.
ANSWERED = [
    ("an empty body", post(b""), 400),
    ("no JSON", post("pod"), 400),
    ("truncated JSON", post(json.dumps(review())[:-20]), 400),
    ("two documents", post(json.dumps(review()) * 2), 400),
    ("a list", post([]), 400),
    ("a text", post('"AdmissionReview"'), 400),
    ("null", post("null"), 400),
    ("another kind", post(review(kind="ConversionReview")), 400),
    ("no kind", post({"request": {}}), 400),
    ("another version", post(review(apiVersion="admission.k8s.io/v1beta1")), 400),
    ("no request", post(review(request=None)), 400),
    ("a request that is a list", post(review(request=[])), 400),
    ("no uid", post(without(review(), "uid")), 400),
    ("a uid that is a number", post(review(request={"uid": 7})), 400),
    ("YAML", post("kind: AdmissionReview\n", ["Content-Type: application/yaml"]), 415),
    ("no content type", post(review(), ["Accept: */*"]), 415),
    ("a form", post("a=b", ["Content-Type: application/x-www-form-urlencoded"]), 415),
    ("nesting of 129", post(deep_review(129)), 400),
    ("200 KB of [", post("[" * 200_000), 400),
    ("200 KB of {", post('{"a":' * 40_000), 400),
    ("invalid UTF-8", post(json.dumps(review()).encode().replace(b"default", b"de\xff\xfeault")), 400),
    ("a NUL byte", post(json.dumps(review()).encode().replace(b"default", b"def\0ault")), 400),
    ("a number beyond all", post(json.dumps(review()).replace('"u-1"', '"u-1", "n": 1e999')), 400),
    ("a body over 8 MiB, at its Content-Length", post(b"", length=OVER), 413),
    ("a body over 8 MiB, sent whole", post(b" " * OVER), 413),
    ("a length beyond all", post(b"", length=10 ** 30), 400),
    ("a chunked body", post(review(), ["Content-Type: application/json", "Transfer-Encoding: chunked"]), 400),
    ("another path", post(review(), path="/mutate"), 404),
    ("GET", b"GET /mutate-pods HTTP/1.1\r\nHost: railhook\r\n\r\n", 405),
    ("PUT", post(review()).replace(b"POST", b"PUT", 1), 405),
    ("a header of 64 KB", post(review(), ["Content-Type: application/json", "X: " + "x" * 65536]), 431),
    ("no HTTP", b"\x16\x03\x01 hello\r\n\r\n", 400),
    ("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    # Allowed, denied or passed on, but answered as an admission.
    ("a pod that is a list", post(review(request=review()["request"] | {"object": [1]})), 200),
    ("no object", post(without(review(), "object")), 200),
    ("annotations that are numbers", post(review(request=review()["request"] | {"object": {
        "metadata": {"annotations": {"cni.spidernet.io/rdma-resource-inject": 7}}}})), 200),
    ("another resource", post(review(request=review()["request"] | {"resource": {"group": "apps", "resource": "deployments"}})), 200),
    ("nesting of 100", post(deep_review(100)), 200),
]

# Bytes to send at once, then one byte of the rest at a time, each PAUSE seconds; the server must end it by itself.
PAUSE = 0.5
SLOW = [
    ("a header that dribbles", b"POST /mutate-pods HTTP/1.1\r\n", b"X: " + b"x" * 100),
    ("a body that dribbles", post(b"{", length=1000), b" " * 100),
    ("a body that never comes", post(b"", length=1000), b""),
]


class Server:
    def __init__(self, program):
        self.directory = tempfile.TemporaryDirectory()
        home = pathlib.Path(self.directory.name)
        (home / "rail.json").write_text(json.dumps(RAIL))
        self.process = subprocess.Popen(
            [program, "serve", "--rails", home, "--certs", home / "certs", "--listen", "127.0.0.1:0", "--health", "127.0.0.1:0"],
            stderr=subprocess.PIPE, text=True)
        address = json.loads(self.process.stderr.readline())["admission"].rsplit(":", 1)
        self.address = (address[0], int(address[1]))
        self.trust = ssl.create_default_context(cafile=home / "certs" / "ca.crt")

    def connect(self):
        plain = socket.create_connection(self.address, SECONDS)
        return self.trust.wrap_socket(plain, server_hostname="127.0.0.1")

    def stop(self):
        self.process.terminate()
        _, log = self.process.communicate(timeout=SECONDS)
        self.directory.cleanup()
        return self.process.returncode, log


def read_status(connection):
    """The status of the next answer, its body read; 0 where the connection ends first."""
    received = b""
    while b"\r\n\r\n" not in received:
        more = connection.recv(65536)
        if not more:
            return 0
        received += more
    head, _, body = received.partition(b"\r\n\r\n")
    length = next((int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    while len(body) < length:
        more = connection.recv(65536)
        if not more:
            break
        body += more
    return int(head.split()[1])


def exchange(server, data):
    with server.connect() as connection:
        try:
            connection.sendall(data)
        except OSError:
            pass  # hung up before all was sent: an answer may be there all the same
        try:
            return read_status(connection)
        except (ConnectionError, ssl.SSLError):
            return 0


def check_answered(server, data, status):
    got = exchange(server, data)
    if got != status:
        return f"answered with {got}, not {status}"
    return check_good(server)


def check_good(server):
    got = exchange(server, post(review()))
    return None if got == 200 else f"a good request afterwards is answered with {got}"


def check_slow(server, first, rest):
    """Fails unless the server hangs up, with or without an error as answer, while other clients are served."""
    start = time.monotonic()
    with server.connect() as connection:
        connection.sendall(first)
        connection.settimeout(PAUSE)
        while time.monotonic() - start < SECONDS:
            try:
                if rest:
                    connection.sendall(rest[:1])
                    rest = rest[1:]
                if not connection.recv(65536):
                    return check_good(server)
            except TimeoutError:
                continue
            except OSError:
                return check_good(server)
    return f"still connected after {SECONDS} s"


def check_silent(server):
    """Silent before the handshake: afterwards a connection may be idle for minutes."""
    with socket.create_connection(server.address, SECONDS) as connection:
        if connection.recv(1):
            return "the server speaks first"
    return check_good(server)


def check_no_tls(server):
    with socket.create_connection(server.address, SECONDS) as connection:
        connection.sendall(b"POST /mutate-pods HTTP/1.1\r\n\r\n")
        try:
            while connection.recv(65536):
                pass
        except ConnectionError:
            pass
    return check_good(server)


def run(checks):
    failed = 0
    for name, check in checks:
        try:
            fault = check()
        except Exception as error:
            fault = f"{type(error).__name__}: {error}"
        failed += fault is not None
        if fault is not None:
            print(f"{name}: {fault}")
    return failed


def main():
    server = Server(sys.argv[1])
    checks = [(name, lambda data=data, status=status: check_answered(server, data, status)) for name, data, status in ANSWERED]
    checks.append(("HTTP without TLS", lambda: check_no_tls(server)))
    with concurrent.futures.ThreadPoolExecutor(len(SLOW) + 1) as pool:
        waiting = [(name, pool.submit(check_slow, server, first, rest)) for name, first, rest in SLOW]
        waiting.append(("a client that is silent from the start", pool.submit(check_silent, server)))
        failed = run(checks)
        failed += run([(name, result.result) for name, result in waiting])
    code, log = server.stop()
    ends_well = code == 0 and "terminate" not in log and "AddressSanitizer" not in log
    failed += not ends_well
    if not ends_well:
        print(f"the server ends with {code}: {log[-2000:]}")
    print(f"{len(checks) + len(waiting) + 1 - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
