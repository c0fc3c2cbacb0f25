#!/usr/bin/python3
"""What the Helm chart makes of its values. Usage: chart_test.py RAILHOOK"""
import copy
import functools
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import yaml

sys.dont_write_bytecode = True

from chart import (CHART, ENABLED, NAMESPACE, NETWORKS, NEWEST, OLDEST, OLDEST_FOR_VFS, POLICIES, ROOT, configuration,  # noqa: E402
                   container, documents, pod_spec, refusal, render, run, template)

sys.path.insert(0, str(ROOT / "scripts"))
from chart_values import described  # noqa: E402

RAILHOOK = pathlib.Path(sys.argv.pop(1)).resolve()
VERSION = subprocess.run([RAILHOOK, "version"], capture_output=True, text=True, check=True).stdout.split()[1]
VALUE_FILES = sorted((pathlib.Path(__file__).parent / "values").glob("*.yaml"))
DEFAULTS = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
EXAMPLE = ROOT / "examples/sriov-rails"


def read(name):
    return yaml.safe_load((pathlib.Path(__file__).parent / f"values/{name}.yaml").read_text(encoding="utf-8"))


EVERYTHING = read("everything")
WEBHOOKS = {key: value for key, value in EVERYTHING.items() if key != "vfManager"}


def at(values, path):
    return functools.reduce(lambda value, key: value[key], path, values)


def with_value(values, path, value):
    """A copy of the values with another value at the path."""
    values = copy.deepcopy(values)
    inner = values
    for key in path[:-1]:
        inner = inner.setdefault(key, {})
    inner[path[-1]] = value
    return values


class Rendering(unittest.TestCase):
    def test_helm_finds_nothing_to_complain_about(self):
        for path in VALUE_FILES:
            linted = run("helm", "lint", CHART, "--strict", "--kube-version", OLDEST_FOR_VFS, "--values", path)
            self.assertEqual(linted.returncode, 0, f"{path}: {linted.stdout}")

    def test_the_same_values_give_the_same_bytes(self):
        for path in VALUE_FILES:
            values = yaml.safe_load(path.read_text(encoding="utf-8"))
            self.assertEqual(template(values).stdout, template(values).stdout)

    def test_the_server_and_its_version_make_no_difference(self):
        for values, oldest in ((EVERYTHING, OLDEST_FOR_VFS), (WEBHOOKS, OLDEST)):
            self.assertEqual(documents(values, kubernetes=oldest), documents(values, kubernetes=NEWEST))

    def test_older_servers_are_refused(self):
        self.assertIn("chart requires kubeVersion: >=1.28.0-0 which is incompatible with Kubernetes v1.27.16",
                      refusal(ENABLED, kubernetes="1.27.16"))

    def test_servers_with_a_vendors_suffix_are_taken(self):
        render(kubernetes="1.28.9-gke.100")
        render(kubernetes="1.30.2+rke2r1")

    def test_versions_are_those_of_the_program(self):
        chart = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))
        self.assertEqual((chart["version"], chart["appVersion"]), (VERSION, VERSION))
        self.assertIn(f"ARG VERSION={VERSION}\n", (ROOT / "Dockerfile").read_text(encoding="utf-8"))


class Values(unittest.TestCase):
    """All paths below are those that values.yaml describes."""
    paths = [path for path, _ in described((CHART / "values.yaml").read_text(encoding="utf-8"))]

    def test_every_value_is_described(self):
        leaves = {path for path in walk(DEFAULTS)}
        self.assertEqual({path for path in leaves if not any(path[:len(known)] == known for known in self.paths)}, set())

    def test_the_test_values_differ_from_the_defaults(self):
        for path in self.paths:
            self.assertNotEqual(at(EVERYTHING, path), at(DEFAULTS, path), path)

    def test_every_value_has_an_effect(self):
        both = ENABLED | {"vfManager": {"enabled": True}}
        plain, everything = template(both).stdout, template(EVERYTHING).stdout
        for path in self.paths:
            alone = template(with_value(both, path, at(EVERYTHING, path)))
            without = template(with_value(EVERYTHING, path, at(DEFAULTS, path)))
            seen = alone.returncode == 0 and alone.stdout != plain or without.returncode == 0 and without.stdout != everything
            self.assertTrue(seen, path)


