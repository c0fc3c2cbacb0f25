"""How `railhook serve` starts, follows its files, and ends; tests of command_line_test.py."""

import contextlib
import os
import re
import signal
import socket
import urllib.error
import urllib.request

import yaml

from harness import RDMA, SECONDS, Run, check, check_all, pod, smc, sriov, test
from running_server import Server, review, serving, wait_for


def within_5_seconds(name, condition):
    took = wait_for(condition)
    check(name, took is not None, "never")
    check(f"{name}: within 5 seconds", took is not None and took < 5, took)


@test
def serve_answers(files):
    with serving(files) as server:
        check("a pod is injected", "patch" in server.admit(pod()))
        check("/healthz", server.get("/healthz")[0] == 200)
        check("/readyz", server.get("/readyz") == (200, "ready\n"), server.get("/readyz"))
        status, text = server.get("/metrics")
        check("/metrics", status == 200 and "# TYPE railhook_" in text, text)
        check("/metrics: every metric is railhook's or its process's, and told about", all(
            re.match(r"(# HELP |# TYPE |)(railhook|process)_", line) for line in text.splitlines()), text)
        check("/metrics: rails", server.metric("railhook_rails") == 2, text)
        for name in ("railhook_rails_stale", "railhook_config_stale"):
            check(f"/metrics: {name}", server.metric(name) == 0, text)
        check("another path", server.get("/other")[0] == 404, server.get("/other"))
        check("the admission port has no metrics", "404" in refused(server, "/metrics"))
        certs = files.directory / "certs"
        for name in ("tls.crt", "tls.key", "ca.crt"):
            check(f"the certificate directory has {name}", (certs / name).is_file())
        check("the key is nobody else's", (certs / "tls.key").stat().st_mode & 0o077 == 0)


def refused(server, path):
    try:
        urllib.request.urlopen(f"https://{server.admission}{path}", timeout=SECONDS, context=server.trust).close()
    except urllib.error.HTTPError as error:
        error.close()
        return str(error)
    return "200"


@test
def serve_follows_its_rails(files):
    with serving(files) as server:
        check("a class that is not there", not server.allows("more"))
        files.write("rails/more.yaml", smc("gpu3", sriov("gpu3")["spec"], {RDMA: "more"}))
        within_5_seconds("new rails hold", lambda: server.allows("more"))
        check("a reload is logged", server.logged(msg="reloaded", what="rails"), server.log())
        check("/metrics follow", server.metric("railhook_rails") == 3)
        (files.rails / "more.yaml").unlink()
        within_5_seconds("rails that went are gone", lambda: not server.allows("more"))


@test
def serve_keeps_good_rails(files):
    with serving(files) as server:
        broken = files.write("rails/broken.yaml", "a: b\nc: [\n")
        within_5_seconds("broken rails are told by a metric", lambda: server.metric("railhook_rails_stale") == 1)
        check("broken rails are logged with file and line", server.logged(level="error", what="rails",
                                                                          error=f"{broken}: line "), server.log())
        check("the last good rails hold", server.allows("rdma"))
        check("/readyz is ready, and tells", server.get("/readyz")[0] == 200 and "rails" in server.get("/readyz")[1],
              server.get("/readyz"))
        broken.write_text(yaml.safe_dump(sriov("gpu2")))
        within_5_seconds("an object twice is told with both files",
                         lambda: server.logged(error="rails.yaml:") and server.logged(error="broken.yaml:"))
        broken.write_text(yaml.safe_dump(smc("gpu4", sriov("gpu4")["spec"], {RDMA: "mended"})))
        within_5_seconds("mended rails hold", lambda: server.allows("mended"))
        check("nothing is stale any more", server.metric("railhook_rails_stale") == 0)


@test
def serve_follows_its_configuration(files):
    with serving(files) as server:
        check("a pod is injected at first", "patch" in server.admit(pod()))
        server.config.write_text("podResourceInject: {enabled: false}\n")
        within_5_seconds("a new configuration holds", lambda: "patch" not in server.admit(pod()))
        server.config.write_text("podResourceInject: {enable: false}\n")
        within_5_seconds("a broken configuration is told by a metric",
                         lambda: server.metric("railhook_config_stale") == 1)
        check("a broken configuration is logged with line and key",
              server.logged(level="error", what="configuration", error="line 1: podResourceInject.enable "),
              server.log())
        check("the last good configuration holds", "patch" not in server.admit(pod()))
        check("/readyz tells", server.get("/readyz")[0] == 200 and "configuration" in server.get("/readyz")[1],
              server.get("/readyz"))
        server.config.write_text("podResourceInject: {enabled: false}\nlogLevel: debug\n")
        within_5_seconds("a new log level holds, for pods that ask for nothing",
                         lambda: server.admit(pod(annotations={})) and server.logged(level="debug", msg="admission"))
        server.config.unlink()
        within_5_seconds("a configuration that went is logged",
                         lambda: server.logged(what="configuration", error="No such file"))
        server.config.write_text("{}\n")
        within_5_seconds("a mended configuration holds", lambda: "patch" in server.admit(pod()))
        check("nothing is stale any more", server.metric("railhook_config_stale") == 0)


