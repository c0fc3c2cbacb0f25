#!/usr/bin/python3
"""Runs the golden cases through the program itself: `railhook inject` and the HTTPS server of `railhook serve`.

Both must give the pod, the denial and the warnings that the case expects, and must leave their own result alone.

Usage: run_cases.py RAILHOOK [--bless] [CASE...]
--bless writes the exact texts that `inject` gives beneath the mentions of the cases.
"""

import argparse
import base64
import concurrent.futures
import http.client
import json
import pathlib
import re
import ssl
import subprocess
import sys
import tempfile
import threading
import time

import yaml

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "scripts"))
import json_patch  # noqa: E402

START_SECONDS = 30


class Loader(yaml.CSafeLoader):
    """YAML without dates, which Kubernetes does not know either."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def load_all(path):
    return [document for document in yaml.load_all(path.read_text(), Loader) if document is not None]


class Case:
    def __init__(self, path):
        self.path = path
        self.name = path.stem
        (self.content,) = load_all(path)
        self.namespace = self.content.get("namespace", "default")
        self.pod = self.content["pod"]
        self.expect = self.content["expect"]

    def objects(self):
        for name in self.content.get("rails", []):
            yield from load_all(HERE / "rails" / name)
        yield from self.content.get("objects", [])

    def write_sources(self, directory):
        rails = directory / "rails"
        rails.mkdir()
        for position, item in enumerate(self.objects()):
            (rails / f"{position:03}.json").write_text(json.dumps(item))
        (directory / "config.yaml").write_text(json.dumps(self.content.get("config", {})))
        return ["--rails", str(rails), "--config", str(directory / "config.yaml")]

    def expected_pod(self):
        """None where it is denied."""
        if "denied" in self.expect:
            return None
        if self.expect.get("unchanged"):
            return self.pod
        pod = json.loads(json.dumps(self.expect["pod"]))
        annotations = pod.get("metadata", {}).get("annotations") or {}
        for key, value in annotations.items():
            if isinstance(value, (dict, list)):
                annotations[key] = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
        return pod


class Outcome:
    """What one way through the program made of a pod."""

    def __init__(self, pod, denied, warnings):
        self.pod, self.denied, self.warnings = pod, denied, warnings


def inject(program, case, sources, pod):
    """The pod's own namespace counts here, so it is made the request's, as the API server does it."""
    pod = json.loads(json.dumps(pod))
    own = pod.get("metadata", {}).get("namespace")
    if own is not None:
        pod["metadata"]["namespace"] = case.namespace
    ran = subprocess.run([program, "inject", "-f", "-", "-n", case.namespace, "-o", "json", *sources],
                         input=json.dumps(pod), capture_output=True, text=True, timeout=60)
    text = {"denied": [], "warning": []}
    for line in ran.stderr.splitlines():
        found = re.match(r"(?:error: )?(denied|warning): \S+ [^/ ]*/(?:\(no name\)|[^ :]*): (.*)", line)
        if found:
            text[found[1]].append(found[2])
        elif not line.startswith("note: "):
            raise AssertionError(f"inject says: {line}")
    if ran.returncode not in (0, 1) or (ran.returncode == 1) != bool(text["denied"]):
        raise AssertionError(f"inject ends with {ran.returncode}: {ran.stderr}")
    after = json.loads(ran.stdout) if ran.returncode == 0 else None
    if after is not None and own is not None:
        after["metadata"]["namespace"] = own
    return Outcome(after, text["denied"][0] if text["denied"] else None, text["warning"])


class Server:
    def __init__(self, program, sources, directory):
        self.certs = directory / "certs"
        self.process = subprocess.Popen(
            [program, "serve", *sources, "--certs", str(self.certs), "--listen", "127.0.0.1:0", "--health", "127.0.0.1:0"],
            stderr=subprocess.PIPE, text=True)

    def __enter__(self):
        line = self.process.stderr.readline()
        try:
            self.address = json.loads(line)["admission"]
        except (ValueError, KeyError):
            self.process.kill()
            raise AssertionError(f"serve says: {line}{self.process.stderr.read()}") from None
        trust = ssl.create_default_context(cafile=self.certs / "ca.crt")
        host, port = self.address.rsplit(":", 1)
        self.connection = http.client.HTTPSConnection(host, int(port), context=trust, timeout=START_SECONDS)
        self.reader = threading.Thread(target=self.process.stderr.read)  # a log that nobody reads would fill the pipe
        self.reader.start()
        return self

    def __exit__(self, *_):
        self.connection.close()
        self.process.terminate()
        self.process.wait(START_SECONDS)
        self.reader.join()
        self.process.stderr.close()

    def ask(self, review, path="/mutate-pods"):
        """As an API server asks: again where it is put off, which may happen on a busy machine."""
        for _ in range(10):
            self.connection.request("POST", f"{path}?timeout=5s", review, {"Content-Type": "application/json"})
            answer = self.connection.getresponse()
            body = answer.read()
            if answer.status != 429:
                break
            time.sleep(1)
        if answer.status != 200:
            raise AssertionError(f"HTTP {answer.status}: {body}")
        return body

    def admit(self, case, pod):
        review = {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
                  "request": {"uid": case.name, "operation": "CREATE", "namespace": case.namespace,
                              "kind": {"group": "", "version": "v1", "kind": "Pod"},
                              "resource": {"group": "", "version": "v1", "resource": "pods"}, "object": pod}}
        body = self.ask(json.dumps(review))
        response = json.loads(body)["response"]
        assert response["uid"] == case.name, response["uid"]
        warnings = response.get("warnings", [])
        if not response["allowed"]:
            return Outcome(None, response["status"]["message"], warnings)
        patch = json.loads(base64.b64decode(response["patch"], validate=True)) if "patch" in response else []
        return Outcome(json_patch.apply(pod, patch), None, warnings)


def faults_of_text(expected, exact, text):
    for mention in expected["mentions"]:
        if str(mention) not in text:
            yield f"does not mention {mention!r}: {text}"
    if expected.get(exact) != text:
        yield f"expected: {expected.get(exact)}\n       got: {text}"


def faults_of(case, outcome, expected_pod):
    """What differs from the case, as lines."""
    expected_warnings = case.expect.get("warnings", [])
    if len(outcome.warnings) != len(expected_warnings):
        yield f"{len(outcome.warnings)} warnings instead of {len(expected_warnings)}: {outcome.warnings}"
    for expected, text in zip(expected_warnings, outcome.warnings):
        yield from faults_of_text(expected, "text", text)
    if "denied" in case.expect:
        if outcome.denied is None:
            yield "is not denied"
        else:
            yield from faults_of_text(case.expect["denied"], "message", outcome.denied)
    elif outcome.denied is not None:
        yield f"is denied: {outcome.denied}"
    elif outcome.pod != expected_pod:
        yield f"expected: {json.dumps(expected_pod)}\n       got: {json.dumps(outcome.pod)}"


def faults_again(first, again):
    if again.denied is not None:
        yield f"its own result is denied: {again.denied}"
    elif again.pod != first.pod:
        yield f"its own result is changed: {json.dumps(again.pod)}"


def run(program, case):
    faults = []
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        sources = case.write_sources(directory)
        with Server(program, sources, directory) as server:
            ways = {"inject": lambda pod: inject(program, case, sources, pod), "serve": lambda pod: server.admit(case, pod)}
            for way, through in ways.items():
                outcome = through(case.pod)
                faults += [f"{way}: {fault}" for fault in faults_of(case, outcome, case.expected_pod())]
                if outcome.pod is not None:
                    faults += [f"{way}: {fault}" for fault in faults_again(outcome, through(outcome.pod))]
    return faults


def bless(program, case):
    """Writes the exact texts beneath `mentions:`; the author of a case writes only what must be in them."""
    with tempfile.TemporaryDirectory() as name:
        outcome = inject(program, case, case.write_sources(pathlib.Path(name)), case.pod)
    texts = [("message", outcome.denied)] if "denied" in case.expect else []
    texts += [("text", warning) for warning in outcome.warnings]
    lines = [line for line in case.path.read_text().splitlines() if not re.match(r" +(message|text): ", line)]
    written = []
    for line in lines:
        written.append(line)
        found = re.match(r"( +)(?:- )?mentions: ", line)
        if found and texts:
            key, text = texts.pop(0)
            indent = " " * (line.index("mentions"))
            written.append(f"{indent}{key}: {json.dumps(text, ensure_ascii=False)}")
    case.path.write_text("\n".join(written) + "\n")


def find_cases(names):
    """Those named, or all."""
    return [Case(path) for path in sorted(HERE.glob("*.yaml")) if not names or path.stem in names]


def run_all(cases, faults_of_case, at_once=4):
    """Prints what is wrong with each case, and how many hold; then ends the program."""
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
        for case, running in [(case, pool.submit(lambda case=case: list(faults_of_case(case)))) for case in cases]:
            try:
                faults = running.result()
            except Exception as error:  # one broken case must not hide the others
                faults = [f"{type(error).__name__}: {error}"]
            failed += bool(faults)
            for fault in faults:
                print(f"{case.name}: {fault}")
    print(f"{len(cases) - failed} passed, {failed} failed")
    sys.exit(1 if failed or not cases else 0)


def read_options():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--bless", action="store_true")
    parser.add_argument("cases", nargs="*")
    return parser.parse_intermixed_args()


def main():
    options = read_options()
    cases = find_cases(options.cases)
    if options.bless:
        for case in cases:
            bless(options.program, case)
        cases = [Case(case.path) for case in cases]
    run_all(cases, lambda case: run(options.program, case))


if __name__ == "__main__":
    main()