def walk(values, path=()):
    """The paths of all values that are no maps with keys of ours."""
    for key, value in values.items():
        if isinstance(value, dict) and value:
            yield from walk(value, path + (key,))
        else:
            yield path + (key,)


class Refusals(unittest.TestCase):
    def test_wrong_values_are_refused_by_their_names(self):
        for values, *told in [
                ({"replica": 2}, "additional properties 'replica' not allowed"),
                ({"namespacesExclude": []}, "'namespacesExclude'"),
                ({"podResourceInject": {"enable": True}}, "at '/podResourceInject'", "'enable'"),
                ({"podResourceInject": {"enabled": "yes"}}, "at '/podResourceInject/enabled': got string, want boolean"),
                ({"podResourceInject": {"namespacesExclude": "ci"}}, "at '/podResourceInject/namespacesExclude'", "want array"),
                ({"podResourceInject": {"namespacesInclude": ["Team A"]}}, "namespacesInclude/0': 'Team A' does not match"),
                ({"namespaceDefaults": "labels"}, "at '/namespaceDefaults': value must be one of 'label', 'all', 'off'"),
                ({"namespaceDefaults": True}, "at '/namespaceDefaults'"),
                ({"existingNetworks": "keep"}, "at '/existingNetworks': value must be one of 'replace', 'merge', 'deny'"),
                ({"liveLookupsPerSecond": -1}, "at '/liveLookupsPerSecond': minimum: got -1, want 0"),
                ({"classes": {"a": {"expectrails": 8}}}, "at '/classes/a'", "'expectrails'"),
                ({"classes": {"a": {"expectRails": 0}}}, "at '/classes/a/expectRails': minimum: got 0, want 1"),
                ({"classes": {"a": {"env": {"N": 3}}}}, "at '/classes/a/env/N': got number, want string"),
                ({"classes": {"a": {"shmSize": 16}}}, "at '/classes/a/shmSize': got number, want string"),
                ({"podTemplates": [{"kind": "Training"}]}, "at '/podTemplates/0': missing properties 'apiVersion', 'path'"),
                ({"controllers": ["spiderpool"]}, "at '/controllers/0': value must be 'multus'"),
                ({"ipam": {"type": "dhcp"}}, "at '/ipam/type': value must be one of 'spiderpool', 'whereabouts'"),
                ({"crds": {"nads": True}}, "at '/crds'", "'nads'"),
                ({"webhook": {"timeoutSeconds": 31}}, "at '/webhook/timeoutSeconds': maximum: got 31, want 30"),
                ({"webhook": {"failurePolicy": "fail"}}, "at '/webhook/failurePolicy'", "'Fail', 'Ignore'"),
                ({"certificateLifetime": "12 hours"}, "at '/certificateLifetime': '12 hours' does not match"),
                ({"replicas": 0}, "at '/replicas': minimum: got 0, want 1"),
                ({"image": {"digest": "0123"}}, "at '/image/digest'", "sha256"),
                ({"imagePullSecrets": ["registry"]}, "at '/imagePullSecrets/0': got string, want object"),
                ({"logLevel": "trace"}, "at '/logLevel'", "'debug', 'info', 'warning', 'error'"),
                ({"certManager": {"enabled": True, "issuerRef": {"kind": "ClusterIssuer"}}}, "at '/certManager/issuerRef'", "'name'"),
                ({"resources": {"limit": {}}}, "at '/resources'", "'limit'"),
                ({"podDisruptionBudget": {"maxUnavailable": 0}}, "at '/podDisruptionBudget/maxUnavailable'"),
                ({"podAnnotations": {"a": True}}, "at '/podAnnotations/a': got boolean, want string"),
                ({"podLabels": {"app.kubernetes.io/name": "x"}}, "at '/podLabels/app.kubernetes.io~1name'"),
                ({"serviceAccount": {"create": False}}, "set serviceAccount.name to the ServiceAccount"),
                ({"fullnameOverride": "12-railhook"}, '"12-railhook" can\'t be the name of a Service', "set fullnameOverride"),
        ]:
            with self.subTest(values):
                said = refusal(values)
                for part in told:
                    self.assertIn(part, said)

    def test_helms_own_values_for_parts_of_other_charts_are_taken(self):
        self.assertEqual(render({"global": {"region": "x"}}), render())


