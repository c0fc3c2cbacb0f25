#!/usr/bin/python3
"""The golden cases of tests/cases through a real API server: the same pod, the same denial, the same warnings.

The pods are created as server-side dry runs. What the API server itself makes of a pod, such as defaults and the service
account's volume, it makes of the expected one too, in a namespace for which it never asks railhook: the two must be equal.

Usage: golden_test.py RAILHOOK [TEST...]
"""

import itertools
import json
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cases"))

import run_cases  # noqa: E402, I001
from api import ApiError  # noqa: E402
from golden_cluster import GoldenCluster  # noqa: E402
from harness import VALUES, check, main, test  # noqa: E402

# What keeps a case from standing in a cluster as in a directory: part of what the API server says when it refuses the
# case's pod or objects, or a field of theirs that it drops.
REFUSED = {
    "1.3-mirror-pod": "must set spec.nodeName",
    "1.3-mirror-pod-in-annotated-namespace": "must set spec.nodeName",
    "1.3-mirror-pod-with-host-network": "must set spec.nodeName",
    "1.3-mirror-pod-with-unknown-class": "must set spec.nodeName",
    "2.5-ipoib-without-master": "spec.ipoib: Invalid value: master is missing",
    "2.5-ipoib-without-master-network-key": "spec.ipoib: Invalid value: master is missing",
    "2.5-old-form-ippools-under-spec": "spec.ippools",
    "2.5-old-form-numeric-pkey": "spec.ibsriov.pkey in body must be of type string",
    "2.5-sriov-without-resource": "spec.sriov: Invalid value: resourceName is missing",
    "2.6-cnitype-without-its-section": "spec: Invalid value: sriov is there with cniType sriov",
    "2.6-every-bad-rail-is-named": "spec.sriov: Invalid value: resourceName is missing",
    "3.7-empty-container-list": "spec.containers: Required value",
    "3.7-init-containers-only": "spec.containers: Required value",
    "3.7-large-integers-stay": "cannot unmarshal number 18446744073709551615",
    "3.7-neighbours-with-odd-keys-stay": 'metadata.annotations: Invalid value: "example.com/a~1b"',
    "3.7-no-containers": "spec.containers: Required value",
    "3.7-unknown-fields-stay": "spec.containers[0].restartPolicy: Required value",
}

# Cases of namespaces that the registration leaves out: railhook isn't asked, and so it can't warn.
NOT_ASKED = {
    "1.2-exclude-keeps-the-always-excluded",
    "1.2-include-does-not-free-kube-system",
    "1.2-kube-node-lease-is-always-excluded",
    "1.2-kube-public-is-always-excluded",
    "1.2-kube-system-is-always-excluded",
}

# Cases of pods that inherit a class in a namespace without the label.
ASKED_WITHOUT_LABEL = {"1.4-defaults-all", "1.5-no-label-still-injects"}


def read_cases():
    return [run_cases.Case(path) for path in sorted(run_cases.HERE.glob("*.yaml"))]


def groups(cases):
    """(objects, configuration, cases) with the fewest changes of both."""
    def key(case):
        config = case.content.get("config", {})
        return json.dumps([list(case.objects()), bool(config), config], sort_keys=True)
    for _, group in itertools.groupby(sorted(cases, key=key), key):
        group = list(group)
        yield list(group[0].objects()), group[0].content.get("config", {}), group


def faults_of(case, answer, expected):
    """What differs from the case, as lines. The API server's own warnings come with the expected pod as well."""
    if case.name in NOT_ASKED:
        case.expect.pop("warnings")
    warnings = [warning for warning in answer.warnings if warning not in expected.warnings]
    outcome = run_cases.Outcome(answer.pod, answer.denied, warnings)
    return list(run_cases.faults_of(case, outcome, expected.pod))


def run(cluster, case):
    answer = cluster.create(case.pod, case.namespace)
    expected = cluster.create_beside_railhook(case.expected_pod() or case.pod)
    faults = [answer.refused] if answer.refused else faults_of(case, answer, expected)
    check(case.name, not faults, *faults)


def check_refused(cluster, case, spoiled):
    said = spoiled or cluster.create(case.pod, case.namespace).refused or ""
    check(f"{case.name} is refused by the API server", said and REFUSED[case.name] in said, said)


def run_all(cluster, cases):
    for objects, config, group in groups(cases):
        refused, dropped = load(cluster, objects)
        cluster.configure(config)
        for case in group:
            if case.name in REFUSED:
                check_refused(cluster, case, refused or dropped)
            elif refused:
                check(case.name, False, refused)
            else:
                run(cluster, case)
    cluster.load([])


def load(cluster, objects):
    """What the API server says where it refuses the objects, and the fields that it drops."""
    try:
        return "", cluster.load(objects)
    except ApiError as error:
        return str(error), ""


@test
def golden_cases_hold(cluster):
    golden = GoldenCluster(cluster, VALUES)
    run_all(golden, [case for case in read_cases() if case.name not in ASKED_WITHOUT_LABEL])


@test
def golden_cases_of_namespaces_without_the_label_hold(cluster):
    golden = GoldenCluster(cluster, VALUES | {"namespaceDefaults": "all"})
    run_all(golden, [case for case in read_cases() if case.name in ASKED_WITHOUT_LABEL])


@test
def lists_name_golden_cases(_):
    cases = {case.name for case in read_cases()}
    listed = [*REFUSED, *NOT_ASKED, *ASKED_WITHOUT_LABEL]
    check("every listed case is there", cases.issuperset(listed), set(listed) - cases)
    print(f"{len(cases)} cases: {len(cases) - len(REFUSED)} go through the API server, {len(REFUSED)} it refuses itself")


if __name__ == "__main__":
    main()
