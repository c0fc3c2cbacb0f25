#!/usr/bin/python3
"""SriovNetworkNodePolicies and SriovNetworkPoolConfigs: what `railhook-vfmanager validate` says of files, and the server's
webhook of objects, must be the same.

Usage: policies_test.py RAILHOOK, beside which railhook-vfmanager stands.
"""

import json
import pathlib
import re
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cases/policies"))

from harness import ENVIRONMENT, RAILHOOK, SECONDS, check, check_all, main, test  # noqa: E402
from policy_cases import HERE, find_policy_cases, sriov_object  # noqa: E402
from running_server import serving, until_not_put_off  # noqa: E402

VFMANAGER = pathlib.Path(RAILHOOK).with_name("railhook-vfmanager")
FINDING = re.compile(r"^(\S+):(\d+): (error|warning): (\S+) sriov/(\S+): (.*)$", re.MULTILINE)
PLURALS = {"SriovNetworkNodePolicy": "sriovnetworknodepolicies", "SriovNetworkPoolConfig": "sriovnetworkpoolconfigs"}


def validate(path):
    return subprocess.run([VFMANAGER, "validate", "--policies", path], capture_output=True, text=True, timeout=SECONDS,
                          env=ENVIRONMENT, check=False)


def policy(name, **spec):
    return sriov_object("SriovNetworkNodePolicy", name,
                        {"nodeSelector": {}, "resourceName": "r", "numVfs": 8, "nicSelector": {"pfNames": ["ens1"]}} | spec)


def judged(server, case):
    """(the denial or "", the warnings) of the server."""
    request = {"uid": case.name, "operation": "CREATE", "namespace": "sriov", "object": case.object,
               "resource": {"group": "sriovnetwork.openshift.io", "version": "v1", "resource": PLURALS[case.kind]}}
    review = {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request}
    status, text = until_not_put_off(lambda: server.ask(json.dumps(review).encode(), "/validate-sriovnetworknodepolicies"))
    response = json.loads(text)["response"] if status == 200 else {"allowed": False, "status": {"message": text}}
    return "" if response["allowed"] else response["status"]["message"], response.get("warnings", [])


@test
def golden_cases_hold_for_files_and_for_the_server(files):
    with serving(files) as server:
        for case in find_policy_cases():
            said = judged(server, case)
            check(f"{case.name}: the server", said == (case.refused, case.warnings), said)
            ran = validate(files.write(f"{case.name}.yaml", case.object))
            found = [(kind, text) for _, _, kind, _, _, text in FINDING.findall(ran.stderr)]
            texts = "; ".join(text for kind, text in found if kind == "error"), [text for kind, text in found if kind == "warning"]
            check(f"{case.name}: validate", texts == (case.refused, case.warnings), ran.stderr)
            check(f"{case.name}: exit code", ran.returncode == bool(case.refused), ran.returncode)


@test
def validate_says_where(files):
    path = files.write("where.yaml", "# 1\n", """\
apiVersion: v1
kind: List
items:
- apiVersion: sriovnetwork.openshift.io/v1
  kind: SriovNetworkNodePolicy
  metadata: {name: listed, namespace: sriov}
  spec:
    resourceName: r
    nodeSelector: {}
    priority: 100
    numVfs: 8
    nicSelector:
      pfName: [ens1]
      vendor: 8086
""")
    lines = path.read_text().splitlines()
    err = validate(path).stderr
    for word in ("priority", "pfName", "vendor"):
        line = next(i for i, text in enumerate(lines, 1) if f"{word}:" in text)
        check(f"the line of {word}", re.search(rf"^{re.escape(str(path))}:{line}: error: \S+ sriov/listed: spec\..*{word}", err,
                                               re.MULTILINE), err)
    check_all("validate", err, 'did you mean "pfNames"?', "3 errors, 0 warnings")
    text = json.dumps(policy("p", mtu=1), indent=1)
    line = str(text[:text.index('"mtu"')].count("\n") + 1)
    found = FINDING.findall(validate(files.write("bad.json", text)).stderr)
    check("JSON is read as well", [(one[1], one[5].split(":")[0]) for one in found] == [(line, "spec.mtu is 1")], found)