class Objects(unittest.TestCase):
    def test_what_there_is(self):
        always = {"Deployment", "Service", "ServiceAccount", "ConfigMap", "ClusterRole", "ClusterRoleBinding", "Role",
                  "RoleBinding", "PodDisruptionBudget"}
        self.assertEqual(set(render()), always)
        self.assertEqual(set(render(ENABLED)), always | {"MutatingWebhookConfiguration"})
        self.assertEqual(set(render(NETWORKS)), always | {"MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"})

    def test_custom_resources_are_made_where_asked_for_and_stay(self):
        sriov = ["sriovnetworknodepolicies", "sriovnetworknodestates", "sriovnetworkpoolconfigs"]
        for value, names in (("spiderMultusConfigs", ["spidermultusconfigs"]), ("sriovNetwork", sriov)):
            made = [one for one in documents({"crds": {value: True}}) if one["kind"] == "CustomResourceDefinition"]
            self.assertEqual([one["spec"]["names"]["plural"] for one in made], names)
            for name, one in zip(names, made, strict=True):
                self.assertEqual(one["metadata"]["annotations"], {"helm.sh/resource-policy": "keep"})
                plain = yaml.safe_load((ROOT / f"manifests/crds/{name}.yaml").read_text(encoding="utf-8"))
                self.assertEqual((one["metadata"]["name"], one["spec"]), (plain["metadata"]["name"], plain["spec"]))

    def test_values_of_a_release_that_lacks_newer_ones_are_taken(self):
        self.assertEqual(render({"controllers": None, "crds": None, "validateSriovPolicies": None}), render())

    def test_what_is_in_a_namespace_is_in_the_releases(self):
        for kind, one in render(ENABLED | NETWORKS, namespace="rails").items():
            cluster_wide = kind.startswith("ClusterRole") or kind.endswith("WebhookConfiguration")
            self.assertEqual(one["metadata"].get("namespace"), None if cluster_wide else "rails", kind)

    def test_names_follow_the_release(self):
        for release, name in (("railhook", "railhook"), ("my-railhook", "my-railhook"), ("my", "my-railhook")):
            objects = render(release=release)
            self.assertEqual({one["metadata"]["name"] for one in objects.values()}, {name})
            self.assertIn(f"--service={name}", container(objects)["args"])
            self.assertIn([f"{name}-certs"], [rule.get("resourceNames") for rule in objects["Role"]["rules"]])

    def test_selectors_hold_what_an_upgrade_never_changes(self):
        for values in ({}, {"podLabels": {"team": "x"}, "image": {"tag": "2"}}):
            objects = render(values)
            wanted = {"app.kubernetes.io/name": "railhook", "app.kubernetes.io/instance": "railhook"}
            self.assertEqual(objects["Deployment"]["spec"]["selector"], {"matchLabels": wanted})
            self.assertEqual(objects["PodDisruptionBudget"]["spec"]["selector"], {"matchLabels": wanted})
            self.assertEqual(objects["Service"]["spec"]["selector"], wanted)
            self.assertLessEqual(wanted.items(), objects["Deployment"]["spec"]["template"]["metadata"]["labels"].items())

    def test_labels_are_texts_whatever_the_names(self):
        labels = render({"nameOverride": "on", "fullnameOverride": "x"}, release="12")["Service"]["metadata"]["labels"]
        self.assertEqual((labels["app.kubernetes.io/name"], labels["app.kubernetes.io/instance"]), ("on", "12"))

    def test_permissions_are_the_least(self):
        objects = render()
        self.assertEqual(grants(objects["ClusterRole"]), {
            ("spiderpool.spidernet.io", "spidermultusconfigs", None): "list watch",
            ("k8s.cni.cncf.io", "network-attachment-definitions", None): "list watch",
            ("", "namespaces", None): "list watch",
            ("admissionregistration.k8s.io", "mutatingwebhookconfigurations", "railhook"): "list watch patch",
            ("admissionregistration.k8s.io", "validatingwebhookconfigurations", "railhook"): "list watch patch",
            ("", "events", None): "create patch"})
        self.assertEqual(grants(objects["Role"]), {
            ("", "secrets", None): "create",
            ("", "secrets", "railhook-certs"): "list watch update",
            ("coordination.k8s.io", "leases", None): "create",
            ("coordination.k8s.io", "leases", "railhook"): "get update"})

    def test_keeping_networks_needs_more_permissions(self):
        plain, keeping = render(), render(NETWORKS)
        self.assertEqual(keeping["Role"], plain["Role"])
        registrations = ("admissionregistration.k8s.io", "mutatingwebhookconfigurations"), (
            "admissionregistration.k8s.io", "validatingwebhookconfigurations")
        self.assertEqual(grants(keeping["ClusterRole"]), grants(plain["ClusterRole"]) | {
            ("spiderpool.spidernet.io", "spidermultusconfigs", None): "list watch get",
            ("k8s.cni.cncf.io", "network-attachment-definitions", None): "list watch get create patch delete"} | {
                (*registration, None): "list watch" for registration in registrations})

    def test_validating_policies_needs_a_watch_of_them(self):
        plain, validating = render(), render(POLICIES)
        self.assertEqual(validating["Role"], plain["Role"])
        self.assertEqual(grants(validating["ClusterRole"]), grants(plain["ClusterRole"]) | {
            ("sriovnetwork.openshift.io", plural, None): "list watch"
            for plural in ("sriovnetworknodepolicies", "sriovnetworkpoolconfigs")})
        self.assertNotIn("--sriov-policies", container(plain)["args"])
        self.assertIn("--sriov-policies", container(validating)["args"])

    def test_permissions_go_to_the_pods_account(self):
        for values in ({}, {"serviceAccount": {"create": False, "name": "rails"}}, {"serviceAccount": {"name": "rails"}}):
            objects = render(values)
            account = {"kind": "ServiceAccount", "name": pod_spec(objects)["serviceAccountName"], "namespace": NAMESPACE}
            for kind in ("ClusterRole", "Role"):
                binding = objects[f"{kind}Binding"]
                self.assertEqual(binding["subjects"], [account])
                self.assertEqual((binding["roleRef"]["kind"], binding["roleRef"]["name"]), (kind, "railhook"))

    def test_an_account_of_the_users_is_not_made(self):
        self.assertNotIn("ServiceAccount", render({"serviceAccount": {"create": False, "name": "rails"}}))

    def test_a_budget_needs_two_replicas(self):
        self.assertEqual(render()["PodDisruptionBudget"]["spec"]["maxUnavailable"], 1)
        self.assertNotIn("PodDisruptionBudget", render({"replicas": 1}))
        self.assertNotIn("PodDisruptionBudget", render({"podDisruptionBudget": {"enabled": False}}))


