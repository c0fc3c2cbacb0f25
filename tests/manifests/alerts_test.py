#!/usr/bin/python3
"""Whether the alerts look at metrics that a railhook in a cluster exports. Usage: alerts_test.py RAILHOOK"""
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
ALERTS = ROOT / "manifests/alerts/railhook.yaml"
RAILHOOK = pathlib.Path(sys.argv.pop(1)).resolve()
SECONDS = 20
# Nobody listens there, but a server whose cluster is down exports all that it ever does.
KUBECONFIG = """
clusters: [{name: c, cluster: {server: 'http://127.0.0.1:1'}}]
contexts: [{name: c, context: {cluster: c}}]
current-context: c
"""
SERIES = re.compile(r"(railhook_\w+)(\{[^}]*\})?")


def labels_in(text):
    """The pairs of {a="b",...}, as texts."""
    return set(re.findall(r'\w+="[^"]*"', text))


def health_address(log):
    """Where the log says that the server's health is told."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if found := re.search(r'"health":"([^"]+)"', log.read_text(encoding="utf-8")):
            return found[1]
        time.sleep(0.05)
    raise AssertionError("railhook does not serve: " + log.read_text(encoding="utf-8"))


def exported():
    """The text of /metrics of a server in a cluster."""
    with tempfile.TemporaryDirectory() as directory:
        log, kubeconfig = pathlib.Path(directory) / "log", pathlib.Path(directory) / "kubeconfig"
        kubeconfig.write_text(KUBECONFIG, encoding="utf-8")
        command = [RAILHOOK, "serve", "--kubeconfig", kubeconfig, "--listen", "127.0.0.1:0", "--health", "127.0.0.1:0"]
        with log.open("w", encoding="utf-8") as errors, subprocess.Popen(command, stderr=errors) as server:
            try:
                with urllib.request.urlopen(f"http://{health_address(log)}/metrics", timeout=SECONDS) as answer:
                    return answer.read().decode()
            finally:
                server.kill()


class Alerts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        text = exported()
        samples = re.sub("^#.*", "", text, flags=re.M)
        cls.series = [(name, labels_in(labels)) for name, labels in SERIES.findall(samples)]
        cls.metrics = {name for name, _ in cls.series}
        cls.object = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))
        cls.rules = [rule for group in cls.object["spec"]["groups"] for rule in group["rules"]]

    def test_it_is_what_the_operator_reads(self):
        self.assertEqual((self.object["apiVersion"], self.object["kind"]), ("monitoring.coreos.com/v1", "PrometheusRule"))
        names = [rule["alert"] for rule in self.rules]
        self.assertEqual(len(names), len(set(names)))
        for rule in self.rules:
            self.assertLessEqual(set(rule), {"alert", "expr", "for", "labels", "annotations"}, rule)
            self.assertEqual(set(rule["annotations"]), {"summary", "description"}, rule)
            self.assertIn(rule["labels"]["severity"], ("warning", "critical"), rule)

    def test_every_series_is_exported(self):
        for rule in self.rules:
            named = SERIES.findall(rule["expr"])
            self.assertTrue(named, rule)
            for name, labels in named:
                self.assertTrue(any(name == other and labels_in(labels) <= has for other, has in self.series), rule["alert"])

    def test_trouble_that_is_promised_to_alert_does(self):
        looked_at = {name for rule in self.rules for name, _ in SERIES.findall(rule["expr"])}
        for metric in self.metrics:
            if re.search("without_label|failing|trouble|expiry|leader", metric):
                self.assertIn(metric, looked_at)


if __name__ == "__main__":
    unittest.main()
