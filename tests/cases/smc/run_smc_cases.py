#!/usr/bin/python3
"""Runs the golden cases of SpiderMultusConfigs through `railhook serve` and `railhook lint`, which must find the same.

Usage: run_smc_cases.py RAILHOOK [--bless] [CASE...]
--bless writes the exact texts that the server gives beneath the mentions of the cases.
"""

import base64
import json
import pathlib
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from run_cases import Server, json_patch, load_all, read_options, run_all  # noqa: E402

SEVERAL = re.compile(r"; (?=spec\.|annotation |the Network)")  # between the errors of one denial
NAME = "tried"  # of every case's object; its namespace has the case's own name


class Case:
    def __init__(self, path):
        self.path, self.name = path, path.stem
        (self.content,) = load_all(path)
        self.expect = self.content["expect"] or {}
        self.object = self._object(self.content)
        self.old = self._object(self.content["old"]) if "old" in self.content else None
        self.objects = [self._placed(thing) for thing in self.content.get("objects", [])]

    def texts(self, key):
        return [said["text"] for said in self.expect.get(key, [])]

    def stands_alone(self):
        """Whether all findings are on the object by itself, so that a file tells them too."""
        return self.old is None and not self.objects

    def _object(self, content):
        return self._placed({"apiVersion": "spiderpool.spidernet.io/v2beta1", "kind": "SpiderMultusConfig",
                             "metadata": {"name": NAME, "annotations": content.get("annotations", {})},
                             "spec": content["spec"]})

    def _placed(self, thing):
        return thing | {"metadata": thing["metadata"] | {"namespace": self.name}}


def find_cases(names=()):
    """Those named, or all."""
    return [Case(path) for path in sorted(HERE.glob("*.yaml")) if not names or path.stem in names]


def answer(server, path, case, thing):
    """The server's response on the case's object, or on another in its stead."""
    request = {"uid": case.name, "operation": "UPDATE" if case.old else "CREATE", "namespace": case.name, "object": thing,
               "oldObject": case.old,
               "resource": {"group": "spiderpool.spidernet.io", "version": "v2beta1", "resource": "spidermultusconfigs"}}
    review = {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request}
    return json.loads(server.ask(json.dumps(review), path))["response"]


def defaulted(server, case, thing):
    response = answer(server, "/mutate-spidermultusconfigs", case, thing)
    assert response["allowed"], response
    return json_patch.apply(thing, json.loads(base64.b64decode(response["patch"]))) if "patch" in response else thing


def judged(server, case, thing):
    """(the denial or "", the warnings)."""
    response = answer(server, "/validate-spidermultusconfigs", case, thing)
    return "" if response["allowed"] else response["status"]["message"], response.get("warnings", [])


def linted(program, case):
    """(the errors, the warnings) that lint finds in a file of the object."""
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory) / "case.json"
        path.write_text(json.dumps(case.object))
        ran = subprocess.run([program, "lint", "-f", path], capture_output=True, text=True, timeout=60)
    found = re.findall(rf"^\S+: (error|warning): SpiderMultusConfig {case.name}/{NAME}: (.*)$", ran.stderr, re.MULTILINE)
    errors, warnings = ([text for kind, text in found if kind == wanted] for wanted in ("error", "warning"))
    assert ran.returncode == bool(errors), ran.stderr
    return errors, warnings


def faults_of_texts(case, key):
    for said in case.expect.get(key, []):
        for mention in said["mentions"]:
            if str(mention) not in said.get("text", ""):
                yield f"does not mention {mention!r}: {said.get('text')}"


def faults_of(program, server, case):
    """What differs from the case, as lines."""
    yield from (fault for key in ("refused", "warnings") for fault in faults_of_texts(case, key))
    filled = defaulted(server, case, case.object)
    if "spec" in case.expect and filled["spec"] != case.expect["spec"]:
        yield f"defaults: {json.dumps(filled['spec'])}"
    if defaulted(server, case, filled) != filled:
        yield "defaults of defaults are further ones"
    expected = "; ".join(case.texts("refused")), case.texts("warnings")
    for what, thing in (("as it is", case.object), ("with defaults", filled)):
        if judged(server, case, thing) != expected:
            yield f"{what}, expected {expected}, got {judged(server, case, thing)}"
    errors, warnings = linted(program, case) if case.stands_alone() else (case.texts("refused"), case.texts("warnings"))
    if (sorted(errors), sorted(warnings)) != (sorted(case.texts("refused")), sorted(case.texts("warnings"))):
        yield f"lint finds {errors} and warns {warnings}"


def bless(server, case):
    """Writes the exact texts beneath `mentions:`."""
    denial, warnings = judged(server, case, case.object)
    texts = [*(SEVERAL.split(denial) if denial else []), *warnings]
    lines = []
    for line in case.path.read_text().splitlines():
        if line.startswith("      text: "):
            continue
        lines.append(line)
        if line.startswith("    - mentions: ") and texts:
            lines.append(f"      text: {json.dumps(texts.pop(0), ensure_ascii=False)}")
    case.path.write_text("\n".join(lines) + "\n")


def run(options, server, case):
    if options.bless:
        bless(server, case)
        case = Case(case.path)
    yield from faults_of(options.program, server, case)


def main():
    options = read_options()
    cases = find_cases(options.cases)
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        (directory / "rails").mkdir()
        for case in cases:
            things = {"apiVersion": "v1", "kind": "List", "items": case.objects}
            (directory / f"rails/{case.name}.json").write_text(json.dumps(things))
        with Server(options.program, ["--rails", str(directory / "rails")], directory) as server:
            run_all(cases, lambda case: run(options, server, case), at_once=1)


if __name__ == "__main__":
    main()