def grants(role):
    """(group, resource, name or None) -> the verbs of each rule."""
    found = {}
    for rule in role["rules"]:
        (group,), (name,) = rule["apiGroups"], rule.get("resourceNames", [None])
        found |= {(group, resource, name): " ".join(rule["verbs"]) for resource in rule["resources"]}
    return found


class CertManager(unittest.TestCase):
    """A certificate that cert-manager makes."""
    OWN = ENABLED | {"certManager": {"enabled": True}}
    REFERENCE = {"name": "company", "kind": "ClusterIssuer", "group": "cert-manager.io"}
    COMPANYS = ENABLED | {"certManager": {"enabled": True, "issuerRef": REFERENCE}}

    def test_the_certificate_is_for_the_service(self):
        spec = render(self.COMPANYS, release="my")["Certificate"]["spec"]
        service = f"my-railhook.{NAMESPACE}"
        self.assertEqual(spec["dnsNames"], [f"{service}.svc", f"{service}.svc.cluster.local", service, "my-railhook"])
        self.assertEqual(spec["issuerRef"], self.REFERENCE)

    def test_its_secret_is_mounted_and_served(self):
        objects = render(self.COMPANYS)
        self.assertIn("--certs=/etc/railhook-certs", container(objects)["args"])
        self.assertIn({"name": "certs", "mountPath": "/etc/railhook-certs", "readOnly": True},
                      container(objects)["volumeMounts"])
        self.assertIn({"name": "certs", "secret": {"secretName": objects["Certificate"]["spec"]["secretName"]}},
                      pod_spec(objects)["volumes"])

    def test_its_ca_goes_into_the_registration(self):
        objects = render(self.COMPANYS | NETWORKS, release="my")
        for kind in ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"):
            self.assertEqual(objects[kind]["metadata"]["annotations"],
                             {"cert-manager.io/inject-ca-from": f"{NAMESPACE}/{objects['Certificate']['metadata']['name']}"})

    def test_without_an_issuer_there_is_a_ca_that_keeps_its_key(self):
        made = {(one["kind"], one["metadata"]["name"]): one["spec"] for one in documents(self.OWN)
                if one["kind"] in ("Certificate", "Issuer")}
        leaf, authority = made["Certificate", "railhook"], made["Certificate", "railhook-ca"]
        self.assertEqual(made["Issuer", leaf["issuerRef"]["name"]], {"ca": {"secretName": authority["secretName"]}})
        self.assertEqual(made["Issuer", authority["issuerRef"]["name"]], {"selfSigned": {}})
        self.assertEqual((authority["isCA"], authority["privateKey"]["rotationPolicy"]), (True, "Never"))
        self.assertNotEqual(leaf["secretName"], authority["secretName"])
        self.assertEqual(len(made), 4)

    def test_railhook_has_no_rights_that_only_its_own_certificate_needs(self):
        objects = render(self.COMPANYS)
        held = [*grants(objects["ClusterRole"]), *grants(objects["Role"])]
        self.assertEqual([resource for _, resource, _ in held],
                         ["spidermultusconfigs", "network-attachment-definitions", "namespaces", "events", "leases", "leases"])

    def test_by_default_there_is_none_of_it(self):
        self.assertNotIn("cert-manager", template(ENABLED).stdout)