@test
def validate_compares_all_objects_of_a_directory(files):
    one = files.write("several/one.yaml", policy("a"), policy("c", priority=1))
    two = files.write("several/two.yml", policy("b", nicSelector={"pfNames": ["ens1#2-3"]}))
    files.write("several/README.md", "no: [yaml")
    ran = validate(one.parent)
    check("contradictions are an error", ran.returncode == 1, ran.returncode)
    check("the contradiction is told once, by both names, where the second stands", [
        (path, name, text) for path, _, _, _, name, text in FINDING.findall(ran.stderr)] == [
            (str(two), "b", "policies b and a, both of priority 0, name VFs 2-3 of ens1: give one of them other VFs "
             "(pfNames: [NAME#FIRST-LAST]) or another priority")], ran.stderr)
    two.write_text(one.read_text())
    check_all("the same object twice", validate(one.parent).stderr, f"{two}:", "is there twice, first in", f"{one}:1: remove one")
    pools = [sriov_object("SriovNetworkPoolConfig", name, {}) for name in ("all", "more")]
    check_all("pools of the same nodes", validate(files.write("pools.yaml", *pools)).stderr,
              "SriovNetworkPoolConfigs more and all choose the same nodes")
    old = policy("old") | {"apiVersion": "sriovnetwork.openshift.io/v1alpha1"}
    check_all("another version", validate(files.write("version.yaml", old)).stderr, "write sriovnetwork.openshift.io/v1")


@test
def what_is_nearly_a_policy_is_none(files):
    kind = policy("p") | {"kind": "SriovNetworkNodePolicys"}
    check_all("a kind that isn't", validate(files.write("kind.yaml", kind)).stderr, 'kind is "SriovNetworkNodePolicys"',
              'did you mean "SriovNetworkNodePolicy"?')
    version = {key: value for key, value in policy("p").items() if key != "apiVersion"}
    check_all("no version", validate(files.write("none.yaml", version)).stderr, 'apiVersion is "": write sriovnetwork.openshift.io/v1')
    other = validate(files.write("other.yaml", policy("p") | {"kind": "SriovIBNetwork"}))
    check("other kinds of the group are left alone", other.returncode == 0 and "holds no" in other.stderr, other)


@test
def a_file_that_cannot_be_read_hides_no_other(files):
    template = files.write("chart/a.yaml", "{{ if }}\na: [\n")
    good = files.write("chart/b.yaml", policy("p", mtu=1))
    check_all("validate", validate(good.parent).stderr, f"{template}: line ", f"{good}:", "spec.mtu is 1", "2 errors, 0 warnings")
    tab = validate(files.write("tab.yaml", "kind: X\nspec:\n  a: 1\n\tb: 2\n"))
    check_all("a tab", tab.stderr, "line 4", "there is a tab: YAML is indented by spaces alone")


@test
def what_people_have_been_told_to_write_is_good(_):
    ran = validate(HERE / "spiderpool.yaml")
    check("Spiderpool's policies", (ran.returncode, ran.stderr) == (0, ""), ran)


@test
def how_validate_ends(files):
    good = validate(files.write("good.yaml", policy("p")))
    check("nothing is said of what is good", (good.returncode, good.stdout, good.stderr) == (0, "", ""), good)
    other = validate(files.write("other.yaml", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}}))
    check("no policy at all", other.returncode == 0 and "holds no SriovNetworkNodePolicy" in other.stderr, other)
    missing = validate(files.directory / "nowhere")
    check("a path that isn't there", missing.returncode == 2 and "no such file or directory" in missing.stderr, missing)
    broken = validate(files.write("broken.yaml", "a: b\nc: [d\n"))
    check("no YAML", broken.returncode == 1 and "broken.yaml" in broken.stderr and "line " in broken.stderr, broken)
    usage = subprocess.run([VFMANAGER, "validate"], capture_output=True, text=True, timeout=SECONDS, check=False)
    check("no path", usage.returncode == 2 and "--policies" in usage.stderr, usage)


if __name__ == "__main__":
    main()
