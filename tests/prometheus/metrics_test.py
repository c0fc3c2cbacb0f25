#!/usr/bin/python3
"""What Prometheus makes of railhook's metrics and alerts, and whether the contract's table of metrics is true.

Usage: metrics_test.py RAILHOOK
"""

import pathlib
import re
import subprocess
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / "tests/cli"), str(ROOT / "tests/apiserver_client")]
from harness import RAILS, check, main, test  # noqa: E402

from client import SECONDS, Certificates, find_program  # noqa: E402
from railhook import serving, wait_for  # noqa: E402
from stand_in import StandIn  # noqa: E402

ROW = re.compile(r"\| `(\w+)(?:\{([\w,]+)\})?` \| (\w+) \|")
TYPE = re.compile(r"# TYPE (\w+) (\w+)")
SAMPLE = re.compile(r"(\w+?)(?:_bucket|_sum|_count)?(?:\{([^}]*)\})? \S+")


def judge(what, text):
    return subprocess.run([find_program("prometheus-judge"), what], input=text, capture_output=True, text=True,
                          timeout=SECONDS, check=False)


def with_files(files, certificates):
    with serving(files.directory / "with-files", certificates, "--rails", files.rails) as server:
        server.ask("GET", "/")  # some metrics begin with the first answer
        return server.get("/metrics")[1]


def with_a_cluster(files, certificates):
    with StandIn(RAILS) as api:
        api.open()
        kubeconfig = api.kubeconfig(files.directory / "kubeconfig")
        with serving(files.directory / "with-a-cluster", certificates, "--kubeconfig", kubeconfig) as server:
            check("it is ready", wait_for(server.is_ready))
            return server.get("/metrics")[1]


def exported(files):
    certificates = Certificates(files.directory / "certificates")
    return with_files(files, certificates), with_a_cluster(files, certificates)


def described(text):
    """Type and labels of each metric in a text of metrics."""
    metrics = {name: (type_, set()) for name, type_ in TYPE.findall(text)}
    for line in text.splitlines():
        if not line.startswith("#"):
            name, labels = SAMPLE.fullmatch(line).groups()
            metrics[name][1].update(set(re.findall(r'(\w+)="', labels or "")) - {"le"})
    return metrics


def promised():
    contract = (ROOT / "docs/contract.md").read_text(encoding="utf-8")
    section = contract.partition("\n## Metrics\n")[2].partition("\n## ")[0]
    return {name: (type_, set(filter(None, labels.split(",")))) for name, labels, type_ in ROW.findall(section)}


@test
def prometheus_has_nothing_to_say_against_the_metrics(files):
    for text in exported(files):
        judged = judge("metrics", text)
        check("promlint is content", judged.returncode == 0 and not judged.stdout, judged.stdout, judged.stderr)
    bad = judge("metrics", "# TYPE railhook_bad counter\nrailhook_bad 1\n")
    check("as it wouldn't be with a counter that doesn't say so", bad.returncode == 1 and "_total" in bad.stdout, vars(bad))


@test
def the_contract_has_every_metric_that_is_exported(files):
    live = {name: found for text in exported(files) for name, found in described(text).items()}
    table = promised()
    check("the table is found", len(table) > 20, table)
    for name in sorted(live.keys() | table.keys()):
        check(f"{name}: type and labels", live.get(name) == table.get(name),
              f"exported: {live.get(name)}, in docs/contract.md: {table.get(name)}")


@test
def prometheus_understands_the_alerts(files):
    rules = yaml.safe_load((ROOT / "manifests/alerts/railhook.yaml").read_text(encoding="utf-8"))
    expressions = [" ".join(rule["expr"].split()) for group in rules["spec"]["groups"] for rule in group["rules"]]
    judged = judge("expressions", "\n".join(expressions))
    check("each is an expression of PromQL", judged.returncode == 0, judged.stderr)
    named = set(re.findall(r"^__name__ (\w+)$", judged.stdout, re.MULTILINE))
    check("they name metrics", len(named) >= len(expressions) - 2, named)
    live = {name for text in exported(files) for name in described(text)}
    check("all of which are exported", named <= live, named - live)
    check("nonsense is refused", judge("expressions", "sum(railhook_leader").returncode == 1)


main()