class Pods(unittest.TestCase):
    def test_they_have_no_rights_on_their_node(self):
        objects = render(EVERYTHING)
        self.assertEqual(pod_spec(objects)["securityContext"],
                         {"runAsNonRoot": True, "runAsUser": 65532, "runAsGroup": 65532,
                          "seccompProfile": {"type": "RuntimeDefault"}})
        self.assertEqual(container(objects)["securityContext"],
                         {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}})

    def test_how_railhook_is_started(self):
        only = container(render())
        self.assertEqual(only["args"], ["serve", "--config=/etc/railhook/config.yaml", "--listen=$(POD_IP):8443",
                                        "--health=$(POD_IP):8081", "--service=railhook"])
        fields = {variable["name"]: variable["valueFrom"]["fieldRef"]["fieldPath"] for variable in only["env"]}
        self.assertEqual(fields, {"POD_IP": "status.podIP", "POD_NAME": "metadata.name", "POD_NAMESPACE": "metadata.namespace"})

    def test_the_configuration_is_where_railhook_looks(self):
        objects = render()
        self.assertEqual(container(objects)["volumeMounts"],
                         [{"name": "config", "mountPath": "/etc/railhook", "readOnly": True}])
        self.assertEqual(pod_spec(objects)["volumes"],
                         [{"name": "config", "configMap": {"name": objects["ConfigMap"]["metadata"]["name"]}}])

    def test_the_service_leads_to_the_webhook_and_probes_to_health(self):
        objects = render()
        ports = {port["name"]: port["containerPort"] for port in container(objects)["ports"]}
        self.assertEqual(ports, {"webhook": 8443, "health": 8081})
        self.assertEqual(objects["Service"]["spec"]["ports"], [{"name": "https", "port": 443, "targetPort": "webhook"}])
        asked = {probe: container(objects)[probe]["httpGet"] for probe in ("startupProbe", "readinessProbe", "livenessProbe")}
        self.assertEqual(asked, {"startupProbe": {"path": "/healthz", "port": "health"},
                                 "readinessProbe": {"path": "/readyz", "port": "health"},
                                 "livenessProbe": {"path": "/healthz", "port": "health"}})

    def test_they_drain_before_they_are_killed(self):
        self.assertGreaterEqual(pod_spec(render())["terminationGracePeriodSeconds"], 30)

    def test_an_update_takes_no_pod_away_before_its_successor_serves(self):
        rolling = render()["Deployment"]["spec"]["strategy"]["rollingUpdate"]
        self.assertEqual(rolling, {"maxUnavailable": 0, "maxSurge": 1})

    def test_an_update_on_the_nodes_network_frees_ports_first(self):
        rolling = render({"hostNetwork": True})["Deployment"]["spec"]["strategy"]["rollingUpdate"]
        self.assertEqual(rolling["maxUnavailable"], 1)

    def test_a_change_of_the_configuration_restarts_nothing(self):
        changed = render({"railNamespaces": ["a"], "classes": {"c": {"expectRails": 2}}, "existingNetworks": "deny"})
        self.assertEqual(changed["Deployment"], render()["Deployment"])
        self.assertNotEqual(changed["ConfigMap"], render()["ConfigMap"])

    def test_they_are_spread_where_possible(self):
        spread = pod_spec(render())["topologySpreadConstraints"]
        self.assertEqual({one["topologyKey"]: one["whenUnsatisfiable"] for one in spread},
                         {"kubernetes.io/hostname": "ScheduleAnyway", "topology.kubernetes.io/zone": "ScheduleAnyway"})

    def test_the_image(self):
        digest = "sha256:" + "0" * 64
        for image, wanted in (({}, f"railhook:{VERSION}"), ({"tag": "2"}, "railhook:2"),
                              ({"repository": "example.com/r", "tag": "2", "digest": digest}, f"example.com/r@{digest}")):
            self.assertEqual(container(render({"image": image}))["image"], wanted)

    def test_dns_fits_the_network(self):
        for values, wanted in (({}, "ClusterFirst"), ({"hostNetwork": True}, "ClusterFirstWithHostNet"),
                               ({"hostNetwork": True, "dnsPolicy": "Default"}, "Default")):
            self.assertEqual(pod_spec(render(values))["dnsPolicy"], wanted)

    def test_what_is_empty_is_not_written(self):
        optional = ("hostNetwork", "imagePullSecrets", "nodeSelector", "tolerations", "affinity", "priorityClassName")
        self.assertEqual([name for name in optional if name in pod_spec(render({"priorityClassName": ""}))], [])


