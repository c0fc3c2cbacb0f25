#!/usr/bin/python3
"""What is registered at API servers, which decides whom an outage of railhook can hurt."""
import sys
import unittest

sys.dont_write_bytecode = True

from chart import ENABLED, NAMESPACE, NETWORKS, POLICIES, render  # noqa: E402

ALWAYS_EXCLUDED = ["kube-system", "kube-public", "kube-node-lease"]
POD_ASKS = ("has(object.metadata.annotations) && ('cni.spidernet.io/rdma-resource-inject' in object.metadata.annotations || "
            "'cni.spidernet.io/network-resource-inject' in object.metadata.annotations)")
WARNING = {"warnWorkloads": {"enabled": True}}
NO_MIRROR_POD = "!(has(object.metadata.annotations) && 'kubernetes.io/config.mirror' in object.metadata.annotations)"


def entries(values=None, **options):
    """The entries by their names, in their order."""
    configuration = render(ENABLED | (values or {}), **options)["MutatingWebhookConfiguration"]
    return {entry["name"]: entry for entry in configuration["webhooks"]}


def workload_entries(defaults="label"):
    values = ENABLED | WARNING | {"namespaceDefaults": defaults}
    return render(values)["ValidatingWebhookConfiguration"]["webhooks"]


def exclusion(*namespaces):
    return {"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": list(namespaces)}


def conditions(entry):
    return [condition["expression"] for condition in entry["matchConditions"]]