@test
def serve_follows_a_config_map(files):
    """Files that are swapped through a link, as kubelet does it."""
    mounted = files.directory / "mounted"
    for step, class_ in [("..1", "first"), ("..2", "second")]:
        files.write(f"mounted/{step}/rails.yaml", smc("gpu1", sriov("gpu1")["spec"], {RDMA: class_}))
    (mounted / "..data").symlink_to("..1")
    (mounted / "rails.yaml").symlink_to("..data/rails.yaml")
    files.rails = mounted
    with serving(files) as server:
        check("the first ConfigMap holds", server.allows("first"))
        (mounted / "..next").symlink_to("..2")
        os.rename(mounted / "..next", mounted / "..data")
        within_5_seconds("the second ConfigMap holds", lambda: server.allows("second") and not server.allows("first"))


def exchange(connection, text):
    """Sends, and reads what comes until the other end pauses after a whole message or hangs up."""
    connection.sendall(text.encode())
    answer = b""
    while b"\r\n\r\n" not in answer and (part := connection.recv(65536)):
        answer += part
    return answer.decode()


def post(body, more=""):
    return ("POST /mutate-pods HTTP/1.1\r\nHost: railhook\r\nContent-Type: application/json\r\n"
            f"{more}Content-Length: {len(body)}\r\n\r\n")


@test
def serve_drains(files):
    """On the way down requests are answered for the last time, and who keeps a connection is told, so that none is lost."""
    body = review(pod()).decode()
    server = Server(files)
    with contextlib.ExitStack() as stack:
        begun, idle, silent = (stack.enter_context(server.connect()) for _ in range(3))
        for connection in (idle, silent):
            check("a connection is kept", "keep-alive" in exchange(connection, post(body) + body))
        check("a request begins", " 100 " in exchange(begun, post(body, "Expect: 100-continue\r\n")))
        server.process.send_signal(signal.SIGTERM)
        within_5_seconds("readiness fails", lambda: server.get("/readyz") == (503, "not ready: draining\n"))
        fresh = stack.enter_context(server.connect())
        for name, connection in [("a kept connection", idle), ("a new one", fresh)]:
            answer = exchange(connection, post(body) + body)
            check_all(name, answer, "HTTP/1.1 200 ", "Connection: close\r\n", '"patch"')
        answer = exchange(begun, body)
        check_all("the request that had begun", answer, "HTTP/1.1 200 ", "Connection: close\r\n", '"patch"')
        check_all("a connection that asks for nothing", exchange(silent, ""), "HTTP/1.1 503 ", "Retry-After: 0\r\n")
    check("it ends with 0", server.stop() == 0, server.log_path.read_text())


@test
def serve_ends_with_interrupts_too(files):
    server = Server(files)
    check("SIGINT ends the server with 0", server.stop(signal.SIGINT) == 0, server.log_path.read_text())
    check("the end is logged", server.logged(msg="draining"), server.log())


@test
def serve_refuses_to_start(files):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        busy = f"127.0.0.1:{taken.getsockname()[1]}"
        port = busy.split(":")[1]
        serve = ["serve", "--rails", files.rails]
        for name, arguments, *told in [
                ("a busy port", ["--listen", busy, "--health", "127.0.0.1:0"], port, "in use"),
                ("a busy health port", ["--listen", "127.0.0.1:0", "--health", busy], port, "in use"),
                ("an address without a port", ["--listen", "127.0.0.1"], '"127.0.0.1"', "ADDR:PORT"),
                ("no address", ["--listen", ":8443"], '":8443"', "ADDR:PORT"),
                ("a port that is none", ["--listen", "127.0.0.1:http"], '"127.0.0.1:http"', "ADDR:PORT"),
                ("a port beyond all", ["--listen", "127.0.0.1:65536"], '"127.0.0.1:65536"', "ADDR:PORT"),
                ("a negative port", ["--listen", "127.0.0.1:-1"], '"127.0.0.1:-1"', "ADDR:PORT"),
                ("a name instead of an address", ["--listen", "localhost:0"], '"localhost"', "address"),
                ("a bad health address", ["--listen", "127.0.0.1:0", "--health", "8081"], '"8081"', "ADDR:PORT"),
                ("a configuration that is not there", ["--config", files.directory / "nowhere"], "nowhere",
                 "No such file"),
                ("controllers without a cluster", ["--config", files.write("keeping.yaml", {"controllers": ["multus"]})],
                 "controllers: multus needs a cluster"),
                ("a certificate directory that is a file", ["--certs", files.write("file", "x")], "file")]:
            ran = Run(*serve, *arguments)
            check(f"{name}: does not start", ran.code in (1, 2), ran.code)
            check_all(name, ran.err, "error:", *told)
        Run("serve", "--rails", files.directory / "nowhere").check("rails that are not there", 1, "nowhere",
                                                                   "no such file")
        files.write("rails/broken.yaml", "a: [\n")
        Run(*serve).check("broken rails at the start", 1, "broken.yaml: ", "line ")