class Configuration(unittest.TestCase):
    def test_what_is_empty_is_not_written(self):
        self.assertEqual(configuration(render()), {"podResourceInject": {"enabled": False}, "namespaceDefaults": "label",
                                                   "logLevel": "info", "certificateLifetime": "90d", "caLifetime": "365d",
                                                   "tlsMinVersion": "1.3",
                                                   "existingNetworks": "replace", "liveLookupsPerSecond": 1,
                                                   "ipam": {"type": "spiderpool"}})

    def test_what_is_set_is_written_as_it_is(self):
        keys = ("podResourceInject", "namespaceDefaults", "railNamespaces", "existingNetworks", "gpuResources", "classes",
                "liveLookupsPerSecond", "podTemplates", "controllers", "ipam", "logLevel", "certificateLifetime", "caLifetime",
                "tlsMinVersion", "clientNames")
        self.assertEqual(configuration(render(EVERYTHING)), {key: EVERYTHING[key] for key in keys} | {
            "clientCAFile": "/etc/railhook-clients/ca.crt"})

    def test_railhook_takes_it(self):
        for path in VALUE_FILES:
            ran = self.inject(yaml.safe_load(path.read_text(encoding="utf-8")))
            self.assertEqual((ran.returncode, ran.stderr.count("error")), (0, 0), f"{path}: {ran.stderr}")

    def test_railhook_follows_it(self):
        classes = {"rdma-network": {"expectRails": 8, "capabilities": ["IPC_LOCK"], "shmSize": "16Gi", "env": {"A": "off"}}}
        pod = yaml.safe_load(self.inject(ENABLED | {"classes": classes}).stdout)
        trainer = next(one for one in pod["spec"]["containers"] if one["name"] == "trainer")
        self.assertEqual(trainer["securityContext"]["capabilities"]["add"], ["IPC_LOCK"])
        self.assertIn({"name": "A", "value": "off"}, trainer["env"])
        self.assertIn("k8s.v1.cni.cncf.io/networks", pod["metadata"]["annotations"])

    def inject(self, values):
        """railhook's run on an example's pod with the chart's configuration."""
        with tempfile.TemporaryDirectory() as directory:
            config = pathlib.Path(directory) / "config.yaml"
            (made,) = (one for one in documents(values) if one["kind"] == "ConfigMap")
            config.write_text(made["data"]["config.yaml"], encoding="utf-8")
            return subprocess.run([RAILHOOK, "inject", "-f", EXAMPLE / "pod.yaml", "--rails", EXAMPLE / "rails",
                                   "--config", config], capture_output=True, text=True, timeout=60, check=False)