class Registration(unittest.TestCase):
    def test_nothing_is_registered_unless_asked_for(self):
        self.assertNotIn("MutatingWebhookConfiguration", render())
        self.assertNotIn("MutatingWebhookConfiguration", render({"podResourceInject": {"enabled": False}}))

    def test_its_name_is_fixed_whatever_the_release(self):
        objects = render(ENABLED | {"fullnameOverride": "other"}, release="name")
        self.assertEqual(objects["MutatingWebhookConfiguration"]["metadata"]["name"], "railhook")

    def test_pods_that_ask_are_sent_from_all_namespaces_but_the_excluded(self):
        entry = entries()["pods.railhook.io"]
        self.assertEqual(entry["namespaceSelector"], {"matchExpressions": [exclusion(*ALWAYS_EXCLUDED, NAMESPACE)]})
        self.assertEqual(conditions(entry), [POD_ASKS, NO_MIRROR_POD])

    def test_pods_that_may_inherit_are_sent_from_labelled_namespaces(self):
        entry = entries()["namespaces.railhook.io"]
        label = {"key": "railhook.io/inherit", "operator": "In", "values": ["true", "gpu"]}
        self.assertEqual(entry["namespaceSelector"], {"matchExpressions": [exclusion(*ALWAYS_EXCLUDED, NAMESPACE), label]})

    def test_pods_that_may_inherit_are_sent_from_every_namespace_where_asked_for(self):
        entry = entries({"namespaceDefaults": "all"})["namespaces.railhook.io"]
        self.assertEqual(entry["namespaceSelector"], {"matchExpressions": [exclusion(*ALWAYS_EXCLUDED, NAMESPACE)]})

    def test_no_pod_inherits_where_defaults_are_off(self):
        for off in ("off", False):  # as YAML reads a bare off
            self.assertEqual(list(entries({"namespaceDefaults": off})), ["pods.railhook.io"])

    def test_no_pod_matches_both_entries(self):
        for defaults in ("label", "all"):
            self.assertEqual(conditions(entries({"namespaceDefaults": defaults})["namespaces.railhook.io"]),
                             [f"!({POD_ASKS})", NO_MIRROR_POD])

    def test_what_the_entries_share(self):
        for name, entry in entries().items():
            with self.subTest(name):
                self.assertEqual(entry["rules"], [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"],
                                                   "resources": ["pods"], "scope": "Namespaced"}])
                self.assertEqual(entry["clientConfig"], {"service": {"name": "railhook", "namespace": NAMESPACE, "port": 443,
                                                                     "path": "/mutate-pods"}})
                self.assertEqual(entry["admissionReviewVersions"], ["v1"])
                self.assertEqual((entry["matchPolicy"], entry["reinvocationPolicy"], entry["sideEffects"]),
                                 ("Equivalent", "IfNeeded", "None"))
                self.assertEqual((entry["failurePolicy"], entry["timeoutSeconds"]), ("Fail", 5))

    def test_failure_policy_and_time_are_the_users(self):
        for entry in entries({"webhook": {"failurePolicy": "Ignore", "timeoutSeconds": 3}}).values():
            self.assertEqual((entry["failurePolicy"], entry["timeoutSeconds"]), ("Ignore", 3))

    def test_the_users_lists_of_namespaces_change_nothing(self):
        lists = {"podResourceInject": {"enabled": True, "namespacesInclude": ["a"], "namespacesExclude": ["b"]}}
        self.assertEqual(entries(lists), entries())

    def test_the_releases_own_namespace_is_excluded_whatever_its_name(self):
        for entry in entries(namespace="rails").values():
            self.assertEqual(entry["namespaceSelector"]["matchExpressions"][0], exclusion(*ALWAYS_EXCLUDED, "rails"))
            self.assertEqual(entry["clientConfig"]["service"]["namespace"], "rails")
        for entry in entries(namespace="kube-system").values():
            self.assertEqual(entry["namespaceSelector"]["matchExpressions"][0], exclusion(*ALWAYS_EXCLUDED))

    def test_spidermultusconfigs_are_sent_where_their_networks_are_kept(self):
        for kind, path in (("MutatingWebhookConfiguration", "/mutate-spidermultusconfigs"),
                           ("ValidatingWebhookConfiguration", "/validate-spidermultusconfigs")):
            self.assertNotIn("SpiderMultusConfig", str(render(ENABLED).get(kind)))
            (entry,) = render(NETWORKS)[kind]["webhooks"]
            self.assertEqual(entry["rules"], [{"apiGroups": ["spiderpool.spidernet.io"], "apiVersions": ["v2beta1"],
                                               "operations": ["CREATE", "UPDATE"], "resources": ["spidermultusconfigs"],
                                               "scope": "Namespaced"}])
            self.assertEqual(entry["clientConfig"], {"service": {"name": "railhook", "namespace": NAMESPACE, "port": 443,
                                                                 "path": path}})
            self.assertEqual((entry["failurePolicy"], entry["timeoutSeconds"], entry["sideEffects"], entry["matchPolicy"]),
                             ("Fail", 5, "None", "Equivalent"))
            self.assertEqual(conditions(entry), ["!has(object.metadata.deletionTimestamp)"])
            self.assertNotIn("namespaceSelector", entry)

    def test_policies_are_sent_where_asked_for(self):
        self.assertNotIn("ValidatingWebhookConfiguration", render(ENABLED))
        (entry,) = render(POLICIES)["ValidatingWebhookConfiguration"]["webhooks"]
        self.assertEqual(entry["name"], "sriovnetworknodepolicies.railhook.io")
        self.assertEqual(entry["rules"], [{"apiGroups": ["sriovnetwork.openshift.io"], "apiVersions": ["v1"],
                                           "operations": ["CREATE", "UPDATE"],
                                           "resources": ["sriovnetworknodepolicies", "sriovnetworkpoolconfigs"],
                                           "scope": "Namespaced"}])
        self.assertEqual(entry["clientConfig"]["service"]["path"], "/validate-sriovnetworknodepolicies")
        self.assertEqual((entry["failurePolicy"], entry["timeoutSeconds"], entry["sideEffects"], entry["matchPolicy"]),
                         ("Fail", 5, "None", "Equivalent"))
        self.assertEqual(conditions(entry), ["!has(object.metadata.deletionTimestamp)"])
        both = render(POLICIES | NETWORKS)["ValidatingWebhookConfiguration"]["webhooks"]
        self.assertEqual([one["name"] for one in both], ["spidermultusconfigs.railhook.io", entry["name"]])

    def test_pods_and_spidermultusconfigs_are_sent_apart_from_each_other(self):
        both = entries(NETWORKS)
        self.assertEqual(list(both), ["pods.railhook.io", "namespaces.railhook.io", "spidermultusconfigs.railhook.io"])
        self.assertEqual({name: both[name] for name in list(both)[:2]}, entries())
        self.assertEqual(render(NETWORKS)["MutatingWebhookConfiguration"]["webhooks"], list(both.values())[2:])

    def test_workloads_are_sent_only_where_asked_for(self):
        for values in ({}, ENABLED, WARNING, ENABLED | {"warnWorkloads": {"enabled": False}}):
            self.assertNotIn("workloads", str(render(values).get("ValidatingWebhookConfiguration")))
        self.assertEqual(render(ENABLED | WARNING)["ValidatingWebhookConfiguration"]["metadata"]["name"], "railhook")

    def test_workloads_are_sent_from_the_namespaces_of_pods_that_are_sent(self):
        for defaults in ("label", "all", "off"):
            workloads, pods = workload_entries(defaults), entries({"namespaceDefaults": defaults})
            self.assertEqual([entry["namespaceSelector"] for entry in workloads],
                             [entry["namespaceSelector"] for entry in pods.values()])

    def test_no_workload_matches_both_entries(self):
        asking, inheriting = (conditions(entry) for entry in workload_entries())
        self.assertEqual(inheriting, [f"!({asking[0]})", asking[1]])

    def test_workloads_are_never_refused(self):
        for entry in workload_entries():
            self.assertEqual((entry["failurePolicy"], entry["timeoutSeconds"], entry["sideEffects"], entry["matchPolicy"]),
                             ("Ignore", 2, "None", "Equivalent"))
            self.assertEqual(entry["clientConfig"]["service"]["path"], "/warn-workloads")
            self.assertEqual({tuple(rule["operations"]) for rule in entry["rules"]}, {("CREATE", "UPDATE")})


if __name__ == "__main__":
    unittest.main()