class Notes(unittest.TestCase):
    """`helm template` doesn't show the notes, so a copy of the chart has them in an object."""

    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        cls.chart = pathlib.Path(directory.name) / "railhook"
        shutil.copytree(CHART, cls.chart)
        (cls.chart / "templates/NOTES.txt").rename(cls.chart / "notes.txt")
        (cls.chart / "templates/notes.yaml").write_text(
            'kind: Notes\ntext: {{ tpl (.Files.Get "notes.txt") . | toJson }}\n', encoding="utf-8")

    def notes(self, values=None):
        return " ".join(render(values, chart=self.chart)["Notes"]["text"].split())

    def test_how_to_go_on(self):
        self.assertIn("rollout status deployment/railhook", self.notes(ENABLED))
        self.assertIn("cni.spidernet.io/rdma-resource-inject: CLASS", self.notes(ENABLED))
        self.assertIn("spiderpoolController.podResourceInject.enabled=false", self.notes(ENABLED))

    def test_how_to_switch_it_on(self):
        self.assertIn("No pod gets rails yet", self.notes())
        self.assertIn("--set podResourceInject.enabled=true", self.notes())

    def test_where_the_image_comes_from(self):
        self.assertIn(f"Its image railhook:{VERSION} names no registry", self.notes())
        self.assertNotIn("names no registry", self.notes({"image": {"repository": "example.com/railhook"}}))

    def test_usual_values_are_no_reason_to_warn(self):
        self.assertNotIn("WARNING", self.notes(ENABLED))

    def test_risky_values_are(self):
        for values, told in [
                ({"replicas": 1}, "replicas is 1. While that pod is away, pods that ask for rails are refused."),
                ({"replicas": 1, "webhook": {"failurePolicy": "Ignore"}}, "pods that ask for rails are started without them."),
                ({"podDisruptionBudget": {"enabled": False}}, "podDisruptionBudget.enabled is false."),
                ({"webhook": {"failurePolicy": "Ignore"}}, "webhook.failurePolicy is Ignore."),
                ({"webhook": {"timeoutSeconds": 11}}, "webhook.timeoutSeconds is 11."),
                ({"namespaceDefaults": "all"}, "namespaceDefaults is all. The creation of every pod"),
                ({"namespaceDefaults": "all"}, "waits for railhook, and is refused while railhook can't be reached."),
                ({"hostNetwork": True}, "hostNetwork is true. Ports 8443 and 8081 must be free"),
        ]:
            self.assertIn(told, self.notes(ENABLED | values))


class Plain(unittest.TestCase):
    """manifests/railhook.yaml; that it is up to date is the check of scripts/render."""
    objects = list(yaml.safe_load_all((ROOT / "manifests/railhook.yaml").read_text(encoding="utf-8")))

    def test_the_namespace_comes_first(self):
        self.assertEqual((self.objects[0]["kind"], self.objects[0]["metadata"]["name"]), ("Namespace", NAMESPACE))

    def test_it_is_the_chart_switched_on(self):
        wanted = render(ENABLED)
        self.assertEqual([one["kind"] for one in self.objects[1:]], list(wanted))
        for one in self.objects[1:]:
            self.assertEqual(one.get("spec"), wanted[one["kind"]].get("spec"))
            self.assertEqual(one.get("webhooks"), wanted[one["kind"]].get("webhooks"))

    def test_nothing_says_that_helm_looks_after_it(self):
        self.assertNotRegex(json.dumps(self.objects), re.compile("helm", re.I))


if __name__ == "__main__":
    unittest.main()
